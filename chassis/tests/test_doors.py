"""Behind every door: permission, shape, transaction, idempotency, entry, field filter (GW-1, AU-1, CO-9)."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text

from chassis import logs
from chassis.clocks import working_days
from chassis.ids import new_id
from chassis.testing import Answer, Sent, ServiceDatabase, make_actor
from chassis.work import Work

pytestmark = pytest.mark.postgres

Called = Callable[..., Answer]
WORKER = make_actor(subject="worker-1")
OTHER = make_actor(subject="worker-2")


def sample() -> Any:
    return sys.modules["sample"]


def a_body(**changed: Any) -> dict[str, Any]:
    return {"person_id": str(new_id()), "complaint": "fever", "remark": "calm", **changed}


def recorded(call: Called, **changed: Any) -> dict[str, Any]:
    answer = call("record_visit", a_body(**changed), actor=WORKER)
    assert answer.status == 200, answer.body
    body: dict[str, Any] = answer.body
    return body


def visits(database: ServiceDatabase) -> int:
    with database.lane() as session:
        return int(session.scalar(select(func.count()).select_from(sample().Visit)) or 0)


def test_a_command_commits_its_change_its_event_and_its_entry_together(call: Called, outbox: Sent) -> None:
    visit = recorded(call)

    assert [event.data for event in outbox("sample.visit.recorded.v1")] == [{"visit_id": visit["id"]}]
    (entry,) = outbox.entries()
    assert entry["outcome"] == "permitted"
    assert (entry["door"], entry["action"]) == ("record_visit", "write")
    assert entry["records"] == [{"kind": "visit", "id": visit["id"]}]
    assert entry["persons"] == [visit["person_id"]]
    assert entry["actor"] == {"subject": "worker-1", "organisation": "school", "roles": ["practitioner"]}
    assert entry["purpose"] == "care"
    assert [basis["basis"] for basis in entry["basis"]] == ["team"]
    assert set(entry["categories"]) == {"health", "notes"}
    assert "fever" not in str(entry)


def test_reading_leaves_an_entry_too(call: Called, outbox: Sent) -> None:
    visit = recorded(call)
    assert call("read_visit", {"id": visit["id"]}, actor=WORKER).body["complaint"] == "fever"
    assert [(entry["door"], entry["action"]) for entry in outbox.entries()][1:] == [("read_visit", "read")]


def test_a_denied_read_is_403_and_leaves_an_entry_that_says_so(call: Called, outbox: Sent) -> None:
    visit = recorded(call)

    answer = call("read_visit", {"id": visit["id"]}, actor=OTHER)

    assert (answer.status, answer.body["code"]) == (403, "access_denied")
    denial = outbox.entries()[-1]
    assert (denial["outcome"], denial["reason"]) == ("denied", "access_denied")
    assert denial["actor"]["subject"] == "worker-2"
    assert denial["records"] == [{"kind": "visit", "id": visit["id"]}]
    assert denial["persons"] == [visit["person_id"]]


def test_a_restricted_record_is_404_and_the_entry_says_that_it_was_restricted(
    call: Called, outbox: Sent, in_lane: Callable[[], AbstractContextManager[Work]]
) -> None:
    visit = recorded(call)
    with in_lane() as work:
        work.restrict(UUID(visit["person_id"]))

    hidden = call("read_visit", {"id": visit["id"]}, actor=WORKER)
    unknown = call("read_visit", {"id": str(new_id())}, actor=WORKER)

    assert hidden.body == unknown.body
    assert hidden.status == unknown.status == 404
    assert [entry["restricted"] for entry in outbox.entries()[-2:]] == [True, False]


def test_a_role_without_the_permission_is_403_and_leaves_an_entry(call: Called, outbox: Sent) -> None:
    answer = call("record_visit", a_body(), actor=make_actor(subject="a", roles=["auditor"]))
    assert (answer.status, answer.body["code"]) == (403, "permission_missing")
    assert outbox.entries()[-1]["reason"] == "permission_missing"


def test_a_forged_token_is_401_and_nothing_happens(call: Called, database: ServiceDatabase) -> None:
    answer = call("record_visit", a_body(), actor=WORKER, token="eyJhbGciOiJub25lIn0.e30.x")
    assert answer.status == 401
    assert visits(database) == 0


def test_wrong_fields_are_422_with_pointers(call: Called, database: ServiceDatabase) -> None:
    answer = call("record_visit", a_body(complaint="", version=7), actor=WORKER)
    assert answer.status == 422
    assert {error["pointer"] for error in answer.body["errors"]} == {"/complaint", "/version"}
    assert visits(database) == 0


@pytest.mark.parametrize(
    ("remark", "status", "reason"),
    [("calm", 422, "invalid_input"), ("overtaken", 412, "stale_version"), ("ended", 200, None)],
)
def test_whatever_is_told_from_a_record_is_on_record_a_mistake_in_a_field_too(
    call: Called, outbox: Sent, remark: str, status: int, reason: str | None
) -> None:
    visit = recorded(call)
    answer = call("amend_visit", {"id": visit["id"], "remark": remark}, actor=WORKER, if_match="*")
    assert answer.status == status, answer.body
    entry = outbox.entries()[-1]
    assert (entry["door"], entry.get("reason"), entry["persons"]) == (
        "amend_visit", reason, [visit["person_id"]],
    )  # fmt: skip
    assert entry["records"] == [{"kind": "visit", "id": visit["id"]}]
    assert "calm" not in str(entry)


def test_a_mistake_of_shape_reaches_nothing_and_leaves_no_entry(call: Called, outbox: Sent) -> None:
    call("record_visit", a_body(complaint=""), actor=WORKER)
    call("list_visits", {"cursor": "%%%"}, actor=WORKER)
    assert outbox.entries() == []


def test_the_same_key_has_one_effect_and_one_reply(
    call: Called, database: ServiceDatabase, outbox: Sent
) -> None:
    body, key = a_body(), str(uuid4())
    first = call("record_visit", body, actor=WORKER, idempotency_key=key)
    second = call("record_visit", body, actor=WORKER, idempotency_key=key)

    assert second.body == first.body
    assert visits(database) == 1
    assert len(outbox("sample.visit.recorded.v1")) == 1


def test_the_same_key_with_another_body_is_refused(call: Called, database: ServiceDatabase) -> None:
    key = str(uuid4())
    call("record_visit", a_body(), actor=WORKER, idempotency_key=key)
    answer = call("record_visit", a_body(), actor=WORKER, idempotency_key=key)
    assert (answer.status, answer.body["code"]) == (422, "idempotency_key_reused")
    assert visits(database) == 1


def test_a_key_belongs_to_its_caller(call: Called, database: ServiceDatabase) -> None:
    key = str(uuid4())
    call("record_visit", a_body(), actor=WORKER, idempotency_key=key)
    assert call("record_visit", a_body(), actor=OTHER, idempotency_key=key).status == 200
    assert visits(database) == 2


def test_ten_at_once_with_one_key_have_one_effect(call: Called, database: ServiceDatabase) -> None:
    body, key = a_body(), str(uuid4())
    answers: list[Answer] = []

    def press() -> None:
        answers.append(call("record_visit", body, actor=WORKER, idempotency_key=key))

    threads = [threading.Thread(target=press) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert visits(database) == 1
    assert {answer.status for answer in answers} <= {200, 409, 503}
    assert len({answer.body["id"] for answer in answers if answer.status == 200}) == 1


def test_a_refused_command_may_be_sent_again_with_its_key(call: Called) -> None:
    visit, key = recorded(call, remark="ended"), str(uuid4())
    refused = call(
        "amend_visit", {"id": visit["id"], "remark": "x"}, actor=WORKER, idempotency_key=key, if_match='"1.0"'
    )
    assert (refused.status, refused.body["code"]) == (409, "visit_ended")
    again = call(
        "amend_visit", {"id": visit["id"], "remark": "x"}, actor=WORKER, idempotency_key=key, if_match='"1.0"'
    )
    assert again.status == 409


def test_a_change_needs_the_version_that_was_read(call: Called) -> None:
    visit = recorded(call)
    read = call("read_visit", {"id": visit["id"]}, actor=WORKER)

    def amend(if_match: str | None, remark: str = "better") -> Answer:
        return call("amend_visit", {"id": visit["id"], "remark": remark}, actor=WORKER, if_match=if_match)

    assert amend(None).status == 428
    assert amend('"99.x"').status == 412
    assert amend("nonsense").status == 412
    first = amend(read.etag)
    assert (first.status, first.body["version"]) == (200, 2)
    assert amend(read.etag).status == 412
    assert amend(first.etag, "best").status == 200


def test_two_who_change_one_version_at_once_do_not_overwrite_each_other(
    call: Called, database: ServiceDatabase
) -> None:
    visit = recorded(call)
    etag = call("read_visit", {"id": visit["id"]}, actor=WORKER).etag
    statuses: list[int] = []

    def amend(remark: str) -> None:
        answer = call("amend_visit", {"id": visit["id"], "remark": remark}, actor=WORKER, if_match=etag)
        statuses.append(answer.status)

    threads = [threading.Thread(target=amend, args=(f"r{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 412, 503}


def test_the_entity_tag_differs_with_what_the_reader_may_see(
    call: Called, in_lane: Callable[[], AbstractContextManager[Work]]
) -> None:
    visit = recorded(call)
    with in_lane() as work:
        work.grants.give(
            grantee="worker:worker-2",
            record=("person", UUID(visit["person_id"])),
            categories=["notes"],
            basis="team",
        )
    mine = call("read_visit", {"id": visit["id"]}, actor=WORKER)
    theirs = call("read_visit", {"id": visit["id"]}, actor=OTHER)

    assert mine.etag != theirs.etag
    assert "complaint" not in theirs.body
    assert theirs.body["withheld"] == ["health"]
    assert theirs.body["remark"] == "calm"


def test_a_list_holds_only_what_the_caller_may_see_and_pages_without_gaps(call: Called, outbox: Sent) -> None:
    mine = [recorded(call)["id"] for _ in range(5)]
    call("record_visit", a_body(), actor=OTHER)

    seen, cursor = [], None
    for _ in range(3):
        page = call("list_visits", {"limit": 2, "cursor": cursor}, actor=WORKER).body
        seen += [visit["id"] for visit in page["items"]]
        cursor = page["next_cursor"]

    assert seen == mine[::-1]
    assert cursor is None
    assert {entry["action"] for entry in outbox.entries()[-3:]} == {"search"}
    assert call("list_visits", {"cursor": "%%%"}, actor=WORKER).status == 422


def test_why_tells_the_grant_that_permits_and_what_is_missing(
    call: Called, in_lane: Callable[[], AbstractContextManager[Work]]
) -> None:
    visit = recorded(call)
    question = {"kind": "visit", "id": visit["id"]}

    mine = call("why", question, actor=WORKER).body
    assert (mine["permitted"], mine["because"]) == (True, "grant")
    assert [grant["basis"] for grant in mine["grants"] if grant["counts"]] == ["team"]

    theirs = call("why", question, actor=OTHER).body
    assert (theirs["permitted"], theirs["because"]) == (False, "no_grant")

    with in_lane() as work:
        work.grants.give(
            grantee="worker:worker-2",
            record=("person", UUID(visit["person_id"])),
            categories=["health"],
            basis="consent",
        )
    theirs = call("why", question, actor=OTHER).body
    assert (theirs["permitted"], theirs["because"]) == (False, "consent_not_current")


def test_why_says_nothing_of_a_restricted_record(
    call: Called, in_lane: Callable[[], AbstractContextManager[Work]]
) -> None:
    visit = recorded(call)
    with in_lane() as work:
        work.restrict(UUID(visit["person_id"]))
    assert call("why", {"kind": "visit", "id": visit["id"]}, actor=WORKER).status == 404


def test_asking_about_a_colleague_takes_a_permission_of_its_own(call: Called) -> None:
    visit = recorded(call)
    asked = call("why", {"kind": "visit", "id": visit["id"], "worker": "worker-1"}, actor=OTHER)
    assert (asked.status, asked.body["code"]) == (403, "permission_missing")


@pytest.mark.parametrize(
    "door", ["read_visit", "record_visit", "amend_visit", "list_visits", "why", "denied"]
)
def test_no_entry_no_access(call: Called, database: ServiceDatabase, door: str) -> None:
    """Whatever is asked, permitted or denied: who cannot put it on record says nothing and does nothing (AU-1)."""
    visit = recorded(call)
    asked = {
        "read_visit": ({"id": visit["id"]}, WORKER),
        "record_visit": ({"person_id": str(uuid4()), "complaint": "fever", "remark": "none"}, WORKER),
        "amend_visit": ({"id": visit["id"], "remark": "fever again"}, WORKER),
        "list_visits": ({}, WORKER),
        "why": ({"kind": "visit", "id": visit["id"]}, WORKER),
        "denied": ({"id": visit["id"]}, OTHER),
    }
    body, actor = asked[door]
    with database.owner.begin() as connection:
        connection.execute(text("REVOKE INSERT ON outbox FROM sample_door"))
    try:
        answer = call("read_visit" if door == "denied" else door, body, actor=actor, if_match="*")
        assert answer.status >= 400
        assert answer.body.keys() <= {"status", "code", "title", "detail", "errors", "retry_after"}
        assert "fever" not in str(answer.body)
    finally:
        with database.owner.begin() as connection:
            connection.execute(text("GRANT INSERT ON outbox TO sample_door"))
    assert visits(database) == 1
    assert call("read_visit", {"id": visit["id"]}, actor=WORKER).body["remark"] == visit["remark"]


def test_a_fault_of_ours_tells_no_value(call: Called, database: ServiceDatabase) -> None:
    written = io.StringIO()
    logs.start(service="sample", stream=written)
    with database.owner.begin() as connection:
        connection.execute(
            text("ALTER TABLE visits ADD CONSTRAINT broken CHECK (complaint <> 'secret-words')")
        )
    try:
        answer = call("record_visit", a_body(complaint="secret-words"), actor=WORKER)
        assert answer.status == 500
        assert "door_failed" in written.getvalue()
        assert "secret-words" not in str(answer.body) + written.getvalue()
    finally:
        with database.owner.begin() as connection:
            connection.execute(text("ALTER TABLE visits DROP CONSTRAINT broken"))


def test_the_health_door_needs_no_token(call: Called) -> None:
    assert call("health", actor=WORKER, token="none").body == {"service": "sample", "state": "ok"}


def test_an_unknown_door_is_404(call: Called) -> None:
    assert call("open_sesame", actor=WORKER).status == 404


def test_a_stored_reply_is_read_by_its_caller_only(
    call: Called, work_as: Callable[[Any], AbstractContextManager[Work]]
) -> None:
    recorded(call)
    stored = "SELECT count(*) FROM idempotent_replies"
    with work_as(OTHER) as work:
        assert work.session.execute(text(stored)).scalar() == 0
    with work_as(WORKER) as work:
        assert work.session.execute(text(stored)).scalar() == 1


def test_a_clock_and_its_reasons_are_seen_through_a_grant_on_what_it_is_about(
    call: Called, in_lane: Callable[[], AbstractContextManager[Work]], work_as: Callable[[Any], Any]
) -> None:
    visit = recorded(call)
    with in_lane() as work:
        kept = work.session.get(sample().Visit, UUID(visit["id"]))
        work.clocks.start("report", kept, within=working_days(3))
        work.clocks.pause("report", kept, reason="waiting for the hospital")
        work.clocks.resume("report", kept)
    for actor, seen in ((WORKER, 1), (OTHER, 0)):
        with work_as(actor) as work:
            for table in ("clocks", "clock_pauses"):
                assert work.session.execute(text(f"SELECT count(*) FROM {table}")).scalar() == seen

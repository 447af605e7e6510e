"""A reply that is told again is an access of its own, and its entry says what is true of this one (AU-1, CO-8)."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
from opentelemetry import trace
from sqlalchemy import text

from chassis.doors.idempotency import Claim
from chassis.ids import new_id
from chassis.testing import Answer, Clock, Sent, ServiceDatabase, make_actor
from chassis.work import Work

pytestmark = pytest.mark.postgres

Called = Callable[..., Answer]
InLane = Callable[[], AbstractContextManager[Work]]
WORKER = make_actor(subject="worker-1")
KEY = "once"
BODY = {"person_id": str(new_id()), "complaint": "fever", "remark": "calm"}


def recorded(call: Called, **more: Any) -> Answer:
    """The visit is recorded, or the reply to that told again: the same caller, door, key and body."""
    return call("record_visit", BODY, actor=WORKER, idempotency_key=KEY, **more)


def spans(trace_id: int) -> AbstractContextManager[Any]:
    context = trace.SpanContext(trace_id=trace_id, span_id=7, is_remote=True)
    return trace.use_span(trace.NonRecordingSpan(context))


def granted_by_consent(in_lane: InLane, clock: Clock) -> tuple[Any, UUID, Callable[[Called], Answer]]:
    """A visit of which a team opens the remark and a consent the complaint; how its remark is amended."""
    visit = sys.modules["sample"].Visit(id=new_id(), person_id=new_id(), complaint="c", remark="r")
    reference = new_id()
    with in_lane() as work:
        work.session.add(visit)
        for record, categories, basis in (
            (("visit", visit.id), ["notes"], "team"),
            (("person", visit.person_id), ["health"], "consent"),
        ):
            work.grants.give(
                grantee="worker:worker-1",
                record=record,
                categories=categories,
                basis=basis,
                may_write=basis == "team",
                reference=reference if basis == "consent" else None,
            )
        work.heard("consent", sent_at=clock.now)

    def amended(call: Called) -> Answer:
        body = {"id": str(visit.id), "remark": "said"}
        return call("amend_visit", body, actor=WORKER, idempotency_key=KEY, if_match='"1"')

    return visit, reference, amended


# -- shown once more --------------------------------------------------------------------------------------------------


def test_a_reply_told_again_is_an_entry_that_shows_and_changes_nothing(call: Called, outbox: Sent) -> None:
    visit = recorded(call).body
    assert recorded(call).body == visit

    first, again = outbox.entries()
    assert (first["action"], first.get("told_again")) == ("write", None)
    assert (again["action"], again["told_again"], again["outcome"]) == ("read", True, "permitted")
    assert again["door"] == "record_visit"
    assert again["entry_id"] != first["entry_id"]
    touched = ("records", "persons", "categories", "withheld", "basis", "restricted")
    assert {name: again[name] for name in touched} == {name: first[name] for name in touched}
    assert again["records"] == [{"kind": "visit", "id": visit["id"]}]
    assert again["basis"] and again["categories"] == ["health", "notes"]
    assert "fever" not in str(again)


def test_its_entry_says_when_from_where_why_and_in_which_trace_it_was_shown_again(
    call: Called, outbox: Sent, clock: Clock
) -> None:
    with spans(1):
        recorded(call)
    later = clock.advance(hours=5)
    with spans(2):
        recorded(call, origin="192.0.2.9", purpose="coordination")

    first, again = outbox.entries()
    assert (first["origin"], first["purpose"]) == ("127.0.0.1", "care")
    assert (again["origin"], again["purpose"]) == ("192.0.2.9", "coordination")
    assert (int(first["trace_id"], 16), int(again["trace_id"], 16)) == (1, 2)
    assert datetime.fromisoformat(again["at"]) == later


def test_each_time_it_is_told_is_an_entry(call: Called, outbox: Sent) -> None:
    for _ in range(3):
        recorded(call)
    assert [entry["action"] for entry in outbox.entries()] == ["write", "read", "read"]


def test_what_the_first_reply_kept_back_is_told_of_the_second_too(
    call: Called, outbox: Sent, in_lane: InLane, clock: Clock
) -> None:
    _, reference, amended = granted_by_consent(in_lane, clock)
    with in_lane() as work:
        work.grants.end(reference=reference)
    assert amended(call).body["withheld"] == ["health"]
    assert amended(call).body["withheld"] == ["health"]

    again = outbox.entries()[-1]
    assert (again["outcome"], again["categories"], again["withheld"]) == ("permitted", ["notes"], ["health"])


def test_who_reaches_restricted_persons_is_shown_it_again_and_the_entry_says_restricted(
    call: Called, outbox: Sent, in_lane: InLane
) -> None:
    recorded(call)
    with in_lane() as work:
        work.session.execute(text("UPDATE grants SET reaches_restricted = true"))
        work.restrict(UUID(BODY["person_id"]))

    assert recorded(call).body["complaint"] == "fever"
    again = outbox.entries()[-1]
    assert (again["outcome"], again["restricted"]) == ("permitted", True)
    assert [each["basis"] for each in again["basis"]] == ["team"]


# -- what would not be shown now --------------------------------------------------------------------------------------


@pytest.mark.parametrize("cause", ["withdrawal", "silence", "restriction"])
def test_a_reply_whose_grants_are_gone_is_a_denial_that_names_what_was_kept_back(
    call: Called, outbox: Sent, in_lane: InLane, clock: Clock, cause: str
) -> None:
    visit, reference, amended = granted_by_consent(in_lane, clock)
    assert amended(call).body["complaint"] == "c"
    if cause == "silence":
        clock.advance(seconds=11)
    with in_lane() as work:
        if cause == "withdrawal":
            work.grants.end(reference=reference)
        if cause == "restriction":
            work.restrict(visit.person_id)

    assert not {"complaint", "remark"} & amended(call).body.keys()
    again = outbox.entries()[-1]
    assert (again["outcome"], again["reason"]) == ("denied", "access_denied")
    assert (again["action"], again["told_again"]) == ("read", True)
    assert again["records"] == [{"kind": "visit", "id": str(visit.id)}]
    assert again["persons"] == [str(visit.person_id)]
    assert (again["basis"], again["categories"], again["withheld"]) == ([], [], ["health", "notes"])
    assert again["restricted"] == (cause == "restriction")


# -- refused ----------------------------------------------------------------------------------------------------------


def test_a_key_used_for_another_request_is_a_denial_that_names_what_is_stored_under_it(
    call: Called, outbox: Sent
) -> None:
    visit = recorded(call).body
    other = call("record_visit", {**BODY, "complaint": "cough"}, actor=WORKER, idempotency_key=KEY)

    assert other.status == 422
    denial = outbox.entries()[-1]
    assert (denial["outcome"], denial["reason"]) == ("denied", "idempotency_key_reused")
    assert (denial["action"], denial.get("told_again")) == ("write", None)
    assert denial["records"] == [{"kind": "visit", "id": visit["id"]}]
    assert denial["persons"] == [BODY["person_id"]]
    assert (denial["basis"], denial["categories"]) == ([], [])


def test_while_the_first_is_still_running_nothing_was_reached_and_there_is_nothing_to_tell(
    call: Called, outbox: Sent, database: ServiceDatabase
) -> None:
    claim = a_claim()
    with database.owner.begin() as first:
        held = {"lock": int.from_bytes(claim.id[:8], "big", signed=True)}
        first.execute(text("SELECT pg_advisory_xact_lock(:lock)"), held)
        assert recorded(call).body["code"] == "still_running"
    assert outbox.entries() == []
    assert recorded(call).status == 200


def test_who_cannot_put_it_on_record_tells_nothing_again(
    call: Called, outbox: Sent, database: ServiceDatabase
) -> None:
    recorded(call)
    with database.owner.begin() as connection:
        connection.execute(text("REVOKE INSERT ON outbox FROM sample_door"))
    try:
        answer = recorded(call)
        assert answer.status == 503
        assert "fever" not in str(answer.body) and "id" not in answer.body
    finally:
        with database.owner.begin() as connection:
            connection.execute(text("GRANT INSERT ON outbox TO sample_door"))
    assert recorded(call).body["complaint"] == "fever"
    assert [entry["action"] for entry in outbox.entries()] == ["write", "read"]


# -- at once ----------------------------------------------------------------------------------------------------------


def a_claim() -> Claim:
    return Claim.of(subject="worker-1", door="record_visit", key=KEY, body=orjson.dumps(BODY))


def test_of_ten_at_once_each_that_is_answered_is_one_entry_and_one_is_the_effect(
    call: Called, outbox: Sent
) -> None:
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(recorded(call).status)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    actions = [entry["action"] for entry in outbox.entries()]
    assert actions.count("write") == 1
    assert len(actions) == statuses.count(200)


def test_who_loses_a_race_after_the_work_was_done_leaves_the_entry_of_a_reply_told_again(
    call: Called, outbox: Sent, database: ServiceDatabase
) -> None:
    """The winner's reply is written and not committed yet when the loser looks for one."""
    first, answers = recorded(call), []
    with database.superuser.connect() as connection:
        won = connection.execute(text("DELETE FROM idempotent_replies RETURNING *")).mappings().one()
    columns = ", ".join(won)
    kept = f"INSERT INTO idempotent_replies ({columns}) VALUES ({', '.join(f':{name}' for name in won)})"
    loser = threading.Thread(target=lambda: answers.append(recorded(call)))
    with database.owner.begin() as winner:
        winner.execute(text("SET LOCAL row_security = off"))
        winner.execute(text(kept), dict(won))
        loser.start()
        until_it_waits(loser, database)
    loser.join()

    assert [answer.body for answer in answers] == [first.body]
    assert [entry["action"] for entry in outbox.entries()] == ["write", "read"]
    with database.lane() as session:
        assert session.execute(text("SELECT count(*) FROM visits")).scalar() == 1


def until_it_waits(loser: threading.Thread, database: ServiceDatabase) -> None:
    asked = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")
    with database.superuser.connect() as connection:
        while loser.is_alive() and not connection.execute(asked).scalar():
            pass
    assert loser.is_alive(), "it found the reply at once: there was no race"


# -- what an earlier release stored -----------------------------------------------------------------------------------


@pytest.mark.parametrize("beside", ["nothing", "what opened it"])
def test_a_reply_that_the_release_before_stored_is_told_again_with_an_entry(
    call: Called, outbox: Sent, database: ServiceDatabase, beside: str
) -> None:
    first = recorded(call)
    with database.superuser.connect() as connection:
        (body,) = connection.execute(text("SELECT body FROM idempotent_replies")).one()
        reply, _, kept = bytes(body).partition(b"\n")
        opening = {name: orjson.loads(kept)[name] for name in ("opened_by", "persons")}
        old = reply if beside == "nothing" else reply + b"\n" + orjson.dumps(opening)
        connection.execute(text("UPDATE idempotent_replies SET body = :old"), {"old": old})

    assert recorded(call).body == first.body
    again = outbox.entries()[-1]
    assert (again["action"], again["told_again"], again["outcome"]) == ("read", True, "permitted")
    if beside == "what opened it":
        assert again["persons"] == [BODY["person_id"]]
        assert [each["basis"] for each in again["basis"]] == ["team"]


def test_the_release_before_finds_what_it_asks_for_beside_a_reply_of_this_one(
    call: Called, database: ServiceDatabase
) -> None:
    recorded(call)
    with database.superuser.connect() as connection:
        (body,) = connection.execute(text("SELECT body FROM idempotent_replies")).one()
    reply, _, beside = bytes(body).partition(b"\n")
    assert orjson.loads(reply)["complaint"] == "fever"
    kept = orjson.loads(beside)
    assert (len(kept["opened_by"]), kept["persons"]) == (1, [BODY["person_id"]])
    assert not any(said in str(kept) for said in ("fever", "calm"))

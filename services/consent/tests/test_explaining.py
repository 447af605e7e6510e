"""What would be shared is told before, why somebody sees is told after, and the heartbeat says all is current."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.ids import new_id
from consent.heartbeat.actions import send
from services.consent.tests.decisions import GIRL, MENTOR, PRIVACY_OFFICER, YOUTH_WORKER, Decisions


def _asked(decisions: Decisions, **changes: Any) -> dict[str, Any]:
    body = {
        "person_id": decisions.girl,
        "recipient": "organisation:youth-service",
        "categories": ["plan"],
        "purposes": ["care"],
    }
    return body | changes


def test_a_preview_tells_what_opens_and_what_stays_closed(decisions: Decisions) -> None:
    answer = decisions.call("preview", _asked(decisions), actor=MENTOR)

    assert answer.status == 200
    assert [each["code"] for each in answer.body["opens"]] == ["plan"]
    assert answer.body["opens"][0]["meaning"].startswith("Goals, actions")
    closed = {each["code"] for each in answer.body["stays_closed"]}
    assert {"health", "housing", "notes"} <= closed
    assert "plan" not in closed
    assert answer.body["purposes"][0]["code"] == "care"


def test_a_preview_reminds_the_girl_of_what_she_decided_before(decisions: Decisions) -> None:
    decisions.signs_in()
    refusal = decisions.decides(decision="refused", explanation=..., categories=["plan"])

    for_her = decisions.call("preview", _asked(decisions), actor=GIRL).body["earlier"]
    for_another = decisions.call("preview", _asked(decisions), actor=YOUTH_WORKER).body["earlier"]

    assert [(each["consent_id"], each["state"]) for each in for_her] == [(refusal["id"], "refused")]
    assert for_another == []


def test_a_preview_of_an_unknown_category_is_pointed_at(decisions: Decisions) -> None:
    answer = decisions.call("preview", _asked(decisions, categories=["plan", "horoscope"]), actor=MENTOR)

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/categories/1")


def test_a_preview_of_a_restricted_person_is_refused_like_one_of_an_unknown_person(
    decisions: Decisions, in_lane: Any
) -> None:
    with in_lane() as work:
        work.restrict(UUID(decisions.girl))

    hidden = decisions.call("preview", _asked(decisions), actor=MENTOR)
    unknown = decisions.call("preview", _asked(decisions, person_id=str(new_id())), actor=MENTOR)

    assert (hidden.status, hidden.body) == (unknown.status, unknown.body)
    assert hidden.status == 404


def test_a_custodian_asks_why_a_worker_sees_a_decision_and_is_not_told_of_whom_it_is(
    decisions: Decisions,
) -> None:
    consent = decisions.decides(actor=MENTOR)
    question = {"kind": "consent", "id": consent["id"], "worker": MENTOR.subject}

    told = decisions.call("why", question, actor=PRIVACY_OFFICER).body

    assert (told["permitted"], told["known_from"]) == (True, "last_seen")
    assert told["grants"][0]["basis"] == "team"
    assert decisions.call("why", question, actor=YOUTH_WORKER).body["code"] == "permission_missing"


def test_why_names_the_grant_that_opens_a_decision(decisions: Decisions) -> None:
    consent = decisions.decides(actor=MENTOR)

    mine = decisions.call("why", {"kind": "consent", "id": consent["id"]}, actor=MENTOR).body
    other = decisions.call("why", {"kind": "consent", "id": consent["id"]}, actor=YOUTH_WORKER).body
    custodian = decisions.call("why", {"kind": "consent", "id": consent["id"]}, actor=PRIVACY_OFFICER).body

    assert (mine["permitted"], mine["grants"][0]["basis"]) == (True, "team")
    assert (other["permitted"], other["because"]) == (False, "no_grant")
    assert (custodian["permitted"], custodian["grants"][0]["basis"]) == (True, "statute")


def test_the_heartbeat_travels_like_every_decision(in_lane: Any, outbox: Any, clock: Any) -> None:
    with in_lane() as work:
        send(work)

    (told,) = outbox("consent.heartbeat.sent.v1")
    assert (told.subject, told.data) == ("consent", {"sent_at": "2026-03-04T17:00:00+00:00"})


def test_a_heartbeat_hides_no_decision_that_waits_for_the_broker(
    decisions: Decisions, in_lane: Any, outbox: Any, clock: Any, database: Any
) -> None:
    decided_at = clock.now
    decisions.decides(actor=MENTOR)
    clock.advance(seconds=5)
    with in_lane() as work:
        send(work)
    with database.superuser.connect() as connection:
        connection.exec_driver_sql("DELETE FROM outbox WHERE key LIKE 'consent.consent.%%'")
    with in_lane() as work:
        send(work)

    told = [datetime.fromisoformat(each.data["sent_at"]) for each in outbox("consent.heartbeat.sent.v1")]
    assert told == [decided_at, clock.now]


def test_a_heartbeat_hides_no_withdrawal_of_much_at_once_either(
    decisions: Decisions, in_lane: Any, outbox: Any, clock: Any
) -> None:
    decided_at = clock.now
    assert decisions.call("declare_withdrawal", {"person_id": decisions.girl}, actor=MENTOR).status == 200
    clock.advance(seconds=5)
    with in_lane() as work:
        send(work)

    (told,) = outbox("consent.heartbeat.sent.v1")
    assert datetime.fromisoformat(told.data["sent_at"]) == decided_at


def test_health_is_open_to_all(decisions: Decisions) -> None:
    answer = decisions.call("health", actor=MENTOR)

    assert answer.body == {"service": "consent", "state": "ok"}

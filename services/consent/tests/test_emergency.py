"""A danger that cannot wait opens one person's record for hours, is told at once, and is judged by another (CO-6)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from chassis.testing import Answer, make_actor
from consent.directives.actions import keep_clocks
from consent.emergency.actions import end_due
from services.consent.tests.decisions import (
    GIRL,
    MENTOR,
    PRIVACY_OFFICER,
    SOCIAL_WORKER,
    STRANGER,
    YOUTH_WORKER,
    Decisions,
    unknown,
)

OTHER_OFFICER = make_actor(subject="privacy-2", roles=["privacy_officer"], organisation="ministry")
WORKER_AND_OFFICER = {
    "subject": "both",
    "roles": ["practitioner", "privacy_officer"],
    "organisation": "ministry",
}
AT_WORK = make_actor(**WORKER_AND_OFFICER, purpose="emergency")
IN_OFFICE = make_actor(**WORKER_AND_OFFICER, purpose="oversight")


@pytest.fixture
def breaks_the_glass(decisions: Decisions) -> Any:
    def begin(*, actor: Any = YOUTH_WORKER, **changes: Any) -> Answer:
        body = {
            "person_id": decisions.girl,
            "reason": "She wrote that she has taken pills and does not answer.",
            "categories": ["contact", "health"],
            **changes,
        }
        return decisions.call("begin_emergency_access", body, actor=actor)

    return begin


def reviews(
    decisions: Decisions, access: dict[str, Any], *, actor: Any = PRIVACY_OFFICER, **changes: Any
) -> Answer:
    body = {"id": access["id"], "finding": "justified", "review": "The call is on record.", **changes}
    return decisions.call("review_emergency_access", body, actor=actor)


def test_breaking_the_glass_is_told_to_every_service_with_its_end(
    decisions: Decisions, breaks_the_glass: Any, outbox: Any
) -> None:
    access = breaks_the_glass(hours=2).body

    (told,) = outbox("consent.emergency.opened.v1")
    assert told.subject == access["id"]
    assert told.data["worker"] == "youth-worker"
    assert told.data["categories"] == ["contact", "health", "identity"]
    begins, ends = (datetime.fromisoformat(told.data[name]) for name in ("valid_from", "valid_until"))
    assert ends - begins == timedelta(hours=2)
    assert not told.data["reaches_restricted"]


def test_the_custodian_sees_it_in_the_same_moment_and_the_person_too(
    decisions: Decisions, breaks_the_glass: Any
) -> None:
    decisions.signs_in()
    access = breaks_the_glass().body

    for actor, asked in ((PRIVACY_OFFICER, {"reviewed": False}), (GIRL, {"person_id": decisions.girl})):
        listed = decisions.call("list_emergency_accesses", asked, actor=actor).body["items"]
        assert [each["id"] for each in listed] == [access["id"]]
        assert listed[0]["reason"].startswith("She wrote")


def test_nobody_else_sees_that_the_glass_was_broken(decisions: Decisions, breaks_the_glass: Any) -> None:
    access = breaks_the_glass().body

    assert decisions.call("read_emergency_access", {"id": access["id"]}, actor=YOUTH_WORKER).status == 200
    for actor in (MENTOR, SOCIAL_WORKER, STRANGER):
        assert decisions.call("read_emergency_access", {"id": access["id"]}, actor=actor).status == 403
        assert decisions.call("list_emergency_accesses", {}, actor=actor).body["items"] == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"hours": 25}, "/hours"),
        ({"hours": 0}, "/hours"),
        ({"reason": "because"}, "/reason"),
        ({"reason": ...}, "/reason"),
        ({"categories": []}, "/categories"),
        ({"categories": ["everything"]}, "/categories/0"),
    ],
)
def test_it_needs_a_reason_a_scope_and_an_end_within_a_day(
    decisions: Decisions, breaks_the_glass: Any, outbox: Any, change: dict[str, Any], pointer: str
) -> None:
    body = {
        "person_id": decisions.girl,
        "reason": "She wrote that she has taken pills.",
        "categories": ["health"],
        **change,
    }
    body = {name: value for name, value in body.items() if value is not ...}

    refused = decisions.call("begin_emergency_access", body, actor=YOUTH_WORKER)

    assert refused.status == 422
    assert [each["pointer"] for each in refused.body["errors"]] == [pointer]
    assert outbox("consent.emergency.opened.v1") == []


def test_a_sign_in_of_no_organisation_breaks_no_glass(decisions: Decisions, breaks_the_glass: Any) -> None:
    nobody = make_actor(subject="loner", roles=["practitioner"], organisation=None)

    assert breaks_the_glass(actor=nobody).status == 403
    assert breaks_the_glass(actor=STRANGER).status == 403


def test_a_second_access_waits_until_the_first_has_ended(
    decisions: Decisions, breaks_the_glass: Any, clock: Any
) -> None:
    first = breaks_the_glass(hours=1).body
    again = breaks_the_glass()
    assert (again.status, again.body["code"]) == (409, "emergency_open_already")
    assert breaks_the_glass(actor=MENTOR).status == 200

    clock.advance(hours=1)
    assert breaks_the_glass().status == 200
    ended = decisions.call("read_emergency_access", {"id": first["id"]}, actor=YOUTH_WORKER).body
    assert (ended["state"], ended["ended_by"]) == ("to_review", "system")


def test_two_at_once_are_one_access(decisions: Decisions, breaks_the_glass: Any, outbox: Any) -> None:
    together = Barrier(2)

    def begin(_: int) -> int:
        together.wait(timeout=10)
        return int(breaks_the_glass().status)

    with ThreadPoolExecutor(max_workers=2) as pool:
        assert sorted(pool.map(begin, range(2))) == [200, 409]
    assert len(outbox("consent.emergency.opened.v1")) == 1


def test_it_ends_by_itself_and_by_hand_and_once(
    decisions: Decisions, breaks_the_glass: Any, clock: Any, in_lane: Any, outbox: Any
) -> None:
    by_time = breaks_the_glass(hours=3).body
    by_hand = breaks_the_glass(actor=MENTOR, hours=3).body
    ended = decisions.call("end_emergency_access", {"id": by_hand["id"]}, actor=MENTOR)
    assert (ended.status, ended.body["ended_by"]) == (200, "mentor")

    clock.advance(hours=3)
    for _ in range(2):
        with in_lane() as work:
            end_due(work)

    assert [each.subject for each in outbox("consent.emergency.ended.v1")] == [by_hand["id"], by_time["id"]]
    again = decisions.call("end_emergency_access", {"id": by_time["id"]}, actor=YOUTH_WORKER)
    assert (again.status, again.body["code"]) == (409, "emergency_over")


def test_a_review_is_owed_within_three_working_days(
    decisions: Decisions, breaks_the_glass: Any, clock: Any, in_lane: Any, outbox: Any
) -> None:
    access = breaks_the_glass().body
    clock.advance(days=10)
    with in_lane() as work:
        keep_clocks(work)

    (breach,) = outbox("consent.clock.breached.v1")
    assert (breach.data["kind"], breach.data["subject_id"]) == ("emergency_review", access["id"])
    late = decisions.call("list_emergency_accesses", {"overdue": True}, actor=PRIVACY_OFFICER).body["items"]
    assert [(each["id"], each["review_overdue"]) for each in late] == [(access["id"], True)]
    assert reviews(decisions, access).body["review_overdue"] is False
    assert (
        decisions.call("list_emergency_accesses", {"overdue": True}, actor=PRIVACY_OFFICER).body["items"]
        == []
    )


def test_a_review_is_closed_once_and_told(decisions: Decisions, breaks_the_glass: Any, outbox: Any) -> None:
    access = breaks_the_glass().body

    closed = reviews(decisions, access)

    assert (closed.status, closed.body["finding"], closed.body["reviewed_by"]) == (
        200,
        "justified",
        "privacy",
    )
    (told,) = outbox("consent.emergency.reviewed.v1")
    assert (told.data["finding"], told.data["worker"]) == ("justified", "youth-worker")
    again = reviews(decisions, access, actor=OTHER_OFFICER, finding="not_justified")
    assert (again.status, again.body["code"]) == (409, "reviewed_already")


def test_nobody_reviews_their_own_emergency(decisions: Decisions, breaks_the_glass: Any) -> None:
    access = breaks_the_glass(actor=AT_WORK).body

    own = reviews(decisions, access, actor=IN_OFFICE)
    assert (own.status, own.body["code"]) == (403, "review_is_for_somebody_else")
    assert reviews(decisions, access, actor=YOUTH_WORKER).status == 403
    assert reviews(decisions, access, actor=OTHER_OFFICER).status == 200


@pytest.mark.parametrize("records", ["one record", "two linked records"])
def test_nor_at_another_sign_in_of_their_own(
    decisions: Decisions, breaks_the_glass: Any, call: Any, receive: Any, told: Any, records: str
) -> None:
    worker = Decisions(call=call, receive=receive)
    again = worker if records == "one record" else Decisions(call=call, receive=receive)
    worker.signs_in(account="youth-worker")
    again.signs_in(account="privacy")
    if again is not worker:
        told(1, {worker.girl, again.girl})
    access = breaks_the_glass(actor=YOUTH_WORKER).body

    own = reviews(decisions, access, actor=PRIVACY_OFFICER)
    assert (own.status, own.body["code"]) == (403, "review_is_for_somebody_else")
    assert reviews(decisions, access, actor=OTHER_OFFICER).status == 200


def test_an_access_found_not_justified_ends_at_once(
    decisions: Decisions, breaks_the_glass: Any, outbox: Any
) -> None:
    access = breaks_the_glass(hours=24).body

    closed = reviews(decisions, access, finding="not_justified", review="No call, no message.").body

    assert closed["state"] == "reviewed"
    assert [each.subject for each in outbox("consent.emergency.ended.v1")] == [access["id"]]


def test_a_restricted_person_is_reached_only_by_those_who_may(
    decisions: Decisions, breaks_the_glass: Any, outbox: Any
) -> None:
    decisions.restricts()

    hidden, never_known = breaks_the_glass(), breaks_the_glass(person_id=unknown())
    assert (
        (hidden.status, hidden.body["code"])
        == (never_known.status, never_known.body["code"])
        == (404, "not_found")
    )
    attempt = next(each for each in outbox("consent.access.recorded.v1") if each.data["outcome"] == "denied")
    assert attempt.data["restricted"] and attempt.data["persons"] == [decisions.girl]

    access = breaks_the_glass(actor=SOCIAL_WORKER).body
    (told,) = outbox("consent.emergency.opened.v1")
    assert told.data["reaches_restricted"]
    assert decisions.call("read_emergency_access", {"id": access["id"]}, actor=SOCIAL_WORKER).status == 200
    assert reviews(decisions, access).status == 200

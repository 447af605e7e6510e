"""When a service may say that it knows what is consented to, and what it tells when it may not (CO-8, rule 7)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from chassis import consented, moment
from chassis.access import Grant
from chassis.access.model import Heartbeat
from chassis.doors import event
from chassis.errors import RuleBroken
from chassis.events import Received
from chassis.ids import new_id
from chassis.inbox_apply import Applier, Delivery
from chassis.inbox_course import RETRY_PAUSES_S, Course
from chassis.testing import Clock, ServiceDatabase, make_actor
from chassis.transactions import lane_work
from chassis.work import Work

pytestmark = pytest.mark.postgres

Call = Callable[..., Any]
InLane = Callable[[], AbstractContextManager[Work]]
BEAT, WITHDRAWN = "consent.heartbeat.sent.v1", "consent.consent.withdrawn.v1"
MENTOR = make_actor(subject="mentor", organisation="school", purpose="care")
STRANGER = make_actor(subject="stranger", organisation="housing", purpose="care")


class Wrong(RuleBroken):
    code = "wrong"
    title = "The test forbids it"


def a_visit(in_lane: InLane) -> Any:
    with in_lane() as work:
        visit = sys.modules["sample"].Visit(id=new_id(), person_id=new_id(), complaint="c", remark="r")
        work.session.add(visit)
    return visit


def consent_to(in_lane: InLane, person: UUID, grantee: str = "worker:mentor", **said: Any) -> UUID:
    reference = new_id()
    with in_lane() as work:
        work.grants.give(
            grantee=grantee,
            record=("person", person),
            basis="consent",
            reference=reference,
            **{"categories": ["health"], "purposes": ["care"], **said},
        )
    return reference


def beat(in_lane: InLane, *, sent_at: datetime) -> None:
    with in_lane() as work:
        work.heard("consent", sent_at=sent_at)


# -- clocks that differ ----------------------------------------------------------------------------------------------


def test_a_consent_service_whose_clock_runs_ahead_keeps_nothing_open(
    call: Call, in_lane: InLane, clock: Clock
) -> None:
    visit = a_visit(in_lane)
    consent_to(in_lane, visit.person_id)
    beat(in_lane, sent_at=clock.now)
    beat(in_lane, sent_at=clock.now + timedelta(hours=1))
    assert call("read_visit", {"id": str(visit.id)}, actor=MENTOR).status == 200

    clock.advance(seconds=11)
    assert call("read_visit", {"id": str(visit.id)}, actor=MENTOR).status == 403

    clock.advance(hours=1)
    assert call("read_visit", {"id": str(visit.id)}, actor=MENTOR).status == 403


def test_what_a_wrong_clock_left_behind_neither_counts_nor_stands_in_the_way(
    call: Call, in_lane: InLane, clock: Clock
) -> None:
    visit = a_visit(in_lane)
    consent_to(in_lane, visit.person_id)
    with in_lane() as work:
        work.session.add(Heartbeat(source="consent", sent_at=clock.now + timedelta(hours=1)))
    assert call("read_visit", {"id": str(visit.id)}, actor=MENTOR).status == 403

    beat(in_lane, sent_at=clock.now)
    assert call("read_visit", {"id": str(visit.id)}, actor=MENTOR).status == 200


def test_a_clock_ahead_by_less_than_a_second_is_believed(call: Call, in_lane: InLane, clock: Clock) -> None:
    visit = a_visit(in_lane)
    consent_to(in_lane, visit.person_id)
    beat(in_lane, sent_at=clock.now + timedelta(seconds=0.9))
    assert call("read_visit", {"id": str(visit.id)}, actor=MENTOR).status == 200


# -- a heartbeat overtakes nothing ------------------------------------------------------------------------------------


class House:
    """A service whose handler of withdrawals fails for chosen consents."""

    def __init__(self, database: ServiceDatabase) -> None:
        self.database = database
        self.failing: set[str] = set()
        self.applied: list[str] = []
        self.course = Course(
            Applier(
                subscriptions=[
                    event(WITHDRAWN, do=self.withdrawn),
                    event(BEAT, do=consented.heartbeat),
                ],
                open_work=lambda _events: lane_work(database.lane, service="sample"),
            )
        )

    def withdrawn(self, work: Work, *, event: Received) -> None:
        if event.subject in self.failing:
            raise Wrong
        self.applied.append(f"{event.subject}{event.version}")

    def heard(self) -> datetime | None:
        with self.database.lane() as session:
            return session.scalar(select(Heartbeat.sent_at))

    def current(self) -> bool:
        """Whether a caller's consents count now."""
        from chassis.trail import Trail
        from chassis.transactions import door_work

        trail = Trail(service="sample", door="test", action="read")
        with door_work(
            self.database.door, service="sample", actor=MENTOR, trail=trail, consent_limit_s=10.0
        ) as work:
            return work.consent_current


def withdrawal(subject: str, version: int = 1) -> Delivery:
    return _brought(WITHDRAWN, subject, version, {})


def heartbeat(version: int, at: datetime) -> Delivery:
    return _brought(BEAT, "consent", version, {"sent_at": at.isoformat()})


def _brought(key: str, subject: str, version: int, data: dict[str, Any]) -> Delivery:
    received = Received(
        id=new_id(),
        key=key,
        source="consent",
        subject=subject,
        version=version,
        time=moment.now(),
        data=data,
    )
    return Delivery(event=received, body=b"{}")


def test_a_heartbeat_behind_a_withdrawal_that_fails_tells_nothing(
    database: ServiceDatabase, clock: Clock
) -> None:
    house = House(database)
    house.failing = {"a"}
    first, second = clock.now, clock.advance(seconds=2)
    house.course.take([heartbeat(1, first), withdrawal("a"), withdrawal("b"), heartbeat(2, second)])
    house.course.step(now=0.0)

    assert (house.heard(), house.applied) == (first, ["b1"])
    house.failing = set()
    house.course.step(now=RETRY_PAUSES_S[0])
    house.course.step(now=RETRY_PAUSES_S[0])
    assert (house.heard(), house.applied) == (second, ["b1", "a1"])
    assert house.course.waiting == 0


def test_heartbeats_held_back_come_in_their_order_and_after_all_that_waited(
    database: ServiceDatabase, clock: Clock
) -> None:
    house = House(database)
    house.failing = {"a"}
    house.course.take([withdrawal("a", 1), withdrawal("a", 2), heartbeat(1, clock.now)])
    house.course.step(now=0.0)
    house.course.take([heartbeat(2, clock.advance(seconds=2))])
    house.course.step(now=0.01)
    assert house.heard() is None

    house.failing = set()
    for _ in range(3):
        house.course.step(now=1.0)
    assert house.applied == ["a1", "a2"]
    assert house.heard() == clock.now
    with database.lane() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM parked_events").scalar() == 0


def test_a_withdrawal_that_is_parked_lets_heartbeats_pass_and_consents_count_no_more(
    database: ServiceDatabase, clock: Clock
) -> None:
    house = House(database)
    house.course.take([heartbeat(1, clock.now)])
    house.course.step(now=0.0)
    assert house.current()

    house.failing = {"a"}
    house.course.take([withdrawal("a"), heartbeat(2, clock.advance(seconds=2))])
    now = 0.0
    for pause in (0.0, *RETRY_PAUSES_S):
        now += pause
        house.course.step(now=now)
    house.course.step(now=now)
    assert house.heard() == clock.now
    assert not house.current()


# -- what a caller is told --------------------------------------------------------------------------------------------


def test_whoever_has_a_consent_is_told_that_its_state_is_unknown_and_when_to_ask_again(
    call: Call, in_lane: InLane, clock: Clock
) -> None:
    visit = a_visit(in_lane)
    consent_to(in_lane, visit.person_id)
    beat(in_lane, sent_at=clock.now)
    clock.advance(seconds=11)

    answer = call("read_visit", {"id": str(visit.id)}, actor=MENTOR)
    assert (answer.status, answer.body["code"]) == (403, "consent_not_current")
    assert answer.body["retry_after"] > 0
    why = call("why", {"kind": "visit", "id": str(visit.id)}, actor=MENTOR).body
    assert (why["permitted"], why["because"]) == (False, "consent_not_current")


@pytest.mark.parametrize(
    "said",
    [
        {"grantee": "worker:mentor"},
        {"categories": ["identity"]},
        {"purposes": ["payment"]},
        {"valid_from": datetime.fromisoformat("2027-01-01T00:00:00+00:00")},
    ],
    ids=["another's", "other categories", "another purpose", "not begun"],
)
def test_nobody_else_learns_that_a_consent_exists(
    call: Call, in_lane: InLane, clock: Clock, said: dict[str, Any]
) -> None:
    visit = a_visit(in_lane)
    consent_to(in_lane, visit.person_id, **{"grantee": "worker:stranger", **said})

    answer = call("read_visit", {"id": str(visit.id)}, actor=STRANGER)
    assert (answer.status, answer.body["code"], answer.body.get("retry_after")) == (
        403,
        "access_denied",
        None,
    )


def test_a_restricted_person_stays_unknown_also_while_consent_is_not_current(
    call: Call, in_lane: InLane, clock: Clock
) -> None:
    visit = a_visit(in_lane)
    consent_to(in_lane, visit.person_id)
    with in_lane() as work:
        work.restrict(visit.person_id)
    assert call("read_visit", {"id": str(visit.id)}, actor=MENTOR).status == 404


def test_the_denial_in_the_log_names_the_reason(
    call: Call, in_lane: InLane, clock: Clock, outbox: Any
) -> None:
    visit = a_visit(in_lane)
    consent_to(in_lane, visit.person_id)
    call("read_visit", {"id": str(visit.id)}, actor=MENTOR)
    (entry,) = outbox.entries()
    assert (entry["outcome"], entry["reason"]) == ("denied", "consent_not_current")


# -- a refusal reaches what has not begun -----------------------------------------------------------------------------


def test_a_refusal_ends_a_consent_whose_time_is_still_to_come(in_lane: InLane, clock: Clock) -> None:
    person, begins = new_id(), clock.now + timedelta(days=2)
    consent_to(in_lane, person, categories=["health", "housing"], valid_from=begins)
    told = {"person_id": str(person), "recipient": "worker:mentor", "categories": ["health"]}
    refusal = Received(
        id=new_id(),
        key="consent.consent.refused.v1",
        source="consent",
        subject="",
        version=None,
        time=clock.now,
        data=told,
    )
    with in_lane() as work:
        consented.refused(work, event=refusal)

    with in_lane() as work:
        (kept,) = work.session.scalars(
            select(Grant).where(Grant.ended_at.is_(None), Grant.basis == "consent")
        )
    assert (kept.categories, kept.valid_from) == (["housing"], begins)


# -- what a service does by itself -----------------------------------------------------------------------------------


def in_the_lane(database: ServiceDatabase, *, service: str = "sample", limit_s: float | None = 10.0) -> bool:
    """Whether a timer or an event that rests on a consent may go on."""
    with lane_work(database.lane, service=service, consent_limit_s=limit_s) as work:
        return work.consent_current


def test_the_lane_knows_no_more_of_consents_than_the_doors(
    database: ServiceDatabase, in_lane: InLane, clock: Clock
) -> None:
    house = House(database)
    assert (in_the_lane(database), house.current()) == (False, False)
    beat(in_lane, sent_at=clock.now)
    assert (in_the_lane(database), house.current()) == (True, True)
    clock.advance(seconds=11)
    assert (in_the_lane(database), house.current()) == (False, False)

    beat(in_lane, sent_at=clock.now)
    house.failing.add("a")
    house.course.take([withdrawal("a")])
    now = 0.0
    for pause in (0.0, *RETRY_PAUSES_S):
        now += pause
        house.course.step(now=now)
    assert (in_the_lane(database), house.current()) == (False, False)


def test_the_consent_service_knows_by_itself_and_who_was_told_no_limit_does_not(
    database: ServiceDatabase, in_lane: InLane, clock: Clock
) -> None:
    assert in_the_lane(database, service="consent")
    beat(in_lane, sent_at=clock.now)
    assert not in_the_lane(database, limit_s=None)


# -- a reply told again -----------------------------------------------------------------------------------------------


def a_visit_amended(call: Call, in_lane: InLane, clock: Clock) -> tuple[Any, UUID, Callable[[], Any]]:
    """A visit that the mentor has changed while a consent opened its complaint; how to send the command again."""
    visit = a_visit(in_lane)
    with in_lane() as work:
        work.grants.give(
            grantee="worker:mentor",
            record=("visit", visit.id),
            categories=["notes"],
            basis="team",
            may_write=True,
        )
    reference = consent_to(in_lane, visit.person_id)
    beat(in_lane, sent_at=clock.now)

    def send() -> Any:
        body = {"id": str(visit.id), "remark": "said"}
        return call("amend_visit", body, actor=MENTOR, idempotency_key="once", if_match='"1"')

    return visit, reference, send


def test_a_retry_gets_the_reply_of_the_first_while_all_that_opened_it_stands(
    call: Call, in_lane: InLane, clock: Clock
) -> None:
    _, _, send = a_visit_amended(call, in_lane, clock)
    first, again = send(), send()
    assert first.body["complaint"] == "c"
    assert (again.body, again.etag) == (first.body, first.etag)


def test_a_retry_after_the_withdrawal_shows_nothing_that_was_consented_to(
    call: Call, in_lane: InLane, clock: Clock
) -> None:
    visit, reference, send = a_visit_amended(call, in_lane, clock)
    assert send().body["complaint"] == "c"
    with in_lane() as work:
        work.grants.end(reference=reference)

    again = send()
    assert (again.status, again.body["id"]) == (200, str(visit.id))
    assert "complaint" not in again.body and "health" in again.body["withheld"]


@pytest.mark.parametrize("cause", ["silence", "restriction"])
def test_a_retry_shows_as_little_when_consent_is_not_current_or_the_person_restricted(
    call: Call, in_lane: InLane, clock: Clock, cause: str
) -> None:
    visit, _, send = a_visit_amended(call, in_lane, clock)
    assert send().body["complaint"] == "c"
    if cause == "silence":
        clock.advance(seconds=11)
    else:
        with in_lane() as work:
            work.restrict(visit.person_id)
    again = send()
    assert again.status == 200
    assert not {"complaint", "remark"} & again.body.keys()

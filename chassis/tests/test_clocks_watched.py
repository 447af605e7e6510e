"""Clocks that run out are forecast, announced once, and explained (IN-2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from chassis import clocks
from chassis.clocks import Clock, ClockNotRunning, ClockPause, NoBreach, days, working_days
from chassis.identity import Actor
from chassis.testing import Clock as FrozenClock
from chassis.testing import Sent, ServiceDatabase
from chassis.transactions import lane_work
from chassis.work import Work

pytestmark = pytest.mark.postgres

VANCOUVER = ZoneInfo("America/Vancouver")
MONDAY = datetime(2025, 6, 2, 9, 0, tzinfo=VANCOUVER)

BREACHED = "intake.clock.breached.v1"
FORECAST = "intake.clock.forecast.v1"

At = Callable[[datetime], AbstractContextManager[Work]]


@pytest.fixture
def at(database: ServiceDatabase, clock: FrozenClock) -> At:
    """A unit of work of intake, whose contracts are published, at a moment."""

    @contextmanager
    def working(now: datetime) -> Iterator[Work]:
        clock.move_to(now)
        with lane_work(database.lane, service="intake") as work:
            yield work

    return working


@pytest.fixture
def told(database: ServiceDatabase) -> Sent:
    """What was written for the bus."""
    return Sent(database)


def test_a_clock_met_too_late_is_a_breach_even_if_no_timer_saw_it(at: At, told: Sent) -> None:
    referral = uuid4()
    with at(MONDAY) as work:
        due = work.clocks.start("first_contact", referral, within=working_days(3)).due_at
    with at(MONDAY + timedelta(days=4)) as work:
        clock = work.clocks.meet("first_contact", referral)

        assert (clock.state, clock.breached_at) == ("breached", due)
    assert [event.subject for event in told(BREACHED)] == [str(referral)]
    with at(MONDAY + timedelta(days=5)) as work:
        assert clocks.breach_overdue(work) == 0


def test_a_paused_clock_neither_breaches_nor_is_forecast(at: At) -> None:
    referral = uuid4()
    with at(MONDAY) as work:
        work.clocks.start("first_contact", referral, within=working_days(3))
        work.clocks.pause("first_contact", referral, reason="in hospital")
    with at(MONDAY + timedelta(days=90)) as work:
        assert clocks.breach_overdue(work) == 0
        assert clocks.forecast_upcoming(work) == 0
        assert clocks.forecast(work, until=MONDAY + timedelta(days=400)) == []


def test_a_referral_not_contacted_in_three_working_days_is_announced_as_overdue_once(
    at: At, told: Sent
) -> None:
    referral = uuid4()
    with at(MONDAY) as work:
        clock = work.clocks.start("first_contact", referral, within=working_days(3))
    with at(clock.due_at - timedelta(seconds=1)) as work:
        assert clocks.breach_overdue(work) == 0
    with at(clock.due_at) as work:
        assert clocks.breach_overdue(work) == 1
    with at(clock.due_at + timedelta(days=1)) as work:
        assert clocks.breach_overdue(work) == 0

    [event] = told(BREACHED)
    assert (event.subject, event.data["clock_id"]) == (str(referral), str(clock.id))
    assert datetime.fromisoformat(event.data["due_at"]) == clock.due_at


def test_a_clock_is_forecast_one_working_day_before_it_breaches_and_only_once(at: At, told: Sent) -> None:
    referral = uuid4()
    with at(MONDAY) as work:
        work.clocks.start("first_contact", referral, within=working_days(3))
    wednesday_evening = datetime(2025, 6, 4, 17, 0, tzinfo=VANCOUVER)
    with at(wednesday_evening - timedelta(seconds=1)) as work:
        assert clocks.forecast_upcoming(work) == 0
    with at(wednesday_evening) as work:
        assert clocks.forecast_upcoming(work) == 1
    with at(wednesday_evening + timedelta(hours=1)) as work:
        assert clocks.forecast_upcoming(work) == 0

    assert [event.key for event in told()] == [FORECAST]


def test_a_deadline_is_forecast_before_it_is_missed_and_both_are_told_in_order(at: At, told: Sent) -> None:
    with at(MONDAY) as work:
        work.clocks.start("first_contact", uuid4(), within=working_days(3))
    for later in range(1, 9):
        with at(MONDAY + timedelta(days=later)) as work:
            clocks.forecast_upcoming(work)
            clocks.breach_overdue(work)

    assert [event.key for event in told()] == [FORECAST, BREACHED]


@pytest.mark.parametrize(("lasts", "ahead"), [(1, 1), (7, 1), (30, 6), (90, 14)])
def test_a_limit_set_to_an_instant_is_forecast_a_fifth_of_its_time_ahead_two_weeks_at_most(
    at: At, lasts: int, ahead: int
) -> None:
    due = datetime(2025, 6, 2, 17, 0, tzinfo=VANCOUVER) + timedelta(days=lasts)
    with at(MONDAY) as work:
        clock = work.clocks.start("review", uuid4(), due=due)

        assert clock.warn_at == max(MONDAY, due - timedelta(days=ahead))


def test_two_replicas_that_look_at_once_announce_every_breach_exactly_once(at: At, told: Sent) -> None:
    subjects = [uuid4() for _ in range(30)]
    with at(MONDAY) as work:
        for subject in subjects:
            work.clocks.start("first_contact", subject, within=working_days(3))
    overdue = MONDAY + timedelta(days=10)

    with at(overdue) as one, at(overdue) as other:
        assert clocks.breach_overdue(one, limit=10) == 10
        assert clocks.breach_overdue(other, limit=50) == 20

    assert sorted(event.subject for event in told(BREACHED)) == sorted(str(subject) for subject in subjects)


def test_what_is_rolled_back_leaves_neither_mark_nor_event_and_is_announced_by_the_next_look(
    at: At, told: Sent
) -> None:
    with at(MONDAY) as work:
        work.clocks.start("first_contact", uuid4(), within=working_days(3))
    overdue = MONDAY + timedelta(days=10)
    with pytest.raises(ConnectionError), at(overdue) as work:
        clocks.breach_overdue(work)
        raise ConnectionError

    assert told() == []
    with at(overdue) as work:
        assert clocks.breach_overdue(work) == 1
    assert len(told(BREACHED)) == 1


def test_a_breach_waits_for_documented_circumstances(at: At) -> None:
    referral = uuid4()
    with at(MONDAY) as work:
        work.clocks.start("first_contact", referral, within=working_days(3))
        with pytest.raises(NoBreach):
            work.clocks.document("first_contact", referral, circumstances="nobody was there")
    with at(MONDAY + timedelta(days=5)) as work:
        clocks.breach_overdue(work)
        assert work.clocks.of(referral)[0].lacks_circumstances
        clock = work.clocks.document(
            "first_contact", referral, circumstances="three visits, nobody was there"
        )

        assert (clock.state, clock.lacks_circumstances) == ("breached", False)
        assert clock.is_open


def test_a_cancelled_clock_is_over_and_keeps_a_breach_that_came_first(at: At, told: Sent) -> None:
    ended, overdue = uuid4(), uuid4()
    with at(MONDAY) as work:
        work.clocks.start("first_contact", ended, within=working_days(3))
        work.clocks.start("first_contact", overdue, within=working_days(3))
        assert work.clocks.cancel("first_contact", ended).state == "cancelled"
    with at(MONDAY + timedelta(days=9)) as work:
        clock = work.clocks.cancel("first_contact", overdue)
        assert clock.breached_at == clock.due_at
        assert clocks.breach_overdue(work) == 0
    assert [event.subject for event in told()] == [str(overdue)]


def test_the_forecast_lists_what_will_be_missed_soonest_first_among_given_subjects(at: At) -> None:
    near, far, hidden = uuid4(), uuid4(), uuid4()
    with at(MONDAY) as work:
        work.clocks.start("eligibility", far, within=days(7))
        work.clocks.start("first_contact", near, within=working_days(3))
        work.clocks.start("first_contact", hidden, within=working_days(3))
        seen = select(Clock.subject_id).where(Clock.subject_id != hidden)

        listed = clocks.forecast(work, until=MONDAY + timedelta(days=8), among=seen)

        assert [clock.subject_id for clock in listed] == [near, far]


Callers = Callable[[Actor], AbstractContextManager[Work]]


@pytest.fixture
def known_to_the_mentor(
    work_as: Callers, an_actor: Callable[..., Actor], clock: FrozenClock
) -> tuple[UUID, UUID]:
    """A referral with a running clock, and its person, whom one worker may see and change."""
    referral, person = uuid4(), uuid4()
    with work_as(an_actor(subject="mentor")) as work:
        work.grants.give(
            grantee="worker:mentor",
            record=("person", person),
            categories=["referral"],
            basis="team",
            may_write=True,
        )
        work.clocks.start("first_contact", referral, within=working_days(3), person=person)
    return referral, person


def test_a_caller_keeps_clocks_under_the_door_role_and_cannot_rewrite_a_pause(
    known_to_the_mentor: tuple[UUID, UUID],
    work_as: Callers,
    an_actor: Callable[..., Actor],
    clock: FrozenClock,
) -> None:
    referral, _ = known_to_the_mentor
    mentor = an_actor(subject="mentor")
    with work_as(mentor) as work:
        work.clocks.pause("first_contact", referral, reason="in hospital")
    clock.advance(days=1)
    with work_as(mentor) as work:
        assert work.clocks.resume("first_contact", referral).state == "running"
        assert work.session.scalars(select(ClockPause)).one().reason == "in hospital"

    with pytest.raises(ProgrammingError, match="permission denied"), work_as(mentor) as work:
        work.session.execute(text("UPDATE clock_pauses SET reason = 'other'"))


def test_a_caller_without_a_grant_sees_no_clock_even_where_nothing_filters(
    known_to_the_mentor: tuple[UUID, UUID], work_as: Callers, an_actor: Callable[..., Actor]
) -> None:
    referral, _ = known_to_the_mentor

    with work_as(an_actor(subject="housing-officer")) as work:
        assert work.clocks.of(referral) == []
        assert work.session.scalars(select(Clock)).all() == []
        with pytest.raises(ClockNotRunning):
            work.clocks.meet("first_contact", referral)

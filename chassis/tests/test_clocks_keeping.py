"""Clocks are started, paused, resumed and met, and a pause takes no time away (IN-2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from chassis import clocks
from chassis.clocks import (
    Clock,
    ClockAlreadyRuns,
    ClockNotRunning,
    ClockOverdue,
    ClockPause,
    ReasonMissing,
    Unit,
    days,
    house_calendar,
    months,
    working_days,
)
from chassis.testing import Clock as FrozenClock
from chassis.testing import Sent, ServiceDatabase
from chassis.transactions import lane_work
from chassis.work import Work

pytestmark = pytest.mark.postgres

BC = house_calendar()
VANCOUVER = ZoneInfo("America/Vancouver")
MONDAY = datetime(2025, 6, 2, 9, 0, tzinfo=VANCOUVER)

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


def local(moment: datetime) -> str:
    return moment.astimezone(VANCOUVER).strftime("%Y-%m-%d %H:%M")


def test_a_started_clock_runs_until_the_end_of_the_third_working_day(at: At) -> None:
    referral, person = uuid4(), uuid4()

    with at(MONDAY) as work:
        work.clocks.start("first_contact", referral, within=working_days(3), person=person)

    with at(MONDAY) as work:
        [clock] = work.clocks.of(referral)
        assert (clock.state, clock.person_id, local(clock.due_at)) == ("running", person, "2025-06-05 17:00")


def test_a_clock_can_start_earlier_than_it_was_recorded(at: At) -> None:
    with at(MONDAY + timedelta(days=1)) as work:
        clock = work.clocks.start("eligibility", uuid4(), within=days(7), since=MONDAY)

        assert (clock.started_at, local(clock.due_at)) == (MONDAY, "2025-06-09 17:00")


def test_a_clock_can_be_due_at_an_instant(at: At) -> None:
    instant = MONDAY + timedelta(hours=30)

    with at(MONDAY) as work:
        assert work.clocks.start("interim", uuid4(), due=instant).due_at == instant


def test_a_clock_needs_either_a_term_or_an_instant(at: At) -> None:
    with at(MONDAY) as work, pytest.raises(TypeError):
        work.clocks.start("interim", uuid4())


def test_a_subject_has_one_open_clock_of_a_kind(at: At) -> None:
    referral = uuid4()
    with at(MONDAY) as work:
        work.clocks.start("first_contact", referral, within=working_days(3))
        work.clocks.start("eligibility", referral, within=days(7))

        with pytest.raises(ClockAlreadyRuns):
            work.clocks.start("first_contact", referral, within=working_days(3))


def test_once_met_a_clock_of_the_same_kind_starts_anew(at: At) -> None:
    case = uuid4()
    with at(MONDAY) as work:
        work.clocks.start("review", case, within=months(3))
        work.clocks.meet("review", case)
        work.clocks.start("review", case, within=months(3))

        assert [clock.state for clock in work.clocks.of(case)] == ["met", "running"]


def test_meeting_a_clock_in_time_announces_nothing(at: At, told: Sent) -> None:
    referral = uuid4()
    with at(MONDAY) as work:
        work.clocks.start("first_contact", referral, within=working_days(3))
    with at(MONDAY + timedelta(days=1)) as work:
        clock = work.clocks.meet("first_contact", referral, at=MONDAY + timedelta(hours=2))

        assert (clock.state, clock.met_at) == ("met", MONDAY + timedelta(hours=2))
    assert told() == []


def test_a_clock_that_was_met_by_mistake_runs_on_and_is_due_as_before(at: At, told: Sent) -> None:
    referral = uuid4()
    with at(MONDAY) as work:
        due = work.clocks.start("first_contact", referral, within=working_days(3)).due_at
        with pytest.raises(ClockNotRunning):
            work.clocks.reopen("first_contact", referral)
        work.clocks.meet("first_contact", referral)
    with at(MONDAY + timedelta(days=1)) as work:
        clock = work.clocks.reopen("first_contact", referral)

        assert (clock.state, clock.due_at) == ("running", due)
        with pytest.raises(ClockNotRunning):
            work.clocks.reopen("first_contact", referral)
    with at(due) as work:
        assert clocks.breach_overdue(work) == 1
    assert len(told("intake.clock.breached.v1")) == 1


def test_a_clock_is_not_reopened_beside_one_of_its_kind_that_runs(at: At) -> None:
    case = uuid4()
    with at(MONDAY) as work:
        work.clocks.start("review", case, within=months(3))
        work.clocks.meet("review", case)
        work.clocks.start("review", case, within=months(3))

        with pytest.raises(ClockAlreadyRuns):
            work.clocks.reopen("review", case)


def test_a_clock_that_never_started_cannot_be_met(at: At) -> None:
    with at(MONDAY) as work, pytest.raises(ClockNotRunning):
        work.clocks.meet("first_contact", uuid4())


def test_a_pause_over_two_working_days_moves_the_due_date_by_two_working_days(at: At) -> None:
    referral = uuid4()
    with at(MONDAY) as work:
        work.clocks.start("first_contact", referral, within=working_days(3))
    with at(MONDAY + timedelta(days=1)) as work:
        assert work.clocks.pause("first_contact", referral, reason="in hospital").state == "paused"
    with at(MONDAY + timedelta(days=3)) as work:
        clock = work.clocks.resume("first_contact", referral)

        assert (clock.state, local(clock.due_at)) == ("running", "2025-06-09 17:00")


def test_a_pause_over_a_weekend_moves_a_working_day_limit_by_nothing_and_a_day_limit_by_two(at: At) -> None:
    referral, friday_evening = uuid4(), datetime(2025, 6, 6, 19, 0, tzinfo=VANCOUVER)
    with at(MONDAY) as work:
        work.clocks.start("first_contact", referral, within=working_days(10))
        work.clocks.start("eligibility", referral, within=days(10))
    with at(friday_evening) as work:
        work.clocks.pause("first_contact", referral, reason="away")
        work.clocks.pause("eligibility", referral, reason="away")
    with at(friday_evening + timedelta(hours=60)) as work:
        assert local(work.clocks.resume("first_contact", referral).due_at) == "2025-06-16 17:00"
        assert local(work.clocks.resume("eligibility", referral).due_at) == "2025-06-14 17:00"


def test_a_pause_moves_a_limit_set_to_an_instant_by_the_time_that_passed(at: At) -> None:
    incident, due = uuid4(), MONDAY + timedelta(hours=24)
    with at(MONDAY) as work:
        work.clocks.start("crisis_review", incident, due=due)
        work.clocks.pause("crisis_review", incident, reason="in hospital")
    with at(MONDAY + timedelta(minutes=90)) as work:
        assert work.clocks.resume("crisis_review", incident).due_at == due + timedelta(minutes=90)


def test_a_pause_is_remembered_with_its_reason(at: At) -> None:
    referral = uuid4()
    with at(MONDAY) as work:
        work.clocks.start("first_contact", referral, within=working_days(3))
        work.clocks.pause("first_contact", referral, reason=" in hospital ")
    with at(MONDAY + timedelta(hours=1)) as work:
        work.clocks.resume("first_contact", referral)
        pause = work.session.scalars(select(ClockPause)).one()

        assert (pause.reason, pause.resumed_at - pause.paused_at) == ("in hospital", timedelta(hours=1))


def test_a_pause_needs_a_reason(at: At) -> None:
    referral = uuid4()
    with at(MONDAY) as work:
        work.clocks.start("first_contact", referral, within=working_days(3))

        with pytest.raises(ReasonMissing):
            work.clocks.pause("first_contact", referral, reason="  ")


def test_a_limit_that_has_passed_cannot_be_paused_away(at: At) -> None:
    referral = uuid4()
    with at(MONDAY) as work:
        work.clocks.start("first_contact", referral, within=working_days(3))
    with at(MONDAY + timedelta(days=4)) as work, pytest.raises(ClockOverdue):
        work.clocks.pause("first_contact", referral, reason="in hospital")


def test_a_paused_clock_is_neither_paused_again_nor_is_a_running_one_resumed(at: At) -> None:
    referral = uuid4()
    with at(MONDAY) as work:
        work.clocks.start("first_contact", referral, within=working_days(3))
        with pytest.raises(ClockNotRunning):
            work.clocks.resume("first_contact", referral)
        work.clocks.pause("first_contact", referral, reason="in hospital")
        with pytest.raises(ClockNotRunning):
            work.clocks.pause("first_contact", referral, reason="in hospital")


def test_the_database_itself_refuses_a_second_open_clock_and_a_pause_without_reason(
    database: ServiceDatabase,
) -> None:
    row = {
        "kind": "first_contact",
        "subject_kind": "referral",
        "subject_id": uuid4(),
        "unit": "day",
        "started_at": MONDAY,
    }
    row |= {"due_at": MONDAY, "warn_at": MONDAY}

    with pytest.raises(IntegrityError, match="uq_clocks_open"), database.lane() as session:
        session.add_all([Clock(**row), Clock(**row)])
        session.flush()
    with pytest.raises(IntegrityError, match="a_pause_has_a_reason"), database.lane() as session:
        session.add(Clock(**row, paused_at=MONDAY))
        session.flush()


def test_a_subject_may_be_a_model_or_its_id(at: At) -> None:
    @dataclass
    class Referral:
        id: UUID

    referral = Referral(id=uuid4())
    with at(MONDAY) as work:
        work.clocks.start("first_contact", referral, within=working_days(3))

        assert work.clocks.meet("first_contact", referral.id).state == "met"


minutes = st.integers(min_value=0, max_value=12 * 24 * 60).map(lambda count: timedelta(minutes=count))
spans = st.lists(st.tuples(minutes, minutes), min_size=1, max_size=4)
terms = st.builds(working_days, st.integers(1, 15)) | st.builds(days, st.integers(1, 20))


@given(start=minutes, term=terms, pauses=spans)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_pauses_as_many_days_end_with_the_clock_running_as_the_term_has(
    at: At,
    start: timedelta,
    term: clocks.Days | clocks.WorkingDays,
    pauses: list[tuple[timedelta, timedelta]],
) -> None:
    """The due date after any pauses is where a count of day ends, kept day by day, comes to the term."""
    referral, now = uuid4(), MONDAY + start
    standing_still: list[tuple[datetime, datetime]] = []
    with at(now) as work:
        clock = work.clocks.start("first_contact", referral, within=term)
    for running, still in pauses:
        now += running
        if now >= clock.due_at:
            break
        with at(now) as work:
            work.clocks.pause("first_contact", referral, reason="in hospital")
        standing_still.append((now, now + still))
        now += still
        with at(now) as work:
            clock = work.clocks.resume("first_contact", referral)

    assert clock.due_at == _counted_day_by_day(MONDAY + start, term, standing_still)


def _counted_day_by_day(
    started: datetime, term: clocks.Days | clocks.WorkingDays, standing_still: list[tuple[datetime, datetime]]
) -> datetime:
    day: date = BC.day_of(started)
    ended = 0
    while True:
        day += timedelta(days=1)
        end = BC.end_of(day)
        counts = term.unit is Unit.DAY or BC.is_working_day(day)
        if counts and not any(since < end <= until for since, until in standing_still):
            ended += 1
        if ended == term.count:
            return end.astimezone(UTC)

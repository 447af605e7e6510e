"""Clocks are started, paused, met and missed in the database, and each is announced once (IN-2)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, make_url, select, text
from sqlalchemy.orm import Session

from chassis import clocks
from chassis.clocks import (
    Calendar,
    Clock,
    ClockAlreadyRuns,
    ClockNotRunning,
    ClockOverdue,
    ClockPause,
    Clocks,
    NoBreach,
    ReasonMissing,
    Unit,
    days,
    months,
    working_days,
)
from chassis.database import Base
from chassis.events import Event

pytestmark = pytest.mark.postgres

BC = Calendar("CA", "BC")
VANCOUVER = ZoneInfo("America/Vancouver")
MONDAY = datetime(2025, 6, 2, 9, 0, tzinfo=VANCOUVER)


@dataclass
class OneWork:
    """As much of a unit of work as clocks stand on: a transaction, the time, a name, a place for events."""

    session: Session
    now: datetime
    service: str = "intake"
    told: list[Event] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        self.told.append(event)

    @property
    def clocks(self) -> Clocks:
        return Clocks(self, calendar=BC)  # type: ignore[arg-type]

    @property
    def told_keys(self) -> list[str]:
        return [event.key for event in self.told]


At = Callable[[datetime], AbstractContextManager[OneWork]]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    server = make_url(os.environ["ICM_TEST_POSTGRES_URL"]).set(drivername="postgresql+psycopg")
    name = f"clocks_{uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine = create_engine(server.set(database=name))
    Base.metadata.create_all(engine, tables=[Clock.__table__, ClockPause.__table__])  # type: ignore[list-item]
    yield engine
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def at(engine: Engine) -> Iterator[At]:
    @contextmanager
    def working(now: datetime) -> Iterator[OneWork]:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield OneWork(session=session, now=now)

    yield working
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE clocks, clock_pauses"))


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


def test_meeting_a_clock_in_time_announces_nothing(at: At) -> None:
    referral = uuid4()
    with at(MONDAY) as work:
        work.clocks.start("first_contact", referral, within=working_days(3))
    with at(MONDAY + timedelta(days=1)) as work:
        clock = work.clocks.meet("first_contact", referral, at=MONDAY + timedelta(hours=2))

        assert (clock.state, clock.met_at, work.told) == ("met", MONDAY + timedelta(hours=2), [])


def test_a_clock_that_never_started_cannot_be_met(at: At) -> None:
    with at(MONDAY) as work, pytest.raises(ClockNotRunning):
        work.clocks.meet("first_contact", uuid4())


def test_a_clock_met_too_late_is_a_breach_even_if_no_timer_saw_it(at: At) -> None:
    referral = uuid4()
    with at(MONDAY) as work:
        due = work.clocks.start("first_contact", referral, within=working_days(3)).due_at
    with at(MONDAY + timedelta(days=4)) as work:
        clock = work.clocks.meet("first_contact", referral)

        assert (clock.state, clock.breached_at) == ("breached", due)
        assert work.told_keys == ["intake.clock.breached.v1"]
    with at(MONDAY + timedelta(days=5)) as work:
        assert clocks.breach_overdue(work) == 0  # type: ignore[arg-type]


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


def test_a_paused_clock_neither_breaches_nor_is_forecast(at: At) -> None:
    referral = uuid4()
    with at(MONDAY) as work:
        work.clocks.start("first_contact", referral, within=working_days(3))
        work.clocks.pause("first_contact", referral, reason="in hospital")
    with at(MONDAY + timedelta(days=90)) as work:
        assert clocks.breach_overdue(work) == 0  # type: ignore[arg-type]
        assert clocks.forecast_upcoming(work) == 0  # type: ignore[arg-type]
        assert clocks.forecast(work, until=MONDAY + timedelta(days=400)) == []  # type: ignore[arg-type]


def test_a_referral_not_contacted_in_three_working_days_is_announced_as_overdue_once(at: At) -> None:
    referral = uuid4()
    with at(MONDAY) as work:
        clock = work.clocks.start("first_contact", referral, within=working_days(3))
    with at(clock.due_at - timedelta(seconds=1)) as work:
        assert clocks.breach_overdue(work) == 0  # type: ignore[arg-type]
    with at(clock.due_at) as work:
        assert clocks.breach_overdue(work) == 1  # type: ignore[arg-type]
        [told] = work.told
        assert (told.key, told.subject) == ("intake.clock.breached.v1", str(referral))
        assert told.data["clock_id"] == str(clock.id)
        assert datetime.fromisoformat(told.data["due_at"]) == clock.due_at
    with at(clock.due_at + timedelta(days=1)) as work:
        assert clocks.breach_overdue(work) == 0  # type: ignore[arg-type]


def test_a_clock_is_forecast_one_working_day_before_it_breaches_and_only_once(at: At) -> None:
    referral = uuid4()
    with at(MONDAY) as work:
        work.clocks.start("first_contact", referral, within=working_days(3))
    wednesday_evening = datetime(2025, 6, 4, 17, 0, tzinfo=VANCOUVER)
    with at(wednesday_evening - timedelta(seconds=1)) as work:
        assert clocks.forecast_upcoming(work) == 0  # type: ignore[arg-type]
    with at(wednesday_evening) as work:
        assert clocks.forecast_upcoming(work) == 1  # type: ignore[arg-type]
        assert work.told_keys == ["intake.clock.forecast.v1"]
    with at(wednesday_evening + timedelta(hours=1)) as work:
        assert clocks.forecast_upcoming(work) == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(("lasts", "ahead"), [(1, 1), (7, 1), (30, 6), (90, 14)])
def test_a_limit_set_to_an_instant_is_forecast_a_fifth_of_its_time_ahead_two_weeks_at_most(
    at: At, lasts: int, ahead: int
) -> None:
    due = datetime(2025, 6, 2, 17, 0, tzinfo=VANCOUVER) + timedelta(days=lasts)
    with at(MONDAY) as work:
        clock = work.clocks.start("review", uuid4(), due=due)

        assert clock.warn_at == max(MONDAY, due - timedelta(days=ahead))


def test_two_replicas_that_look_at_once_announce_every_breach_exactly_once(at: At) -> None:
    subjects = [uuid4() for _ in range(30)]
    with at(MONDAY) as work:
        for subject in subjects:
            work.clocks.start("first_contact", subject, within=working_days(3))
    overdue = MONDAY + timedelta(days=10)

    with at(overdue) as one, at(overdue) as other:
        clocks.breach_overdue(one, limit=10)  # type: ignore[arg-type]
        clocks.breach_overdue(other, limit=50)  # type: ignore[arg-type]

    announced = [event.subject for event in one.told + other.told]
    assert len(one.told) == 10
    assert sorted(announced) == sorted(str(subject) for subject in subjects)


def test_what_is_rolled_back_is_announced_by_the_next_look(at: At) -> None:
    with at(MONDAY) as work:
        work.clocks.start("first_contact", uuid4(), within=working_days(3))
    overdue = MONDAY + timedelta(days=10)

    with pytest.raises(ConnectionError), at(overdue) as work:
        clocks.breach_overdue(work)  # type: ignore[arg-type]
        raise ConnectionError

    with at(overdue) as work:
        assert clocks.breach_overdue(work) == 1  # type: ignore[arg-type]


def test_a_breach_waits_for_documented_circumstances(at: At) -> None:
    referral = uuid4()
    with at(MONDAY) as work:
        work.clocks.start("first_contact", referral, within=working_days(3))
        with pytest.raises(NoBreach):
            work.clocks.document("first_contact", referral, circumstances="nobody was there")
    with at(MONDAY + timedelta(days=5)) as work:
        clocks.breach_overdue(work)  # type: ignore[arg-type]
        assert work.clocks.of(referral)[0].lacks_circumstances
        clock = work.clocks.document(
            "first_contact", referral, circumstances="three visits, nobody was there"
        )

        assert (clock.state, clock.lacks_circumstances) == ("breached", False)
        assert clock.is_open


def test_a_cancelled_clock_is_over_and_keeps_a_breach_that_came_first(at: At) -> None:
    ended, overdue = uuid4(), uuid4()
    with at(MONDAY) as work:
        work.clocks.start("first_contact", ended, within=working_days(3))
        work.clocks.start("first_contact", overdue, within=working_days(3))
        assert work.clocks.cancel("first_contact", ended).state == "cancelled"
    with at(MONDAY + timedelta(days=9)) as work:
        clock = work.clocks.cancel("first_contact", overdue)
        assert clock.breached_at == clock.due_at
        assert [event.subject for event in work.told] == [str(overdue)]
        assert clocks.breach_overdue(work) == 0  # type: ignore[arg-type]


def test_the_forecast_lists_what_will_be_missed_soonest_first_among_given_subjects(at: At) -> None:
    near, far, hidden = uuid4(), uuid4(), uuid4()
    with at(MONDAY) as work:
        work.clocks.start("eligibility", far, within=days(7))
        work.clocks.start("first_contact", near, within=working_days(3))
        work.clocks.start("first_contact", hidden, within=working_days(3))
        seen = select(Clock.subject_id).where(Clock.subject_id != hidden)

        listed = clocks.forecast(work, until=MONDAY + timedelta(days=8), among=seen)  # type: ignore[arg-type]

        assert [clock.subject_id for clock in listed] == [near, far]


def test_the_database_itself_refuses_a_second_open_clock_and_a_pause_without_reason(engine: Engine) -> None:
    subject = uuid4()
    row = {"kind": "first_contact", "subject_id": subject, "unit": "day", "started_at": MONDAY}
    row |= {"due_at": MONDAY, "warn_at": MONDAY}

    for first, second in [(row, row), (row | {"paused_at": MONDAY}, None)]:
        with (
            Session(engine) as session,
            pytest.raises(Exception, match=r"uq_clocks_open|a_pause_has_a_reason"),
        ):
            session.add(Clock(**first))
            session.flush()
            session.add(Clock(**(second or first)))
            session.flush()


minutes = st.integers(min_value=0, max_value=12 * 24 * 60).map(lambda count: timedelta(minutes=count))
spans = st.lists(st.tuples(minutes, minutes), min_size=1, max_size=4)
terms = st.builds(working_days, st.integers(1, 15)) | st.builds(days, st.integers(1, 20))


@given(start=minutes, term=terms, pauses=spans)
def test_whatever_the_pauses_as_many_days_end_with_the_clock_running_as_the_term_has(
    engine: Engine,
    start: timedelta,
    term: clocks.Days | clocks.WorkingDays,
    pauses: list[tuple[timedelta, timedelta]],
) -> None:
    """The due date after any pauses is where a count of day ends, kept day by day, comes to the term."""
    started = MONDAY + start
    standing_still: list[tuple[datetime, datetime]] = []
    with Session(engine) as session:
        work = OneWork(session=session, now=started)
        clock = work.clocks.start("first_contact", uuid4(), within=term)
        for running, still in pauses:
            work.now += running
            if work.now >= clock.due_at:
                break
            work.clocks.pause("first_contact", clock.subject_id, reason="in hospital")
            standing_still.append((work.now, work.now + still))
            work.now += still
            work.clocks.resume("first_contact", clock.subject_id)
        due = clock.due_at
        session.rollback()

    assert due == _counted_day_by_day(started, term, standing_still)


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


def test_a_subject_may_be_a_model_or_its_id(at: At) -> None:
    @dataclass
    class Referral:
        id: UUID

    referral = Referral(id=uuid4())
    with at(MONDAY) as work:
        work.clocks.start("first_contact", referral, within=working_days(3))

        assert work.clocks.meet("first_contact", referral.id).state == "met"

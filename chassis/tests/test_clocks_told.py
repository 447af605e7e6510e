"""Clocks within the real unit of work: a breach and its announcement commit together, once, as the contract says
(IN-2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

from chassis import clocks
from chassis.clocks import ClockPause, working_days
from chassis.identity import Actor
from chassis.outbox import OutboxMessage
from chassis.testing import Clock, Sent, ServiceDatabase
from chassis.work import Work, lane_work

pytestmark = pytest.mark.postgres

BREACHED = "intake.clock.breached.v1"
FORECAST = "intake.clock.forecast.v1"

InLane = Callable[[], AbstractContextManager[Work]]


@pytest.fixture
def as_intake(database: ServiceDatabase) -> InLane:
    """Units of work under the name of a service whose contracts are published."""
    return lambda: lane_work(database.lane, service="intake")


@pytest.fixture
def outbox(database: ServiceDatabase) -> Iterator[Sent]:
    yield Sent(database)


def test_a_missed_deadline_is_in_the_outbox_once_however_often_the_timer_looks(
    as_intake: InLane, outbox: Sent, clock: Clock
) -> None:
    referral = uuid4()
    with as_intake() as work:
        work.clocks.start("first_contact", referral, within=working_days(3))
    for _ in range(3):
        clock.advance(days=3)
        with as_intake() as work:
            clocks.breach_overdue(work)
            clocks.forecast_upcoming(work)

    [told] = outbox(BREACHED)
    assert (told.subject, told.data["kind"]) == (str(referral), "first_contact")


def test_a_deadline_is_forecast_before_it_is_missed_and_both_are_told_in_order(
    as_intake: InLane, outbox: Sent, clock: Clock
) -> None:
    referral = uuid4()
    with as_intake() as work:
        work.clocks.start("first_contact", referral, within=working_days(3))
    for _ in range(8):
        clock.advance(days=1)
        with as_intake() as work:
            clocks.forecast_upcoming(work)
            clocks.breach_overdue(work)

    assert [told.key for told in outbox()] == [FORECAST, BREACHED]


def test_an_announcement_that_is_rolled_back_leaves_neither_mark_nor_event(
    as_intake: InLane, outbox: Sent, clock: Clock, database: ServiceDatabase
) -> None:
    referral = uuid4()
    with as_intake() as work:
        work.clocks.start("first_contact", referral, within=working_days(3))
    clock.advance(days=10)
    with pytest.raises(ConnectionError), as_intake() as work:
        clocks.breach_overdue(work)
        work.session.flush()
        raise ConnectionError

    with database.lane() as session:
        assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 0
    with as_intake() as work:
        assert clocks.breach_overdue(work) == 1
    assert len(outbox(BREACHED)) == 1


def test_a_caller_may_start_pause_and_resume_under_the_door_role_and_may_not_rewrite_a_pause(
    work_as: Callable[[Actor], AbstractContextManager[Work]], an_actor: Callable[..., Actor], clock: Clock
) -> None:
    referral = uuid4()
    with work_as(an_actor()) as work:
        work.clocks.start("first_contact", referral, within=working_days(3))
        work.clocks.pause("first_contact", referral, reason="in hospital")
    clock.advance(days=1)
    with work_as(an_actor()) as work:
        assert work.clocks.resume("first_contact", referral).state == "running"
        assert work.session.scalars(select(ClockPause)).one().reason == "in hospital"

    with pytest.raises(Exception, match="permission denied"), work_as(an_actor()) as work:
        work.session.execute(text("UPDATE clock_pauses SET reason = 'other'"))

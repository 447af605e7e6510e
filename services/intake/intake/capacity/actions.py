"""What management records about a program: its capacity, who serves it, and the plan for an overload (IN-6)."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, or_, select

from chassis.clocks import house_calendar
from chassis.errors import invalid
from chassis.work import Work
from intake.capacity.model import (
    CapacityKindFixed,
    CapacityUnknown,
    DoesNotServe,
    MoreThanFullTime,
    NotAProgramOfWorkers,
    OverloadPlan,
    ProgramCapacity,
    ProgramWorker,
    ServesAlready,
)
from intake.capacity.places import one_at_a_time, room_in
from intake.capacity.queries import CapacityStanding, standing_of
from intake.programs.catalogue import must_be_a_program
from intake.waitlist.line import capacity_of, settle


def set_capacity(
    work: Work, *, program: str, kind: str, places: int | None, **rules: Any
) -> CapacityStanding:
    """Record what a program can carry and the rules of its wait list, or replace them; they count at once (IN-6).

    From the first record on the program has a line; whoever was found eligible before and is not served yet is taken
    in by the timer. Raises CapacityKindFixed while places of the other kind are held.
    """
    must_be_a_program(work, program)
    one_at_a_time(work)
    capacity = capacity_of(work, program=program)
    if capacity is not None and capacity.kind != kind and room_in(work, capacity).taken:
        raise CapacityKindFixed
    capacity = capacity or ProgramCapacity(program=program)
    capacity.kind, capacity.places = kind, places
    for rule, value in rules.items():
        setattr(capacity, rule, value)
    work.add(capacity)
    settle(work, capacity)
    return standing_of(work, capacity)


def record_worker(
    work: Work,
    *,
    program: str,
    worker: str,
    organisation: str,
    full_time_percent: int,
    since: date,
    until: date | None,
) -> ProgramWorker:
    """A clinical worker serves the program in this period, with this share of full time (IN-6).

    Raises CapacityUnknown, NotAProgramOfWorkers, ServesAlready, and MoreThanFullTime when the shares of the worker
    add up to more than one position on a day of the period.
    """
    capacity = _known(work, program)
    if capacity.kind != "caseload":
        raise NotAProgramOfWorkers
    if until is not None and until < since:
        raise invalid("/until", "order", "Must not be before since.")
    same_time = _overlapping(work, worker=worker, since=since, until=until)
    if any(each.program == program for each in same_time):
        raise ServesAlready
    if _most_at_once(same_time, since=since) + full_time_percent > 100:
        raise MoreThanFullTime
    serving = ProgramWorker(
        program=program,
        worker=worker,
        organisation=organisation,
        full_time_percent=full_time_percent,
        since=since,
        until=until,
    )
    work.add(serving)
    settle(work, capacity)
    return serving


def end_worker(work: Work, *, program: str, worker: str, until: date) -> ProgramWorker:
    """The worker serves the program until this day, the day included; places held with them move to colleagues.

    Raises CapacityUnknown, DoesNotServe when no period of theirs reaches beyond that day.
    """
    capacity = _known(work, program)
    serving = work.session.scalars(
        select(ProgramWorker)
        .where(
            ProgramWorker.program == program,
            ProgramWorker.worker == worker,
            ProgramWorker.since <= until,
            or_(ProgramWorker.until.is_(None), ProgramWorker.until > until),
        )
        .with_for_update()
    ).first()
    if serving is None:
        raise DoesNotServe
    serving.until = until
    settle(work, capacity)
    return serving


def record_overload_plan(
    work: Work, *, program: str, measures: str, responsible: str, review_on: date
) -> OverloadPlan:
    """Put on record what will be done about a full program, by whom, and when it is looked at again (IN-6).

    The newest plan counts until the day of its review. Raises CapacityUnknown, InvalidInput for a review in the past.
    """
    _known(work, program)
    if review_on < house_calendar().day_of(work.now):
        raise invalid("/review_on", "future", "Must not be in the past.")
    plan = OverloadPlan(
        program=program,
        measures=measures,
        responsible=responsible,
        review_on=review_on,
        recorded_by=work.actor.subject,
        recorded_at=work.now,
    )
    return work.add(plan)


def _known(work: Work, program: str) -> ProgramCapacity:
    must_be_a_program(work, program)
    capacity = capacity_of(work, program=program)
    if capacity is None:
        raise CapacityUnknown
    return capacity


def _overlapping(work: Work, *, worker: str, since: date, until: date | None) -> list[ProgramWorker]:
    serving = select(ProgramWorker).where(
        ProgramWorker.worker == worker,
        func.coalesce(ProgramWorker.until, date.max) >= since,
    )
    if until is not None:
        serving = serving.where(ProgramWorker.since <= until)
    return list(work.session.scalars(serving))


def _most_at_once(periods: list[ProgramWorker], *, since: date) -> int:
    """The largest sum of shares on one day: it is reached on a day on which a period begins."""
    begins = [since, *(max(period.since, since) for period in periods)]
    return max(
        sum(
            period.full_time_percent
            for period in periods
            if period.since <= day and (period.until is None or period.until >= day)
        )
        for day in begins
    )

"""Reading how a program stands: places, caseloads, who waits, and what management still owes (IN-6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from chassis.clocks import house_calendar, working_days
from chassis.work import Page, Work
from intake.capacity.model import CapacityUnknown, OverloadPlan, ProgramCapacity
from intake.capacity.places import Room, WorkerRoom, room_in
from intake.programs.catalogue import must_be_a_program
from intake.waitlist.model import PRIORITIES, Turn


@dataclass(frozen=True)
class PlanStanding:
    """The plan that was recorded last, and whether it still covers today."""

    plan: OverloadPlan
    in_force: bool


@dataclass(frozen=True)
class CapacityStanding:
    """How a program stands at this moment. `undone` names, as codes, what somebody has to do; counts hide nobody."""

    rules: ProgramCapacity
    room: Room
    waiting: dict[str, int]
    offered: int
    longest_wait_days: int | None
    places_without_worker: int
    overload_plan: PlanStanding | None
    overload_plan_due_at: datetime | None
    undone: tuple[str, ...]

    @property
    def overloaded(self) -> list[WorkerRoom]:
        """Workers who carry more than the maximum."""
        return [worker for worker in self.room.workers if worker.above_maximum]

    @property
    def warnings(self) -> list[str]:
        """`above_ideal` when a worker carries more than 1:16 and not yet more than 1:20."""
        stretched = any(each.above_ideal and not each.above_maximum for each in self.room.workers)
        return ["above_ideal"] if stretched else []


def read(work: Work, *, program: str) -> CapacityStanding:
    """How one program stands. Raises InvalidInput for an unknown one, CapacityUnknown when nothing is recorded."""
    must_be_a_program(work, program)
    capacity = work.session.scalar(select(ProgramCapacity).where(ProgramCapacity.program == program))
    if capacity is None:
        raise CapacityUnknown
    return standing_of(work, capacity)


def search(work: Work, *, full: bool | None, undone: bool | None, limit: int, cursor: str | None) -> Page:
    """Every program with a recorded capacity: those that are full, or for which something is undone, if asked."""
    wanted = select(ProgramCapacity)
    if full is not None:
        wanted = wanted.where(
            ProgramCapacity.full_since.is_not(None) if full else ProgramCapacity.full_since.is_(None)
        )
    page = work.page(wanted, model=ProgramCapacity, limit=limit, cursor=cursor, newest_first=False)
    stand = [standing_of(work, capacity) for capacity in page.items]
    return Page(
        items=[each for each in stand if undone is None or bool(each.undone) is undone],
        next_cursor=page.next_cursor,
    )


def standing_of(work: Work, capacity: ProgramCapacity) -> CapacityStanding:
    """How a program stands, from its rules and the turns in its line."""
    room = room_in(work, capacity)
    by_priority, offered, longest = _in_line(work, capacity.program)
    lost = _without_worker(work, capacity, room)
    plan = _plan(work, capacity.program, today=house_calendar().day_of(work.now))
    since = capacity.full_since
    due = working_days(capacity.plan_days).due(house_calendar(), since=since) if since else None
    return CapacityStanding(
        rules=capacity,
        room=room,
        waiting=by_priority,
        offered=offered,
        longest_wait_days=None if longest is None else (work.now - longest).days,
        places_without_worker=lost,
        overload_plan=plan,
        overload_plan_due_at=due,
        undone=_undone(work, capacity, room, plan=plan, due=due, lost=lost),
    )


def _undone(
    work: Work,
    capacity: ProgramCapacity,
    room: Room,
    *,
    plan: PlanStanding | None,
    due: datetime | None,
    lost: int,
) -> tuple[str, ...]:
    found = []
    if capacity.full_since is not None and (plan is None or not plan.in_force):
        found.append("overload_plan_missing" if plan is None else "overload_plan_review_due")
        if due is not None and work.now > due:
            found.append("overload_plan_overdue")
    if any(worker.above_maximum for worker in room.workers):
        found.append("worker_above_maximum")
    if lost:
        found.append("place_without_worker")
    return tuple(found)


def _in_line(work: Work, program: str) -> tuple[dict[str, int], int, datetime | None]:
    rows = work.session.execute(
        select(Turn.priority, Turn.state, func.count(), func.min(Turn.eligible_at))
        .where(Turn.program == program, Turn.state.in_(("waiting", "offered")))
        .group_by(Turn.priority, Turn.state)
    ).all()
    waiting = dict.fromkeys(PRIORITIES, 0)
    for priority, state, count, _ in rows:
        waiting[priority] += count if state == "waiting" else 0
    offered = sum(count for _, state, count, _ in rows if state == "offered")
    return waiting, offered, min((since for *_, since in rows), default=None)


def _without_worker(work: Work, capacity: ProgramCapacity, room: Room) -> int:
    """Accepted places held with somebody who does not serve the program any more."""
    if capacity.kind != "caseload":
        return 0
    serving = [worker.worker for worker in room.workers]
    held = select(func.count()).where(
        Turn.program == capacity.program,
        Turn.state == "placed",
        Turn.released_at.is_(None),
        Turn.worker.not_in(serving),
    )
    return int(work.session.scalar(held) or 0)


def _plan(work: Work, program: str, *, today: date) -> PlanStanding | None:
    newest = (
        select(OverloadPlan)
        .where(OverloadPlan.program == program)
        .order_by(OverloadPlan.recorded_at.desc(), OverloadPlan.id.desc())
        .limit(1)
    )
    plan = work.session.scalars(newest).first()
    return None if plan is None else PlanStanding(plan=plan, in_force=plan.review_on >= today)

"""The line of a program: who is next, who is offered a place, and where a reserved place is kept (IN-6).

Only turns are touched here, never whose they are: the line moves in the same way whoever looks on. All of it happens
while nobody else gives places away (`capacity.places.one_at_a_time`).
"""

from __future__ import annotations

from sqlalchemy import Select, literal, or_, select

from chassis.clocks import days, house_calendar
from chassis.work import Work
from intake.capacity.fullness import note_fullness
from intake.capacity.model import ProgramCapacity
from intake.capacity.places import Room, WorkerRoom, one_at_a_time, room_in
from intake.waitlist.model import Offer, Turn

AT_ONCE = 200


def capacity_of(work: Work, *, program: str) -> ProgramCapacity | None:
    """The capacity of a program as it is now, the right to give its places away taken; None when none is recorded.

    A program without a capacity has no line, and then nobody is made to wait here.
    """
    known = select(ProgramCapacity).where(ProgramCapacity.program == program)
    if work.session.scalar(known) is None:
        return None
    one_at_a_time(work)
    return work.session.scalar(known.with_for_update().execution_options(populate_existing=True))


def next_in_line(work: Work, *, program: str) -> Turn | None:
    """Who comes first: by priority, then by age. Whoever declined a moment ago rests and is passed over meanwhile."""
    return work.session.scalars(_ready(work, program).limit(1).with_for_update()).first()


def turn_of(work: Work, turn: Turn) -> Turn:
    """The turn as it is now, locked."""
    now = select(Turn).where(Turn.id == turn.id).with_for_update().execution_options(populate_existing=True)
    return work.session.scalars(now).one()


def offer(
    work: Work,
    turn: Turn,
    *,
    capacity: ProgramCapacity,
    worker: WorkerRoom | None,
    out_of_turn: bool = False,
) -> Offer:
    """Reserve a place and offer it; it stays reserved until the offer is answered or expires."""
    turn.take_place(worker=worker.worker if worker else None, at=work.now)
    made = Offer(
        turn=turn,
        program=capacity.program,
        worker=turn.worker,
        made_at=work.now,
        made_by=work.actor.subject,
        expires_at=days(capacity.offer_days).due(house_calendar(), since=work.now),
        above_ideal=bool(worker and worker.next_is_above_ideal),
        out_of_turn=out_of_turn,
    )
    return work.add(made)


def settle(work: Work, capacity: ProgramCapacity) -> Room:
    """Put the line right after any change: keep reserved places where there is room, offer free ones, tell fullness."""
    work.session.flush()
    room = _keep_where_there_is_room(work, capacity, room_in(work, capacity))
    if capacity.offers == "automatic":
        room = _offer_free_places(work, capacity, room)
    note_fullness(work, capacity, room)
    return room


def _offer_free_places(work: Work, capacity: ProgramCapacity, room: Room) -> Room:
    for _ in range(min(room.free, AT_ONCE)):
        first = next_in_line(work, program=capacity.program)
        if first is None:
            break
        offer(work, first, capacity=capacity, worker=room.with_most_room())
        room = room_in(work, capacity)
    return room


def _keep_where_there_is_room(work: Work, capacity: ProgramCapacity, room: Room) -> Room:
    """A worker left, or cases were opened elsewhere: a place held with them moves to a colleague with room.

    Where there is none, an offer is withdrawn, the newest first, and the person stands where they stood before. A
    place that was accepted is never taken away; it is shown as a place without a worker, for somebody to act on.
    """
    for turn in work.session.scalars(_held_where_there_is_none(capacity, room).limit(AT_ONCE)).all():
        if not _overdrawn(capacity, room, turn):
            continue
        other = room.with_most_room() if capacity.kind == "caseload" else None
        if other is not None:
            _move(turn, to=other)
        elif turn.state == "offered":
            _withdraw(work, turn)
        else:
            continue
        work.session.flush()
        room = room_in(work, capacity)
    return room


def _overdrawn(capacity: ProgramCapacity, room: Room, turn: Turn) -> bool:
    if capacity.kind == "fixed_places":
        return room.taken > room.places and turn.state == "offered"
    worker = room.of(turn.worker) if turn.worker else None
    return worker is None or worker.above_maximum


def _move(turn: Turn, *, to: WorkerRoom) -> None:
    turn.worker = to.worker
    standing = turn.standing_offer
    if standing is not None:
        standing.worker, standing.above_ideal = to.worker, to.next_is_above_ideal


def _withdraw(work: Work, turn: Turn) -> None:
    standing = turn.standing_offer
    if standing is not None:
        standing.end("withdrawn", at=work.now, because="place_gone")
    turn.give_back(rest_until=None, ordered_at=None)


def _ready(work: Work, program: str) -> Select[Turn]:
    return (
        select(Turn)
        .where(
            Turn.program == program,
            Turn.state == "waiting",
            or_(Turn.rest_until.is_(None), Turn.rest_until <= work.now),
        )
        .order_by(Turn.rank, Turn.ordered_at, Turn.id)
        .execution_options(populate_existing=True)
    )


def _held_where_there_is_none(capacity: ProgramCapacity, room: Room) -> Select[Turn]:
    """Turns whose place may be one too many: offers before places that were accepted, the newest first."""
    held = (
        select(Turn)
        .where(
            Turn.program == capacity.program,
            Turn.state.in_(("offered", "placed")),
            Turn.released_at.is_(None),
        )
        .order_by(Turn.state == "placed", Turn.took_place_at.desc(), Turn.id.desc())
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if capacity.kind == "fixed_places":
        return held.where(literal(room.taken > room.places))
    with_room = [each.worker for each in room.workers if not each.above_maximum]
    return held.where(or_(Turn.worker.is_(None), Turn.worker.not_in(with_room)))

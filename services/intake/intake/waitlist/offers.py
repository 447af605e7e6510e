"""Offers: made to the first in line, accepted, declined, or expired and passed on to the next (IN-6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, select

from chassis.work import Work
from intake.capacity.following import is_counted
from intake.capacity.model import CapacityUnknown, DoesNotServe, NotAProgramOfWorkers, ProgramCapacity
from intake.capacity.places import Room, WorkerRoom, one_at_a_time, room_in
from intake.programs.catalogue import must_be_a_program
from intake.referrals.model import Referral
from intake.waitlist.actions import admit, end_waiting, loaded, note
from intake.waitlist.line import AT_ONCE, capacity_of, next_in_line, offer, settle, turn_of
from intake.waitlist.model import (
    NobodyWaits,
    NoOfferStands,
    NotFirstInLine,
    NotWaiting,
    Offer,
    OfferExpired,
    PlaceGone,
    ProgramFull,
    Turn,
    WaitListEntry,
)


def offer_place(
    work: Work, *, program: str, entry_id: UUID | None, worker: str | None, reason: str | None
) -> Offer:
    """Offer a free place to the first in line, or to somebody else for a reason that is kept (IN-6).

    The place is with the named worker, or with whoever carries least. Raises CapacityUnknown, ProgramFull (nobody is
    taken beyond the maximum), NobodyWaits, NotWaiting, NotFirstInLine, DoesNotServe.
    """
    must_be_a_program(work, program)
    entry = work.load(WaitListEntry, entry_id) if entry_id is not None else None
    capacity = capacity_of(work, program=program)
    if capacity is None:
        raise CapacityUnknown
    first = next_in_line(work, program=program)
    chosen = first if entry is None else turn_of(work, entry.turn)
    if chosen is None:
        raise NobodyWaits
    if chosen.program != program or chosen.state != "waiting":
        raise NotWaiting
    if chosen is not first and reason is None:
        raise NotFirstInLine
    room = room_in(work, capacity)
    if not room.free:
        raise ProgramFull
    made = offer(
        work,
        chosen,
        capacity=capacity,
        worker=_with_whom(capacity, room, worker),
        out_of_turn=chosen is not first,
    )
    if entry is not None and chosen is not first:
        note(work, entry, kind="out_of_turn", said=reason)
    settle(work, capacity)
    return made


def accept(work: Work, *, entry_id: UUID) -> WaitListEntry:
    """The person takes the offered place; the clock to the service contact runs again (IN-6, IN-2).

    Raises NoOfferStands, OfferExpired, and PlaceGone when cases opened elsewhere have used the place up.
    """
    entry, capacity = loaded(work, entry_id)
    standing = _standing(entry)
    if standing.expires_at <= work.now:
        raise OfferExpired
    _still_there(capacity, room_in(work, capacity), entry.turn, standing)
    entry.turn.keep_place(at=work.now)
    standing.end("accepted", at=work.now)
    work.session.flush()
    end_waiting(work, entry)
    if entry.turn.case_id is not None and entry.turn.worker and is_counted(work, case_id=entry.turn.case_id):
        entry.turn.release(at=work.now, reason="counted_in_caseload")
        entry.closed_at = work.now
    settle(work, capacity)
    return entry


def decline(work: Work, *, entry_id: UUID, because: str, said: str | None) -> WaitListEntry:
    """The person does not take this place. They keep their position or go to the end, as the program's rule says, and
    rest for some days while the place goes to the next (IN-6). Raises NoOfferStands.
    """
    entry, capacity = loaded(work, entry_id)
    _standing(entry).end("declined", at=work.now, because=because)
    _back_in_line(work, entry.turn, capacity, rule=capacity.after_decline)
    note(work, entry, kind="declined", said=said)
    settle(work, capacity)
    return entry


def keep_wait_lists(work: Work) -> int:
    """What the service does by itself: offers that expired go to the next, free places are offered, fullness is told.

    Whoever was found eligible before a capacity was recorded is taken in. A timer calls this; says how many offers
    expired or were made.
    """
    one_at_a_time(work)
    begun = work.now
    capacities = work.session.scalars(
        select(ProgramCapacity)
        .order_by(ProgramCapacity.program)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    by_program = {capacity.program: capacity for capacity in capacities}
    expired = _expire(work, by_program, at=begun)
    for capacity in capacities:
        for referral in _never_admitted(work, capacity):
            admit(work, referral=referral)
        settle(work, capacity)
    return expired


def _expire(work: Work, capacities: dict[str, ProgramCapacity], *, at: datetime) -> int:
    over = (
        select(Offer)
        .where(Offer.state == "standing", Offer.expires_at <= at)
        .order_by(Offer.expires_at, Offer.id)
        .limit(AT_ONCE)
        .with_for_update(of=Offer, skip_locked=True)
    )
    found = work.session.scalars(over).all()
    for each in found:
        turn, capacity = turn_of(work, each.turn), capacities[each.program]
        each.end("expired", at=at)
        _back_in_line(work, turn, capacity, rule=capacity.after_expiry)
    work.session.flush()
    return len(found)


def _never_admitted(work: Work, capacity: ProgramCapacity) -> list[Referral]:
    waiting_for_nothing = (
        select(Referral)
        .where(
            Referral.program == capacity.program,
            Referral.stage == "eligible",
            ~exists().where(WaitListEntry.referral_id == Referral.id),
        )
        .order_by(Referral.decided_at, Referral.id)
        .limit(AT_ONCE)
        .with_for_update(of=Referral, skip_locked=True)
    )
    return list(work.session.scalars(waiting_for_nothing))


def _back_in_line(work: Work, turn: Turn, capacity: ProgramCapacity, *, rule: str) -> None:
    turn.refusals += 1
    turn.give_back(
        rest_until=work.now + timedelta(days=capacity.rest_days),
        ordered_at=work.now if rule == "goes_to_end" else None,
    )
    work.session.flush()


def _standing(entry: WaitListEntry) -> Offer:
    standing = entry.turn.standing_offer
    if standing is None:
        raise NoOfferStands
    return standing


def _with_whom(capacity: ProgramCapacity, room: Room, worker: str | None) -> WorkerRoom | None:
    if worker is None:
        return room.with_most_room()
    if capacity.kind != "caseload":
        raise NotAProgramOfWorkers
    asked = room.of(worker)
    if asked is None:
        raise DoesNotServe
    if not asked.free:
        raise ProgramFull
    return asked


def _still_there(capacity: ProgramCapacity, room: Room, turn: Turn, standing: Offer) -> None:
    """The place is counted as taken already; it must not be one too many. Raises PlaceGone."""
    if capacity.kind == "fixed_places":
        if room.taken > room.places:
            raise PlaceGone
        return
    holder = room.of(turn.worker) if turn.worker else None
    if holder is not None and not holder.above_maximum:
        return
    other = room.with_most_room()
    if other is None:
        raise PlaceGone
    turn.worker = standing.worker = other.worker

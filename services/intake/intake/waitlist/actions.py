"""What may happen to somebody who waits for a program (IN-6)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from chassis.clocks import ClockAlreadyRuns, ClockNotRunning, ClockOverdue, days
from chassis.errors import invalid
from chassis.ids import new_id
from chassis.work import Work
from intake.capacity.model import ProgramCapacity
from intake.capacity.places import room_in
from intake.referrals.ending import withdrawn
from intake.referrals.model import Referral
from intake.waitlist.line import capacity_of, next_in_line, settle, turn_of
from intake.waitlist.model import (
    CHECK_IN,
    AttemptsMissing,
    NotWaiting,
    PlaceNotOffered,
    Turn,
    WaitingNote,
    WaitListEntry,
)

SERVICE_CONTACT = "service_contact"
WAIT_LIST = "wait_list"
SPOKEN_WITH = ("reached", "contact_declined")
# What becomes of the referral of somebody who leaves the line or a place, in the words of referrals.
WITHDRAWN_AS = {
    "withdrew": "person_declined",
    "moved": "moved_away",
    "other_service": "needs_met",
    "service_ended": "needs_met",
    "lost_contact": "not_found",
    "never_came": "not_found",
    "died": "died",
}


def admit(work: Work, *, referral: Referral) -> WaitListEntry | None:
    """Somebody was found eligible: they are placed when a place is free and nobody comes before them, else they wait.

    While they wait, the clock to the service contact stands still and one runs for the next check-in. None, and
    nothing happens, when the program has no recorded capacity.
    """
    capacity = capacity_of(work, program=referral.program)
    if capacity is None:
        return None
    turn = Turn(
        id=new_id(),
        program=referral.program,
        entered_at=work.now,
        eligible_at=referral.decided_at or work.now,
        ordered_at=referral.decided_at or work.now,
    )
    turn.prioritise("returning_in_crisis" if referral.returning_in_crisis else referral.priority)
    work.add(turn)
    entry = WaitListEntry(
        id=turn.id, referral=referral, person_id=referral.person_id, program=turn.program, turn=turn
    )
    work.add(entry)
    room = room_in(work, capacity)
    if room.free and next_in_line(work, program=turn.program) is turn:
        worker = room.with_most_room()
        turn.take_place(worker=worker.worker if worker else None, at=work.now)
        turn.keep_place(at=work.now)
    else:
        _begin_waiting(work, entry, capacity)
    settle(work, capacity)
    return entry


def must_not_wait(work: Work, *, referral: Referral) -> None:
    """Raises PlaceNotOffered for somebody still in line: who is served is served in order, after accepting a place."""
    entry = _open_entry(work, referral_id=referral.id)
    if entry is not None and entry.turn.state in ("waiting", "offered"):
        raise PlaceNotOffered


def change_priority(work: Work, *, entry_id: UUID, priority: str, reason: str) -> WaitListEntry:
    """Let somebody come before or after others, for a reason that is kept; their age stays. Raises NotWaiting."""
    entry, capacity = waiting_entry(work, entry_id)
    was = entry.turn.priority
    entry.turn.prioritise(priority)
    note(work, entry, kind="priority", was=was, became=priority, said=reason)
    settle(work, capacity)
    return entry


def referral_prioritised(work: Work, *, referral: Referral) -> None:
    """The referral of somebody in line is more or less pressing: so is their wait (IN-6). The caller holds it."""
    if _open_entry(work, referral_id=referral.id) is None:
        return
    capacity = capacity_of(work, program=referral.program)
    entry = _open_entry(work, referral_id=referral.id)
    if capacity is None or entry is None or entry.turn.state not in ("waiting", "offered"):
        return
    turn = turn_of(work, entry.turn)
    was, became = turn.priority, "returning_in_crisis" if referral.returning_in_crisis else referral.priority
    if was == became:
        return
    turn.prioritise(became)
    note(work, entry, kind="priority", was=was, became=became)
    settle(work, capacity)


def record_contact(
    work: Work,
    *,
    entry_id: UUID,
    made_at: datetime | None,
    way: str,
    outcome: str,
    said: str | None,
) -> WaitListEntry:
    """Record a contact, or an attempt, while somebody waits; when they were reached, the next check-in is counted anew.

    Raises NotWaiting, InvalidInput for a time in the future or before they waited.
    """
    entry, capacity = waiting_entry(work, entry_id)
    at = _when(work, entry, made_at)
    note(work, entry, kind="contact", at=at, way=way, outcome=outcome, said=said)
    if outcome in SPOKEN_WITH:
        _checked_in(work, entry, capacity, at=at)
    return entry


def record_support(work: Work, *, entry_id: UUID, given_at: datetime | None, said: str) -> WaitListEntry:
    """Record what was done for somebody meanwhile: interim support (IN-6). Raises NotWaiting, InvalidInput."""
    entry, _ = waiting_entry(work, entry_id)
    note(work, entry, kind="support", at=_when(work, entry, given_at), said=said)
    return entry


def leave(work: Work, *, entry_id: UUID, because: str, said: str | None) -> WaitListEntry:
    """Somebody waits no longer; their referral is withdrawn, and a place offered to them goes to the next (IN-6).

    Raises NotWaiting, and AttemptsMissing when they are given up as lost with too few attempts on record since they
    were last spoken with.
    """
    entry, capacity = waiting_entry(work, entry_id)
    if because == "lost_contact" and _attempts_in_vain(entry) < capacity.attempts_before_lost:
        raise AttemptsMissing
    _out_of_line(work, entry, because=because)
    entry.closed_at = work.now
    note(work, entry, kind="left", said=said)
    _end_referral(work, entry, because=because, said=said)
    settle(work, capacity)
    return entry


def referral_ended(work: Work, *, referral: Referral, because: str) -> None:
    """The referral of somebody in line was withdrawn: they wait no longer, and their place, if any, is free.

    `because` is the code of the withdrawal. The caller holds the referral and ends its clocks.
    """
    if _open_entry(work, referral_id=referral.id) is None:
        return
    capacity = capacity_of(work, program=referral.program)
    entry = _open_entry(work, referral_id=referral.id)
    if capacity is None or entry is None:
        return
    turn = turn_of(work, entry.turn)
    if turn.state == "placed":
        turn.release(at=work.now, reason=because)
    else:
        _out_of_line(work, entry, because=because)
    entry.closed_at = work.now
    settle(work, capacity)


def end_place(work: Work, *, entry_id: UUID, because: str, said: str | None) -> WaitListEntry:
    """Give back a place that is held: the service ended, or they never came (IN-6). Raises NoPlaceHeld."""
    entry, capacity = loaded(work, entry_id)
    entry.turn.release(at=work.now, reason=because)
    entry.closed_at = work.now
    note(work, entry, kind="place_ended", said=said)
    _end_referral(work, entry, because=because, said=said)
    settle(work, capacity)
    return entry


def end_waiting(work: Work, entry: WaitListEntry) -> None:
    """They have a place: time to the service contact runs again, and no check-in is owed."""
    paused = [clock for clock in work.clocks.of(entry.referral_id) if clock.pause_code == WAIT_LIST]
    if any(clock.kind == SERVICE_CONTACT and clock.is_open for clock in paused):
        work.clocks.resume(SERVICE_CONTACT, entry.referral_id)
    with suppress(ClockNotRunning):
        work.clocks.cancel(CHECK_IN, entry.referral_id)


def loaded(work: Work, entry_id: UUID) -> tuple[WaitListEntry, ProgramCapacity]:
    """An entry with its turn, to be changed, and the capacity of its program; nobody else gives places away now.

    The referral is locked first, as everywhere that its clocks change.
    """
    entry = work.load(WaitListEntry, entry_id)
    work.load(Referral, entry.referral_id, for_update=True)
    capacity = capacity_of(work, program=entry.program)
    assert capacity is not None  # noqa: S101 - a capacity is never taken out once recorded
    entry = work.load(WaitListEntry, entry_id, for_update=True)
    turn_of(work, entry.turn)
    return entry, capacity


def waiting_entry(work: Work, entry_id: UUID) -> tuple[WaitListEntry, ProgramCapacity]:
    """As `loaded`, for somebody who still waits. Raises NotWaiting."""
    entry, capacity = loaded(work, entry_id)
    if entry.turn.state not in ("waiting", "offered"):
        raise NotWaiting
    return entry, capacity


def note(
    work: Work,
    entry: WaitListEntry,
    *,
    kind: str,
    at: datetime | None = None,
    way: str | None = None,
    outcome: str | None = None,
    was: str | None = None,
    became: str | None = None,
    said: str | None = None,
) -> None:
    """Write down what happened, by whom and when."""
    entry.diary.append(
        WaitingNote(
            kind=kind,
            at=at or work.now,
            by=work.actor.subject,
            way=way,
            outcome=outcome,
            was=was,
            became=became,
            said=said,
        )
    )
    work.session.flush()


def _end_referral(work: Work, entry: WaitListEntry, *, because: str, said: str | None) -> None:
    """What the program has not begun to serve is withdrawn; nothing more is owed."""
    if entry.referral.stage == "eligible":
        withdrawn(work, referral=entry.referral, because=WITHDRAWN_AS.get(because, "other"), note=said)


def _out_of_line(work: Work, entry: WaitListEntry, *, because: str) -> None:
    standing = entry.turn.standing_offer
    if standing is not None:
        standing.end("withdrawn", at=work.now, because="left")
    entry.turn.leave(at=work.now, because=because)


def _begin_waiting(work: Work, entry: WaitListEntry, capacity: ProgramCapacity) -> None:
    # A clock that stands still for another reason, or was missed already, is left as it is.
    with suppress(ClockNotRunning, ClockOverdue):
        work.clocks.pause(SERVICE_CONTACT, entry.referral, reason=WAIT_LIST, code=WAIT_LIST)
    _next_check_in(work, entry, capacity, since=work.now)


def _checked_in(work: Work, entry: WaitListEntry, capacity: ProgramCapacity, *, at: datetime) -> None:
    with suppress(ClockNotRunning):
        work.clocks.meet(CHECK_IN, entry.referral, at=at)
    _next_check_in(work, entry, capacity, since=at)


def _next_check_in(work: Work, entry: WaitListEntry, capacity: ProgramCapacity, *, since: datetime) -> None:
    with suppress(ClockAlreadyRuns):
        work.clocks.start(
            CHECK_IN,
            entry.referral,
            within=days(capacity.check_in_days),
            since=since,
            person=entry.person_id,
        )


def _attempts_in_vain(entry: WaitListEntry) -> int:
    contacts = [written for written in entry.diary if written.kind == "contact"]
    spoken_at = max(
        (each.at for each in contacts if each.outcome in SPOKEN_WITH), default=entry.turn.entered_at
    )
    return sum(1 for each in contacts if each.outcome not in SPOKEN_WITH and each.at >= spoken_at)


def _open_entry(work: Work, *, referral_id: UUID) -> WaitListEntry | None:
    return work.session.scalars(
        select(WaitListEntry).where(
            WaitListEntry.referral_id == referral_id, WaitListEntry.closed_at.is_(None)
        )
    ).first()


def _when(work: Work, entry: WaitListEntry, told: datetime | None) -> datetime:
    at = told or work.now
    if at > work.now:
        raise invalid("/at", "past", "Must not be in the future.")
    if at < entry.turn.entered_at:
        raise invalid("/at", "order", "Must not be before the person began to wait.")
    return at

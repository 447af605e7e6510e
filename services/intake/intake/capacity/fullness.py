"""Telling management when a program is full, and when it has room again (IN-6)."""

from __future__ import annotations

from sqlalchemy import func, select

from chassis.work import Work
from intake import events
from intake.capacity.model import ProgramCapacity
from intake.capacity.places import Room
from intake.waitlist.model import Turn


def note_fullness(work: Work, capacity: ProgramCapacity, room: Room) -> None:
    """Mark and announce that the last place was taken, or that one is free again: each in its turn, never twice.

    Called after whatever changed places, and after they were offered to those who wait, while nobody else gives any
    away.
    """
    if room.free == 0 and capacity.full_since is None:
        capacity.full_since = work.now
        work.emit(events.program_full(capacity, room, waiting=waiting(work, program=capacity.program)))
    elif room.free > 0 and capacity.full_since is not None:
        work.emit(events.program_has_room(capacity, room, at=work.now))
        capacity.full_since = None
    work.session.flush()


def waiting(work: Work, *, program: str) -> int:
    """How many wait for a place, offered one or not yet."""
    counted = select(func.count()).where(Turn.program == program, Turn.state.in_(("waiting", "offered")))
    return int(work.session.scalar(counted) or 0)

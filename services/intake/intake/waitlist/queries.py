"""Reading the wait list: those in line whom the caller may see, with their position and an estimate (IN-6)."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import case, func, select, tuple_
from sqlalchemy.orm import selectinload

from chassis.errors import NotFound, invalid
from chassis.work import Page, Work
from intake.people.model import Person
from intake.programs.catalogue import must_be_a_program
from intake.referrals.model import Referral
from intake.waitlist.model import Turn, WaitListEntry

# The pace at which places were given in these days tells how long somebody waits; below three it tells nothing.
PACE = timedelta(days=90)
TELLING = 3

_LINE = (Turn.rank, Turn.ordered_at, Turn.id)


def read_line(work: Work, *, program: str, state: str | None, limit: int, cursor: str | None) -> Page:
    """The line of a program, first in line first: those whom the caller may see, at their true positions.

    Positions count everybody, so that somebody who is hidden keeps their place and is not revealed.
    """
    must_be_a_program(work, program)
    wanted = (
        work.visible(WaitListEntry)
        .join(Turn, Turn.id == WaitListEntry.id)
        .where(Turn.program == program)
        .where(Turn.state == state if state else Turn.state.in_(("waiting", "offered")))
        .order_by(*_LINE)
        .options(
            selectinload(WaitListEntry.person).selectinload(Person.names),
            selectinload(WaitListEntry.check_ins),
            selectinload(WaitListEntry.turn).selectinload(Turn.offers),
        )
    )
    if cursor is not None:
        wanted = wanted.where(tuple_(*_LINE) > tuple_(*_read_cursor(cursor)))
    found = list(work.session.scalars(wanted.limit(limit + 1)))
    more, found = len(found) > limit, found[:limit]
    placed_in_line(work, found)
    return Page(items=found, next_cursor=_write_cursor(found[-1].turn) if more else None)


def read_entry(work: Work, *, entry_id: UUID) -> WaitListEntry:
    """One entry with its diary and offers. Raises NotFound, AccessDenied."""
    entry = work.load(WaitListEntry, entry_id)
    placed_in_line(work, [entry])
    return entry


def of_referral(work: Work, *, referral_id: UUID) -> WaitListEntry:
    """The newest entry of a referral. Raises NotFound when it never waited, AccessDenied as for the referral."""
    referral = work.load(Referral, referral_id)
    newest = (
        work.visible(WaitListEntry)
        .where(WaitListEntry.referral_id == referral.id)
        .order_by(WaitListEntry.id.desc())
        .limit(1)
    )
    entry = work.session.scalars(newest).first()
    if entry is None:
        raise NotFound
    placed_in_line(work, [entry])
    return entry


def placed_in_line(work: Work, entries: Sequence[WaitListEntry]) -> None:
    """Tell of each who waits how many go first, and how many days that takes at the pace of the last months."""
    for program in {entry.program for entry in entries}:
        waiting = [each for each in entries if each.program == program and each.turn.state == "waiting"]
        if not waiting:
            continue
        days_each = _days_a_place(work, program=program)
        for entry, position in zip(waiting, _positions(work, program=program, turns=waiting), strict=True):
            entry.position = position
            entry.estimated_wait_days = math.ceil(position * days_each) if days_each is not None else None


def _positions(work: Work, *, program: str, turns: Sequence[WaitListEntry]) -> list[int]:
    line = (
        select(Turn.id, func.row_number().over(order_by=_LINE).label("position"))
        .where(Turn.program == program, Turn.state == "waiting")
        .subquery()
    )
    wanted = select(line.c.id, line.c.position).where(line.c.id.in_([entry.id for entry in turns]))
    known = {row.id: row.position for row in work.session.execute(wanted)}
    return [int(known[entry.id]) for entry in turns]


def _days_a_place(work: Work, *, program: str) -> float | None:
    given = select(func.count(case((Turn.placed_at > work.now - PACE, 1))), func.min(Turn.entered_at)).where(
        Turn.program == program
    )
    places, first = work.session.execute(given).one()
    if places < TELLING:
        return None
    watched = min(PACE, work.now - first)
    return float(max(watched.total_seconds() / 86_400, 1.0) / places)


def _write_cursor(turn: Turn) -> str:
    said = f"{turn.rank}|{turn.ordered_at.isoformat()}|{turn.id}"
    return base64.urlsafe_b64encode(said.encode()).rstrip(b"=").decode()


def _read_cursor(cursor: str) -> tuple[int, datetime, UUID]:
    try:
        said = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        rank, ordered_at, turn_id = said.split("|")
        at = datetime.fromisoformat(ordered_at)
        if at.tzinfo is None or not 0 <= int(rank) < 100:
            raise ValueError
        return int(rank), at, UUID(turn_id)
    except (ValueError, binascii.Error):
        raise invalid("query/cursor", "cursor", "Use the next_cursor of the page before.") from None

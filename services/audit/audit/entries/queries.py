"""Reading entries: listing, following, exporting (AU-1, AU-5). Every answer is made from the sealed words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select

from audit.entries.model import Entry
from audit.log.encoding import base64_of
from audit.log.queries import newest_checkpoint, sealed_size
from chassis.access.beside import reach_every
from chassis.access.grants import Reach
from chassis.errors import AccessDenied, invalid
from chassis.identity import Actor
from chassis.work import Page, Work


@dataclass(frozen=True)
class PlacedEntry:
    """An entry at its place in the log."""

    id: UUID
    position: int
    leaf: str
    sealed: bool
    entry: dict[str, Any]


@dataclass(frozen=True)
class Followed:
    """Sealed entries after a position, and the checkpoint that covers them."""

    items: list[dict[str, Any]]
    after: int
    size: int
    checkpoint: str | None
    apart: list[int]


def list_entries(
    work: Work,
    *,
    person_id: UUID | None,
    case_id: UUID | None,
    actor: str | None,
    service: str | None,
    outcome: str | None,
    since: datetime | None,
    until: datetime | None,
    cursor: str | None,
    limit: int,
) -> Page:
    """The entries that the caller may see, newest first; whose were asked for is audited."""
    wanted = narrowed(work.visible(Entry), outcome=outcome, since=since, until=until)
    if person_id is not None:
        wanted = wanted.where(Entry.persons.contains([person_id]))
    if case_id is not None:
        wanted = wanted.where(Entry.cases.contains([case_id]))
    if actor is not None:
        wanted = wanted.where(Entry.actor == actor)
    if service is not None:
        wanted = wanted.where(Entry.service == service)
    note_access(
        work,
        persons=[person_id] if person_id is not None else [],
        records=[("case", case_id)] if case_id is not None else [],
        by=("entry", None),
    )
    rows, next_cursor = newest_first(work, wanted, cursor=cursor, limit=limit)
    size = sealed_size(work.session)
    return Page(items=[_placed(row, size=size) for row in rows], next_cursor=next_cursor)


def read_entry(work: Work, *, id: UUID) -> PlacedEntry:
    """One entry. Raises NotFound when there is none, AccessDenied when it is not the caller's to read."""
    row = work.load(Entry, id)
    note_access(work, by=("entry", id))
    return _placed(row, size=sealed_size(work.session))


def follow_entries(
    work: Work, *, after: int | None, limit: int, opening: bool, beside: Sequence[Actor | None] = ()
) -> Followed:
    """Sealed entries after a position, in order; none when there is nothing new (AU-5).

    `opening` decides whether the call is audited; that is settled at the door. Whoever may follow may see
    every entry: raises AccessDenied otherwise, because a gap in the stream could not be told from a missing
    entry. Raises InvalidInput when it opens behind the end: whoever has an entry that the log has not must learn
    of it, and not wait in silence. `beside` are others who follow from the same position: `apart` names those for whom
    the answer is not, by their places.
    """
    see_all(work)
    newest = newest_checkpoint(work.session)
    size = newest.size if newest is not None else 0
    if opening and after is not None and after >= size:
        raise invalid("query/after", "range", f"The log is sealed up to position {size - 1}.")
    start = size if after is None else after + 1
    rows = work.session.scalars(
        work.visible(Entry)
        .where(Entry.position >= start, Entry.position < size)
        .order_by(Entry.position)
        .limit(limit)
    ).all()
    return Followed(
        items=[line_of(row) for row in rows],
        after=rows[-1].position if rows else start - 1,
        size=size,
        checkpoint=newest.note if newest is not None else None,
        apart=_apart(work, beside),
    )


def _apart(work: Work, beside: Sequence[Actor | None]) -> list[int]:
    """The places of those who may not see every entry now, whatever the reason."""
    let_in = [(place, actor) for place, actor in enumerate(beside) if actor is not None]
    reaching = reach_every(work, [actor for _, actor in let_in], kind="entry")
    told = {place for (place, _), reaches_all in zip(let_in, reaching, strict=True) if reaches_all}
    return [place for place in range(len(beside)) if place not in told]


def narrowed(
    wanted: Select[Entry], *, outcome: str | None, since: datetime | None, until: datetime | None
) -> Select[Entry]:
    """Entries of one outcome, from a moment on, before another."""
    if outcome is not None:
        wanted = wanted.where(Entry.outcome == outcome)
    if since is not None:
        wanted = wanted.where(Entry.at >= since)
    if until is not None:
        wanted = wanted.where(Entry.at < until)
    return wanted


def newest_first(
    work: Work, wanted: Select[Entry], *, cursor: str | None, limit: int
) -> tuple[list[Entry], str | None]:
    """One page by position, and the cursor of the next one."""
    if cursor is not None:
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 16):
            raise invalid("query/cursor", "cursor", "Use the next_cursor of the page before.")
        wanted = wanted.where(Entry.position < int(cursor))
    rows = list(work.session.scalars(wanted.order_by(Entry.position.desc()).limit(limit + 1)))
    more, rows = len(rows) > limit, rows[:limit]
    return rows, str(rows[-1].position) if more else None


def line_of(row: Entry) -> dict[str, Any]:
    """The entry as a line of an export, a message of the stream, an event of the subscription."""
    return {
        "position": row.position,
        "leaf": base64_of(row.leaf),
        "salt": base64_of(row.salt),
        "entry": row.told,
    }


def note_access(
    work: Work,
    *,
    by: tuple[str, UUID | None],
    persons: Iterable[UUID] = (),
    records: Iterable[tuple[str, UUID]] = (),
) -> None:
    """Put into the audit entry of this call whose entries were read, and the grants that opened `by`.

    Entries are no records about which a person is told one by one: reading a page of the log names the
    person who was asked about, not everybody who happens to stand on the page.
    """
    if work.trail is None:
        return
    work.trail.touched(persons=persons, records=records)
    for reach in reaches(work, by):
        work.trail.basis[reach.grant_id] = reach.basis


def reaches(work: Work, to: tuple[str, UUID | None]) -> list[Reach]:
    """The caller's own live grants on a record; without an id, those on every record of the kind."""
    found, _restricted = work.grants.reaching([(to[0], to[1] or _ANY)])
    return found


_ANY = UUID(int=0)  # no entry has it, so that only grants over every entry are found


def see_all(work: Work) -> None:
    """Raises AccessDenied unless the caller may see every entry."""
    note_access(work, by=("entry", None))
    if not reaches(work, ("entry", None)):
        raise AccessDenied()


def _placed(row: Entry, *, size: int) -> PlacedEntry:
    return PlacedEntry(
        id=row.id,
        position=row.position,
        leaf=base64_of(row.leaf),
        sealed=row.position < size,
        entry=row.told,
    )

"""What happens to entries: they are taken into the log, once each, and never touched again (AU-1, AU-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from audit.entries.errors import EntryMalformed, EntryOfAnother
from audit.entries.model import Entry
from audit.log import leaves, tree
from audit.log.model import Leaf
from chassis.events import Received
from chassis.work import Work


@dataclass(frozen=True)
class Taken:
    """One entry on its way into the log."""

    id: UUID
    columns: dict[str, Any]
    commitment: bytes


def append_many(work: Work, *, events: Sequence[Received]) -> int:
    """Append entries at the right edge of the log, in the order given, and say how many were new.

    An entry that the log has already is passed over, so a redelivered batch changes nothing. Positions have
    no gaps: they are given out under one lock, and entries, leaves and tree are written together or not at
    all. Raises EntryOfAnother or EntryMalformed for an entry that cannot stand.
    """
    taken = {entry.id: entry for entry in (_taken(event) for event in events)}
    if not taken:
        return 0
    tree.hold(work.session)
    known = set(work.session.scalars(select(Leaf.entry_id).where(Leaf.entry_id.in_(taken))))
    fresh = [entry for entry_id, entry in taken.items() if entry_id not in known]
    if not fresh:
        return 0
    size = tree.size_of(work.session)
    placed = list(enumerate(fresh, start=size))
    work.session.execute(
        insert(Leaf),
        [{"position": at, "entry_id": entry.id, "commitment": entry.commitment} for at, entry in placed],
    )
    work.session.execute(insert(Entry), [{"position": at, **entry.columns} for at, entry in placed])
    tree.grow(work.session, size=size, commitments=[entry.commitment for entry in fresh])
    return len(fresh)


def _taken(event: Received) -> Taken:
    told = event.data
    try:
        if event.key != f"{told['service']}.access.recorded.v1":
            raise EntryOfAnother()
        words = leaves.canonical(told)
        salt = leaves.new_salt()
        entry_id = UUID(told["entry_id"])
        columns = {
            "id": entry_id,
            "at": datetime.fromisoformat(told["at"]),
            "service": told["service"],
            "outcome": told["outcome"],
            "actor": told["actor"]["subject"],
            "persons": [UUID(person) for person in told["persons"]],
            "cases": [UUID(record["id"]) for record in told["records"] if record["kind"] == "case"],
            "words": words.decode(),
            "salt": salt,
        }
    except (KeyError, TypeError, ValueError):
        raise EntryMalformed() from None
    return Taken(id=entry_id, columns=columns, commitment=leaves.commitment(salt=salt, entry=words))

"""What happens to entries: they are taken into the log, once each, and never touched again (AU-1, AU-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select, text

from audit.entries.errors import EntryMalformed, EntryOfAnother
from audit.log import leaves, tree
from audit.log.divergence import unsettled
from audit.log.encoding import base64_of
from audit.log.errors import LogDiverged
from audit.log.finding import found_columns
from audit.log.model import Leaf
from audit.retention.orders import note_orders
from chassis.events import Received
from chassis.work import Work


@dataclass(frozen=True)
class Taken:
    """One entry on its way into the log."""

    id: UUID
    columns: dict[str, Any]
    commitment: bytes
    told: dict[str, Any]


def append_many(work: Work, *, events: Sequence[Received]) -> int:
    """Append entries at the right edge of the log, in the order given, and say how many were new.

    An entry that the log has already is passed over, so a redelivered batch changes nothing. Positions have
    no gaps: they are given out under one lock, and entries, leaves and tree are written together or not at
    all. Raises EntryOfAnother or EntryMalformed for an entry that cannot stand,
    LogDiverged while the log is known to differ from what was signed: nothing is put on top of that.
    """
    taken: dict[UUID, Taken] = {}
    for event in events:
        entry = _taken(event)
        taken.setdefault(entry.id, entry)
    if not taken:
        return 0
    tree.hold(work.session)
    if unsettled(work.session):
        raise LogDiverged(retry_after=10)
    known = set(work.session.scalars(select(Leaf.entry_id).where(Leaf.entry_id.in_(taken))))
    fresh = [entry for entry_id, entry in taken.items() if entry_id not in known]
    if not fresh:
        return 0
    size = tree.size_of(work.session)
    rows = [{"position": at, **entry.columns} for at, entry in enumerate(fresh, start=size)]
    work.session.execute(_WRITE, {"rows": orjson.dumps(rows).decode()})
    tree.grow(work.session, size=size, commitments=[entry.commitment for entry in fresh])
    orders = [(at, entry.told) for at, entry in enumerate(fresh, start=size) if "erases" in entry.told]
    note_orders(work, entries=orders)
    return len(fresh)


# One round trip and one parameter for a whole batch: the log must keep up with every door of the house.
_WRITE = text(
    """
    WITH given AS (
        SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS g (
            position bigint, id uuid, commitment text, at timestamptz, service text, outcome text,
            actor text, persons uuid[], cases uuid[], words text, salt text
        )
    ), placed AS (
        INSERT INTO leaves (position, entry_id, commitment)
        SELECT position, id, decode(commitment, 'base64') FROM given
    )
    INSERT INTO entries (position, id, at, service, outcome, actor, persons, cases, words, salt)
    SELECT position, id, at, service, outcome, actor, persons, cases, words, decode(salt, 'base64') FROM given
    """
)


_FOUND_BY = ("at", "service", "outcome", "actor", "persons", "cases")


def _taken(event: Received) -> Taken:
    told = event.data
    try:
        if event.key != f"{told['service']}.access.recorded.v1":
            raise EntryOfAnother()
        words = leaves.canonical(told)
        salt = leaves.new_salt()
        entry_id, *found_by = found_columns(told)
        columns = {
            "id": entry_id,
            **dict(zip(_FOUND_BY, found_by, strict=True)),
            "words": words.decode(),
            "salt": base64_of(salt),
        }
    except (KeyError, TypeError, ValueError):
        raise EntryMalformed() from None
    commitment = leaves.commitment(salt=salt, entry=words)
    columns["commitment"] = base64_of(commitment)
    return Taken(id=entry_id, columns=columns, commitment=commitment, told=told)

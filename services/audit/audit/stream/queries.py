"""What goes to the stream next (AU-5)."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from audit.entries.model import Entry
from audit.entries.queries import line_of
from audit.log.encoding import base64_of
from audit.log.model import Leaf, SealedCheckpoint
from audit.log.queries import sealed_size
from audit.stream.model import StreamCursor

STREAM = "icm.audit"


def unsent(session: Session, limit: int) -> Sequence[tuple[int, str, bytes]]:
    """Sealed entries that the broker has not confirmed, in order: position, kind of message, body.

    The messages are the lines of an export: entries, and after the last entry that it covers each checkpoint.
    """
    start = session.scalar(select(StreamCursor.sent).where(StreamCursor.stream == STREAM)) or 0
    end = min(start + limit, sealed_size(session))
    if start >= end:
        return []
    rows = {
        row.position: row
        for row in session.scalars(select(Entry).where(Entry.position.between(start, end - 1)))
    }
    leaves = session.scalars(
        select(Leaf).where(Leaf.position.between(start, end - 1)).order_by(Leaf.position)
    )
    notes = dict(
        session.execute(
            select(SealedCheckpoint.size, SealedCheckpoint.note).where(
                SealedCheckpoint.size.between(start + 1, end)
            )
        ).all()
    )
    messages: list[tuple[int, str, bytes]] = []
    for leaf in leaves:
        row = rows.get(leaf.position)
        line = (
            line_of(row) if row else {"position": leaf.position, "leaf": base64_of(leaf.hash), "erased": True}
        )
        messages.append((leaf.position, "entry", orjson.dumps(line)))
        if leaf.position + 1 in notes:
            messages.append((leaf.position, "checkpoint", orjson.dumps({"sealed": notes[leaf.position + 1]})))
    return messages


def confirm(session: Session, position: int) -> None:
    """Remember that everything up to and with this position has reached the stream."""
    sent = insert(StreamCursor).values(stream=STREAM, sent=position + 1)
    session.execute(
        sent.on_conflict_do_update(index_elements=[StreamCursor.stream], set_={"sent": position + 1})
    )

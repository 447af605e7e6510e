"""What goes to the stream next (AU-5)."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from audit.log.encoding import base64_of
from audit.log.merkle import leaf_hash
from audit.log.model import SealedCheckpoint
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
    notes = dict(
        session.execute(
            select(SealedCheckpoint.size, SealedCheckpoint.note).where(
                SealedCheckpoint.size.between(start + 1, end)
            )
        ).all()
    )
    messages: list[tuple[int, str, bytes]] = []
    for position, commitment, salt, words in session.execute(_LINES, {"start": start, "end": end}):
        leaf = base64_of(leaf_hash(bytes(commitment)))
        messages.append((position, "entry", _line(position, leaf, salt=salt, words=words)))
        if position + 1 in notes:
            messages.append((position, "checkpoint", orjson.dumps({"sealed": notes[position + 1]})))
    return messages


# Rows, not models: every entry of the house passes here. Its words go out as they were sealed, unread.
_LINES = text(
    """
    SELECT l.position, l.commitment, e.salt, e.words FROM leaves l LEFT JOIN entries e ON e.position = l.position
    WHERE l.position >= :start AND l.position < :end ORDER BY l.position
    """
)


def _line(position: int, leaf: str, *, salt: bytes | None, words: str | None) -> bytes:
    if salt is None or words is None:
        return orjson.dumps({"position": position, "leaf": leaf, "erased": True})
    entry = orjson.Fragment(words)
    return orjson.dumps({"position": position, "leaf": leaf, "salt": base64_of(bytes(salt)), "entry": entry})


def confirm(session: Session, position: int) -> None:
    """Remember that everything up to and with this position has reached the stream."""
    sent = insert(StreamCursor).values(stream=STREAM, sent=position + 1)
    session.execute(
        sent.on_conflict_do_update(index_elements=[StreamCursor.stream], set_={"sent": position + 1})
    )

"""Pages of a list, and the cursors that lead from one to the next."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chassis.errors import invalid


@dataclass(frozen=True)
class Page:
    """One page of a list. `next_cursor` is None on the last page; `beside` is what the page says besides its items."""

    items: list[Any]
    next_cursor: str | None = None
    beside: dict[str, Any] = field(default_factory=dict)


def write_cursor(record_id: UUID) -> str:
    """Where the page after this record begins."""
    return base64.urlsafe_b64encode(record_id.bytes).rstrip(b"=").decode()


def read_cursor(cursor: str) -> UUID:
    """The last record of the page before. Raises InvalidInput for a cursor that is not ours."""
    try:
        return UUID(bytes=base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        raise invalid("query/cursor", "cursor", "Use the next_cursor of the page before.") from None

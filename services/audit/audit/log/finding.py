"""The columns by which an entry is found, made from what it says: they must never say anything else (AU-1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID


def found_columns(told: Mapping[str, Any]) -> list[Any]:
    """Id, time, service, outcome, actor, persons and cases of an entry.

    Raises KeyError, TypeError or ValueError when it does not say who, what and when.
    """
    return [
        UUID(told["entry_id"]),
        datetime.fromisoformat(told["at"]),
        told["service"],
        told["outcome"],
        told["actor"]["subject"],
        [UUID(person) for person in told["persons"]],
        [UUID(record["id"]) for record in told["records"] if record["kind"] == "case"],
    ]

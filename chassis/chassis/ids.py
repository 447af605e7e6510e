"""Identifiers of records: version 7 UUIDs, so that new rows land together in an index and tell nothing of a person."""

from __future__ import annotations

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A fresh identifier, growing with time."""
    return UUID(bytes=uuid_utils.uuid7().bytes)

"""The table of entries (AU-1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from audit.log import leaves, merkle
from chassis.database import Base, Protection


class Entry(Base):
    """One access: who, what, why, when, permitted or denied.

    `words` is the entry as it was committed to, and all that is ever shown of it; the other columns only
    find it. Entries stand under need-to-know by their own id (auditors, by statute) and by the persons whom
    they are about (each person her own), and by the cases that they name (a team, which is told of a case by its trail
    alone). They are append-only for every runtime role; erasing by law is
    another role's task.
    """

    __tablename__ = "entries"
    __table_args__ = (
        CheckConstraint("length(salt) = 32", name="salt"),
        CheckConstraint("outcome IN ('permitted','denied')", name="outcome"),
        Index("ix_entries_persons", "persons", postgresql_using="gin"),
        Index("ix_entries_cases", "cases", postgresql_using="gin", postgresql_where=text("cases <> '{}'")),
        Index("ix_entries_actor", "actor", "position"),
        Index("ix_entries_at", "at", postgresql_using="brin"),
        Index("ix_entries_denied", "position", postgresql_where=text("outcome = 'denied'")),
    )
    __append_only__ = True
    __protected__ = Protection(links=[("entry", "id"), ("person", "persons"), ("case", "cases")])

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    id: Mapped[UUID] = mapped_column(unique=True)
    at: Mapped[datetime]
    service: Mapped[str]
    outcome: Mapped[str]
    actor: Mapped[str]
    persons: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    cases: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    words: Mapped[str]
    salt: Mapped[bytes] = mapped_column(LargeBinary)

    @property
    def told(self) -> dict[str, Any]:
        """The entry as data."""
        told: dict[str, Any] = orjson.loads(self.words)
        return told

    @property
    def leaf(self) -> bytes:
        """The leaf hash that these words and this salt lead to."""
        return merkle.leaf_hash(leaves.commitment(salt=self.salt, entry=self.words.encode()))

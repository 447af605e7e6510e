"""Published versions of criteria: kept for ever, whatever becomes of the file (IN-4)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base
from chassis.ids import new_id


class CriteriaVersion(Base):
    """One version of a program's criteria as it was published: the text, and what it says as plain data.

    `content` is what a reader is shown, so that an old decision can be read even when the rule form has moved on.
    It holds nothing about any person.
    """

    __tablename__ = "criteria_versions"
    __append_only__ = True
    __table_args__ = (
        UniqueConstraint("program", "version"),
        CheckConstraint("origin IN ('shipped', 'published')", name="origin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    program: Mapped[str]
    version: Mapped[str]
    in_force_from: Mapped[date]
    digest: Mapped[str]
    document: Mapped[str]
    content: Mapped[dict[str, Any]]
    origin: Mapped[str]
    published_by: Mapped[str]
    published_at: Mapped[datetime]

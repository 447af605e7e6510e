"""The table of what each decision is about, in codes, and how what is left of one is told (CO-1).

The decisions themselves are seen by grants; these rows name nobody who decided, recorded or heard. They are for the
rule in `standing`, which has to know of decisions that the reader may not see.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base


class DecisionScope(Base):
    """To whom a decision was, about which categories, for which purposes, and when. A trigger writes it."""

    __tablename__ = "decision_scopes"
    __append_only__ = True
    __table_args__ = (Index("ix_decision_scopes_person_id", "person_id", "recipient"),)

    consent_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    decision: Mapped[str]
    recipient: Mapped[str]
    categories: Mapped[list[str]]
    purposes: Mapped[list[str]]
    recorded_at: Mapped[datetime]


@dataclass(frozen=True)
class Part:
    """These categories for these purposes, each with each."""

    categories: list[str]
    purposes: list[str]


@dataclass(frozen=True)
class Overtaking:
    """A later decision and what it took; `consent_id` is None for a reader who may not see that decision."""

    consent_id: UUID | None
    decision: str
    recorded_at: datetime
    categories: list[str]
    purposes: list[str]

"""The table of restrictions: who asked for one, why, and when it ended (CO-5)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.ids import new_id


class PlacedRestriction(Versioned, Timestamps, Base):
    """A person hidden from normal roles, from placing to lifting. One at a time for a person."""

    __tablename__ = "placed_restrictions"
    __protected__ = Protection(
        links=[("person", "person_id"), ("placed_restriction", "id")], categories=("consent",)
    )
    __table_args__ = (
        CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by IS NULL) AND (lifted_at IS NULL) = (lift_reason IS NULL)",
            name="lifted_by_somebody_for_a_reason",
        ),
        Index(
            "uq_placed_restrictions_one_at_a_time",
            "person_id",
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID]
    reason: Mapped[str]
    placed_by: Mapped[str]
    placed_at: Mapped[datetime]
    lifted_by: Mapped[str | None]
    lifted_at: Mapped[datetime | None]
    lift_reason: Mapped[str | None]

    def lift(self, *, at: datetime, by: str, reason: str) -> None:
        """The person can be reached by normal roles again."""
        self.lifted_at, self.lifted_by, self.lift_reason = at, by, reason

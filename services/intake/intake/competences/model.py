"""Recorded competences of workers: table and invariants (IN-4)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, Index, and_, or_
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base, Timestamps, Versioned
from chassis.errors import RuleBroken
from chassis.ids import new_id


class AlreadyEnded(RuleBroken):
    """What has ended does not end again."""

    code = "competence_ended"
    title = "The competence has ended already"


class Competence(Versioned, Timestamps, Base):
    """A worker holds a competence from a day until a day, as somebody else vouched with evidence."""

    __tablename__ = "competences"
    __table_args__ = (
        CheckConstraint("valid_until >= valid_from", name="period"),
        CheckConstraint("worker <> recorded_by", name="vouched_for_by_somebody_else"),
        CheckConstraint("(ended_on IS NULL) = (ended_by IS NULL)", name="ended_by_somebody"),
        Index("ix_competences_worker", "worker", "competence"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    worker: Mapped[str]
    competence: Mapped[str]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    evidence: Mapped[str]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]
    ended_on: Mapped[date | None]
    ended_by: Mapped[str | None]
    ended_because: Mapped[str | None]

    @classmethod
    def is_held(cls, *, on: date) -> ColumnElement[bool]:
        """Whether it counts on a day: begun, not past its last day, and not ended on that day or before."""
        return and_(
            cls.valid_from <= on,
            or_(cls.valid_until.is_(None), cls.valid_until >= on),
            or_(cls.ended_on.is_(None), cls.ended_on > on),
        )

    def end(self, *, on: date, by: str, because: str) -> None:
        """It counts no more from this day. Raises AlreadyEnded."""
        if self.ended_on is not None:
            raise AlreadyEnded
        self.ended_on, self.ended_by, self.ended_because = on, by, because

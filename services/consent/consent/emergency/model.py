"""The table of emergency accesses: who broke the glass, for whom, why, and what the review found (CO-6)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis import moment
from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.errors import RuleBroken
from chassis.ids import new_id

JUSTIFIED = "justified"
NOT_JUSTIFIED = "not_justified"
UNCLEAR = "unclear"
FINDINGS = (JUSTIFIED, NOT_JUSTIFIED, UNCLEAR)


class EmergencyOver(RuleBroken):
    """The access has ended already, by its time or by hand."""

    code = "emergency_over"
    title = "This emergency access has ended"


class ReviewedAlready(RuleBroken):
    """A review is closed once; what it found is not found again with other words."""

    code = "reviewed_already"
    title = "This emergency access has been reviewed"


class ReviewIsForSomebodyElse(RuleBroken):
    """Nobody judges their own emergency."""

    status = 403
    code = "review_is_for_somebody_else"
    title = "An emergency access is reviewed by somebody else than who used it"


class EmergencyAccess(Versioned, Timestamps, Base):
    """One worker's way to one person's record for at most a day, and the review that it owes."""

    __tablename__ = "emergency_accesses"
    __protected__ = Protection(
        links=[("person", "person_id"), ("emergency_access", "id")], categories=("consent",)
    )
    __table_args__ = (
        CheckConstraint("cardinality(categories) > 0", name="scope"),
        CheckConstraint(
            "ends_at > opened_at AND ends_at <= opened_at + interval '24 hours'", name="a_day_at_most"
        ),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_somebody"),
        CheckConstraint("finding IN ('justified', 'not_justified', 'unclear')", name="finding"),
        CheckConstraint(
            "(reviewed_at IS NULL) = (reviewed_by IS NULL) AND (reviewed_at IS NULL) = (finding IS NULL)"
            " AND (reviewed_at IS NULL) = (review IS NULL)",
            name="reviewed_as_a_whole",
        ),
        CheckConstraint("reviewed_by <> worker", name="reviewed_by_somebody_else"),
        Index(
            "uq_emergency_accesses_one_at_a_time",
            "worker",
            "person_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_emergency_accesses_ends_at", "ends_at", postgresql_where=text("ended_at IS NULL")),
        Index("ix_emergency_accesses_unreviewed", "id", postgresql_where=text("reviewed_at IS NULL")),
        Index("ix_emergency_accesses_person_id", "person_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID]
    worker: Mapped[str]
    organisation: Mapped[str]
    reason: Mapped[str]
    categories: Mapped[list[str]]
    reaches_restricted: Mapped[bool]
    opened_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    review_due_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None]
    finding: Mapped[str | None]
    review: Mapped[str | None]

    @property
    def state(self) -> str:
        """`open`, then `to_review`, then `reviewed`; a review may come while it is still open."""
        if self.ended_at is None:
            return "open"
        return "to_review" if self.reviewed_at is None else "reviewed"

    @property
    def review_overdue(self) -> bool:
        """Whether the review is owed and its time is over."""
        due = self.review_due_at
        return self.reviewed_at is None and due is not None and due <= moment.now()

    def end(self, *, at: datetime, by: str) -> None:
        """Nothing is opened by it from now on. Raises EmergencyOver."""
        if self.ended_at is not None:
            raise EmergencyOver
        self.ended_at, self.ended_by = at, by

    def close_review(self, *, at: datetime, by: str, finding: str, review: str) -> None:
        """Say what the review found. Raises ReviewedAlready, ReviewIsForSomebodyElse."""
        if self.reviewed_at is not None:
            raise ReviewedAlready
        if by == self.worker:
            raise ReviewIsForSomebodyElse
        self.reviewed_at, self.reviewed_by = at, by
        self.finding, self.review = finding, review

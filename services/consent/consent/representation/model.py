"""The table of substitute decision makers (CO-3)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.errors import RuleBroken
from chassis.ids import new_id


class AuthorityEnded(RuleBroken):
    """The representative's authority has ended before."""

    code = "authority_ended"
    title = "This authority has ended already"


class Representative(Versioned, Timestamps, Base):
    """Somebody who may decide for a person: who, how related, by which authority, about what, from when until when."""

    __tablename__ = "representatives"
    __protected__ = Protection(
        links=[("person", "person_id"), ("representative", "id")], categories=("consent",)
    )
    __table_args__ = (
        CheckConstraint(
            "authority IN ('representation_agreement', 'court', 'guardian', 'parent', 'legislation', 'chosen')",
            name="authority",
        ),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="period"),
        CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (end_reason IS NULL)",
            name="ended_by_somebody_for_a_reason",
        ),
        Index("ix_representatives_person_id", "person_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID]
    name: Mapped[str]
    account: Mapped[str | None]
    relationship: Mapped[str]
    authority: Mapped[str]
    evidence: Mapped[str]
    decides_about: Mapped[list[str]]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    recorded_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    end_reason: Mapped[str | None]

    def end(self, *, at: datetime, by: str, reason: str) -> None:
        """The authority ends now. Raises AuthorityEnded."""
        if self.ended_at is not None:
            raise AuthorityEnded
        self.ended_at, self.ended_by, self.end_reason = at, by, reason

    def decides_on(self, day: date) -> bool:
        """Whether the authority stands on a day."""
        return (
            self.ended_at is None
            and self.valid_from <= day
            and (self.valid_until is None or day <= self.valid_until)
        )

    def may_decide_about(self, categories: list[str]) -> bool:
        """Whether the authority covers these categories; none named means all."""
        return not self.decides_about or set(categories) <= set(self.decides_about)

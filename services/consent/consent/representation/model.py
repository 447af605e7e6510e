"""Tables of substitute decision makers and of decisions made beforehand (CO-3)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.errors import RuleBroken
from chassis.ids import new_id


class AuthorityEnded(RuleBroken):
    """The representative's authority has ended before."""

    code = "authority_ended"
    title = "This authority has ended already"


class DirectiveRevoked(RuleBroken):
    """What was taken back stays on file and counts no more."""

    code = "directive_revoked"
    title = "This decision was revoked already"


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


class PriorDecision(Versioned, Timestamps, Base):
    """What a person laid down for a time when they cannot decide; what it says is never changed, only revoked."""

    __tablename__ = "prior_decisions"
    __protected__ = Protection(
        links=[("person", "person_id"), ("prior_decision", "id")], categories=("consent",)
    )
    __table_args__ = (
        CheckConstraint(
            "kind IN ('advance_directive', 'representation_agreement', 'ulysses_agreement')", name="kind"
        ),
        CheckConstraint(
            "kind <> 'representation_agreement' OR representative_id IS NOT NULL", name="names_who_represents"
        ),
        CheckConstraint("kind <> 'ulysses_agreement' OR applies_when IS NOT NULL", name="says_when_it_binds"),
        CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by IS NULL) AND (revoked_at IS NULL) = (revoke_reason IS NULL)",
            name="revoked_by_somebody_for_a_reason",
        ),
        Index("ix_prior_decisions_person_id", "person_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID]
    kind: Mapped[str]
    made_on: Mapped[date]
    says: Mapped[str]
    applies_when: Mapped[str | None]
    evidence: Mapped[str]
    witnesses: Mapped[list[str]]
    representative_id: Mapped[UUID | None] = mapped_column(ForeignKey("representatives.id"))
    review_on: Mapped[date | None]
    recorded_by: Mapped[str]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]
    revoke_reason: Mapped[str | None]

    @property
    def in_force(self) -> bool:
        """Whether it still counts."""
        return self.revoked_at is None

    def revoke(self, *, at: datetime, by: str, reason: str) -> None:
        """It counts no more. Raises DirectiveRevoked."""
        if self.revoked_at is not None:
            raise DirectiveRevoked
        self.revoked_at, self.revoked_by, self.revoke_reason = at, by, reason

"""The table of agreements between organisations: what they permit, and until when (CO-4). No person is in it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis import moment
from chassis.clocks import house_calendar
from chassis.database import Base, Timestamps, Versioned
from chassis.errors import RuleBroken
from chassis.ids import new_id

# The organisations with which the standard asks a team to hold a formal memorandum (ICMT 2.1).
PARTNERS = (
    "crisis_and_emergency",
    "withdrawal_management",
    "housing",
    "income_assistance",
    "harm_reduction",
    "community_policing",
    "home_health",
    "children_and_families",
)


class AgreementEnded(RuleBroken):
    """The agreement was ended before; a new one is signed, not an old one changed."""

    code = "agreement_ended"
    title = "This agreement has ended already"


class RenewedAlready(RuleBroken):
    """An agreement is renewed by one that follows it; the next renews that one."""

    code = "renewed_already"
    title = "Another agreement renews this one already"


class Agreement(Versioned, Timestamps, Base):
    """What two or more organisations agreed to: which categories may pass between them, for which purposes."""

    __tablename__ = "agreements"
    __table_args__ = (
        CheckConstraint("kind IN ('information_sharing', 'memorandum')", name="kind"),
        CheckConstraint("cardinality(organisations) >= 2", name="between_two_at_least"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="period"),
        CheckConstraint(
            "partner IN ('crisis_and_emergency', 'withdrawal_management', 'housing', 'income_assistance',"
            " 'harm_reduction', 'community_policing', 'home_health', 'children_and_families')",
            name="partner",
        ),
        CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (end_reason IS NULL)",
            name="ended_by_somebody_for_a_reason",
        ),
        Index("ix_agreements_organisations", "organisations", postgresql_using="gin"),
        Index(
            "uq_agreements_renewed_once",
            "renews",
            unique=True,
            postgresql_where=text("renews IS NOT NULL AND ended_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    title: Mapped[str]
    organisations: Mapped[list[str]]
    partner: Mapped[str | None]
    categories: Mapped[list[str]]
    purposes: Mapped[list[str]]
    terms: Mapped[str | None]
    evidence: Mapped[str]
    signed_on: Mapped[date]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    recorded_by: Mapped[str]
    renews: Mapped[UUID | None] = mapped_column(ForeignKey("agreements.id"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    end_reason: Mapped[str | None]

    def end(self, *, at: datetime, by: str, reason: str) -> None:
        """Nothing is permitted by it from now on. Raises AgreementEnded."""
        if self.ended_at is not None:
            raise AgreementEnded
        self.ended_at, self.ended_by, self.end_reason = at, by, reason

    @property
    def state(self) -> str:
        """`ended`, `expired`, `to_come` or `in_force` today."""
        today = house_calendar().day_of(moment.now())
        if self.ended_at is not None:
            return "ended"
        if self.valid_until is not None and self.valid_until < today:
            return "expired"
        return "to_come" if today < self.valid_from else "in_force"

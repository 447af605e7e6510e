"""Checklists, the assessments that exist, and which of them supports which referral: tables and invariants (IN-12)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.errors import RuleBroken
from chassis.ids import new_id
from intake.referrals.model import Referral

# What an assessment may be about. A consent to any of it can let a screener know that the assessment is there.
OF_AN_ASSESSMENT = (
    *("caring", "child_protection", "education", "employment", "family", "health"),
    *("housing", "income", "justice", "substance_use"),
)


class ConcludedAlready(RuleBroken):
    """A checklist leads to one step; another meeting has another checklist."""

    code = "checklist_concluded"
    title = "What follows from the checklist is on record already"


class Checklist(Versioned, Timestamps, Base):
    """A pre-assessment checklist filled with a person who agreed to it, what it advises, and what followed from it.

    `content` is the form as it was, so that the answers can be read with the questions that were asked.
    """

    __tablename__ = "checklists"
    __protected__ = Protection(links=[("checklist", "id"), ("person", "person_id")], categories=("referral",))
    __table_args__ = (
        CheckConstraint("advisable IN ('yes', 'no', 'unknown')", name="advisable"),
        CheckConstraint(
            "agreed_by IN ('person', 'parent', 'carer', 'substitute_decision_maker')", name="agreed_by"
        ),
        CheckConstraint("agreed_how IN ('verbal', 'written', 'implied')", name="agreed_how"),
        CheckConstraint(
            "conclusion IN ('referral', 'common_assessment', 'no_further_need')", name="conclusion"
        ),
        CheckConstraint(
            "(conclusion IS NULL) = (concluded_at IS NULL) AND (conclusion IS NULL) = (concluded_by IS NULL)"
            " AND (conclusion IS NULL) = (reason IS NULL)",
            name="concluded_by_somebody_for_a_reason",
        ),
        CheckConstraint("referral_id IS NULL OR conclusion = 'referral'", name="referral"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), index=True)
    form: Mapped[str]
    form_version: Mapped[int]
    content: Mapped[dict[str, Any]]
    answers: Mapped[list[dict[str, Any]]] = mapped_column(JSONB())
    advisable: Mapped[str]
    areas: Mapped[list[str]]
    areas_unknown: Mapped[list[str]]
    agreed_by: Mapped[str]
    agreed_how: Mapped[str]
    agreed_at: Mapped[datetime]
    present: Mapped[list[str]]
    filled_by: Mapped[str]
    filled_at: Mapped[datetime]
    conclusion: Mapped[str | None]
    reason: Mapped[str | None]
    concluded_by: Mapped[str | None]
    concluded_at: Mapped[datetime | None]
    referral_id: Mapped[UUID | None] = mapped_column(ForeignKey("referrals.id"))

    def must_be_open(self) -> None:
        """Raises ConcludedAlready once it is on record what follows."""
        if self.conclusion is not None:
            raise ConcludedAlready

    def conclude(
        self, conclusion: str, *, reason: str, by: str, at: datetime, referral_id: UUID | None
    ) -> None:
        """What follows from the checklist, and why. Raises ConcludedAlready."""
        self.must_be_open()
        self.conclusion, self.reason, self.concluded_by, self.concluded_at = conclusion, reason, by, at
        self.referral_id = referral_id


class AssessmentTold(Base):
    """That an assessment exists, as cases told: its form and version, and which questions were answered; no answer."""

    __tablename__ = "assessments_told"
    __protected__ = Protection(links=[("person", "person_id")], categories=OF_AN_ASSESSMENT)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(index=True)
    form: Mapped[str]
    form_version: Mapped[int]
    answered: Mapped[list[str] | None]
    author: Mapped[str]
    organisation: Mapped[str | None]
    recorded_at: Mapped[datetime]


class Attachment(Base):
    """An assessment supports a referral, under a consent; shown only while such a consent opens it to who looks."""

    __tablename__ = "attachments"
    __protected__ = Protection(
        links=[("referral", "referral_id"), ("person", "person_id")], categories=("referral",)
    )
    __table_args__ = (
        Index(
            "uq_attachments_once",
            "referral_id",
            "assessment_id",
            unique=True,
            postgresql_where=text("detached_at IS NULL"),
        ),
        CheckConstraint("(detached_at IS NULL) = (detached_by IS NULL)", name="detached_by_somebody"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referrals.id"))
    person_id: Mapped[UUID]
    assessment_id: Mapped[UUID] = mapped_column(ForeignKey("assessments_told.id"))
    consent_id: Mapped[UUID | None]
    attached_by: Mapped[str]
    attached_at: Mapped[datetime]
    detached_by: Mapped[str | None]
    detached_at: Mapped[datetime | None]

    referral: Mapped[Referral] = relationship()

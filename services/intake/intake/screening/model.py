"""Screening decisions: kept for ever with their reasons and the version of the criteria (IN-4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.ids import new_id
from intake.programs.model import CriteriaVersion
from intake.referrals.model import Referral

OF_THE_REFERRAL = Protection(
    links=[("referral", "referral_id"), ("person", "person_id")], categories=("referral",)
)


class Screening(Base):
    """One decision on one referral. A later decision is a row of its own; none is ever changed.

    `criteria_id` names the text of the criteria by which it was made; `proposed` is the outcome that follows from the
    findings, and `disagreement` the reason where the worker decided otherwise.
    """

    __tablename__ = "screenings"
    __append_only__ = True
    __protected__ = OF_THE_REFERRAL
    __table_args__ = (
        CheckConstraint("outcome IN ('eligible', 'not_eligible', 'unknown')", name="outcome"),
        CheckConstraint("proposed IN ('eligible', 'not_eligible', 'unknown')", name="proposed"),
        CheckConstraint("proposed = outcome OR disagreement IS NOT NULL", name="disagreement_has_a_reason"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referrals.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    program: Mapped[str]
    criteria_version: Mapped[str]
    outcome: Mapped[str]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]
    criteria_id: Mapped[UUID | None] = mapped_column(ForeignKey("criteria_versions.id"))
    proposed: Mapped[str | None]
    disagreement: Mapped[str | None]
    exceptions: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB(), default=list, server_default=text("'[]'::jsonb")
    )

    referral: Mapped[Referral] = relationship()
    kept_criteria: Mapped[CriteriaVersion | None] = relationship()
    findings: Mapped[list[Finding]] = relationship(order_by="Finding.place", back_populates="screening")
    answers: Mapped[list[ScreeningAnswer]] = relationship(order_by="ScreeningAnswer.place")
    rights_information: Mapped[list[RightsGiven]] = relationship(
        order_by="RightsGiven.given_at, RightsGiven.id"
    )

    @property
    def criteria(self) -> dict[str, Any] | None:
        """The criteria with every question and rule as they were; None for a decision from before texts were kept."""
        return None if self.kept_criteria is None else self.kept_criteria.content

    @property
    def still_to_find_out(self) -> list[Finding]:
        """What was unknown when nothing could be decided yet."""
        return (
            [each for each in self.findings if each.finding == "unknown"] if self.outcome == "unknown" else []
        )


class Finding(Base):
    """What was found on one criterion, and why; `computed` is what its rule came to, where it has one.

    `because` and `missing` are the facts that decided the rule and those that it still lacked; `informed_by` is the
    assessment that the worker looked at (IN-12).
    """

    __tablename__ = "findings"
    __append_only__ = True
    __protected__ = OF_THE_REFERRAL
    __table_args__ = (
        CheckConstraint("finding IN ('met', 'not_met', 'unknown')", name="finding"),
        CheckConstraint("computed IN ('met', 'not_met', 'unknown')", name="computed"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    screening_id: Mapped[UUID] = mapped_column(ForeignKey("screenings.id"), index=True)
    referral_id: Mapped[UUID]
    person_id: Mapped[UUID]
    place: Mapped[int]
    criterion: Mapped[str]
    finding: Mapped[str]
    reason: Mapped[str]
    computed: Mapped[str | None]
    because: Mapped[list[str]] = mapped_column(default=list, server_default=text("'{}'"))
    missing: Mapped[list[str]] = mapped_column(default=list, server_default=text("'{}'"))
    informed_by: Mapped[UUID | None]

    screening: Mapped[Screening] = relationship(back_populates="findings")

    # What the present reader may know of `informed_by`: set by the query, by the reader's consents.
    __allow_unmapped__ = True
    shown_informed_by: UUID | None = None


class ScreeningAnswer(Base):
    """A fact as it was known when the decision was made: answered by a screener, or told by the record."""

    __tablename__ = "screening_answers"
    __append_only__ = True
    __protected__ = OF_THE_REFERRAL

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    screening_id: Mapped[UUID] = mapped_column(ForeignKey("screenings.id"), index=True)
    referral_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(index=True)
    place: Mapped[int]
    fact: Mapped[str]
    value: Mapped[str]
    derived: Mapped[bool]
    answered_by: Mapped[str | None]
    answered_at: Mapped[datetime]
    informed_by: Mapped[UUID | None]

    __allow_unmapped__ = True
    shown_informed_by: UUID | None = None


class RightsGiven(Base):
    """The person was told who gives care, what to expect, and their rights: by whom, when and how (CO-2)."""

    __tablename__ = "rights_given"
    __append_only__ = True
    __protected__ = OF_THE_REFERRAL
    __table_args__ = (CheckConstraint("way IN ('verbal', 'written', 'both')", name="way"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    screening_id: Mapped[UUID] = mapped_column(ForeignKey("screenings.id"), index=True)
    referral_id: Mapped[UUID]
    person_id: Mapped[UUID]
    given_by: Mapped[str]
    given_at: Mapped[datetime]
    way: Mapped[str]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]


class ScreeningDraft(Versioned, Timestamps, Base):
    """A screening under way: what was answered so far, and by whom; one for a referral, gone once it is decided.

    `answers` and `findings` each name what they answer, the answer, who gave it and when. `derived` is what the record
    told whoever began or saved it, on that day: whoever decides may not be let to see the record itself.
    """

    __tablename__ = "screening_drafts"
    __protected__ = OF_THE_REFERRAL

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referrals.id"), unique=True)
    person_id: Mapped[UUID]
    criteria_id: Mapped[UUID] = mapped_column(ForeignKey("criteria_versions.id"))
    begun_by: Mapped[str]
    answers: Mapped[list[dict[str, Any]]] = mapped_column(JSONB(), default=list)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB(), default=list)
    derived: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB(), default=list, server_default=text("'[]'::jsonb")
    )

    referral: Mapped[Referral] = relationship()
    kept_criteria: Mapped[CriteriaVersion] = relationship()

    # What follows from the answers at this moment: set by the query (`sheet.py`).
    __allow_unmapped__ = True
    sheet: Any = None

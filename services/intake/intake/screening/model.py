"""Screening decisions: kept for ever with their reasons and the version of the criteria (IN-4)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database import Base, Protection
from chassis.ids import new_id
from intake.referrals.model import Referral


class Screening(Base):
    """One decision on one referral. A later decision is a row of its own; none is ever changed."""

    __tablename__ = "screenings"
    __append_only__ = True
    __protected__ = Protection(
        links=[("referral", "referral_id"), ("person", "person_id")], categories=("referral",)
    )
    __table_args__ = (CheckConstraint("outcome IN ('eligible', 'not_eligible', 'unknown')", name="outcome"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referrals.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    program: Mapped[str]
    criteria_version: Mapped[str]
    outcome: Mapped[str]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]

    referral: Mapped[Referral] = relationship()
    findings: Mapped[list[Finding]] = relationship(order_by="Finding.place", back_populates="screening")


class Finding(Base):
    """What was found on one criterion, and why."""

    __tablename__ = "findings"
    __append_only__ = True
    __protected__ = Protection(
        links=[("referral", "referral_id"), ("person", "person_id")], categories=("referral",)
    )
    __table_args__ = (CheckConstraint("finding IN ('met', 'not_met', 'unknown')", name="finding"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    screening_id: Mapped[UUID] = mapped_column(ForeignKey("screenings.id"), index=True)
    referral_id: Mapped[UUID]
    person_id: Mapped[UUID]
    place: Mapped[int]
    criterion: Mapped[str]
    finding: Mapped[str]
    reason: Mapped[str]

    screening: Mapped[Screening] = relationship(back_populates="findings")


def outcome_of(findings: list[str]) -> str:
    """All criteria met is eligible, one not met is not eligible, and otherwise we do not know yet."""
    if "not_met" in findings:
        return "not_eligible"
    return "unknown" if "unknown" in findings else "eligible"

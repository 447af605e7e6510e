"""The table of withdrawals: what a person, or who decides in their place, took back at once (CO-1)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base, Protection
from chassis.ids import new_id
from consent.directives.given_by import GivenBy, given_by_columns

EVERYTHING = "everything"
OWN_DECISIONS = "own_decisions"


class Withdrawal(Base):
    """Everything that was given before is taken back from a recipient, or from all; all of it, or some categories.

    Written once and never changed. What it ended stands in the history of each consent. `reach` is `own_decisions`
    when a parent or carer without an authority on record took back what they themselves had given.
    """

    __tablename__ = "withdrawals"
    __append_only__ = True
    __protected__ = Protection(links=[("person", "person_id"), ("withdrawal", "id")], categories=("consent",))
    __table_args__ = (
        CheckConstraint("form IN ('implied','verbal','written')", name="form"),
        CheckConstraint("form <> 'written' OR evidence IS NOT NULL", name="written_has_evidence"),
        CheckConstraint("reach IN ('everything','own_decisions')", name="reach"),
        CheckConstraint(
            "given_capacity = 'person' OR (given_capacity IN ('parent','carer','substitute')"
            " AND given_name IS NOT NULL AND given_relationship IS NOT NULL AND given_authority IS NOT NULL)",
            name="others_decide_by_authority",
        ),
        Index("ix_withdrawals_person_id", "person_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID]
    recipient: Mapped[str | None]
    categories: Mapped[list[str]]
    form: Mapped[str]
    evidence: Mapped[str | None]
    heard_by: Mapped[str | None]
    reason: Mapped[str | None]
    given_by: Mapped[GivenBy] = given_by_columns()
    reach: Mapped[str]
    against_prior_decision: Mapped[bool]
    recorded_by: Mapped[str]
    recorded_for: Mapped[str | None]
    recorded_at: Mapped[datetime]

"""Disputed entries: what is said to be wrong, and what the source answered (IN-9)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database import Base, Protection
from chassis.ids import new_id
from intake.directory.model import Involvement

CLOCK = "dispute"


class Dispute(Base):
    """One objection to one entry. It is for the source of the entry to answer; the words are for nobody else.

    The entry may be gone when it was answered: then only the dispute tells of it, to who raised it.
    """

    __tablename__ = "disputes"
    __protected__ = Protection(links=[("dispute", "id")], categories=("directory",), person="person_id")
    __table_args__ = (
        CheckConstraint("answer IN ('corrected', 'removed', 'stands')", name="answer"),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered"),
        Index(
            "uq_disputes_open",
            "involvement_id",
            "raised_by",
            unique=True,
            postgresql_where=text("answer IS NULL"),
        ),
        Index("ix_disputes_source", "source"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    involvement_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("involvements.id", ondelete="SET NULL"), index=True
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"), index=True)
    source: Mapped[str]
    reference: Mapped[str]
    raised_by: Mapped[str]
    raised_at: Mapped[datetime]
    says: Mapped[str]
    answer: Mapped[str | None]
    answer_says: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]

    involvement: Mapped[Involvement | None] = relationship(viewonly=True)

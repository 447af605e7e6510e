"""What is kept beside a referral: who asked, who keeps it, and why it became more or less pressing (IN-1, IN-2)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database import Base, Protection
from chassis.ids import new_id
from intake.referrals.model import Referral

OF_A_REFERRAL = Protection(
    links=[("referral", "referral_id"), ("person", "person_id"), ("referral", "joined_to")],
    categories=("referral",),
)


class Referrer(Base):
    """Who asked for help for the person, how to reach them, and whether they wait to hear what came of it (IN-1).

    `joined_to` is the referral that theirs has joined: who works on that one answers to them too.
    """

    __tablename__ = "referrers"
    __protected__ = OF_A_REFERRAL
    __table_args__ = (
        CheckConstraint(
            "(told_at IS NULL) = (told_by IS NULL) AND (told_at IS NULL) = (told_way IS NULL)", name="told"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referrals.id"), index=True)
    joined_to: Mapped[UUID | None] = mapped_column(ForeignKey("referrals.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    name: Mapped[str | None]
    relation: Mapped[str | None]
    organisation: Mapped[str | None]
    worker: Mapped[str | None]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    note: Mapped[str | None]
    tell_outcome: Mapped[bool] = mapped_column(default=False)
    told_at: Mapped[datetime | None]
    told_by: Mapped[str | None]
    told_way: Mapped[str | None]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]


class Assignment(Base):
    """A referral passed from one keeper to another: who, when, how and why. Never changed (IN-2)."""

    __tablename__ = "assignments"
    __append_only__ = True
    __protected__ = Protection(
        links=[("referral", "referral_id"), ("person", "person_id")], categories=("referral",)
    )
    __table_args__ = (
        CheckConstraint("how IN ('taken', 'given', 'handed_over', 'put_back', 'transferred')", name="how"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referrals.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    at: Mapped[datetime]
    by: Mapped[str]
    how: Mapped[str]
    from_owner: Mapped[str | None]
    to_owner: Mapped[str | None]
    from_team: Mapped[str | None]
    to_team: Mapped[str | None]
    from_program: Mapped[str | None]
    to_program: Mapped[str | None]
    reason: Mapped[str | None]

    referral: Mapped[Referral] = relationship()


class PriorityChange(Base):
    """A referral became more or less pressing: from what to what, who said so, and why. Never changed."""

    __tablename__ = "priority_changes"
    __append_only__ = True
    __protected__ = Protection(
        links=[("referral", "referral_id"), ("person", "person_id")], categories=("referral",)
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referrals.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    at: Mapped[datetime]
    by: Mapped[str]
    from_priority: Mapped[str]
    to_priority: Mapped[str]
    returning_in_crisis: Mapped[bool] = mapped_column(server_default=text("false"))
    reason: Mapped[str]

    referral: Mapped[Referral] = relationship()


class Discharge(Base):
    """That a person's case ended: day and code of the reason, as cases told. Shown to nobody.

    It answers one question at the door, whether somebody in crisis has been a client before, for whoever receives the
    referral: so it stands under no grants, and no door gives it.
    """

    __tablename__ = "discharges"
    __table_args__ = (UniqueConstraint("case_id", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(index=True)
    case_id: Mapped[UUID]
    reason: Mapped[str | None]
    discharged_at: Mapped[datetime]

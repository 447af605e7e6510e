"""Memberships of the team around the family, and who led it when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.casefile.model import Case
from cases.confidence.model import Confidence, in_case, in_force
from chassis.database import Base, Protection, Timestamps
from chassis.ids import new_id


@dataclass(frozen=True)
class Reach:
    """How much of a case a standing on its team opens, and whether to change it."""

    categories: tuple[str, ...]
    may_write: bool = False


# Whoever is not staff is told what concerns the common work and nothing else (PO-2, CA-1).
REACH_OF_STANDING = {
    "staff": Reach(categories=("identity", "contact", "case", "plan", "notes"), may_write=True),
    "provider": Reach(categories=("case", "plan")),
    "relative": Reach(categories=("case", "plan")),
    "advocate": Reach(categories=("case", "plan")),
    "client": Reach(categories=("case", "plan")),
}


class TeamMember(Timestamps, Base):
    """One worker, provider, relative or advocate on the team, from when until when, in what role (CA-2).

    The grant on the case refers to this membership and ends with it. `for_member` is the member for whom a relative,
    an advocate or the client stands: they see what that member sees (CA-1).
    """

    __tablename__ = "team_members"
    __protected__ = Protection(through=("case_id", Case), apart=in_case(workers=("worker",)))
    __table_args__ = (
        UniqueConstraint("id", "case_id"),
        Index(
            "uq_team_members_present",
            "case_id",
            "worker",
            unique=True,
            postgresql_where=text("left_at IS NULL"),
        ),
        CheckConstraint(
            "organisation IS NOT NULL OR standing NOT IN ('staff','provider')",
            name="acts_for_an_organisation",
        ),
        CheckConstraint("(left_at IS NULL) = (reason_for_leaving IS NULL)", name="left_for_a_reason"),
        CheckConstraint("left_at IS NULL OR left_at >= joined_at", name="period"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    worker: Mapped[str]
    organisation: Mapped[str | None]
    standing: Mapped[str]
    role: Mapped[str]
    expertise: Mapped[str | None]
    introduced_on: Mapped[date | None]
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    reason_for_leaving: Mapped[str | None]
    for_member: Mapped[UUID | None]

    told_in_parts: ClassVar[bool] = False

    visibility: Mapped[Confidence | None] = relationship(**in_force("TeamMember"))

    @property
    def reach(self) -> Reach:
        """How much of the case this standing opens."""
        return REACH_OF_STANDING[self.standing]

    @property
    def stands_for(self) -> UUID | None:
        """For whom they stand, as far as the present reader may know."""
        return None if self.told_in_parts else self.for_member

    def leave(self, *, at: datetime, reason: str) -> None:
        """The membership ends."""
        self.left_at = at
        self.reason_for_leaving = reason


class LeadTerm(Timestamps, Base):
    """Who led the case, from when until when, and who asked for it (CA-2). At most one term is running."""

    __tablename__ = "lead_terms"
    # A term is as visible as the membership that led: it says the same (CA-1).
    __protected__ = Protection(through=("membership_id", TeamMember))
    __table_args__ = (
        ForeignKeyConstraint(["membership_id", "case_id"], ["team_members.id", "team_members.case_id"]),
        Index("uq_lead_terms_running", "case_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        CheckConstraint("ended_at IS NULL OR ended_at >= began_at", name="period"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    membership_id: Mapped[UUID]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    asked_by: Mapped[str | None]
    reason: Mapped[str | None]

    membership: Mapped[TeamMember] = relationship(
        primaryjoin="foreign(LeadTerm.membership_id) == TeamMember.id", lazy="joined", innerjoin=True
    )

    @property
    def worker(self) -> str:
        """The sign-in of whoever leads."""
        return self.membership.worker

    @property
    def organisation(self) -> str | None:
        """The organisation that they act for."""
        return self.membership.organisation


class TeamListing(Base):
    """That the team of a case was told whole, to services that may not have followed it from the beginning (AU-3)."""

    __tablename__ = "team_listings"
    __at_the_door__ = ()

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    listed_at: Mapped[datetime]

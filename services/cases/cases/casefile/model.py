"""The case and the members of the family."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.confidence.model import Confidence, in_case, in_force
from cases.errors import AlreadyMember, CaseClosed
from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.ids import new_id

if TYPE_CHECKING:
    from cases.assessments.model import AssessmentOnFile
    from cases.team.model import LeadTerm, TeamMember


class Case(Versioned, Timestamps, Base):
    """A whole family or one person, with one team and exactly one lead (CA-1, CA-2).

    `lead_membership_id` can be neither empty nor a stranger's: the database holds it to a membership of this
    case. A closed case keeps the membership that led it last.

    `person_ids` and `kept_away` repeat what the members say, because the row of a restricted member is out
    of reach of normal roles, and still every step concerns that person and keeps others away from them.
    """

    __tablename__ = "cases"
    __protected__ = Protection(links=[("case", "id")], categories=("case",), everyone="person_ids")
    __table_args__ = (
        ForeignKeyConstraint(
            ["lead_membership_id", "id"],
            ["team_members.id", "team_members.case_id"],
            name="fk_cases_lead_membership",
            deferrable=True,
            initially="DEFERRED",
            use_alter=True,
        ),
        CheckConstraint("(closed_at IS NULL) = (reason_for_closing IS NULL)", name="closed_for_a_reason"),
        CheckConstraint("closed_at IS NULL OR closed_at >= opened_at", name="opened_before_closed"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    program: Mapped[str]
    title: Mapped[str | None]
    organisation: Mapped[str | None]
    lead_membership_id: Mapped[UUID]
    person_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    kept_away: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    reason_for_closing: Mapped[str | None]

    # Whether the present reader sees a part of the family only; set by `confidence.queries.told` (CA-1).
    told_in_parts: ClassVar[bool] = False

    members: Mapped[list[Member]] = relationship(lazy="selectin", order_by="Member.id")
    team: Mapped[list[TeamMember]] = relationship(
        lazy="selectin", order_by="TeamMember.id", foreign_keys="TeamMember.case_id"
    )
    leads: Mapped[list[LeadTerm]] = relationship(lazy="selectin", order_by="LeadTerm.id")
    assessments: Mapped[list[AssessmentOnFile]] = relationship(
        lazy="selectin", order_by="AssessmentOnFile.id"
    )

    @property
    def status(self) -> str:
        """`open` or `closed`."""
        return "open" if self.closed_at is None else "closed"

    @property
    def lead(self) -> LeadTerm | None:
        """The present lead; None once the case is closed."""
        return next((term for term in self.leads if term.ended_at is None), None)

    @property
    def present_team(self) -> list[TeamMember]:
        """Who is on the team now."""
        return [membership for membership in self.team if membership.left_at is None]

    @property
    def persons_in_sight(self) -> set[UUID]:
        """The members whom the present reader sees: somebody else is no member, as far as an answer tells."""
        return {member.person_id for member in self.members}

    def must_be_open(self) -> None:
        """Raise CaseClosed when it is not."""
        if self.closed_at is not None:
            raise CaseClosed

    def take_in(self, member: Member) -> None:
        """A member joins the family; raises AlreadyMember."""
        self.must_be_open()
        if member.person_id in self.person_ids:
            raise AlreadyMember
        self.members.append(member)
        self.person_ids = [*self.person_ids, member.person_id]
        self.kept_away = sorted({*self.kept_away, *member.hidden_from})

    def close(self, *, at: datetime, reason: str) -> None:
        """No more work is taken; raises CaseClosed when that is so already."""
        self.must_be_open()
        self.closed_at = at
        self.reason_for_closing = reason


class Member(Timestamps, Base):
    """Somebody whom the client names as family, from when until when (CA-1)."""

    __tablename__ = "members"
    __protected__ = Protection(
        through=("case_id", Case), person="person_id", apart=in_case(persons=("person_id",))
    )
    __table_args__ = (
        Index(
            "uq_members_present",
            "case_id",
            "person_id",
            unique=True,
            postgresql_where=text("until IS NULL"),
        ),
        CheckConstraint("until IS NULL OR since IS NULL OR until >= since", name="period"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(index=True)
    relation: Mapped[str]
    since: Mapped[date | None]
    until: Mapped[date | None]
    hidden_from: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), default=list)

    told_in_parts: ClassVar[bool] = False

    confidence: Mapped[Confidence | None] = relationship(**in_force("Member"))

    @property
    def kept_from(self) -> list[UUID]:
        """Who may be on the team and sees nothing of this member; only those who see all sides are told."""
        return list(self.confidence.kept_from) if self.confidence is not None else []

    @property
    def kept_off(self) -> list[UUID]:
        """Who must never be on the team because of this member, as far as the present reader may know."""
        return [] if self.told_in_parts else list(self.hidden_from)

    @property
    def is_protected(self) -> bool:
        """Whether this member is kept from anybody."""
        return bool(self.hidden_from or self.kept_from)

"""The plan of a case, with its goals and actions."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.casefile.model import Case
from cases.confidence.model import Confidence, in_case, in_force
from cases.errors import NotYourAction
from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.ids import new_id

SECTIONS = ("strengths", "needs", "involvement", "safety")


class Plan(Versioned, Timestamps, Base):
    """The one plan of a case; it has the identifier of its case (CA-5)."""

    __tablename__ = "plans"
    __protected__ = Protection(through=("id", Case), categories=("plan",))

    id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    strengths: Mapped[str | None]
    needs: Mapped[str | None]
    involvement: Mapped[str | None]
    agreed_on: Mapped[date | None]

    # Whether the present reader sees a part of the plan only; set by `confidence.queries.told` (CA-1).
    told_in_parts: ClassVar[bool] = False

    sections: Mapped[list[PlanSection]] = relationship(lazy="selectin", order_by="PlanSection.id")
    goals: Mapped[list[Goal]] = relationship(lazy="selectin", order_by="Goal.id")
    actions: Mapped[list[Action]] = relationship(lazy="selectin", order_by="Action.id")

    @property
    def case_id(self) -> UUID:
        """The case that it is the plan of."""
        return self.id

    @property
    def missing(self) -> list[str]:
        """What a plan needs and this one lacks so far, as codes, as far as the present reader sees it."""
        apart = {each.section for each in self.sections}
        parts = {
            "strengths": self.strengths or "strengths" in apart,
            "needs": self.needs or "needs" in apart,
            "involvement": self.involvement or "involvement" in apart,
            "agreement": self.agreed_on,
            "goals": self.goals,
            "actions": self.actions,
        }
        return [name for name, said in parts.items() if not said]


class PlanSection(Timestamps, Base):
    """A part of the plan in words that is not for everybody: what protects one member from another (CA-1, CA-5)."""

    __tablename__ = "plan_sections"
    __protected__ = Protection(through=("case_id", Case), categories=("plan",), apart=in_case())
    __append_only__ = True
    __table_args__ = (
        CheckConstraint("section IN ('strengths','needs','involvement','safety')", name="section"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"), index=True)
    section: Mapped[str]
    words: Mapped[str]
    written_by: Mapped[str]

    visibility: Mapped[Confidence | None] = relationship(**in_force("PlanSection"))


class Goal(Versioned, Timestamps, Base):
    """What the family wants, and how one will know that it is reached (CA-5)."""

    __tablename__ = "goals"
    __protected__ = Protection(through=("case_id", Case), categories=("plan",), apart=in_case())

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"), index=True)
    wish: Mapped[str]
    measure: Mapped[str]
    target_on: Mapped[date]

    visibility: Mapped[Confidence | None] = relationship(**in_force("Goal"))


class Action(Versioned, Timestamps, Base):
    """Who does what by when (CA-5).

    An action is seen by whoever sees the goal that it serves, the meeting that agreed it and the owner's place in the
    team: it would tell of each of them (CA-1).
    """

    __tablename__ = "actions"
    __protected__ = Protection(
        through=("case_id", Case),
        categories=("plan",),
        apart=in_case(items=("id", "goal_id", "meeting_id"), workers=("owner",)),
    )
    __table_args__ = (CheckConstraint("status IN ('agreed','under_way','done','dropped')", name="status"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"), index=True)
    goal_id: Mapped[UUID | None] = mapped_column(ForeignKey("goals.id"))
    meeting_id: Mapped[UUID | None] = mapped_column(ForeignKey("meetings.id"), index=True)
    description: Mapped[str]
    owner: Mapped[str]
    due_on: Mapped[date]
    status: Mapped[str] = mapped_column(default="agreed")
    progress: Mapped[str | None]
    updates: Mapped[int] = mapped_column(default=0)

    visibility: Mapped[Confidence | None] = relationship(**in_force("Action"))
    case: Mapped[Case] = relationship(
        primaryjoin="foreign(Action.case_id) == Case.id", viewonly=True, lazy="select"
    )

    def stands(self, *, status: str, progress: str | None, said_by: str, at: datetime) -> None:
        """Say how the action stands. Raises NotYourAction, CaseClosed."""
        self.case.must_be_open()
        lead = self.case.lead
        if said_by != self.owner and (lead is None or said_by != lead.worker):
            raise NotYourAction
        self.status = status
        if progress is not None:
            self.progress = progress
        self.updates += 1
        self.updated_at = at

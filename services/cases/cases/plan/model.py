"""The plan of a case, with its goals and actions."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.casefile.model import Case
from cases.errors import NotYourAction
from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.ids import new_id

_OF_THE_CASE = Protection(links=[("case", "case_id")], categories=("plan",))


class Plan(Versioned, Timestamps, Base):
    """The one plan of a case; it has the identifier of its case (CA-5)."""

    __tablename__ = "plans"
    __protected__ = Protection(links=[("case", "id")], categories=("plan",))

    id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    strengths: Mapped[str | None]
    needs: Mapped[str | None]
    involvement: Mapped[str | None]
    agreed_on: Mapped[date | None]

    goals: Mapped[list[Goal]] = relationship(lazy="selectin", order_by="Goal.id")
    actions: Mapped[list[Action]] = relationship(lazy="selectin", order_by="Action.id")

    @property
    def case_id(self) -> UUID:
        """The case that it is the plan of."""
        return self.id

    @property
    def missing(self) -> list[str]:
        """What a plan needs and this one lacks so far, as codes."""
        parts = {
            "strengths": self.strengths,
            "needs": self.needs,
            "involvement": self.involvement,
            "agreement": self.agreed_on,
            "goals": self.goals,
            "actions": self.actions,
        }
        return [name for name, said in parts.items() if not said]


class Goal(Versioned, Timestamps, Base):
    """What the family wants, and how one will know that it is reached (CA-5)."""

    __tablename__ = "goals"
    __protected__ = _OF_THE_CASE

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"), index=True)
    wish: Mapped[str]
    measure: Mapped[str]
    target_on: Mapped[date]


class Action(Versioned, Timestamps, Base):
    """Who does what by when (CA-5)."""

    __tablename__ = "actions"
    __protected__ = _OF_THE_CASE
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

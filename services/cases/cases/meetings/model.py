"""Family team meetings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.casefile.model import Case
from cases.confidence.model import Confidence, in_case, in_force
from cases.plan.model import Action
from chassis.database import Base, Protection, Timestamps
from chassis.ids import new_id


class Meeting(Timestamps, Base):
    """A meeting of the family and its team, as it was held (CA-6).

    Who came and what was decided stand in rows of their own, because they are not all for the same eyes (CA-1). The
    columns `attendees` and `decisions` are those of an earlier release: a trigger makes rows of what it writes there.
    """

    __tablename__ = "meetings"
    __protected__ = Protection(through=("case_id", Case), categories=("plan",), apart=in_case())
    __append_only__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    held_at: Mapped[datetime]
    place: Mapped[str]
    attendees: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    decisions: Mapped[list[str]] = mapped_column(default=list)
    next_review_on: Mapped[date]

    came: Mapped[list[Attendance]] = relationship(lazy="selectin", order_by="Attendance.place_in_list")
    decided: Mapped[list[Decision]] = relationship(lazy="selectin", order_by="Decision.place_in_list")
    visibility: Mapped[Confidence | None] = relationship(**in_force("Meeting"))
    actions: Mapped[list[Action]] = relationship(lazy="selectin", order_by="Action.id")

    @property
    def words_of_decisions(self) -> list[str]:
        """What was decided, as far as the present reader sees it."""
        return [decision.words for decision in self.decided]


class Attendance(Base):
    """That somebody came to a meeting: a worker by sign-in, or a member of the family (CA-6)."""

    __tablename__ = "attendances"
    __protected__ = Protection(
        through=("case_id", Case),
        categories=("plan",),
        person="person_id",
        apart=in_case(items=("id", "meeting_id"), persons=("person_id",), workers=("worker",)),
    )
    __append_only__ = True
    __table_args__ = (CheckConstraint("(worker IS NULL) <> (person_id IS NULL)", name="one_of_the_two"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    meeting_id: Mapped[UUID] = mapped_column(
        ForeignKey("meetings.id", deferrable=True, initially="DEFERRED"), index=True
    )
    place_in_list: Mapped[int]
    worker: Mapped[str | None]
    person_id: Mapped[UUID | None]


class Decision(Base):
    """One decision of a meeting (CA-6)."""

    __tablename__ = "decisions"
    __protected__ = Protection(
        through=("case_id", Case), categories=("plan",), apart=in_case(items=("id", "meeting_id"))
    )
    __append_only__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    meeting_id: Mapped[UUID] = mapped_column(
        ForeignKey("meetings.id", deferrable=True, initially="DEFERRED"), index=True
    )
    place_in_list: Mapped[int]
    words: Mapped[str]

    visibility: Mapped[Confidence | None] = relationship(**in_force("Decision"))

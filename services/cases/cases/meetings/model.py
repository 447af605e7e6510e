"""Family team meetings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.plan.model import Action
from chassis.database import Base, Protection, Timestamps
from chassis.ids import new_id


class Meeting(Timestamps, Base):
    """A meeting of the family and its team, as it was held (CA-6)."""

    __tablename__ = "meetings"
    __protected__ = Protection(links=[("case", "case_id")], categories=("plan",))
    __append_only__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    held_at: Mapped[datetime]
    place: Mapped[str]
    attendees: Mapped[list[dict[str, Any]]]
    decisions: Mapped[list[str]]
    next_review_on: Mapped[date]

    actions: Mapped[list[Action]] = relationship(lazy="selectin", order_by="Action.id")

"""One line of the worklist for each referral that somebody owes something (IN-2, IN-5)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database import Base, Protection
from intake.people.model import Person


class WorkItem(Base):
    """What a referral owes next, and what of its past is still to be explained; gone when it owes nothing.

    Written by the database itself (`icm_refresh_work_item`) at the end of each transaction that changed the referral or
    its clocks, whoever changed them: so the list is never behind. `order_at` is when the next limit is reached, or the
    end of time while all stand still; with `rank` (0 for who returns in crisis, 1 for another crisis, 2 for all others)
    it is the order of the list, in which time moves nothing. `kept_by` are the grantees to whom the referral is
    granted, as the grants say.
    """

    __tablename__ = "work_items"
    __protected__ = Protection(
        links=[("referral", "id"), ("person", "person_id")], categories=("referral",), kept_by="kept_by"
    )
    __table_args__ = (
        CheckConstraint("rank BETWEEN 0 AND 2", name="rank"),
        Index("ix_work_items_team", "team", "rank", "order_at", "id"),
        Index("ix_work_items_owner", "owner", "rank", "order_at", "id"),
        Index("ix_work_items_person_id", "person_id"),
    )

    id: Mapped[UUID] = mapped_column(ForeignKey("referrals.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    program: Mapped[str]
    stage: Mapped[str]
    priority: Mapped[str]
    returning_in_crisis: Mapped[bool]
    source: Mapped[str]
    owner: Mapped[str | None]
    team: Mapped[str | None]
    received_at: Mapped[datetime]
    rank: Mapped[int]
    order_at: Mapped[datetime]
    clock: Mapped[str | None]
    due_at: Mapped[datetime | None]
    warn_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    explained: Mapped[bool]
    unexplained: Mapped[list[str]]
    kept_by: Mapped[list[str]]

    person: Mapped[Person] = relationship(viewonly=True)

"""One line of the worklist for each referral that somebody owes something (IN-2, IN-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis import moment
from chassis.clocks import house_calendar
from chassis.database import Base, Protection
from intake.people.model import Person, PersonName
from intake.referrals.rules import desk_rules


@dataclass(frozen=True)
class Times:
    """A moment, the end of its day, and how far ahead a forecast looks from it."""

    now: datetime
    today_ends: datetime
    horizon: datetime

    @classmethod
    def at(cls, now: datetime, *, days_ahead: int) -> Self:
        """As the calendar of the house has it."""
        calendar = house_calendar()
        today = calendar.day_of(now)
        return cls(now, calendar.end_of(today), calendar.end_of(today + timedelta(days=days_ahead)))


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

    person: Mapped[Person | None] = relationship(viewonly=True)

    _at = None

    def as_of(self, at: Times) -> Self:
        """The same line, as it reads at this time."""
        self._at = at
        return self

    @property
    def names(self) -> list[PersonName]:
        """What the person is called, as far as the reader may know."""
        return [] if self.person is None else self.person.names

    @property
    def state(self) -> str:
        """How the next limit stands: overdue, due_today, forecast, later, standing_still; ended when none is left."""
        if self.clock is None:
            return "ended"
        if self.paused_at is not None:
            return "standing_still"
        if self.order_at <= self._times.now:
            return "overdue"
        if self.order_at <= self._times.today_ends:
            return "due_today"
        return "forecast" if self.order_at <= self._times.horizon else "later"

    @property
    def working_days_left(self) -> int | None:
        """Working days until the next limit, negative once it has passed; None when none is left."""
        if self.due_at is None:
            return None
        now = self.paused_at or self._times.now
        return house_calendar().working_days_left(now=now, due=self.due_at)

    @property
    def undocumented(self) -> list[str]:
        """The clocks whose limit was missed, and nobody has said why."""
        overdue = self.clock is not None and self.order_at <= self._times.now and not self.explained
        return sorted({*self.unexplained, *([self.clock] if overdue and self.clock else [])})

    @property
    def _times(self) -> Times:
        return self._at or Times.at(moment.now(), days_ahead=desk_rules().forecast_days)

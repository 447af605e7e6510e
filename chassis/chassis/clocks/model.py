"""The clocks of a service: one row for each deadline that the system itself keeps (IN-2)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis import moment
from chassis.clocks.calendar import Unit, house_calendar
from chassis.database import Base, Protection
from chassis.ids import new_id

_OPEN = text("met_at IS NULL AND cancelled_at IS NULL")
_TICKING = "paused_at IS NULL AND breached_at IS NULL AND met_at IS NULL AND cancelled_at IS NULL"


class Clock(Base):
    """One deadline for one subject.

    A breach is a fact that stays: a clock met too late keeps both times. `breached_at` is the instant at
    which the limit was reached, however late that was noticed. A subject has at most one open clock of a
    kind.
    """

    __tablename__ = "clocks"
    __protected__ = Protection(links=[("@subject_kind", "subject_id"), ("person", "person_id")])
    __table_args__ = (
        CheckConstraint("(paused_at IS NULL) = (pause_reason IS NULL)", name="a_pause_has_a_reason"),
        CheckConstraint(
            "circumstances IS NULL OR breached_at IS NOT NULL", name="circumstances_belong_to_a_breach"
        ),
        CheckConstraint("pause_code IS NULL OR paused_at IS NOT NULL", name="a_code_belongs_to_a_pause"),
        CheckConstraint("met_at IS NULL OR cancelled_at IS NULL", name="met_or_cancelled"),
        CheckConstraint("warn_at <= due_at", name="warned_before_due"),
        Index("uq_clocks_open", "kind", "subject_id", unique=True, postgresql_where=_OPEN),
        Index("ix_clocks_ticking_due_at", "due_at", postgresql_where=text(_TICKING)),
        Index(
            "ix_clocks_ticking_warn_at",
            "warn_at",
            postgresql_where=text(f"{_TICKING} AND forecast_at IS NULL"),
        ),
        Index("ix_clocks_subject_id", "subject_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    person_id: Mapped[UUID | None]
    unit: Mapped[str]
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    warn_at: Mapped[datetime]
    paused_at: Mapped[datetime | None]
    pause_reason: Mapped[str | None]
    pause_code: Mapped[str | None]
    forecast_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    circumstances: Mapped[str | None]
    documented_by: Mapped[str | None]
    documented_at: Mapped[datetime | None]
    met_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]

    @property
    def state(self) -> str:
        """One of running, paused, met, breached, cancelled. A breach outweighs that the clock was met
        later.
        """
        if self.cancelled_at is not None:
            return "cancelled"
        if self.breached_at is not None:
            return "breached"
        if self.met_at is not None:
            return "met"
        return "running" if self.paused_at is None else "paused"

    @property
    def working_days_left(self) -> int | None:
        """Working days until the limit, negative once it has passed; as on the day it stopped while it stands still.

        None when nothing is owed any more.
        """
        if not self.is_open:
            return None
        return house_calendar().working_days_left(now=self.paused_at or moment.now(), due=self.due_at)

    @property
    def is_open(self) -> bool:
        """Whether what the clock asks for is still owed."""
        return self.met_at is None and self.cancelled_at is None

    @property
    def counted_in(self) -> Unit:
        """What its time is counted in."""
        return Unit(self.unit)

    @property
    def lacks_circumstances(self) -> bool:
        """Whether a breach waits to be explained."""
        return self.breached_at is not None and self.circumstances is None


class ClockPause(Base):
    """A pause that is over: when a clock stood still, and why."""

    __tablename__ = "clock_pauses"
    __protected__ = Protection(through=("clock_id", Clock))
    __append_only__ = True
    __table_args__ = (CheckConstraint("resumed_at >= paused_at", name="times_in_order"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    clock_id: Mapped[UUID] = mapped_column(ForeignKey("clocks.id"), index=True)
    paused_at: Mapped[datetime]
    resumed_at: Mapped[datetime]
    reason: Mapped[str]
    code: Mapped[str | None]

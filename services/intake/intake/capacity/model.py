"""What a program can carry: rules as data, who serves it, what each worker carries already (IN-6).

Nothing here is about a person, so these tables stand under no grants; doors ask for permissions.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base, Timestamps, Versioned
from chassis.errors import RuleBroken
from chassis.ids import new_id

# The standard: clinical caseloads run ideally at 1:16 and never exceed 1:20 (ICMT standard, B.5).
IDEAL, MAXIMUM = 16, 20


class CapacityUnknown(RuleBroken):
    """Workers, plans and offers belong to a program whose capacity has been recorded."""

    code = "capacity_unknown"
    title = "The capacity of this program has not been recorded"


class CapacityKindFixed(RuleBroken):
    """People hold places of one kind; they cannot turn into places of the other."""

    code = "capacity_kind_fixed"
    title = "Places of this program are held; their kind cannot change now"


class NotAProgramOfWorkers(RuleBroken):
    """A program of fixed places is not carried by caseloads."""

    code = "not_a_program_of_workers"
    title = "This program counts places, not caseloads of workers"


class ServesAlready(RuleBroken):
    """The periods in which a worker serves a program do not overlap."""

    code = "serves_already"
    title = "The worker serves this program in that period already"


class MoreThanFullTime(RuleBroken):
    """The shares of one worker add up to at most one full-time position."""

    code = "more_than_full_time"
    title = "The worker's shares add up to more than full time"


class DoesNotServe(RuleBroken):
    """The worker does not serve this program at present."""

    code = "does_not_serve"
    title = "The worker does not serve this program"


class ProgramCapacity(Versioned, Timestamps, Base):
    """How many people one program can serve, and the rules of its wait list, as data.

    `kind` is `caseload` (each worker carries up to `maximum` cases for full time, ideally `ideal`) or `fixed_places`
    (`places`). `full_since` is when the last place was taken, None while there is room.
    """

    __tablename__ = "program_capacities"
    __table_args__ = (
        UniqueConstraint("program"),
        CheckConstraint("kind IN ('caseload', 'fixed_places')", name="kind"),
        CheckConstraint("(kind = 'fixed_places') = (places IS NOT NULL)", name="places_are_counted"),
        CheckConstraint("places >= 0", name="places"),
        CheckConstraint("ideal BETWEEN 1 AND maximum AND maximum <= 500", name="ideal_below_maximum"),
        CheckConstraint("offers IN ('automatic', 'by_worker')", name="offers"),
        CheckConstraint("after_decline IN ('keeps_position', 'goes_to_end')", name="after_decline"),
        CheckConstraint("after_expiry IN ('keeps_position', 'goes_to_end')", name="after_expiry"),
        CheckConstraint(
            "LEAST(offer_days, rest_days, check_in_days, plan_days, attempts_before_lost) > 0",
            name="terms",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    program: Mapped[str]
    kind: Mapped[str]
    places: Mapped[int | None]
    ideal: Mapped[int] = mapped_column(default=IDEAL)
    maximum: Mapped[int] = mapped_column(default=MAXIMUM)
    offers: Mapped[str] = mapped_column(default="automatic")
    offer_days: Mapped[int] = mapped_column(default=3)
    after_decline: Mapped[str] = mapped_column(default="keeps_position")
    after_expiry: Mapped[str] = mapped_column(default="keeps_position")
    rest_days: Mapped[int] = mapped_column(default=7)
    check_in_days: Mapped[int] = mapped_column(default=14)
    attempts_before_lost: Mapped[int] = mapped_column(default=3)
    plan_days: Mapped[int] = mapped_column(default=5)
    full_since: Mapped[datetime | None]


class ProgramWorker(Timestamps, Base):
    """A clinical worker serves a program, with a share of full time, from one day until another."""

    __tablename__ = "program_workers"
    __table_args__ = (
        CheckConstraint("full_time_percent BETWEEN 1 AND 100", name="share"),
        CheckConstraint("until >= since", name="period"),
        Index(
            "uq_program_workers_running",
            "program",
            "worker",
            unique=True,
            postgresql_where=text("until IS NULL"),
        ),
        Index("ix_program_workers_worker", "worker"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    program: Mapped[str]
    worker: Mapped[str]
    organisation: Mapped[str]
    full_time_percent: Mapped[int]
    since: Mapped[date]
    until: Mapped[date | None]


class Caseload(Base):
    """What one worker carries, as cases told last; `version` counts the events of the worker."""

    __tablename__ = "caseloads"
    __table_args__ = (
        UniqueConstraint("worker"),
        CheckConstraint("led_cases >= 0 AND weight >= 0", name="counts"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    worker: Mapped[str]
    organisation: Mapped[str | None]
    led_cases: Mapped[int]
    weight: Mapped[Decimal]
    as_of: Mapped[datetime]
    version: Mapped[int | None] = mapped_column(BigInteger)


class CaseloadCase(Base):
    """One case that a worker leads, under which program. Ids only: whose case it is, is not known here."""

    __tablename__ = "caseload_cases"
    __table_args__ = (UniqueConstraint("worker", "case_id"), Index("ix_caseload_cases_case_id", "case_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    worker: Mapped[str]
    program: Mapped[str]
    case_id: Mapped[UUID]


class OverloadPlan(Base):
    """What will be done about a full program, by whom, and when it is looked at again. The newest counts."""

    __tablename__ = "overload_plans"
    __append_only__ = True
    __table_args__ = (Index("ix_overload_plans_program", "program", "recorded_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    program: Mapped[str]
    measures: Mapped[str]
    responsible: Mapped[str]
    review_on: Mapped[date]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]

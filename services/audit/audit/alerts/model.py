"""Tables of alerts, and of what has to be remembered to raise them (AU-2, AU-7)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.errors import RuleBroken
from chassis.ids import new_id

RAISED = "raised"
ACKNOWLEDGED = "acknowledged"
ASSIGNED = "assigned"
CLOSED = "closed"
ESCALATED = "escalated"
LEGITIMATE = "legitimate"
FINDINGS = ("misuse", "mistake", LEGITIMATE, "unclear")


class AlertClosed(RuleBroken):
    """What was found is on record; a new sign raises a new alert."""

    code = "alert_closed"
    title = "The alert has been closed"


class AcknowledgedAlready(RuleBroken):
    """Somebody has taken the alert up."""

    code = "acknowledged_already"
    title = "The alert has been acknowledged"


class AlertIsAboutYou(RuleBroken):
    """Nobody looks into themselves."""

    status = 403
    code = "alert_is_about_you"
    title = "The alert is about you; somebody else looks into it"


class Alert(Versioned, Timestamps, Base):
    """A sign of misuse: which rule, whose access, when; then who took it up, who looks into it, what was found.

    One open alert stands for everything of its `key`, as a rule one worker on one day; `times` counts, and the first
    and last entry are told. `escalated_at` says when it was last told that a deadline of looking into it was missed.
    """

    __tablename__ = "alerts"
    __protected__ = Protection(links=[("alert", "id")], categories=("directory",))
    __table_args__ = (
        Index("uq_alerts_open", "rule", "key", unique=True, postgresql_where=text("state <> 'closed'")),
        Index("ix_alerts_key", "key"),
        CheckConstraint("severity IN ('high', 'medium', 'low')", name="severity"),
        CheckConstraint("state IN ('raised', 'acknowledged', 'assigned', 'closed')", name="state"),
        CheckConstraint("finding IN ('misuse', 'mistake', 'legitimate', 'unclear')", name="finding"),
        CheckConstraint(
            "(state = 'closed') = (finding IS NOT NULL) AND (finding IS NULL) = (closed_at IS NULL)"
            " AND (finding IS NULL) = (closed_by IS NULL) AND (finding IS NULL) = (findings IS NULL)",
            name="closed_with_findings",
        ),
        CheckConstraint("state <> 'assigned' OR assigned_to IS NOT NULL", name="assigned_to_somebody"),
        CheckConstraint("closed_by IS NULL OR closed_by <> worker", name="closed_by_somebody_else"),
        Index("ix_alerts_state", "state", "id"),
        Index("ix_alerts_worker", "worker", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    rule: Mapped[str]
    rules_version: Mapped[str]
    key: Mapped[str]
    severity: Mapped[str]
    says: Mapped[str]
    worker: Mapped[str]
    organisation: Mapped[str | None]
    persons: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    cases: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    times: Mapped[int]
    first_position: Mapped[int] = mapped_column(BigInteger)
    last_position: Mapped[int] = mapped_column(BigInteger)
    happened_at: Mapped[datetime]
    raised_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=RAISED)
    assigned_to: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    finding: Mapped[str | None]
    findings: Mapped[str | None]
    escalated_at: Mapped[datetime | None]

    steps: Mapped[list[AlertStep]] = relationship(order_by="AlertStep.number", lazy="selectin")

    def acknowledge(self, *, by: str, at: datetime) -> None:
        """Somebody has seen it. Raises AlertClosed, AcknowledgedAlready, AlertIsAboutYou."""
        self._open_to(by)
        if self.state != RAISED:
            raise AcknowledgedAlready
        self.state = ACKNOWLEDGED
        self._took(ACKNOWLEDGED, by=by, at=at, note=None)

    def assign(self, *, to: str, by: str, at: datetime, note: str | None) -> None:
        """Somebody looks into it from now on. Raises AlertClosed, AlertIsAboutYou, also for who is to look."""
        self._open_to(by)
        self._open_to(to)
        self.state, self.assigned_to = ASSIGNED, to
        self._took(ASSIGNED, by=by, at=at, note=note)

    def close(self, *, finding: str, findings: str, by: str, at: datetime) -> None:
        """Say what was found. Raises AlertClosed, AlertIsAboutYou."""
        self._open_to(by)
        self.state, self.finding, self.findings = CLOSED, finding, findings
        self.closed_by, self.closed_at = by, at
        self._took(CLOSED, by=by, at=at, note=finding)

    def escalate(self, *, missed: str, at: datetime) -> None:
        """A deadline of looking into it was missed: said once for each of its clocks."""
        self.escalated_at = at
        self._took(ESCALATED, by="system", at=at, note=missed)

    def _open_to(self, whom: str) -> None:
        if self.state == CLOSED:
            raise AlertClosed
        if whom == self.worker:
            raise AlertIsAboutYou

    def _took(self, step: str, *, by: str, at: datetime, note: str | None) -> None:
        self.steps.append(AlertStep(number=len(self.steps) + 1, step=step, by=by, at=at, note=note))


class AlertStep(Base):
    """One step in looking into an alert; written once."""

    __tablename__ = "alert_steps"
    __append_only__ = True
    __protected__ = Protection(through=("alert_id", Alert))
    __table_args__ = (UniqueConstraint("alert_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    alert_id: Mapped[UUID] = mapped_column(ForeignKey("alerts.id"))
    number: Mapped[int]
    step: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    note: Mapped[str | None]


class WatchCursor(Base):
    """How far the log has been looked over; one row."""

    __tablename__ = "watch_cursors"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_position: Mapped[int] = mapped_column(BigInteger)


class WorkerDay(Base):
    """What a worker's day looked like, in numbers, so that the next is compared with the worker's own."""

    __tablename__ = "worker_days"
    __table_args__ = (Index("ix_worker_days_day", "day"),)

    worker: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    persons: Mapped[int] = mapped_column(default=0)
    by_statute: Mapped[int] = mapped_column(default=0)
    denials: Mapped[int] = mapped_column(default=0)
    after_hours: Mapped[int] = mapped_column(default=0)
    found: Mapped[int] = mapped_column(default=0, server_default=text("0"))


class PersonOfDay(Base):
    """A person whose record a worker opened on a day, so that nobody is counted twice; gone after some days."""

    __tablename__ = "persons_of_days"
    __table_args__ = (Index("ix_persons_of_days_day", "day"),)

    worker: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    statute_alone: Mapped[bool] = mapped_column(primary_key=True)


class PersonFound(Base):
    """A person whom a search or a list showed to a worker on a day; gone after some days."""

    __tablename__ = "persons_found"
    __table_args__ = (Index("ix_persons_found_day", "day"),)

    worker: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)


class Emergency(Base):
    """An emergency access as far as events have told of it, in whatever order they came (CO-6)."""

    __tablename__ = "emergencies"
    __table_args__ = (
        Index("ix_emergencies_worker", "worker", "valid_from"),
        Index("ix_emergencies_organisation", "organisation", "valid_from"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    worker: Mapped[str | None]
    organisation: Mapped[str | None]
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    finding: Mapped[str | None]


class WorkerSeen(Base):
    """When a sign-in was last used."""

    __tablename__ = "workers_seen"

    worker: Mapped[str] = mapped_column(primary_key=True)
    last_at: Mapped[datetime]


class AccountOfPerson(Base):
    """Whose sign-in it is, or for whom it acts as parent or carer: their own record and their family's."""

    __tablename__ = "accounts_of_persons"

    account: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    relation: Mapped[str]


class FamilyOfCase(Base):
    """Who is in a family case; ids only."""

    __tablename__ = "families_of_cases"
    __table_args__ = (Index("ix_families_of_cases_person_id", "person_id"),)

    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)


class ClosedCase(Base):
    """A case that takes no more work, and since when."""

    __tablename__ = "closed_cases"

    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    closed_at: Mapped[datetime]

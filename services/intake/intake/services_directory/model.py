"""The service directory: HSDS objects as they came, and services as they are searched (IN-11).

Nothing here is about a person, so no grants are needed to read; doors ask for permissions.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base, Timestamps, Versioned
from chassis.errors import RuleBroken
from chassis.ids import new_id

AVAILABILITIES = ("accepting", "waiting_list", "full", "closed", "unknown")


class ImportEnded(RuleBroken):
    """An import that was finished or given up takes nothing more; begin another."""

    code = "import_ended"
    title = "This import has ended"


class NothingTold(RuleBroken):
    """An import that told of no service is a mistake before it is an order to remove them all."""

    code = "nothing_told"
    title = "This import told of no service, so it removes none"


class ImportOfAnotherSender(RuleBroken):
    """Parts of one import come from one sender."""

    code = "import_of_another_sender"
    title = "This import was begun by somebody else"


class CorrectionSettled(RuleBroken):
    """A correction is taken or not taken once."""

    code = "correction_settled"
    title = "This correction has been settled"


class HsdsObject(Base):
    """One object of HSDS with its own fields, those that the schema does not know among them.

    `content` holds them as they came, without null and empty lists; what it holds of other objects are `HsdsHolding`s.
    `root` says that it stood at the top of a file. `run_id` is the import that told it last.
    """

    __tablename__ = "hsds_objects"
    __table_args__ = (
        UniqueConstraint("kind", "hsds_id"),
        Index("ix_hsds_objects_run", "run_id", "kind"),
        Index("ix_hsds_objects_roots", "kind", "hsds_id", postgresql_where=text("root")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    hsds_id: Mapped[UUID]
    content: Mapped[dict[str, Any]]
    root: Mapped[bool]
    run_id: Mapped[UUID]


class HsdsHolding(Base):
    """An object stands in a field of another, at a place."""

    __tablename__ = "hsds_holdings"
    __table_args__ = (
        UniqueConstraint("holder_kind", "holder_id", "field", "kind", "hsds_id"),
        Index("ix_hsds_holdings_held", "kind", "hsds_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    holder_kind: Mapped[str]
    holder_id: Mapped[UUID]
    field: Mapped[str]
    place: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str]
    hsds_id: Mapped[UUID]
    run_id: Mapped[UUID]


class Service(Versioned, Timestamps, Base):
    """A service that somebody can be linked to, as it is searched; its id is that of HSDS.

    All but availability and the marks is read out of the HSDS objects again whenever they change. `stale_since` is
    when the information became too old; `removed_at` when its source no longer told of it.
    """

    __tablename__ = "services"
    __table_args__ = (
        CheckConstraint(
            "availability IN ('accepting', 'waiting_list', 'full', 'closed', 'unknown')", name="availability"
        ),
        CheckConstraint(
            "(availability = 'unknown') = (availability_as_of IS NULL)", name="availability_told"
        ),
        Index("ix_services_words", "words", postgresql_using="gin"),
        Index("ix_services_needs", "needs", postgresql_using="gin"),
        Index("ix_services_localities", "localities", postgresql_using="gin"),
        Index("ix_services_stale", "stale_since", postgresql_where=text("stale_since IS NOT NULL")),
        Index("ix_services_source", "source"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str]
    name: Mapped[str]
    alternate_name: Mapped[str | None]
    description: Mapped[str | None]
    status: Mapped[str]
    organization_id: Mapped[UUID | None]
    organization_name: Mapped[str | None]
    programs: Mapped[list[str]]
    needs: Mapped[list[str]]
    languages: Mapped[list[str]]
    localities: Mapped[list[str]]
    minimum_age: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    maximum_age: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    eligibility: Mapped[str | None]
    wait_time: Mapped[str | None]
    phones: Mapped[list[str]]
    required_documents: Mapped[list[str]]
    hours: Mapped[list[dict[str, Any]]]
    words: Mapped[Any] = mapped_column(TSVECTOR, deferred=True)
    availability: Mapped[str] = mapped_column(default="unknown")
    availability_as_of: Mapped[datetime | None]
    available_from: Mapped[date | None]
    last_verified_on: Mapped[date | None]
    verified_by: Mapped[str | None]
    stale_since: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]

    # Told with a search that asks for it: whether it is open at that moment; None where that cannot be told.
    open_then = None  # type: bool | None


class ServiceImport(Base):
    """One import of a source: what it took so far, and what it does with services that the source tells no more."""

    __tablename__ = "service_imports"
    __table_args__ = (
        CheckConstraint("absent IN ('keep', 'remove')", name="absent"),
        CheckConstraint("state IN ('open', 'finished', 'given_up')", name="state"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    source: Mapped[str]
    absent: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    begun_by: Mapped[str]
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    parts: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    removed: Mapped[int] = mapped_column(default=0)


class ServiceCorrection(Base):
    """What somebody noticed to be wrong in an entry, and what was made of it."""

    __tablename__ = "service_corrections"
    __table_args__ = (
        CheckConstraint("settled_as IN ('taken', 'not_taken')", name="settled_as"),
        CheckConstraint("(settled_at IS NULL) = (settled_as IS NULL)", name="settled"),
        Index("ix_service_corrections_open", "service_id", postgresql_where=text("settled_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    service_id: Mapped[UUID]
    said: Mapped[str]
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]
    settled_as: Mapped[str | None]

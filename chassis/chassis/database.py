"""Tables, engines and the row-level context of a transaction (rules 1, 3 and 5).

A service has three database roles: `<service>_owner` migrates, `<service>_door` serves callers under row-level
security, `<service>_lane` applies events, keeps clocks and relays. A running replica never holds the owner's password.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    Date,
    DateTime,
    Engine,
    Integer,
    MetaData,
    Numeric,
    Text,
    Uuid,
    create_engine,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column, sessionmaker

from chassis import moment


class Base(DeclarativeBase):
    """Every table of a service, the chassis' own among them, lives in this metadata."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        UUID: Uuid(),
        datetime: DateTime(timezone=True),
        date: Date(),
        str: Text(),
        Decimal: Numeric(14, 2),
        list[str]: ARRAY(Text()),
        list[dict[str, Any]]: JSONB(),
        dict[str, Any]: JSONB(),
    }

    __protected__: ClassVar[Protection | None] = None
    __append_only__: ClassVar[bool] = False
    # What callers' transactions may do with a table of the house's own, where that is less than the lane may.
    __at_the_door__: ClassVar[tuple[str, ...] | None] = None
    # The column that names the caller, for tables of which each caller sees only the own rows.
    __own_rows__: ClassVar[str | None] = None


@dataclass(frozen=True)
class Apart:
    """What ties the rows of a table to a record that several people share (CA-1); see `chassis.access.apart`.

    `record` is the column of the record's id. `items` are columns of ids, the row's own first: what is kept apart under
    any of them closes the row. `persons` are columns of the people whom the row is about by itself. `workers` are
    columns of sign-ins: a row that names a worker whose own place is kept apart is kept apart with it. A grant that
    reaches the category `whole` opens all sides; `staff_only` opens rows to such grants and to no others.
    """

    record: str
    whole: str
    items: tuple[str, ...] = ("id",)
    persons: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()
    staff_only: bool = False


@dataclass(frozen=True)
class Protection:
    """How a table stands under need-to-know (CO-9).

    `links` names record kinds and the columns that hold their ids; a row is seen through a live grant on any of them
    whose categories overlap `categories` (empty: any category will do). `person` names the column of the person whose
    restriction hides the row, where that is not a link of kind "person". `through` makes a row as visible as its
    parent: `Protection(through=("plan_id", Plan))`. `category_column` names the column that holds a row's own category,
    for tables whose rows differ in it. A link column may hold an array of ids: any of them will do. A kind that begins
    with `@` names the column that holds the kind: `("@subject_kind", "subject_id")`.

    `each_link` asks for a grant on every link, not on any: for rows that tell of several records together.
    `sides` is for rows that are told from the side of each person whom they link: a grant on one of them opens the row
    unless that one is restricted, whatever holds of the other.
    `readers_write` lets whoever sees a row write one like it: for judgements about records that change none of them.

    `kept_by` is for lists that hold tens of thousands of rows for one reader: a column with the grantees to whom the
    row's record is granted, copied from the grants. An unrestricted row is then seen by those and by whom statute
    lets see every record of a kind, without looking at the grants of each row.

    `apart` is for rows of a record that several people share, of whom one may not see what is the other's.

    `everyone` names the column that holds all the people of such a record: once each of them is restricted the row is
    hidden as theirs are, while one who is not keeps it in sight (CO-5).
    """

    links: Sequence[tuple[str, str]] = ()
    categories: Sequence[str] = ()
    person: str | None = None
    through: tuple[str, type[Base]] | None = None
    category_column: str | None = None
    each_link: bool = False
    readers_write: bool = False
    kept_by: str | None = None
    sides: bool = False
    apart: Apart | None = None
    everyone: str | None = None

    def person_columns(self) -> list[str]:
        """The columns of all persons whose restriction hides the row."""
        if self.each_link or self.sides:
            return [column for kind, column in self.links if kind == "person"]
        return [column] if (column := self.person_column()) is not None else []

    def person_column(self) -> str | None:
        """The column that holds the person whom the row is about, if any."""
        return self.person or next((column for kind, column in self.links if kind == "person"), None)


def record_kind(model: type[Base]) -> str:
    """The kind of a record in grants and audit entries: the class name in snake case."""
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in model.__name__).lstrip("_")


class Versioned:
    """A record that changes: each update counts up and a stale writer is refused."""

    version: Mapped[int] = mapped_column(Integer, nullable=False)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy passes the class
        return {"version_id_col": cls.version}


class Timestamps:
    """When the row was first written and last changed, by the chassis clock."""

    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=moment.now)
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), default=moment.now, onupdate=moment.now
    )


def open_engine(
    url: str, *, pool_size: int, statement_timeout_ms: int = 5_000, lock_timeout_ms: int = 1_500
) -> Engine:
    """An engine whose statements and lock waits end by themselves, so that a stuck database cannot hold a caller.

    Units: milliseconds. The pool never grows past `pool_size`; a caller that waits for longer than a second is told
    that the service is unavailable.
    """
    settings = (
        f"-c statement_timeout={statement_timeout_ms} -c lock_timeout={lock_timeout_ms}"
        " -c idle_in_transaction_session_timeout=15000 -c timezone=UTC -c jit=off"
    )
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=1.0,
        pool_recycle=1_800,
        pool_use_lifo=True,
        connect_args={"options": settings, "connect_timeout": 2, "application_name": "icm"},
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
    )


def run(session: Session, statement: str, given: dict[str, Any]) -> Any:
    """The result of a statement of the chassis' own, written by hand with `%(name)s` for what is given.

    Traced, timed out and wrapped in errors like any other; only the making of the statement is left out, which for
    what every call does would cost as much again as the statement.
    """
    return session.connection().exec_driver_sql(statement, given)


def sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions that keep what they loaded after commit, because replies are made from it."""
    return sessionmaker(engine, expire_on_commit=False, autoflush=True)

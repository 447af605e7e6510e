"""Keeping people apart who share one record: the row of one is not seen by another whom it would endanger (CA-1).

A record of several people (a family's case) is reached through one grant, and still not every row that belongs to it
is for all of them. `Apart` names, in a table's `Protection`, what ties its rows to such a record; `Confided` gives a
service the table of what is kept apart: whom a row is about, for whom it is, and from whom a person is kept.

Whether a row is open to whoever asks is decided by one function of the database, `icm_open_to`, which the predicate
calls in queries and in policies alike. It runs with the owner's rights, because it must see what the caller may not:
the very rows that say from whom somebody is kept. It answers yes or no and nothing else.

The rules, in their order:

1. A row about a person is closed to everybody who looks as somebody from whom that person is kept, whatever else holds.
2. A grant that reaches the category `whole` opens all sides: the staff. Not to somebody who is one of the people
   themselves: who belongs to the family looks as family, in whatever standing.
3. Nobody knows as whom the others look until a sign-in is theirs or a side is named for them: until then a row about
   somebody who is kept from anybody stays closed.
4. A row with a list is open to those on it. Whoever acts for somebody on it sees the row too, unless it was told in
   confidence or they are one of the people themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    ColumnElement,
    Index,
    Text,
    Uuid,
    cast,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from chassis.database import Apart
from chassis.ids import new_id

# Whoever is asked about as of a moment that has passed looks under `asked:<anything>:<sign-in>`, a name that no token
# has: in a family they are who they are.
ASKED = "asked"


@dataclass(frozen=True)
class Family:
    """How a service tells who is who, as SQL; `wanted` stands for the record, `accounts` for the caller's sign-ins.

    `people` gives person_id and kept_from of everybody in the record. `own` gives the persons whose own sign-in asks,
    `acting` those for whom it acts.
    """

    people: str
    own: str
    acting: str


class Confided:
    """Columns of the table of what is kept apart; the newest word about an item has not ended, the others are history.

    `shown_to` None is everybody, an empty list nobody but those who see all sides. `named` are sign-ins to whom the
    item is shown besides. `kept_from` is for an item that is a person's own row: from whom the person is kept. `worker`
    is the sign-in of an item that is somebody's place in the team. `__family__` says who is who.
    """

    __family__: ClassVar[Family]

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    record_id: Mapped[UUID]
    kind: Mapped[str]
    item_id: Mapped[UUID]
    worker: Mapped[str | None]
    about: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    shown_to: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid()))
    in_confidence: Mapped[bool] = mapped_column(default=False)
    named: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    kept_from: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    reason: Mapped[str | None]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805 - SQLAlchemy passes the class
        table = cls.__tablename__  # type: ignore[attr-defined]
        return (
            Index(f"uq_{table}_in_force", "item_id", unique=True, postgresql_where=text("ended_at IS NULL")),
            Index(f"ix_{table}_record", "record_id"),
            CheckConstraint("ended_at IS NULL OR ended_at >= decided_at", name="period"),
        )


def open_to(table: Any, apart: Apart, grant: Any, *, by_name: bool) -> ColumnElement[bool]:
    """Whether a row is open to whoever asks through this grant."""
    sees_all = literal_column(f"'{apart.whole}'", Text()) == func.any(grant.categories)
    reaches = grant.reaches_restricted if by_name else literal_column("false", Boolean())
    asked = func.icm_open_to(
        *_ties(table, apart), sees_all, reaches, literal_column(str(apart.staff_only).lower(), Boolean())
    )
    return cast(asked, Boolean())


def kept_apart(table: Any, apart: Apart) -> ColumnElement[bool]:
    """Whether a row is kept from anybody at all, whoever asks."""
    return cast(func.icm_kept_apart(*_ties(table, apart)), Boolean())


def _ties(table: Any, apart: Apart) -> tuple[Any, ...]:
    return (
        getattr(table, apart.record),
        _array(table, apart.items, "uuid"),
        _array(table, apart.persons, "uuid"),
        _array(table, apart.workers, "text"),
    )


def _array(table: Any, columns: tuple[str, ...], kind: str) -> Any:
    if not columns:
        return literal_column(f"'{{}}'::{kind}[]")
    return array([getattr(table, column) for column in columns])


def functions(table: str, family: Family, *, door: str, lane: str) -> Iterator[str]:
    """The statements that make `icm_open_to`, `icm_kept_apart` and what they stand on."""
    head = "LANGUAGE plpgsql STABLE SECURITY DEFINER COST 10000 SET search_path = public, pg_temp"
    yield (
        "CREATE OR REPLACE FUNCTION icm_same_persons(told uuid[]) RETURNS uuid[]"
        f" LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $same$ {_SAME} $same$"
    )
    named = {
        "people": family.people,
        "own": family.own,
        "acting": family.acting,
        "table": table,
        "bearing": _BEARING,
        "asked": ASKED,
    }
    yield (
        "CREATE OR REPLACE FUNCTION icm_open_to(wanted uuid, items uuid[], persons uuid[], workers text[],"
        f" whole boolean, reaches boolean, staff_only boolean) RETURNS boolean {head}"
        f" AS $open$ {_OPEN.format(**named)} $open$"
    )
    yield (
        "CREATE OR REPLACE FUNCTION icm_kept_apart(wanted uuid, items uuid[], persons uuid[], workers text[])"
        f" RETURNS boolean {head} AS $kept$ {_KEPT.format(**named)} $kept$"
    )
    signatures = (
        "icm_same_persons(uuid[])",
        "icm_open_to(uuid, uuid[], uuid[], text[], boolean, boolean, boolean)",
        "icm_kept_apart(uuid, uuid[], uuid[], text[])",
    )
    for signature in signatures:
        yield f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC"
        # The policies of the lane let through; it calls none of them.
        yield f"GRANT EXECUTE ON FUNCTION {signature} TO {door}, {lane}"


_SAME = """
    SELECT coalesce(array_agg(DISTINCT other), '{}') FROM (
        SELECT unnest(told) AS other
        UNION ALL
        SELECT theirs.person_id FROM same_persons mine
        JOIN same_persons theirs ON theirs.main_id = mine.main_id AND theirs.revision = mine.revision
        WHERE mine.person_id = ANY(told)
    ) each WHERE other IS NOT NULL
"""

# What bears on the row: whatever is in force under one of its ids or for one of its workers. Nobody's own place in the
# team is kept from them.
_BEARING = """
    c.record_id = wanted AND c.ended_at IS NULL
    AND (c.item_id = ANY(items) OR c.worker = ANY(workers))
    AND (c.worker IS NULL OR NOT c.worker = ANY(accounts))
"""

_OPEN = """
DECLARE
    accounts text[];
    own uuid[];
    looks uuid[];
    about uuid[];
    one_of_them boolean;
    is_named boolean;
BEGIN
    IF NOT staff_only
        AND NOT EXISTS (SELECT 1 FROM {table} c WHERE c.record_id = wanted AND c.ended_at IS NULL)
        AND NOT EXISTS (SELECT 1 FROM ({people}) p WHERE p.kept_from <> '{{}}') THEN
        RETURN true;
    END IF;
    accounts := ARRAY(
        SELECT regexp_replace(g, '^(worker|{asked}:[^:]+):', '') FROM unnest(
            coalesce(nullif(current_setting('icm.grantees', true), ''), '{{}}')::text[]
        ) g WHERE g LIKE 'worker:%' OR g LIKE '{asked}:%'
    );
    about := icm_same_persons(persons || ARRAY(
        SELECT unnest(c.about) FROM {table} c WHERE {bearing}
    ));
    IF NOT reaches AND EXISTS (SELECT 1 FROM restrictions r WHERE r.person_id = ANY(about)) THEN
        RETURN false;
    END IF;
    own := icm_same_persons(ARRAY({own}));
    one_of_them := EXISTS (SELECT 1 FROM ({people}) p WHERE p.person_id = ANY(own));
    looks := CASE WHEN one_of_them THEN own ELSE own || icm_same_persons(ARRAY({acting})) END;
    IF EXISTS (
        SELECT 1 FROM ({people}) p WHERE p.kept_from && looks AND icm_same_persons(ARRAY[p.person_id]) && about
    ) THEN
        RETURN false;
    END IF;
    IF whole AND NOT one_of_them THEN
        RETURN true;
    END IF;
    IF staff_only THEN
        RETURN false;
    END IF;
    is_named := EXISTS (
        SELECT 1 FROM {table} c WHERE c.named && accounts AND {bearing}
    );
    IF NOT is_named AND NOT EXISTS (SELECT 1 FROM ({people}) p WHERE p.person_id = ANY(looks)) AND EXISTS (
        SELECT 1 FROM ({people}) p
        WHERE p.kept_from <> '{{}}' AND icm_same_persons(ARRAY[p.person_id]) && about
    ) THEN
        RETURN false;
    END IF;
    RETURN NOT EXISTS (
        SELECT 1 FROM {table} c
        WHERE c.shown_to IS NOT NULL AND NOT c.named && accounts
            AND NOT c.shown_to && CASE WHEN c.in_confidence THEN own ELSE looks END
            AND {bearing}
    );
END
"""

_KEPT = """
DECLARE
    accounts text[] := '{{}}';
    about uuid[];
BEGIN
    IF EXISTS (SELECT 1 FROM {table} c WHERE c.shown_to IS NOT NULL AND {bearing}) THEN
        RETURN true;
    END IF;
    about := icm_same_persons(persons || ARRAY(
        SELECT unnest(c.about) FROM {table} c WHERE {bearing}
    ));
    RETURN EXISTS (
        SELECT 1 FROM ({people}) p
        WHERE p.kept_from <> '{{}}' AND icm_same_persons(ARRAY[p.person_id]) && about
    ) OR EXISTS (SELECT 1 FROM restrictions r WHERE r.person_id = ANY(about));
END
"""

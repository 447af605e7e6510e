"""Row-level security from the same predicate, and the privileges of the runtime roles (rule 5).

`install` runs after migrations, as the owner, and may run again at any time: it replaces what it made before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import (
    Connection,
    Uuid,
    and_,
    false,
    func,
    literal_column,
    not_,
    null,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.orm import Session, aliased

from chassis import contracts
from chassis.access.apart import functions, kept_apart
from chassis.access.predicate import as_sql, condition, kind_of, own_rows, unrestricted
from chassis.database import Base, Protection


def _models() -> Iterator[type[Base]]:
    for mapper in sorted(Base.registry.mappers, key=lambda each: each.local_table.name):  # type: ignore[attr-defined]
        yield mapper.class_


def install(connection: Connection, *, service: str) -> None:
    """Privileges, policies, existence functions and statutory grants for every table of the service."""
    door, lane = f"{service}_door", f"{service}_lane"
    connection.execute(text(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {door}, {lane}"))
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {door}, {lane}"))
    connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {door}, {lane}"))
    connection.execute(text(f"GRANT SELECT ON alembic_version TO {door}, {lane}"))
    for model in _models():
        if (family := getattr(model, "__family__", None)) is not None:
            table = model.__table__.name  # type: ignore[attr-defined]
            for statement in functions(table, family, door=door, lane=lane):
                connection.exec_driver_sql(statement.replace("%", "%%"))
    for model in _models():
        table = model.__table__.name  # type: ignore[attr-defined]
        allowed = "SELECT, INSERT" if model.__append_only__ else "SELECT, INSERT, UPDATE, DELETE"
        connection.execute(text(f"GRANT {allowed} ON {table} TO {lane}"))
        at_the_door = allowed if model.__at_the_door__ is None else ", ".join(model.__at_the_door__)
        if at_the_door:
            connection.execute(text(f"GRANT {at_the_door} ON {table} TO {door}"))
        for statement in _policies(model, door=door, lane=lane):
            connection.exec_driver_sql(statement.replace("%", "%%"))
    _install_statutory_grants(connection, service=service)


def _policies(model: type[Base], *, door: str, lane: str) -> Iterator[str]:
    table = model.__table__.name  # type: ignore[attr-defined]
    for name in ("door_select", "door_insert", "door_update", "door_delete", "lane_all"):
        yield f"DROP POLICY IF EXISTS {name} ON {table}"
    if model.__protected__ is not None:
        reading, writing = condition(model), condition(model, writing=True)
    elif model.__own_rows__ is not None:
        reading = writing = own_rows(model)
    else:
        yield f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"
        return
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"CREATE POLICY door_select ON {table} FOR SELECT TO {door} USING ({reading})"
    yield f"CREATE POLICY door_insert ON {table} FOR INSERT TO {door} WITH CHECK ({writing})"
    yield f"CREATE POLICY door_update ON {table} FOR UPDATE TO {door} USING ({writing}) WITH CHECK ({writing})"
    yield f"CREATE POLICY door_delete ON {table} FOR DELETE TO {door} USING ({writing})"
    yield f"CREATE POLICY lane_all ON {table} TO {lane} USING (true) WITH CHECK (true)"
    if not is_asked_for(model):
        return  # rows without an identifier are never asked for one by one
    function = f"icm_known_{table}"
    yield f"DROP FUNCTION IF EXISTS {function}(uuid)"
    yield (
        f"CREATE FUNCTION {function}(wanted uuid) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER"
        f" SET search_path = public, pg_temp AS $known$ {_known(model)} $known$"
    )
    yield f"REVOKE ALL ON FUNCTION {function}(uuid) FROM PUBLIC"
    yield f"GRANT EXECUTE ON FUNCTION {function}(uuid) TO {door}, {lane}"


def is_asked_for(model: type[Base]) -> bool:
    """Whether rows of which not everybody sees each are asked for one by one: a refusal then tells 403 from 404."""
    if model.__protected__ is not None:
        return hasattr(model, "id")
    if model.__own_rows__ is None or not hasattr(model, "id"):
        return False
    return isinstance(model.__table__.c["id"].type, Uuid)


def _known(model: type[Base]) -> str:
    """A query that tells, of one row, its links and category, whether its person is restricted, if it is kept apart."""
    root: Any = model
    if model.__protected__ is None:
        return _known_to_be_there(root)
    protection: Protection = model.__protected__
    joins: list[tuple[Any, Any]] = []
    below: Any = model
    shut: list[Any] = []
    kept = [kept_apart(root, protection.apart)] if protection.apart is not None else []
    while protection.through is not None:
        column, parent = protection.through
        if protection.person is not None:
            shut.append(unrestricted(below, protection))
        above = aliased(parent)
        joins.append((above, above.id == getattr(below, column)))  # type: ignore[attr-defined]
        below, protection = above, parent.__protected__  # type: ignore[assignment]
        kept += [kept_apart(above, protection.apart)] if protection.apart is not None else []
    links = [
        func.jsonb_build_array(kind_of(below, kind), getattr(below, column))
        for kind, column in protection.links
    ]
    own = model.__protected__.category_column
    told: list[Any] = [
        "restricted",
        not_(and_(unrestricted(below, protection), *shut)),
        "shut",
        not_(and_(true(), *shut)),
        "category",
        null() if own is None else getattr(root, own),
        "links",
        func.jsonb_build_array(*links),
    ]
    if kept:
        told += ["apart", or_(*kept)]
    shown = func.jsonb_build_object(*told)
    query = select(shown).select_from(root)
    for above, on in joins:
        query = query.join(above, on)
    return as_sql(query.where(root.id == literal_column("wanted")))


def _known_to_be_there(model: Any) -> str:
    """The same for a row of which nothing may be told but that there is one."""
    told = ["restricted", false(), "shut", false(), "category", null(), "links", func.jsonb_build_array()]
    return as_sql(select(func.jsonb_build_object(*told)).where(model.id == literal_column("wanted")))


@dataclass(frozen=True)
class Known:
    """What only the audit entry may say of a row: its record links, and whether its person is restricted.

    `apart` is whether the row is kept from anybody among those who share its record (CA-1).
    """

    links: tuple[tuple[str, UUID], ...]
    restricted: bool
    # A person of the row itself, not of what it is a part of, is restricted: then no grant at all opens it.
    shut: bool = False
    category: str | None = None
    apart: bool = False

    @property
    def is_told(self) -> bool:
        """Whether somebody without a grant may learn that there is such a row."""
        return not self.restricted and not self.apart

    @property
    def persons(self) -> list[UUID]:
        """The persons whom the row is about."""
        return [record_id for kind, record_id in self.links if kind == "person"]


def known(session: Session, model: type[Base], record_id: UUID) -> Known | None:
    """Links and restriction of a row whether or not the caller may see it; None when there is no such row.

    Denials use this, to tell 403 from 404 and to write the entry that says which record was asked for; and *why*.
    """
    table = model.__table__.name  # type: ignore[attr-defined]
    found = session.execute(text(f"SELECT icm_known_{table}(:wanted)"), {"wanted": record_id}).scalar()
    if not found:
        return None
    links: list[tuple[str, UUID]] = []
    for kind, named in found["links"]:
        links += [(kind, UUID(each)) for each in (named if isinstance(named, list) else [named]) if each]
    return Known(
        links=tuple(links),
        restricted=bool(found["restricted"]),
        shut=bool(found["shut"]),
        category=found["category"],
        apart=bool(found.get("apart")),
    )


def _install_statutory_grants(connection: Connection, *, service: str) -> None:
    """Make the statutory grants those of contracts/access/statutory_grants.yaml: the only ones over every record."""
    rows = yaml.safe_load((contracts.folder() / "access" / "statutory_grants.yaml").read_text())
    connection.execute(text("DELETE FROM grants WHERE record_id IS NULL"))
    for row in rows:
        if row["service"] != service:
            continue
        connection.execute(
            text(
                "INSERT INTO grants (id, grantee, record_kind, record_id, categories, purposes, basis, may_write,"
                " reaches_restricted, valid_from, given_at) VALUES (gen_random_uuid(), :grantee, :record_kind, NULL,"
                " :categories, :purposes, 'statute', :may_write, false, '2000-01-01Z', now())"
            ),
            {
                "grantee": row["grantee"],
                "record_kind": row["record_kind"],
                "categories": row["categories"],
                "purposes": row.get("purposes", []),
                "may_write": row.get("may_write", False),
            },
        )

"""The records of the decision bench: a province's persons with a visit each, parts of parts, and a million grants."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from marshmallow import fields
from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base, Protection, Versioned
from chassis.schemas import Text, View, category
from chassis.testing import ServiceDatabase, created_from_models, scratch_database

PERSONS = int(os.environ.get("BENCH_PERSONS", "200000"))
WORKERS, TEAMS, ORGANISATIONS = 3_000, 300, 60
RESTRICTED_EACH = 500
_ID = "('{kind}0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
_PERSON, _VISIT, _FINDING, _REMARK = (_ID.format(kind=f"bed{part}") for part in "1234")


class Visit(Versioned, Base):
    """A visit to a person: seen through the person or through itself."""

    __tablename__ = "visits"
    __protected__ = Protection(
        links=[("person", "person_id"), ("visit", "id")], categories=("health", "housing", "notes")
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(index=True)
    complaint: Mapped[str]
    lodging: Mapped[str]
    remark: Mapped[str]


class Finding(Base):
    """A part of a visit, of a category of its own."""

    __tablename__ = "findings"
    __protected__ = Protection(through=("visit_id", Visit), category_column="category")

    id: Mapped[UUID] = mapped_column(primary_key=True)
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visits.id"), index=True)
    category: Mapped[str]


class Remark(Base):
    """A part of a finding: two parents deep."""

    __tablename__ = "remarks"
    __protected__ = Protection(through=("finding_id", Finding))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    finding_id: Mapped[UUID] = mapped_column(ForeignKey("findings.id"), index=True)
    words: Mapped[str]


class VisitView(View):
    """A visit as its reader may see it."""

    person_id = fields.UUID()
    complaint = Text(metadata=category("health"))
    lodging = Text(metadata=category("housing"))
    remark = Text(metadata=category("notes"))


class RemarkView(View):
    """A remark as its reader may see it."""

    words = Text(metadata=category("health"))


_GRANT = (
    "INSERT INTO grants (id, grantee, record_kind, record_id, categories, purposes, basis, may_write,"
    " reaches_restricted, valid_from, valid_until, ended_at, reference, given_at)"
    " SELECT gen_random_uuid(), {grantee}, {kind}, {record}, ARRAY[{categories}], ARRAY[{purposes}]::text[], {basis},"
    " false, false, now() - interval '1 day', {until}, {ended}, gen_random_uuid(), now()"
    " FROM generate_series(1, {persons}) n"
)
_OPEN = {"until": "NULL::timestamptz", "ended": "NULL::timestamptz", "persons": PERSONS}
_BY_TEAM = {**_OPEN, "basis": "'team'", "purposes": ""}
_BY_CONSENT = {
    **_OPEN,
    "basis": "'consent'",
    "kind": "'person'",
    "record": _PERSON,
    "purposes": "'care', 'payment'",
}
_GRANTS = (
    {
        **_BY_TEAM,
        "grantee": f"'worker:worker-' || n % {WORKERS}",
        "kind": "'person'",
        "record": _PERSON,
        "categories": "'health', 'identity'",
    },
    {
        **_BY_TEAM,
        "grantee": f"'team:team-' || n % {TEAMS}",
        "kind": "'visit'",
        "record": _VISIT,
        "categories": "'notes'",
    },
    {
        **_BY_CONSENT,
        "grantee": f"'organisation:organisation-' || n % {ORGANISATIONS}",
        "categories": "'health'",
        "until": "now() + interval '1 year'",
    },
    {
        **_BY_CONSENT,
        "grantee": f"'worker:worker-' || (n * 7) % {WORKERS}",
        "categories": "'housing', 'identity'",
    },
    {
        **_BY_CONSENT,
        "grantee": f"'worker:worker-' || (n * 11) % {WORKERS}",
        "categories": "'health', 'notes'",
        "ended": "now()",
    },
)
_FILLED = (
    f"INSERT INTO visits (id, person_id, complaint, lodging, remark, version) SELECT {_VISIT}, {_PERSON}, 'c', 'l',"
    f" 'r', 1 FROM generate_series(1, {PERSONS}) n",
    f"INSERT INTO findings (id, visit_id, category) SELECT {_FINDING}, {_VISIT},"
    f" (ARRAY['health', 'housing', 'notes'])[n % 3 + 1] FROM generate_series(1, {PERSONS}) n",
    f"INSERT INTO remarks (id, finding_id, words) SELECT {_REMARK}, {_FINDING}, 'w'"
    f" FROM generate_series(1, {PERSONS}) n",
    *(_GRANT.format(**each) for each in _GRANTS),
    "INSERT INTO grants (id, grantee, record_kind, record_id, categories, purposes, basis, may_write,"
    " reaches_restricted, valid_from, given_at) SELECT gen_random_uuid(), 'role:supervisor', 'visit', NULL,"
    " ARRAY['notes'], ARRAY['oversight'], 'statute', false, false, now(), now()",
    f"INSERT INTO restrictions (person_id, placed_at, spread) SELECT {_PERSON}, now(), false"
    f" FROM generate_series(1, {PERSONS}, {RESTRICTED_EACH}) n",
    "INSERT INTO heartbeats (source, sent_at) VALUES ('consent', now())",
)


def _numbered(kind: int, number: int) -> UUID:
    return UUID(f"bed{kind}0000-0000-7000-8000-{number:012x}")


def visit_of(number: int) -> UUID:
    """The visit of the person of this number."""
    return _numbered(2, number)


def remark_of(number: int) -> UUID:
    """The remark on the finding of the visit of the person of this number."""
    return _numbered(4, number)


@contextmanager
def filled() -> Iterator[tuple[ServiceDatabase, int]]:
    """The database, and how many grants stand in it."""
    with scratch_database("bench", prepare=created_from_models) as database:
        with database.superuser.connect() as connection:
            for statement in _FILLED:
                connection.execute(text(statement))
            connection.execute(text("VACUUM ANALYZE"))
            grants = connection.scalar(text("SELECT count(*) FROM grants"))
        yield database, int(grants or 0)

"""Giving, ending and reading grants within one unit of work."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from chassis.access.bound import Bound
from chassis.access.model import Grant, Restriction
from chassis.access.predicate import counting
from chassis.database import run
from chassis.ids import new_id


@dataclass(frozen=True)
class Reach:
    """What one live grant opens to the caller; `record_id` is None where statute opens every record of the kind."""

    grant_id: UUID
    basis: str
    record_kind: str
    record_id: UUID | None
    categories: frozenset[str]
    reaches_restricted: bool


@dataclass(frozen=True)
class Recount:
    """What grants that opened something before are worth to the caller now.

    `bases` holds, by grant, the basis of each that counts still, `restricted` the persons who are restricted by now.
    """

    bases: dict[UUID, str]
    restricted: frozenset[UUID]
    all_count: bool


class Grants:
    """The grants of this service, as one transaction sees and changes them."""

    def __init__(self, *, session: Session, bound: Bound) -> None:
        self._session = session
        self._bound = bound

    def give(
        self,
        *,
        grantee: str,
        record: tuple[str, UUID],
        categories: Iterable[str],
        basis: str,
        purposes: Iterable[str] = (),
        may_write: bool = False,
        reaches_restricted: bool = False,
        valid_from: datetime | None = None,
        valid_until: datetime | None = None,
        reference: UUID | None = None,
        given_at: datetime | None = None,
    ) -> Grant:
        """Record a grant on one record, from now unless said otherwise.

        `given_at` is when it was decided, where that is known: of two decisions the later one stands.
        """
        kind, record_id = record
        row = {
            "id": new_id(),
            "grantee": grantee,
            "record_kind": kind,
            "record_id": record_id,
            "categories": sorted(set(categories)),
            "purposes": sorted(set(purposes)),
            "basis": basis,
            "may_write": may_write,
            "reaches_restricted": reaches_restricted,
            "valid_from": valid_from or self._bound.now,
            "valid_until": valid_until,
            "reference": reference,
            "given_at": given_at or self._bound.now,
        }
        grant: Grant = self._session.scalars(insert(Grant).values(**row).returning(Grant)).one()
        return grant

    def give_each(
        self,
        *,
        grantees: Iterable[str],
        record: tuple[str, UUID],
        categories: Iterable[str],
        basis: str,
        purposes: Iterable[str] = (),
        may_write: bool = False,
        valid_until: datetime | None = None,
        reference: UUID | None = None,
        where_lacking: bool = False,
    ) -> None:
        """Record the same grant for several grantees, in one statement.

        `where_lacking` leaves out a grantee who already holds a live grant on the record, on the same basis, with
        these categories and the right to write if this one has it, for every purpose or for these.
        """
        kind, record_id = record
        named = list(grantees)
        run(
            self._session,
            _GIVE_WHERE_LACKING if where_lacking else _GIVEN,
            {
                "ids": [new_id() for _ in named],
                "grantees": named,
                "kind": kind,
                "record_id": record_id,
                "categories": sorted(set(categories)),
                "purposes": sorted(set(purposes)),
                "basis": basis,
                "may_write": may_write,
                "now": self._bound.now,
                "valid_until": valid_until,
                "reference": reference,
            },
        )

    def end(
        self,
        *,
        reference: UUID | None = None,
        grantee: str | None = None,
        record: tuple[str, UUID] | None = None,
        basis: str | None = None,
    ) -> int:
        """End the matching live grants now and say how many; at least one of reference, grantee or record is needed."""
        if reference is None and grantee is None and record is None:
            raise ValueError("ending grants needs a reference, a grantee or a record")
        matching = update(Grant).where(Grant.ended_at.is_(None)).values(ended_at=self._bound.now)
        if reference is not None:
            matching = matching.where(Grant.reference == reference)
        if grantee is not None:
            matching = matching.where(Grant.grantee == grantee)
        if record is not None:
            matching = matching.where(Grant.record_kind == record[0], Grant.record_id == record[1])
        if basis is not None:
            matching = matching.where(Grant.basis == basis)
        return int(self._session.execute(matching).rowcount)  # type: ignore[attr-defined]

    def live(
        self, *, record: tuple[str, UUID], grantee: str | None = None, basis: str | None = None
    ) -> list[Grant]:
        """The grants on a record that have begun and not ended, whoever asks."""
        standing = self.standing(record=record, grantee=grantee, basis=basis)
        return [grant for grant in standing if grant.valid_from <= self._bound.now]

    def standing(
        self, *, record: tuple[str, UUID], grantee: str | None = None, basis: str | None = None
    ) -> list[Grant]:
        """The grants on a record that have not ended, those among them whose time is still to come, whoever asks."""
        wanted = select(Grant).where(
            Grant.record_kind == record[0],
            Grant.record_id == record[1],
            Grant.ended_at.is_(None),
            or_(Grant.valid_until.is_(None), Grant.valid_until > self._bound.now),
        )
        if grantee is not None:
            wanted = wanted.where(Grant.grantee == grantee)
        if basis is not None:
            wanted = wanted.where(Grant.basis == basis)
        return list(self._session.scalars(wanted.order_by(Grant.given_at, Grant.id)))

    def recount(self, grant_ids: Collection[UUID], *, persons: Collection[UUID]) -> Recount:
        """Whether each of these grants counts for the caller now, on records of these persons (CO-8).

        Without a grant nothing was opened by one, so that all of them count.
        """
        if not grant_ids and not persons:
            return Recount(bases={}, restricted=frozenset(), all_count=True)
        asked = {"ids": list(grant_ids), "persons": list(persons)}
        rows = run(self._session, _recount(), asked).all()
        counting = [row for row in rows if row[0]]
        restricted = frozenset(rows[0][3])
        return Recount(
            bases={row[0]: row[1] for row in counting},
            restricted=restricted,
            all_count=len(counting) == len(set(grant_ids))
            and (not restricted or all(row[2] for row in counting)),
        )

    def reaching(
        self, records: Sequence[tuple[str, UUID]], *, persons: Iterable[UUID] = ()
    ) -> tuple[list[Reach], set[UUID]]:
        """What the caller's own live grants open among these records, and which persons among them, and of these,
        are restricted.
        """
        if not records:
            return [], set()
        rows = run(
            self._session,
            _reaching(),
            {
                "kinds": [kind for kind, _ in records],
                "ids": [record_id for _, record_id in records],
                "persons": sorted({each for kind, each in records if kind == "person"}.union(persons)),
            },
        ).all()
        reaches = [Reach(row[0], row[1], row[2], row[3], frozenset(row[4]), row[5]) for row in rows if row[0]]
        return reaches, set(rows[-1][6])

    def hidden_among(self, persons: Collection[UUID]) -> set[UUID]:
        """Which of these persons are restricted and reached as such by no grant of the caller (CO-5).

        Asked in one statement, the same for anybody's identifier, and in none where nobody is named.
        """
        if not persons:
            return set()
        reaches, restricted = self.reaching([("person", person) for person in sorted(set(persons))])
        reached = {reach.record_id for reach in reaches if reach.reaches_restricted}
        return set() if None in reached else restricted - reached

    def restricted_among(self, persons: Iterable[UUID]) -> set[UUID]:
        """Which of these persons are restricted at this moment (CO-5)."""
        wanted = set(persons)
        if not wanted:
            return set()
        return set(
            self._session.scalars(select(Restriction.person_id).where(Restriction.person_id.in_(wanted)))
        )


@cache
def _recount() -> str:
    counts = counting().replace("%", "%%")
    return f"""
        SELECT still.*,
            ARRAY(SELECT person_id FROM restrictions WHERE person_id = ANY(CAST(%(persons)s AS uuid[]))) AS restricted
        FROM (SELECT 1) AS always LEFT JOIN (
            SELECT id, basis, reaches_restricted FROM grants WHERE id = ANY(CAST(%(ids)s AS uuid[])) AND {counts}
        ) still ON true
        """  # noqa: S608 - made of our own declarations, no caller's text


@cache
def _reaching() -> str:
    columns = "id, basis, record_kind, record_id, categories, reaches_restricted"
    counts = counting().replace("%", "%%")
    # OFFSET 0 keeps the search for each record by itself: by index, however many grants there are.
    return f"""
        WITH asked AS (
            SELECT * FROM unnest(CAST(%(kinds)s AS text[]), CAST(%(ids)s AS uuid[])) AS a (kind, id)
        ), reached AS (
            SELECT each.* FROM asked CROSS JOIN LATERAL (
                SELECT {columns} FROM grants
                WHERE record_kind = asked.kind AND record_id = asked.id AND {counts} OFFSET 0
            ) each
            UNION ALL
            SELECT {columns} FROM grants
            WHERE record_id IS NULL AND record_kind = ANY(CAST(%(kinds)s AS text[])) AND {counts}
        )
        SELECT reached.*,
            ARRAY(SELECT person_id FROM restrictions WHERE person_id = ANY(CAST(%(persons)s AS uuid[]))) AS restricted
        FROM (SELECT 1) AS always LEFT JOIN reached ON true
        """  # noqa: S608 - made of our own declarations, no caller's text


_GIVEN = """
    INSERT INTO grants (id, grantee, record_kind, record_id, categories, purposes, basis, may_write,
        reaches_restricted, valid_from, valid_until, reference, given_at)
    SELECT g.id, g.grantee, CAST(%(kind)s AS text), CAST(%(record_id)s AS uuid), CAST(%(categories)s AS text[]),
        CAST(%(purposes)s AS text[]), CAST(%(basis)s AS text), CAST(%(may_write)s AS boolean), false,
        CAST(%(now)s AS timestamptz), CAST(%(valid_until)s AS timestamptz), CAST(%(reference)s AS uuid),
        CAST(%(now)s AS timestamptz)
    FROM unnest(CAST(%(ids)s AS uuid[]), CAST(%(grantees)s AS text[])) AS g (id, grantee)
"""
_LACKING = """
    WHERE NOT EXISTS (
        SELECT 1 FROM grants held
        WHERE held.record_kind = %(kind)s AND held.record_id = %(record_id)s AND held.grantee = g.grantee
            AND held.basis = %(basis)s AND held.ended_at IS NULL AND held.valid_from <= %(now)s
            AND (held.valid_until IS NULL OR held.valid_until > %(now)s)
            AND held.categories @> CAST(%(categories)s AS text[]) AND held.may_write >= %(may_write)s
            AND (held.purposes = '{}' OR held.purposes @> CAST(%(purposes)s AS text[]))
    )
"""
_GIVE_WHERE_LACKING = _GIVEN + _LACKING

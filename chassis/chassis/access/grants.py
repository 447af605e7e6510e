"""Giving, ending and reading grants within one unit of work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.orm import Session

from chassis.access.model import Grant, Restriction
from chassis.access.predicate import Bound, grant_counts
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
    ) -> Grant:
        """Record a grant on one record, from now unless said otherwise."""
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
            "given_at": self._bound.now,
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
    ) -> None:
        """Record the same grant for several grantees, in one statement."""
        kind, record_id = record
        rows = [
            {
                "id": new_id(),
                "grantee": grantee,
                "record_kind": kind,
                "record_id": record_id,
                "categories": sorted(set(categories)),
                "purposes": sorted(set(purposes)),
                "basis": basis,
                "may_write": may_write,
                "reaches_restricted": False,
                "valid_from": self._bound.now,
                "valid_until": valid_until,
                "reference": reference,
                "given_at": self._bound.now,
            }
            for grantee in grantees
        ]
        if rows:
            self._session.execute(insert(Grant).values(rows))

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
        now = self._bound.now
        wanted = select(Grant).where(
            Grant.record_kind == record[0],
            Grant.record_id == record[1],
            Grant.ended_at.is_(None),
            Grant.valid_from <= now,
            or_(Grant.valid_until.is_(None), Grant.valid_until > now),
        )
        if grantee is not None:
            wanted = wanted.where(Grant.grantee == grantee)
        if basis is not None:
            wanted = wanted.where(Grant.basis == basis)
        return list(self._session.scalars(wanted.order_by(Grant.given_at, Grant.id)))

    def reaching(self, records: Sequence[tuple[str, UUID]]) -> list[Reach]:
        """What the caller's own live grants open among these records, in one statement."""
        if not records:
            return []
        by_kind: dict[str, set[UUID]] = {}
        for kind, record_id in records:
            by_kind.setdefault(kind, set()).add(record_id)
        any_of = or_(
            *(
                and_(Grant.record_kind == kind, or_(Grant.record_id.in_(ids), Grant.record_id.is_(None)))
                for kind, ids in by_kind.items()
            )
        )
        rows = self._session.execute(
            select(
                Grant.id,
                Grant.basis,
                Grant.record_kind,
                Grant.record_id,
                Grant.categories,
                Grant.reaches_restricted,
            ).where(any_of, grant_counts(Grant, self._bound.sight()))
        )
        return [Reach(row[0], row[1], row[2], row[3], frozenset(row[4]), row[5]) for row in rows]

    def restricted_among(self, persons: Iterable[UUID]) -> set[UUID]:
        """Which of these persons are restricted at this moment (CO-5)."""
        wanted = set(persons)
        if not wanted:
            return set()
        return set(
            self._session.scalars(select(Restriction.person_id).where(Restriction.person_id.in_(wanted)))
        )

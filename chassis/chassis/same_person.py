"""Which records are of one person: what every service keeps of links between records (IN-8).

A cluster is the records that were judged to be of one person; nothing is merged. The service that judges tells, with
each change, the whole membership of every cluster that it touched and a revision that has grown for each of their
records. So the newest word about a record is known by its revision alone: events may come late, twice or in any order
across clusters, and no history is needed to follow. The main record of a cluster is the one recorded first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import groupby
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import BigInteger, Index, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from chassis import moment
from chassis.access.model import Restriction
from chassis.database import Base, run
from chassis.errors import Unavailable
from chassis.events import Received

if TYPE_CHECKING:
    from chassis.work import Work

_LOCK = 0x1C0_5A3E
_TRIES = 5


_TOGETHER = """
    SELECT mine.person_id, theirs.person_id FROM same_persons mine
    JOIN same_persons theirs ON theirs.main_id = mine.main_id AND theirs.revision = mine.revision
    WHERE mine.person_id = ANY(%(persons)s) ORDER BY mine.person_id
"""


class SamePerson(Base):
    """The newest word about a record: the main record of its cluster, and the revision that said so.

    Records of one cluster share both; a record that was taken out of its cluster is its own main record. A record
    that was never linked has no row.
    """

    __tablename__ = "same_persons"
    __table_args__ = (Index("ix_same_persons_cluster", "main_id", "revision"),)

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    main_id: Mapped[UUID]
    revision: Mapped[int] = mapped_column(BigInteger)


def main_of(members: Iterable[UUID]) -> UUID:
    """The main record of a cluster: the one recorded first, as identifiers grow with time."""
    return min(members)


def members(session: Session, person_id: UUID) -> frozenset[UUID]:
    """All records of the person whom this record is about, itself included."""
    return members_of_each(session, [person_id])[person_id]


def members_of_each(session: Session, persons: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """For each record, all records of the same person, itself included."""
    if not persons:
        return {}
    rows = run(session, _TOGETHER, {"persons": list(persons)})
    found = {
        person: frozenset(other for _, other in pairs)
        for person, pairs in groupby(rows, key=lambda row: row[0])
    }
    return {person: found.get(person, frozenset({person})) for person in persons}


def records_of(session: Session, persons: Collection[UUID]) -> frozenset[UUID]:
    """All records of the persons whom these records are about."""
    return frozenset().union(*members_of_each(session, persons).values())


def hold(session: Session, persons: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """Keep the clusters of these records as they are until the transaction ends, and tell their members.

    Whoever changes clusters or restrictions does this first. Locks are always taken in one order: when a cluster has
    grown meanwhile, all are given back and taken again, so that two workers wait for each other in turn and never
    both. Raises Unavailable when the clusters change faster than that.
    """
    wanted = records_of(session, persons)
    for _ in range(_TRIES):
        attempt = session.begin_nested()
        session.execute(
            text("SELECT pg_advisory_xact_lock(:space, k) FROM unnest(CAST(:keys AS integer[])) AS k"),
            {"space": _LOCK, "keys": sorted({_key(person) for person in wanted})},
        )
        clusters = members_of_each(session, persons)
        present = frozenset(persons).union(*clusters.values())
        if present <= wanted:
            attempt.commit()
            return clusters
        attempt.rollback()
        wanted = present
    raise Unavailable(retry_after=1)


def _key(person_id: UUID) -> int:
    # The last part of an identifier is random. Two that share a key wait for each other, which does no harm.
    return int.from_bytes(person_id.bytes[-4:], "big", signed=True)


def next_revision(session: Session, persons: Collection[UUID]) -> int:
    """A revision newer than every word about these records; they are held."""
    newest = select(SamePerson.revision).where(SamePerson.person_id.in_(persons))
    return max(session.scalars(newest), default=0) + 1


def arrange(session: Session, *, revision: int, clusters: Iterable[Collection[UUID]]) -> None:
    """Take these as the clusters of their records, except where a newer word is known (IN-8).

    Restrictions follow: one member's counts for all, and no longer for who was taken out (CO-5).
    """
    mains = {person: main_of(cluster) for cluster in clusters for person in cluster}
    before = members_of_each(session, mains)
    rows = [
        {"person_id": person, "main_id": main, "revision": revision} for person, main in sorted(mains.items())
    ]
    word = insert(SamePerson).values(rows)
    session.execute(
        word.on_conflict_do_update(
            index_elements=["person_id"],
            set_={"main_id": word.excluded.main_id, "revision": word.excluded.revision},
            where=SamePerson.revision < word.excluded.revision,
        )
    )
    after = members_of_each(session, mains)
    spread_restrictions(session, frozenset(mains).union(*before.values(), *after.values()))


def spread_restrictions(session: Session, persons: Collection[UUID]) -> None:
    """Restrict the records of whole clusters when one of them is, and those no longer where none is (CO-5).

    `persons` are whole clusters. What was placed on a record itself is never touched.
    """
    placed = set(
        session.scalars(
            select(Restriction.person_id).where(Restriction.person_id.in_(persons), ~Restriction.spread)
        )
    )
    shut = {
        person
        for person, cluster in members_of_each(session, persons).items()
        if not placed.isdisjoint(cluster)
    }
    opened = set(persons) - shut
    session.execute(delete(Restriction).where(Restriction.person_id.in_(opened), Restriction.spread))
    if shut - placed:
        rows = [
            {"person_id": each, "placed_at": moment.now(), "spread": True} for each in sorted(shut - placed)
        ]
        session.execute(insert(Restriction).values(rows).on_conflict_do_nothing())


def followed(work: Work, *, event: Received) -> None:
    """Records were linked or unlinked: take over what the clusters are now. The handler of both events."""
    clusters = clusters_told(event)
    hold(work.session, [person for cluster in clusters for person in cluster])
    arrange(work.session, revision=event.data["revision"], clusters=clusters)


def clusters_told(event: Received) -> list[list[UUID]]:
    """The clusters that such an event tells of, whole."""
    return [[UUID(person) for person in cluster["person_ids"]] for cluster in event.data["clusters"]]

"""The relationships of a person as a reader sees them, from this person's side (IN-7, CO-9)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import and_, or_
from sqlalchemy.orm import selectinload

from chassis.work import Work
from intake.people.model import Person
from intake.people.relationships.kinds import kinds
from intake.people.relationships.model import Related, Relationship


def related_to(work: Work, person_id: UUID) -> list[Related]:
    """Everybody who is something to this person, each with what they are, read from this side.

    A grant on this record opens the row and nothing of the other: their name is shown to who may see their record.
    Somebody of whom it was said that they must not be told is never met from their own side.
    """
    rows = work.session.scalars(
        work.visible(Relationship)
        .where(or_(Relationship.person_id == person_id, Relationship.shown_to_id == person_id))
        .order_by(Relationship.id)
    ).all()
    others = {other for row in rows if (other := _other(row, person_id)) is not None}
    names = _called(work, others)
    work.concerns(names)
    return [_seen_from(row, person_id, names) for row in rows]


def is_above(work: Work, *, person_id: UUID, candidate: UUID, besides: UUID | None = None) -> bool:
    """Whether the candidate is a parent of the person, or a parent of a parent, and so on, as far as the caller sees.

    The row `besides` is left out of account.
    """
    reached, level = {person_id}, {person_id}
    while level:
        level = _parents(work, level, besides=besides) - reached
        if candidate in level:
            return True
        reached |= level
    return False


def _parents(work: Work, persons: set[UUID], *, besides: UUID | None) -> set[UUID]:
    upward = [code for code, kind in kinds().items() if kind.line == "ancestor"]
    downward = [code for code, kind in kinds().items() if kind.line == "descendant"]
    rows = work.session.scalars(
        work.visible(Relationship).where(
            or_(
                and_(Relationship.person_id.in_(persons), Relationship.kind.in_(upward)),
                and_(Relationship.other_id.in_(persons), Relationship.kind.in_(downward)),
            ),
            Relationship.other_id.is_not(None),
            Relationship.id.is_distinct_from(besides),
        )
    )
    return {
        above for row in rows if (above := row.other_id if row.kind in upward else row.person_id) is not None
    }


def _called(work: Work, others: Iterable[UUID]) -> dict[UUID, str]:
    wanted = list(others)
    if not wanted:
        return {}
    seen = work.visible(Person).where(Person.id.in_(wanted)).options(selectinload(Person.names))
    return {person.id: person.called for person in work.session.scalars(seen) if person.names}


def _other(row: Relationship, person_id: UUID) -> UUID | None:
    return row.other_id if row.person_id == person_id else row.person_id


def _seen_from(row: Relationship, person_id: UUID, names: dict[UUID, str]) -> Related:
    here = row.person_id == person_id
    other = _other(row, person_id)
    withheld = other is not None and other not in names
    return Related(
        id=row.id,
        kind=row.kind if here else kinds()[row.kind].seen_back,
        # Words, flags and notes are of the side that told them.
        in_their_words=row.in_their_words if here else None,
        other_id=None if withheld else other,
        other_name=row.other_name if other is None else names.get(other),
        reached_by=row.reached_by if here else None,
        other_withheld=withheld,
        emergency_contact=here and row.emergency_contact,
        must_not_be_told=here and row.must_not_be_told,
        note=row.note if here else None,
        told_from_here=here,
        used_from=row.used_from,
        used_until=row.used_until,
    )

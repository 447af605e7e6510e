"""Which records are of one person, and what was judged about them (IN-8)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, text

from chassis import same_person
from chassis.work import Work
from intake.linking.model import NOT_THE_SAME, Judgement
from intake.people.model import Person

# Made by the migration, for the service's own roles: judgements are kept from who may not see both records, but what is
# linked with what must be known in whole, or a cluster that holds a hidden record could be joined wrongly.
_STANDING = text("SELECT id, kind, one_id, other_id FROM icm_standing_judgements(:persons)")


@dataclass(frozen=True)
class Standing:
    """A judgement that stands, without who made it and why: never for the eyes of a caller."""

    id: UUID
    kind: str
    one_id: UUID
    other_id: UUID


@dataclass(frozen=True)
class Judged:
    """What is known of other records beside one: linked with it, told apart from it. Nothing is both."""

    linked: frozenset[UUID]
    told_apart: frozenset[UUID]


@dataclass(frozen=True)
class Links:
    """The cluster of a record as far as the caller may see it, with the history of judgements, latest first."""

    person_id: UUID
    main_person_id: UUID | None
    person_ids: list[UUID]
    judgements: list[Judgement]


def read(work: Work, *, person_id: UUID) -> Links:
    """The records that are of one person with this one, the main one among them, and every judgement about them.

    A record that the caller may not see is not told of, and a judgement only to who may see both its records: neither
    by name nor by number. `main_person_id` is None where the caller may not see the main record.
    """
    work.load(Person, person_id)
    shown = [person_id, *visible_links(work, person_id)]
    judgements = work.session.scalars(
        work.visible(Judgement)
        .where(or_(Judgement.one_id.in_(shown), Judgement.other_id.in_(shown)))
        .order_by(Judgement.id.desc())
    ).all()
    work.saw(judgements)
    work.concerns(shown)
    main = same_person.main_of(same_person.members(work.session, person_id))
    return Links(
        person_id=person_id,
        main_person_id=main if main in shown else None,
        person_ids=sorted(shown),
        judgements=list(judgements),
    )


def visible_links(work: Work, person_id: UUID) -> list[UUID]:
    """The other records of the same person that the caller may see."""
    others = same_person.members(work.session, person_id) - {person_id}
    if not others:
        return []
    wanted = work.visible(Person).where(Person.id.in_(others)).with_only_columns(Person.id)
    return sorted(work.session.execute(wanted).scalars())


def judged_among(work: Work, *, person_id: UUID, others: Collection[UUID]) -> Judged:
    """Which of `others` are linked with a record, and which told apart from it, be it through records linked with
    either.

    It tells what is, whoever asks: name only records that the caller may see.
    """
    clusters = same_person.members_of_each(work.session, [person_id, *others])
    mine = clusters[person_id]
    apart = {
        each
        for judgement in standing(work, mine)
        if judgement.kind == NOT_THE_SAME
        for each in (judgement.one_id, judgement.other_id)
    } - mine
    return Judged(
        linked=frozenset(each for each in others if each in mine and each != person_id),
        told_apart=frozenset(each for each in others if not apart.isdisjoint(clusters[each])),
    )


def main_of_each(work: Work, *, persons: Collection[UUID]) -> dict[UUID, UUID]:
    """The main record of each one's cluster: the one recorded first; itself where nothing is linked."""
    clusters = same_person.members_of_each(work.session, persons)
    return {person: same_person.main_of(cluster) for person, cluster in clusters.items()}


def standing(work: Work, persons: Collection[UUID]) -> list[Standing]:
    """The judgements that stand about any of these records, whoever may see them."""
    rows = work.session.execute(_STANDING, {"persons": list(persons)})
    return [Standing(*row) for row in rows]

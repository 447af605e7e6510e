"""Who may read a trail, and what of it: those who oversee, the team, the person herself (AU-3, CO-9).

Whoever is none of them is refused alike, whether there is such a record or not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, cast, func, not_, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from audit.alerts.knowledge import own_records
from audit.alerts.model import FamilyOfCase
from audit.entries.model import Entry
from audit.entries.queries import note_access, reaches
from audit.trails.model import RestrictedPerson, TeamPlace
from chassis import same_person
from chassis.errors import AccessDenied
from chassis.work import Work

# Doors whose step is the arrival of one person, though its entry names the whole family.
_TELLS_OF_ONE = ("add_member",)


@dataclass(frozen=True)
class Sight:
    """Which entries a reader is told of, and about whom: `case_id` for a case, `persons` for a person's records.

    `wholly` says that nothing is kept back: the reader sees every entry of the log anyway.
    """

    told: ColumnElement[bool]
    case_id: UUID | None = None
    persons: Sequence[UUID] = field(default_factory=tuple)
    wholly: bool = False

    def about_this_alone(self, entry: Entry) -> bool:
        """Whether an entry is about what was asked for and nothing else, so that its records may be named."""
        if self.wholly:
            return True
        if self.case_id is not None:
            return entry.cases == [self.case_id]
        return set(entry.persons) <= set(self.persons)


def to_case(work: Work, case_id: UUID) -> Sight:
    """What the caller may read of a case's trail, noted for the audit entry. Raises AccessDenied.

    Those who oversee read all of it; staff of the team and the lead what its team did, of which somebody who belongs to
    the family is told what concerns their own record; a person those steps that concern hers.
    """
    named = Entry.cases.contains([case_id])
    case = [("case", case_id)]
    if reaches(work, ("entry", None)):
        note_access(work, records=case, by=("entry", None))
        return Sight(told=named, case_id=case_id, wholly=True)
    family = _family(work, case_id)
    if reaches(work, ("case", case_id)):
        told = and_(named, _for_the_team(work, case_id, family))
        one_of_them = own_records(work.session, work.actor.subject) & set(family)
        note_access(work, records=case, persons=one_of_them or family, by=("case", case_id))
        if one_of_them:
            # As in the case file: who belongs to the family sees their side of it, in whatever standing (CA-1).
            told = and_(told, Entry.persons.overlap(sorted(one_of_them)))
        return Sight(told=told, case_id=case_id)
    own = [person for person in family if reaches(work, ("person", person))]
    for person in own:
        note_access(work, records=case, persons=[person], by=("person", person))
    if not own:
        note_access(work, records=case, persons=family, by=("case", case_id))
        raise AccessDenied()
    return Sight(told=and_(named, Entry.persons.overlap(own)), case_id=case_id, persons=own)


def to_person(work: Work, person_id: UUID) -> Sight:
    """What the caller may read of a person's trail, noted for the audit entry. Raises AccessDenied.

    Those who oversee read it for all linked records; a person for those that her own sign-in was linked to (0041).
    """
    oversees = bool(reaches(work, ("entry", None)))
    note_access(work, persons=[person_id], by=("entry", None) if oversees else ("person", person_id))
    if not oversees and not reaches(work, ("person", person_id)):
        raise AccessDenied()
    records = same_person.members(work.session, person_id)
    hers = sorted(each for each in records if oversees or reaches(work, ("person", each)))
    note_access(work, persons=hers, by=("person", person_id))
    return Sight(told=Entry.persons.overlap(hers), persons=hers, wholly=oversees)


def _for_the_team(work: Work, case_id: UUID, family: Collection[UUID]) -> ColumnElement[bool]:
    """What the team is told: permitted steps of its own members and of their supervisors.

    So it learns nothing of who else reached for the case: an outsider who was refused, a service that the client
    keeps to herself and that reads by her consent, an emergency, somebody who oversees. What concerns a restricted
    person alone is left out, as it is in the case file.
    """
    told = cast(Entry.words, JSONB)
    members = select(TeamPlace.worker).where(TeamPlace.case_id == case_id).scalar_subquery()
    by_basis = [told.contains({"basis": [{"basis": basis}]}) for basis in ("team", "supervision")]
    hidden = cast(sorted(_restricted(work, family)), ARRAY(Uuid()))
    return and_(
        Entry.outcome == "permitted",
        Entry.service != work.service,
        told["purpose"].astext.is_distinct_from("own_record"),
        not_(told.contains({"restricted": True})),
        or_(*by_basis, Entry.actor.in_(members)),
        or_(func.cardinality(Entry.persons) == 0, not_(Entry.persons.contained_by(hidden))),
        not_(and_(told["door"].astext.in_(_TELLS_OF_ONE), Entry.persons.overlap(hidden))),
    )


def _family(work: Work, case_id: UUID) -> list[UUID]:
    found = select(FamilyOfCase.person_id).where(FamilyOfCase.case_id == case_id)
    return sorted(work.session.scalars(found))


def _restricted(work: Work, persons: Collection[UUID]) -> set[UUID]:
    """Those among these persons who are restricted, themselves or by a linked record (IN-8)."""
    clusters = same_person.members_of_each(work.session, persons)
    everyone = set().union(*clusters.values()) if clusters else set()
    placed = set(
        work.session.scalars(
            select(RestrictedPerson.person_id).where(
                RestrictedPerson.person_id.in_(everyone), RestrictedPerson.restricted
            )
        )
    )
    return {person for person, cluster in clusters.items() if placed & cluster}

"""What may happen to relationships (IN-7)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import text

from chassis.errors import RuleBroken, invalid
from chassis.work import Work
from intake.people.amending import amending, the_one
from intake.people.days import today
from intake.people.model import Person
from intake.people.relationships.kinds import Kind, kinds
from intake.people.relationships.model import Relationship
from intake.people.relationships.queries import is_above

# A file of kinds with an error stops the service when it starts.
kinds()

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(:person)")
_ONE_LINE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7205759404)")


class RelationshipKnownAlready(RuleBroken):
    """The record says already that the other is this to the person."""

    code = "relationship_known_already"
    title = "The record says this of the two already"


class OwnAncestor(RuleBroken):
    """Nobody is their own parent, by however many steps."""

    code = "own_ancestor"
    title = "Somebody would be their own ancestor"


def add(
    work: Work,
    *,
    person_id: UUID,
    other_id: UUID | None,
    other_name: str | None,
    reached_by: str | None,
    kind: str,
    in_their_words: str | None,
    emergency_contact: bool,
    must_not_be_told: bool,
    note: str | None,
    used_from: date | None,
    used_until: date | None,
) -> Person:
    """Note what somebody is to a person. It opens nothing of the other's record (IN-7, CO-9).

    Raises InvalidInput for an unknown kind, RelationshipKnownAlready, OwnAncestor, NotFound or AccessDenied for another
    whom the caller may not see.
    """
    known = _known_kind(kind)
    if other_id is not None:
        work.load(Person, other_id)
    _hold(work, person_id, other_id)
    with amending(work, person_id) as person:
        row = Relationship(
            other_id=other_id,
            other_name=other_name,
            reached_by=reached_by,
            kind=kind,
            in_their_words=in_their_words,
            note=note,
            used_from=used_from,
            used_until=used_until,
        )
        _must_be_new(person, row)
        _must_not_run_in_a_circle(work, known, person, row)
        row.flag(emergency_contact=emergency_contact, must_not_be_told=must_not_be_told)
        person.relationships.append(row)
    return person


def amend(
    work: Work,
    *,
    person_id: UUID,
    relationship_id: UUID,
    reached_by: str | None,
    kind: str,
    in_their_words: str | None,
    emergency_contact: bool,
    must_not_be_told: bool,
    note: str | None,
    used_from: date | None,
    used_until: date | None,
) -> Person:
    """Set what is now known of a relationship that was told from this person's side (IN-7).

    Raises as `add` does; NotFound for one that was told from the other's side, where it is amended.
    """
    known = _known_kind(kind)
    _hold(work, person_id)
    with amending(work, person_id) as person:
        row = the_one(person.relationships, relationship_id)
        if reached_by is not None and row.other_id is not None:
            raise invalid("/reached_by", "rule", "Must stand on the record of the other.")
        if kind != row.kind:
            _must_not_run_in_a_circle(work, known, person, row)
        row.kind, row.in_their_words, row.note, row.reached_by = kind, in_their_words, note, reached_by
        row.used_from, row.used_until = used_from, used_until
        row.flag(emergency_contact=emergency_contact, must_not_be_told=must_not_be_told)
    return person


def end(work: Work, *, person_id: UUID, relationship_id: UUID, until: date | None) -> Person:
    """Note that a relationship is no more; it stays on record (IN-7). Raises NotFound."""
    with amending(work, person_id) as person:
        the_one(person.relationships, relationship_id).end(on=until or today(work))
    return person


def _hold(work: Work, *persons: UUID | None) -> None:
    """Let no other worker relate these people until this is done, so that neither waits for the other for ever."""
    for person in sorted(each for each in persons if each is not None):
        work.session.execute(_ONE_AT_A_TIME, {"person": int.from_bytes(person.bytes[8:], "big", signed=True)})


def _known_kind(code: str) -> Kind:
    kind = kinds().get(code)
    if kind is None:
        raise invalid("/kind", "choice", f"Must be one of: {', '.join(kinds())}.")
    return kind


def _must_be_new(person: Person, row: Relationship) -> None:
    """One row says it. A name that is not on record may stand there twice: it may be two people."""
    said = [(each.kind, each.other_id) for each in person.relationships if each.used_until is None]
    if row.other_id is not None and row.used_until is None and (row.kind, row.other_id) in said:
        raise RelationshipKnownAlready


def _must_not_run_in_a_circle(work: Work, kind: Kind, person: Person, row: Relationship) -> None:
    """Two workers who tell opposite things of two records at once come here one after the other."""
    if kind.line is None or row.other_id is None:
        return
    work.session.execute(_ONE_LINE_AT_A_TIME)
    above, below = (row.other_id, person.id) if kind.line == "ancestor" else (person.id, row.other_id)
    if is_above(work, person_id=above, candidate=below, besides=row.id):
        raise OwnAncestor

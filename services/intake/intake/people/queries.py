"""Reading people: one by identifier, or some by name (IN-7)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import selectinload

from chassis.errors import invalid
from chassis.work import Page, Work
from intake.linking.queries import visible_links
from intake.people.contact.model import ContactPoint, contact_key
from intake.people.finding import by_words, has_a_word_that_begins_with
from intake.people.identifiers.model import Identifier
from intake.people.identifiers.schemes import identifier_key, schemes
from intake.people.model import Person
from intake.people.relationships.queries import related_to
from intake.people.words import words_of

_MOST_WORDS = 6
_SAID = {"phone": "telephone number", "email": "mail address"}


def read(work: Work, *, person_id: UUID) -> Person:
    """One person, and which other records are theirs (IN-8).

    Raises NotFound, or AccessDenied when no grant reaches the record.
    """
    person = work.load(Person, person_id)
    person.seen_linked_with(visible_links(work, person_id))
    person.seen_related(related_to(work, person_id))
    return person


def search(
    work: Work,
    *,
    name: str | None,
    born_year: int | None,
    born_on: date | None,
    phone: str | None,
    email: str | None,
    identifier: str | None,
    scheme: str | None,
    limit: int,
    cursor: str | None,
) -> Page:
    """People whom the caller may see and of whom everything fits that is asked (IN-7).

    By name alone they come in the order of the words that fit, else the latest first.

    Each word of `name` begins a word of one of their names: accents, case and order do not matter, and any script will
    do. Phone, mail address and identifier are compared whole, in one spelling. A restricted person is found by nobody
    whose grants do not reach restricted records (CO-5), and nobody by a phone that the caller may not see. Raises
    InvalidInput for a name without a letter or digit, a phone without a digit, an unknown scheme.
    """
    words = [] if name is None else _words(name)
    if words and not (born_on or phone or email or identifier):
        return by_words(work, typed=words, born_year=born_year, limit=limit, cursor=cursor)
    wanted = work.visible(Person).where(*(has_a_word_that_begins_with(word) for word in words))
    if born_year is not None:
        wanted = wanted.where(Person.born_year == born_year)
    if born_on is not None:
        wanted = wanted.where(Person.may_be_born_on(born_on))
    if phone is not None:
        wanted = wanted.where(_is_reached_by("phone", phone))
    if email is not None:
        wanted = wanted.where(_is_reached_by("email", email))
    if identifier is not None:
        wanted = wanted.where(_holds(identifier, scheme))
    return work.page(wanted.options(selectinload(Person.names)), model=Person, limit=limit, cursor=cursor)


def _words(name: str) -> list[str]:
    words = words_of(name)[:_MOST_WORDS]
    if not words:
        raise invalid("/name", "letters", "Send at least one letter or digit of a name.")
    return words


def _is_reached_by(kind: str, value: str) -> ColumnElement[bool]:
    key = contact_key(kind, value)
    if not key:
        raise invalid(f"/{kind}", "form", f"Must be a whole {_SAID[kind]}.")
    found = select(ContactPoint.person_id).where(ContactPoint.value_key == key, ContactPoint.kind == kind)
    return Person.id.in_(found)


def _holds(identifier: str, scheme: str | None) -> ColumnElement[bool]:
    if scheme is not None and scheme not in schemes():
        raise invalid("/scheme", "choice", f"Must be one of: {', '.join(schemes())}.")
    found = select(Identifier.person_id).where(
        Identifier.key == identifier_key(identifier),
        Identifier.ended_because.is_distinct_from("recorded_in_error"),
    )
    if scheme is not None:
        found = found.where(Identifier.scheme == scheme)
    return Person.id.in_(found)

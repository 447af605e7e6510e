"""Reading people: one by identifier, or some by name (IN-7)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import selectinload

from chassis.errors import invalid
from chassis.work import Page, Work
from intake.linking.queries import visible_links
from intake.people.model import Person, SearchWord
from intake.people.words import words_of

_AFTER_ALL = "\U0010ffff"
_MOST_WORDS = 6


def read(work: Work, *, person_id: UUID) -> Person:
    """One person, and which other records are theirs (IN-8).

    Raises NotFound, or AccessDenied when no grant reaches the record.
    """
    person = work.load(Person, person_id)
    person.seen_linked_with(visible_links(work, person_id))
    return person


def search(work: Work, *, name: str, born_year: int | None, limit: int, cursor: str | None) -> Page:
    """People whom the caller may see, each word of `name` beginning a word of one of their names; latest first.

    Accents, case and order do not matter, and any script will do. A restricted person is found by nobody whose
    grants do not reach restricted records (CO-5). Raises InvalidInput for a name without a letter or digit.
    """
    words = words_of(name)[:_MOST_WORDS]
    if not words:
        raise invalid("/name", "letters", "Send at least one letter or digit of a name.")
    wanted = work.visible(Person).where(*(_has_a_word_that_begins_with(word) for word in words))
    if born_year is not None:
        wanted = wanted.where(Person.born_year == born_year)
    return work.page(wanted.options(selectinload(Person.names)), model=Person, limit=limit, cursor=cursor)


def _has_a_word_that_begins_with(word: str) -> ColumnElement[bool]:
    found = select(SearchWord.person_id).where(SearchWord.word >= word, SearchWord.word < word + _AFTER_ALL)
    return Person.id.in_(found)

"""Finding people by the words of their names, in the order in which the words stand in an index (IN-7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.orm import aliased, selectinload

from chassis.errors import invalid
from chassis.work import Page, Work, read_cursor, write_cursor
from intake.people.model import Person
from intake.people.search_words import SearchPair, SearchWord

_AFTER_ALL = "\U0010ffff"


def begins_with(column: Any, typed: str) -> ColumnElement[bool]:
    """Whether a word begins like this, as a comparison that an index may answer under row-level security."""
    both: ColumnElement[bool] = (column >= typed) & (column < typed + _AFTER_ALL)
    return both


def has_a_word_that_begins_with(typed: str) -> ColumnElement[bool]:
    """Whether a word of one of the person's names begins like this."""
    return Person.id.in_(select(SearchWord.person_id).where(begins_with(SearchWord.word, typed)))


def telling(typed: Sequence[str]) -> list[str]:
    """The typed words without those that another one says too; the longest, which fit the fewest, come first."""
    said = [word for word in typed if not any(other != word and other.startswith(word) for other in typed)]
    return sorted(said, key=len, reverse=True)


def by_words(
    work: Work, *, typed: Sequence[str], born_year: int | None, limit: int, cursor: str | None
) -> Page:
    """People one of whose names has words that begin like these, in the order of the words that fit; each once.

    Whoever has just this word comes before whoever has a longer one. Two words are read where they stand together, and
    further ones are asked of those who have the two. Raises InvalidInput for a cursor that is not ours.
    """
    wanted, order = _in_order(telling(typed), born_year=born_year)
    if cursor is not None:
        edge = work.session.execute(
            wanted.where(order[-1] == read_cursor(cursor)).order_by(*order).limit(1)
        ).one_or_none()
        if edge is None:
            raise invalid("query/cursor", "cursor", "Use the next_cursor of the page before.")
        wanted = wanted.where(tuple_(*order) > tuple_(*(literal(value) for value in edge)))
    rows = work.session.execute(wanted.order_by(*order).limit(limit + 1)).all()
    found = [row[-1] for row in rows[:limit]]
    people = _seen(work, found)
    return Page(
        items=[people[person_id] for person_id in found if person_id in people],
        next_cursor=write_cursor(found[-1]) if len(rows) > limit else None,
    )


def _in_order(typed: Sequence[str], *, born_year: int | None) -> tuple[Select[Any], list[Any]]:
    """The rows of the index that fit, one for each person, and the columns in whose order it holds them."""
    row: Any = SearchWord if len(typed) == 1 else SearchPair
    columns = ["word", "beside"][: len(typed)]
    order = [*(getattr(row, column) for column in columns), row.person_id]
    fits = [begins_with(getattr(row, column), word) for column, word in zip(columns, typed, strict=False)]
    if born_year is not None:
        fits.append(row.born_year == born_year)
    wanted = select(*order).where(*fits, _is_first_of_its_person(row, columns, typed))
    return wanted.where(*(_also_has(row, word) for word in typed[2:])), order


def _is_first_of_its_person(row: Any, columns: Sequence[str], typed: Sequence[str]) -> ColumnElement[bool]:
    """Somebody with several words that fit stands under the first. Asked of each row by itself, and not as a join of
    all rows: a page needs a few.
    """
    same = aliased(row)
    words = [getattr(same, column) for column in columns]
    fits = [begins_with(column, word) for column, word in zip(words, typed, strict=False)]
    first = select(words[0] if len(words) == 1 else func.concat(words[0], " ", words[1]))
    first = first.where(same.person_id == row.person_id, *fits).order_by(*words).limit(1)
    here = [getattr(row, column) for column in columns]
    return first.scalar_subquery() == (here[0] if len(here) == 1 else func.concat(here[0], " ", here[1]))


def _also_has(row: Any, typed: str) -> ColumnElement[bool]:
    one = select(literal(True)).where(
        SearchWord.person_id == row.person_id, begins_with(SearchWord.word, typed)
    )
    return one.limit(1).correlate(row).scalar_subquery().is_(True)


def _seen(work: Work, persons: Sequence[UUID]) -> dict[UUID, Person]:
    wanted = work.visible(Person).where(Person.id.in_(persons)).options(selectinload(Person.names))
    return {person.id: person for person in work.session.scalars(wanted)}

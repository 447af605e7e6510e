"""The one way to change a record: what was there before is kept, and what it is found by is brought up to date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy.orm.attributes import flag_modified

from chassis.errors import NotFound
from chassis.work import Work
from intake.linking.queries import visible_links
from intake.people.history.keeping import as_it_is, keep_changes
from intake.people.model import Person
from intake.people.relationships.queries import related_to
from intake.people.traits import traits_changed


class Part(Protocol):
    """A name, an address, or another part of a record."""

    id: UUID


P = TypeVar("P", bound=Part)


@contextmanager
def amending(work: Work, person_id: UUID) -> Iterator[Person]:
    """The person, to be changed by one amendment, which nobody else's can cross (IN-7).

    Raises NotFound, AccessDenied, StaleVersion when somebody else amended the record since the caller read it.
    """
    person = work.load(Person, person_id, for_update=True)
    before = as_it_is(person)
    yield person
    # Names, addresses and the like are tables of their own; the version that a reader holds counts all of it.
    person.updated_at = work.now
    flag_modified(person, "updated_at")
    work.session.flush()
    keep_changes(work, person, before=before)
    traits_changed(work, person)
    person.seen_linked_with(visible_links(work, person.id))
    person.seen_related(related_to(work, person.id))


def the_one(parts: Iterable[P], part_id: UUID) -> P:
    """The part of this record that is meant. Raises NotFound, also for a part of another person's record."""
    for part in parts:
        if part.id == part_id:
            return part
    raise NotFound

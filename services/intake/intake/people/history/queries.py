"""Reading who amended what on a record (IN-7, AU-3)."""

from __future__ import annotations

from uuid import UUID

from chassis.work import Work
from intake.people.history.model import PersonChange
from intake.people.model import Person


def read(work: Work, *, person_id: UUID, limit: int, cursor: str | None) -> Person:
    """The person with a page of changes, latest first, of the categories that the caller may see.

    Raises NotFound, AccessDenied.
    """
    person = work.load(Person, person_id)
    changes = work.visible(PersonChange).where(PersonChange.person_id == person.id)
    person.seen_changed(work.page(changes, model=PersonChange, limit=limit, cursor=cursor))
    return person

"""What may happen to one way to reach a person (IN-7)."""

from __future__ import annotations

from datetime import date
from typing import Any, Unpack
from uuid import UUID

from chassis.work import Work
from intake.people.amending import amending, the_one
from intake.people.contact.model import ContactPoint
from intake.people.days import today
from intake.people.model import Person
from intake.people.replacing import must_be_new, put_right
from intake.people.told import ContactPointTold


def add(work: Work, *, person_id: UUID, **told: Unpack[ContactPointTold]) -> Person:
    """Note a way to reach the person, and whether it is safe (IN-7). Raises KnownAlready."""
    with amending(work, person_id) as person:
        point = ContactPoint(**told)
        must_be_new(point, person.contact_points)
        person.contact_points.append(point)
    return person


def amend(work: Work, *, person_id: UUID, contact_point_id: UUID, **told: Any) -> Person:
    """Put a way to reach the person right, as a whole (IN-7). Raises NotFound, StaleVersion."""
    with amending(work, person_id) as person:
        put_right(the_one(person.contact_points, contact_point_id), told)
    return person


def end(work: Work, *, person_id: UUID, contact_point_id: UUID, until: date | None) -> Person:
    """Note that the person is not reached this way any more; it stays on record (IN-7). Raises NotFound."""
    with amending(work, person_id) as person:
        the_one(person.contact_points, contact_point_id).end(on=until or today(work))
    return person

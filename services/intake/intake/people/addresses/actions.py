"""What may happen to one address (IN-7)."""

from __future__ import annotations

from datetime import date
from typing import Any, Unpack
from uuid import UUID

from chassis.work import Work
from intake.people.addresses.model import Address
from intake.people.amending import amending, the_one
from intake.people.days import today
from intake.people.model import Person
from intake.people.replacing import must_be_new, put_right
from intake.people.told import AddressTold


def add(work: Work, *, person_id: UUID, **told: Unpack[AddressTold]) -> Person:
    """Note where the person lives, gets mail or can be found, and what is safe there (IN-7). Raises KnownAlready."""
    with amending(work, person_id) as person:
        address = Address(**told)
        must_be_new(address, person.addresses)
        person.addresses.append(address)
    return person


def amend(work: Work, *, person_id: UUID, address_id: UUID, **told: Any) -> Person:
    """Put an address right, as a whole (IN-7). Raises NotFound, StaleVersion."""
    with amending(work, person_id) as person:
        put_right(the_one(person.addresses, address_id), told)
    return person


def end(work: Work, *, person_id: UUID, address_id: UUID, until: date | None) -> Person:
    """Note that the person has left an address; it stays on record (IN-7). Raises NotFound."""
    with amending(work, person_id) as person:
        the_one(person.addresses, address_id).end(on=until or today(work))
    return person

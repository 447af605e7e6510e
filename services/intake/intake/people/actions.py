"""What may happen to the record of a person (IN-7)."""

from __future__ import annotations

from typing import Any, Unpack
from uuid import UUID

from chassis.errors import FieldError, RuleBroken
from chassis.ids import new_id
from chassis.work import Work
from intake import events
from intake.directory.model import Listing
from intake.people.access import grant_to_recorder
from intake.people.addresses.model import Address
from intake.people.amending import amending
from intake.people.birth import Born
from intake.people.contact.model import ContactPoint
from intake.people.days import today
from intake.people.described import describe
from intake.people.history.keeping import keep_changes
from intake.people.identifiers.actions import checked, replace_identifiers, tell_who_else_holds_them
from intake.people.model import SELF_DESCRIBED, Person
from intake.people.naming import go_by
from intake.people.replacing import replace
from intake.people.told import AddressTold, ContactPointTold, DetailsTold, IdentifierTold, NameTold
from intake.people.traits import traits_changed


class BornInTheFuture(RuleBroken):
    """A date of birth that has not come yet."""

    status = 422
    code = "born_in_the_future"
    title = "The date of birth is in the future"


def record(
    work: Work,
    *,
    names: list[NameTold],
    contact_points: list[ContactPointTold],
    addresses: list[AddressTold],
    identifiers: list[IdentifierTold],
    **details: Unpack[DetailsTold],
) -> Person:
    """Record a person as first told; an alias and where to look are enough (IN-1, IN-7).

    Who records, and their teams, may see and amend the record from then on. Raises BornInTheFuture, InvalidInput for
    an identifier that does not fit its scheme.
    """
    person = Person(
        id=new_id(), self_described={}, names=[], contact_points=[], addresses=[], search_words=[]
    )
    person.identifiers = [checked(each, at=f"/identifiers/{place}") for place, each in enumerate(identifiers)]
    _know(work, person, {field: said for field, said in details.items() if said not in (None, [], False)})
    go_by(person, [_new(name) for name in names], on=today(work))
    person.contact_points = [ContactPoint(**_new(point)) for point in contact_points]
    person.addresses = [Address(**_new(address)) for address in addresses]
    person.keep_search_words()
    grant_to_recorder(work, person_id=person.id)
    work.session.add(Listing(person=person).as_called())
    work.add(person)
    keep_changes(work, person, before={})
    traits_changed(work, person)
    tell_who_else_holds_them(work, person)
    work.emit(events.person_recorded(person))
    return person


def amend(
    work: Work,
    *,
    person_id: UUID,
    names: list[NameTold] | None = None,
    contact_points: list[ContactPointTold] | None = None,
    addresses: list[AddressTold] | None = None,
    identifiers: list[IdentifierTold] | None = None,
    **details: Unpack[DetailsTold],
) -> Person:
    """Set what is now known; what is not sent stays (IN-7).

    Of names, contact points, addresses and identifiers the whole list is sent: one that is no longer in it is kept as
    one of the past, and one that is sent with its id is put right. Raises StaleVersion when somebody else amended the
    record since the caller read it, BornInTheFuture, InvalidInput for an id that is not of this record.
    """
    with amending(work, person_id) as person:
        _know(work, person, {**details})
        if names is not None:
            go_by(person, names, on=today(work))
        if contact_points is not None:
            replace(
                person.contact_points, contact_points, of=ContactPoint, at="/contact_points", on=today(work)
            )
        if addresses is not None:
            replace(person.addresses, addresses, of=Address, at="/addresses", on=today(work))
        if identifiers is not None:
            replace_identifiers(person, identifiers, on=today(work))
    if identifiers is not None:
        tell_who_else_holds_them(work, person)
    return person


def _know(work: Work, person: Person, details: dict[str, Any]) -> None:
    if "born" in details:
        born = Born(**details["born"]) if details["born"] else None
        if born is not None and born.earliest > today(work):
            raise BornInTheFuture(
                errors=[FieldError(pointer="/born", rule="past", detail="Must not be in the future.")]
            )
        person.born = born
    if "no_fixed_address" in details:
        person.no_fixed_address = details["no_fixed_address"]
    said = {field: details[field] for field in SELF_DESCRIBED if field in details}
    describe(person, said, details.get("self_described") or {}, today=today(work))


def _new(told: Any) -> Any:
    """What is told of somebody new can name no part of a record."""
    return {field: value for field, value in told.items() if field != "id"}

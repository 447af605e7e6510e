"""Routes to the parts of a person's record: names, contact points, addresses, identifiers, relationships, history."""

from __future__ import annotations

from chassis.schemas import Schema
from gateway.routes import Routes
from intake.people.addresses.schemas import AddAddress, AmendAddress, EndAddress
from intake.people.contact.schemas import AddContactPoint, AmendContactPoint, EndContactPoint
from intake.people.history.schemas import HistoryView, ReadHistory
from intake.people.identifiers.schemas import (
    AddIdentifier,
    EndIdentifier,
    IdentifiersView,
    ReadIdentifiers,
)
from intake.people.relationships.schemas import AddRelationship, AmendRelationship, EndRelationship
from intake.people.schemas import AddName, LeaveName, PersonView, PutNameRight

_PERSON = "/people/<uuid:person_id>"


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    _names(routes)
    _ways_to_reach(routes)
    _identifiers(routes)
    _relationships(routes)
    routes.get(
        f"{_PERSON}/history",
        "read_history",
        "Read who amended what on a person's record, and when",
        takes=ReadHistory,
        gives=HistoryView,
        permission="intake.person.history",
    )


def _names(routes: Routes) -> None:
    name = f"{_PERSON}/names/<uuid:name_id>"
    _amends(routes, f"{_PERSON}/names", "add_name", "Add a name to a person's record", AddName)
    _puts(routes, name, "put_name_right", "Put right a name that was written down wrongly", PutNameRight)
    _amends(routes, f"{name}/ending", "leave_name", "Note that a person goes by a name no more", LeaveName)


def _ways_to_reach(routes: Routes) -> None:
    point = f"{_PERSON}/contact-points/<uuid:contact_point_id>"
    _amends(
        routes,
        f"{_PERSON}/contact-points",
        "add_contact_point",
        "Add a way to reach a person, and whether it is safe",
        AddContactPoint,
    )
    _puts(routes, point, "amend_contact_point", "Put a way to reach a person right", AmendContactPoint)
    _amends(
        routes,
        f"{point}/ending",
        "end_contact_point",
        "Note that a person is not reached this way any more",
        EndContactPoint,
    )
    address = f"{_PERSON}/addresses/<uuid:address_id>"
    _amends(
        routes,
        f"{_PERSON}/addresses",
        "add_address",
        "Add where a person lives, gets mail or can be found",
        AddAddress,
    )
    _puts(routes, address, "amend_address", "Put an address right", AmendAddress)
    _amends(routes, f"{address}/ending", "end_address", "Note that a person has left an address", EndAddress)


def _identifiers(routes: Routes) -> None:
    routes.get(
        f"{_PERSON}/identifiers",
        "read_identifiers",
        "Read a person's identifiers whole",
        takes=ReadIdentifiers,
        gives=IdentifiersView,
        permission="intake.identifier.read",
    )
    _amends(
        routes,
        f"{_PERSON}/identifiers",
        "add_identifier",
        "Add an identifier that another system gave a person",
        AddIdentifier,
    )
    _amends(
        routes,
        f"{_PERSON}/identifiers/<uuid:identifier_id>/ending",
        "end_identifier",
        "Note that an identifier counts no longer, and why",
        EndIdentifier,
    )


def _relationships(routes: Routes) -> None:
    relationship = f"{_PERSON}/relationships/<uuid:relationship_id>"
    _amends(
        routes,
        f"{_PERSON}/relationships",
        "add_relationship",
        "Note what somebody is to a person",
        AddRelationship,
    )
    _puts(routes, relationship, "amend_relationship", "Put a relationship right", AmendRelationship)
    _amends(
        routes,
        f"{relationship}/ending",
        "end_relationship",
        "Note that a relationship is no more",
        EndRelationship,
    )


def _amends(routes: Routes, rule: str, door: str, says: str, takes: type[Schema]) -> None:
    routes.post(rule, door, says, takes=takes, gives=PersonView, permission="intake.person.amend")


def _puts(routes: Routes, rule: str, door: str, says: str, takes: type[Schema]) -> None:
    routes.put(
        rule,
        door,
        says,
        takes=takes,
        gives=PersonView,
        permission="intake.person.amend",
        versioned=True,
    )

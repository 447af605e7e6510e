"""The doors of this subject: one line each, no logic. `intake/service.py` puts them together."""

from __future__ import annotations

from chassis.doors import command, query
from intake.people import accounts, naming
from intake.people import actions as people
from intake.people import queries as people_queries
from intake.people.addresses import actions as addresses
from intake.people.addresses.schemas import AddAddress, AmendAddress, EndAddress
from intake.people.contact import actions as contact
from intake.people.contact.schemas import AddContactPoint, AmendContactPoint, EndContactPoint
from intake.people.history import queries as history
from intake.people.history.schemas import HistoryView, ReadHistory
from intake.people.identifiers import actions as identifiers
from intake.people.identifiers import queries as identifier_queries
from intake.people.identifiers.schemas import (
    AddIdentifier,
    EndIdentifier,
    IdentifiersView,
    ReadIdentifiers,
)
from intake.people.relationships import actions as relationships
from intake.people.relationships.schemas import AddRelationship, AmendRelationship, EndRelationship
from intake.people.schemas import (
    AccountPage,
    AccountView,
    AddName,
    AmendPerson,
    LeaveName,
    LinkAccount,
    ListAccounts,
    PersonFoundPage,
    PersonView,
    PutNameRight,
    ReadPerson,
    RecordPerson,
    SearchPeople,
    UnlinkAccount,
)


class PeopleDoors:
    """People: one record a person, its parts and its history (IN-7)."""

    name = "intake"

    record_person = command(
        people.record, takes=RecordPerson, gives=PersonView, permission="intake.person.record"
    )
    read_person = query(
        people_queries.read, takes=ReadPerson, gives=PersonView, permission="intake.person.read"
    )
    search_people = query(
        people_queries.search,
        takes=SearchPeople,
        gives=PersonFoundPage,
        permission="intake.person.search",
        action="search",
    )
    amend_person = command(
        people.amend, takes=AmendPerson, gives=PersonView, permission="intake.person.amend", versioned=True
    )
    add_name = command(naming.take, takes=AddName, gives=PersonView, permission="intake.person.amend")
    put_name_right = command(
        naming.put_name_right,
        takes=PutNameRight,
        gives=PersonView,
        permission="intake.person.amend",
        versioned=True,
    )
    leave_name = command(naming.leave, takes=LeaveName, gives=PersonView, permission="intake.person.amend")
    add_contact_point = command(
        contact.add, takes=AddContactPoint, gives=PersonView, permission="intake.person.amend"
    )
    amend_contact_point = command(
        contact.amend,
        takes=AmendContactPoint,
        gives=PersonView,
        permission="intake.person.amend",
        versioned=True,
    )
    end_contact_point = command(
        contact.end, takes=EndContactPoint, gives=PersonView, permission="intake.person.amend"
    )
    add_address = command(addresses.add, takes=AddAddress, gives=PersonView, permission="intake.person.amend")
    amend_address = command(
        addresses.amend,
        takes=AmendAddress,
        gives=PersonView,
        permission="intake.person.amend",
        versioned=True,
    )
    end_address = command(addresses.end, takes=EndAddress, gives=PersonView, permission="intake.person.amend")
    add_identifier = command(
        identifiers.add, takes=AddIdentifier, gives=PersonView, permission="intake.person.amend"
    )
    end_identifier = command(
        identifiers.end, takes=EndIdentifier, gives=PersonView, permission="intake.person.amend"
    )
    read_identifiers = query(
        identifier_queries.read,
        takes=ReadIdentifiers,
        gives=IdentifiersView,
        permission="intake.identifier.read",
    )
    add_relationship = command(
        relationships.add, takes=AddRelationship, gives=PersonView, permission="intake.person.amend"
    )
    amend_relationship = command(
        relationships.amend,
        takes=AmendRelationship,
        gives=PersonView,
        permission="intake.person.amend",
        versioned=True,
    )
    end_relationship = command(
        relationships.end, takes=EndRelationship, gives=PersonView, permission="intake.person.amend"
    )
    read_history = query(
        history.read, takes=ReadHistory, gives=HistoryView, permission="intake.person.history"
    )
    link_account = command(
        accounts.link, takes=LinkAccount, gives=AccountView, permission="intake.person.link_account"
    )
    unlink_account = command(
        accounts.unlink, takes=UnlinkAccount, gives=AccountView, permission="intake.person.unlink_account"
    )
    list_accounts = query(
        accounts.search,
        takes=ListAccounts,
        gives=AccountPage,
        permission="intake.person.list_accounts",
        action="search",
    )

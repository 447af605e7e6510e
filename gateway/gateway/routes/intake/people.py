"""Routes to people: their records."""

from __future__ import annotations

from gateway.routes import Routes
from intake.people.schemas import (
    AccountPage,
    AccountView,
    AmendPerson,
    LinkAccount,
    ListAccounts,
    PersonFoundPage,
    PersonView,
    ReadPerson,
    RecordPerson,
    SearchPeople,
    UnlinkAccount,
)


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.post(
        "/people",
        "record_person",
        "Record a person",
        takes=RecordPerson,
        gives=PersonView,
        permission="intake.person.record",
        located="/people/<person_id>",
    )
    routes.ask(
        "/people/searches",
        "search_people",
        "Find people by name",
        takes=SearchPeople,
        gives=PersonFoundPage,
        permission="intake.person.search",
    )
    routes.get(
        "/people/<uuid:person_id>",
        "read_person",
        "Read a person's record",
        takes=ReadPerson,
        gives=PersonView,
        permission="intake.person.read",
    )
    routes.patch(
        "/people/<uuid:person_id>",
        "amend_person",
        "Amend a person's record",
        takes=AmendPerson,
        gives=PersonView,
        permission="intake.person.amend",
        versioned=True,
    )
    routes.post(
        "/people/<uuid:person_id>/accounts",
        "link_account",
        "Link a sign-in to a person",
        takes=LinkAccount,
        gives=AccountView,
        permission="intake.person.link_account",
    )
    routes.get(
        "/people/<uuid:person_id>/accounts",
        "list_accounts",
        "List the sign-ins linked to a person, present and past",
        takes=ListAccounts,
        gives=AccountPage,
        permission="intake.person.list_accounts",
    )
    routes.post(
        "/people/<uuid:person_id>/accounts/<uuid:link_id>/ending",
        "unlink_account",
        "End the link between a sign-in and a person, and why",
        takes=UnlinkAccount,
        gives=AccountView,
        permission="intake.person.unlink_account",
    )

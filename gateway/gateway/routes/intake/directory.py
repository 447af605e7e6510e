"""Routes to the involvement directory."""

from __future__ import annotations

from gateway.routes import Routes
from intake.directory.schemas import (
    AgencyView,
    DirectoryEntryPage,
    DirectoryEntryView,
    EndInvolvement,
    InvolvementView,
    PractitionerView,
    ReadDirectory,
    RecordAgency,
    RecordInvolvement,
    RecordPractitioner,
    SearchDirectory,
)


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.ask(
        "/directory/searches",
        "search_directory",
        "Find a person in the directory by name and date of birth",
        takes=SearchDirectory,
        gives=DirectoryEntryPage,
        permission="intake.directory.search",
    )
    routes.get(
        "/directory/<uuid:person_id>",
        "read_directory",
        "Read who is involved with a person",
        takes=ReadDirectory,
        gives=DirectoryEntryView,
        permission="intake.directory.read",
    )
    routes.post(
        "/involvements",
        "record_involvement",
        "Tell of an involvement",
        takes=RecordInvolvement,
        gives=InvolvementView,
        permission="intake.involvement.record",
    )
    routes.post(
        "/involvements/ends",
        "end_involvement",
        "Tell that an involvement has ended",
        takes=EndInvolvement,
        gives=InvolvementView,
        permission="intake.involvement.end",
    )
    routes.put(
        "/agencies/<organisation>",
        "record_agency",
        "Record an agency and how it is reached",
        takes=RecordAgency,
        gives=AgencyView,
        permission="intake.agency.record",
    )
    routes.put(
        "/practitioners/<worker>",
        "record_practitioner",
        "Record a practitioner and how they are reached",
        takes=RecordPractitioner,
        gives=PractitionerView,
        permission="intake.practitioner.record",
    )

"""Routes to mediated requests."""

from __future__ import annotations

from gateway.routes import Routes
from intake.mediation.schemas import (
    AskForMediation,
    CloseMediation,
    ListMediations,
    ListOwnMediationRequests,
    MediationPage,
    MediationRequestPage,
    MediationRequestView,
    MediationView,
    ReadMediation,
    RecordMediationAnswer,
)


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.post(
        "/mediation-requests",
        "ask_for_mediation",
        "Ask that a message be passed to whoever helps this person and is not shown",
        takes=AskForMediation,
        gives=MediationRequestView,
        permission="intake.mediation.ask",
    )
    routes.get(
        "/mediation-requests",
        "list_own_mediation_requests",
        "List what you asked, with who wants to be known to you",
        takes=ListOwnMediationRequests,
        gives=MediationRequestPage,
        permission="intake.mediation.ask",
    )
    routes.get(
        "/mediations",
        "list_mediations",
        "List the open requests, for the mediators",
        takes=ListMediations,
        gives=MediationPage,
        permission="intake.mediation.list",
    )
    routes.get(
        "/mediations/<uuid:request_id>",
        "read_mediation",
        "Read a request with the concealed involvements that it may be about",
        takes=ReadMediation,
        gives=MediationView,
        permission="intake.mediation.read",
    )
    routes.post(
        "/mediations/<uuid:request_id>/contacts/<uuid:contact_id>/answers",
        "record_mediation_answer",
        "Record what a concealed practitioner answered",
        takes=RecordMediationAnswer,
        gives=MediationView,
        permission="intake.mediation.answer",
    )
    routes.post(
        "/mediations/<uuid:request_id>/closings",
        "close_mediation",
        "Close a request",
        takes=CloseMediation,
        gives=MediationView,
        permission="intake.mediation.close",
    )

"""Routes to what a person agreed to, refused or took back."""

from __future__ import annotations

from chassis.schemas import ById
from consent.directives.schemas import (
    ConsentPage,
    ConsentSearch,
    ConsentView,
    DueConsentPage,
    DueSearch,
    RecordConsent,
    ReviewConsent,
    WithdrawConsent,
)
from consent.preview.schemas import PreviewAsked, PreviewView
from gateway.fhir.views import consent as fhir_consent
from gateway.fhir.views import consents as fhir_consents
from gateway.previewing import Previewed
from gateway.routes import Routes


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.post(
        "/consents",
        "record_consent",
        "Record that a person agreed or refused",
        takes=RecordConsent,
        gives=ConsentView,
        permission="consent.consent.record",
        located="/consents/<id>",
    )
    routes.get(
        "/consents",
        "list_consents",
        "List the consents of a person",
        takes=ConsentSearch,
        gives=ConsentPage,
        permission="consent.consent.list",
    )
    routes.ask(
        "/consents/previews",
        "preview",
        "Show what a consent would let be seen",
        takes=PreviewAsked,
        gives=PreviewView,
        permission="consent.consent.preview",
        served_by=Previewed,
    )
    routes.get(
        "/consents/due",
        "list_due_consents",
        "List consents that end or are to be looked at again",
        takes=DueSearch,
        gives=DueConsentPage,
        permission="consent.consent.list",
    )
    routes.get(
        "/consents/<uuid:id>",
        "read_consent",
        "Read a consent",
        takes=ById,
        gives=ConsentView,
        permission="consent.consent.read",
    )
    routes.post(
        "/consents/<uuid:id>/withdrawal",
        "withdraw_consent",
        "Take a consent back",
        takes=WithdrawConsent,
        gives=ConsentView,
        permission="consent.consent.withdraw",
    )
    routes.post(
        "/consents/<uuid:id>/review",
        "review_consent",
        "Note that a consent was looked at again and stands",
        takes=ReviewConsent,
        gives=ConsentView,
        permission="consent.consent.review",
    )
    routes.special(
        "/consents/<uuid:id>/fhir",
        fhir_consent,
        says="Read a consent as a FHIR Consent",
        media_type="application/fhir+json",
        door="read_consent",
        permission="consent.consent.read",
    )
    routes.special(
        "/people/<uuid:person_id>/consents/fhir",
        fhir_consents,
        says="Read what a person decided as a FHIR Bundle of Consents",
        media_type="application/fhir+json",
        door="list_consents",
        permission="consent.consent.list",
    )

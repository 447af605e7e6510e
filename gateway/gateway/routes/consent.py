"""Routes to consent: what a person agreed to, refused or took back, and restrictions."""

from __future__ import annotations

from chassis.schemas import ById, WhyAsked, WhyView
from consent.directives.schemas import ConsentPage, ConsentSearch, ConsentView, RecordConsent, WithdrawConsent
from consent.preview.schemas import PreviewAsked, PreviewView
from consent.restrictions.schemas import LiftRestriction, PlaceRestriction, RestrictionView
from gateway.routes import Routes

routes = Routes("consent", "What a person agreed to, refused or took back; restricted records.")

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
    "/restrictions",
    "place_restriction",
    "Restrict the record of a person",
    takes=PlaceRestriction,
    gives=RestrictionView,
    permission="consent.restriction.place",
)
routes.post(
    "/restrictions/<uuid:id>/lifting",
    "lift_restriction",
    "Lift a restriction",
    takes=LiftRestriction,
    gives=RestrictionView,
    permission="consent.restriction.lift",
)

routes.get(
    "/why/consent",
    "why",
    "Explain who can see a record of consent, and why",
    takes=WhyAsked,
    gives=WhyView,
    permission="consent.access.explain",
)

"""Routes to consent: what a person agreed to, refused or took back, and restrictions."""

from __future__ import annotations

from chassis.schemas import ById, WhyAsked, WhyView
from consent.directives.schemas import ConsentPage, ConsentSearch, ConsentView, RecordConsent, WithdrawConsent
from consent.emergency.schemas import (
    BeginEmergencyAccess,
    EmergencyAccessPage,
    EmergencyAccessSearch,
    EmergencyAccessView,
    ReviewEmergencyAccess,
)
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

routes.post(
    "/emergency-accesses",
    "begin_emergency_access",
    "Open a person's record for a danger that cannot wait",
    takes=BeginEmergencyAccess,
    gives=EmergencyAccessView,
    permission="consent.emergency.begin",
    located="/emergency-accesses/<id>",
)
routes.get(
    "/emergency-accesses",
    "list_emergency_accesses",
    "List emergency accesses",
    takes=EmergencyAccessSearch,
    gives=EmergencyAccessPage,
    permission="consent.emergency.list",
)
routes.get(
    "/emergency-accesses/<uuid:id>",
    "read_emergency_access",
    "Read an emergency access and its review",
    takes=ById,
    gives=EmergencyAccessView,
    permission="consent.emergency.read",
)
routes.post(
    "/emergency-accesses/<uuid:id>/end",
    "end_emergency_access",
    "End an emergency access before its time",
    takes=ById,
    gives=EmergencyAccessView,
    permission="consent.emergency.end",
)
routes.post(
    "/emergency-accesses/<uuid:id>/review",
    "review_emergency_access",
    "Close the review of an emergency access",
    takes=ReviewEmergencyAccess,
    gives=EmergencyAccessView,
    permission="consent.emergency.review",
)

routes.get(
    "/why/consent",
    "why",
    "Explain who can see a record of consent, and why",
    takes=WhyAsked,
    gives=WhyView,
    permission="consent.access.explain",
)

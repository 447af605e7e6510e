"""Routes to referrals and their deadlines."""

from __future__ import annotations

from gateway.routes import Routes
from intake.referrals.schemas import (
    DocumentBreach,
    ListReferrals,
    PauseClock,
    ReadReferral,
    ReceiveReferral,
    RecordContactAttempt,
    RecordServiceContact,
    ReferralFoundPage,
    ReferralFoundView,
    ReferralView,
    ResumeClock,
)


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.post(
        "/referrals",
        "receive_referral",
        "Receive a referral",
        takes=ReceiveReferral,
        gives=ReferralFoundView,
        permission="intake.referral.receive",
        located="/referrals/<referral_id>",
    )
    routes.get(
        "/referrals",
        "list_referrals",
        "List referrals",
        takes=ListReferrals,
        gives=ReferralFoundPage,
        permission="intake.referral.list",
    )
    routes.get(
        "/referrals/<uuid:referral_id>",
        "read_referral",
        "Read a referral",
        takes=ReadReferral,
        gives=ReferralView,
        permission="intake.referral.read",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/contact-attempts",
        "record_contact_attempt",
        "Record an attempt to reach the person",
        takes=RecordContactAttempt,
        gives=ReferralView,
        permission="intake.referral.contact",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/service-contact",
        "record_service_contact",
        "Record that the program has met the person",
        takes=RecordServiceContact,
        gives=ReferralView,
        permission="intake.referral.serve",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/clocks/<clock>/pause",
        "pause_clock",
        "Pause a deadline",
        takes=PauseClock,
        gives=ReferralView,
        permission="intake.clock.pause",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/clocks/<clock>/resume",
        "resume_clock",
        "Let a deadline run again",
        takes=ResumeClock,
        gives=ReferralView,
        permission="intake.clock.resume",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/clocks/<clock>/circumstances",
        "document_breach",
        "Document why a deadline was missed",
        takes=DocumentBreach,
        gives=ReferralView,
        permission="intake.clock.document",
    )

"""Routes to outreach contacts."""

from __future__ import annotations

from gateway.routes import Routes
from intake.outreach.schemas import (
    KnowContact,
    ListOutreach,
    OutreachContactPage,
    OutreachContactView,
    RecordOutreach,
    ReferFromOutreach,
)
from intake.referrals.schemas import ReferralFoundView


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.post(
        "/outreach-contacts",
        "record_outreach",
        "Record whom an outreach worker met",
        takes=RecordOutreach,
        gives=OutreachContactPage,
        permission="intake.outreach.record",
    )
    routes.get(
        "/outreach-contacts",
        "list_outreach",
        "List outreach contacts by worker, place, person and period",
        takes=ListOutreach,
        gives=OutreachContactPage,
        permission="intake.outreach.list",
    )
    routes.post(
        "/outreach-contacts/<uuid:contact_id>/person",
        "know_outreach_contact",
        "Say whom a contact was with",
        takes=KnowContact,
        gives=OutreachContactView,
        permission="intake.outreach.know",
    )
    routes.post(
        "/outreach-contacts/referrals",
        "refer_from_outreach",
        "Let outreach contacts become a referral",
        takes=ReferFromOutreach,
        gives=ReferralFoundView,
        permission="intake.outreach.refer",
        located="/referrals/<referral_id>",
    )

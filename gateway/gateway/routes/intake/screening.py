"""Routes to screening: drafts, decisions, and the rights information that goes with them."""

from __future__ import annotations

from gateway.routes import Routes
from intake.screening.schemas import (
    DecideScreening,
    ListScreenings,
    RecordRightsInformation,
    SaveScreeningDraft,
    ScreeningDraftAsked,
    ScreeningDraftView,
    ScreeningPage,
    ScreeningView,
)


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.post(
        "/referrals/<uuid:referral_id>/screening",
        "decide_screening",
        "Decide on eligibility",
        takes=DecideScreening,
        gives=ScreeningView,
        permission="intake.screening.decide",
    )
    routes.get(
        "/referrals/<uuid:referral_id>/screenings",
        "list_screenings",
        "List decisions on eligibility with the criteria as they were",
        takes=ListScreenings,
        gives=ScreeningPage,
        permission="intake.screening.list",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/screenings/<uuid:screening_id>/rights-information",
        "record_rights_information",
        "Record that the person was told of their rights",
        takes=RecordRightsInformation,
        gives=ScreeningView,
        permission="intake.screening.inform",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/screening-draft",
        "begin_screening",
        "Begin to screen, or go on with what was begun",
        takes=ScreeningDraftAsked,
        gives=ScreeningDraftView,
        permission="intake.screening.draft",
    )
    routes.get(
        "/referrals/<uuid:referral_id>/screening-draft",
        "read_screening_draft",
        "Read a screening under way and what follows so far",
        takes=ScreeningDraftAsked,
        gives=ScreeningDraftView,
        permission="intake.screening.read_draft",
    )
    routes.patch(
        "/referrals/<uuid:referral_id>/screening-draft",
        "save_screening_draft",
        "Save answers and findings so far",
        takes=SaveScreeningDraft,
        gives=ScreeningDraftView,
        permission="intake.screening.draft",
        versioned=True,
    )

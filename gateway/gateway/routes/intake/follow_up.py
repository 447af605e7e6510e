"""Routes to the follow-up of people whom a program is not for."""

from __future__ import annotations

from gateway.routes import Routes
from intake.follow_up.schemas import (
    CheckLink,
    EndFollowUp,
    ExplainDecision,
    FollowUpView,
    LinkToService,
    SettleLink,
)
from intake.referrals.schemas import ReadReferral


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.get(
        "/referrals/<uuid:referral_id>/follow-up",
        "read_follow_up",
        "Read what was explained and where the person was linked",
        takes=ReadReferral,
        gives=FollowUpView,
        permission="intake.referral.read",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/explanations",
        "explain_decision",
        "Keep that the decision was explained",
        takes=ExplainDecision,
        gives=FollowUpView,
        permission="intake.follow_up.explain",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/links",
        "link_to_service",
        "Link the person to another service",
        takes=LinkToService,
        gives=FollowUpView,
        permission="intake.follow_up.link",
    )
    routes.post(
        "/referral-links/<uuid:link_id>/checks",
        "check_link",
        "Keep whether the person and the service have met",
        takes=CheckLink,
        gives=FollowUpView,
        permission="intake.follow_up.check",
    )
    routes.post(
        "/referral-links/<uuid:link_id>/outcome",
        "settle_link",
        "Say what came of a link",
        takes=SettleLink,
        gives=FollowUpView,
        permission="intake.follow_up.settle",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/follow-up/end",
        "end_follow_up",
        "End a follow-up without a link",
        takes=EndFollowUp,
        gives=FollowUpView,
        permission="intake.follow_up.end",
    )

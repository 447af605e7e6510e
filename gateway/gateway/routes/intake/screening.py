"""Routes to screening decisions."""

from __future__ import annotations

from gateway.routes import Routes
from intake.screening.schemas import DecideScreening, ScreeningView


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

"""Routes to restricted records."""

from __future__ import annotations

from consent.restrictions.schemas import LiftRestriction, PlaceRestriction, RestrictionView
from gateway.routes import Routes


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
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

"""Routes to emergency access and its review."""

from __future__ import annotations

from chassis.schemas import ById
from consent.emergency.schemas import (
    BeginEmergencyAccess,
    EmergencyAccessPage,
    EmergencyAccessSearch,
    EmergencyAccessView,
    ReviewEmergencyAccess,
)
from gateway.routes import Routes


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
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

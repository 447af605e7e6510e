"""Routes to the accreditation of outside systems."""

from __future__ import annotations

from gateway.routes import Routes
from intake.accreditation.schemas import (
    AccreditationPage,
    AccreditationView,
    AccreditSystem,
    ListAccreditations,
    RevokeAccreditation,
)


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.put(
        "/accredited-systems/<system>",
        "accredit_system",
        "Accredit an outside system, or say anew what for",
        takes=AccreditSystem,
        gives=AccreditationView,
        permission="intake.accreditation.give",
    )
    routes.post(
        "/accredited-systems/<system>/revocations",
        "revoke_accreditation",
        "Revoke the accreditation of an outside system",
        takes=RevokeAccreditation,
        gives=AccreditationView,
        permission="intake.accreditation.revoke",
    )
    routes.get(
        "/accredited-systems",
        "list_accreditations",
        "List the outside systems that are or were accredited",
        takes=ListAccreditations,
        gives=AccreditationPage,
        permission="intake.accreditation.list",
    )

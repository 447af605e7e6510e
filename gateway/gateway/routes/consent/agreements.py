"""Routes to agreements between organisations."""

from __future__ import annotations

from chassis.schemas import ById
from consent.agreements.schemas import (
    AgreementPage,
    AgreementSearch,
    AgreementView,
    CoverageAsked,
    CoverageView,
    EndAgreement,
    SignAgreement,
)
from gateway.routes import Routes


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.post(
        "/agreements",
        "sign_agreement",
        "Record an agreement between organisations",
        takes=SignAgreement,
        gives=AgreementView,
        permission="consent.agreement.sign",
        located="/agreements/<id>",
    )
    routes.get(
        "/agreements",
        "list_agreements",
        "List agreements between organisations",
        takes=AgreementSearch,
        gives=AgreementPage,
        permission="consent.agreement.list",
    )
    routes.get(
        "/agreements/coverage",
        "agreement_coverage",
        "Show which partners of the standard an organisation has agreed with",
        takes=CoverageAsked,
        gives=CoverageView,
        permission="consent.agreement.list",
    )
    routes.get(
        "/agreements/<uuid:id>",
        "read_agreement",
        "Read an agreement",
        takes=ById,
        gives=AgreementView,
        permission="consent.agreement.read",
    )
    routes.post(
        "/agreements/<uuid:id>/end",
        "end_agreement",
        "End an agreement before its time",
        takes=EndAgreement,
        gives=AgreementView,
        permission="consent.agreement.end",
    )

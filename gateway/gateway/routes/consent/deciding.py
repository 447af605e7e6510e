"""Routes to capacity, representatives and decisions made beforehand."""

from __future__ import annotations

from consent.capacity.schemas import AssessCapacity, CapacityPage, CapacitySearch, CapacityView
from consent.prior.schemas import (
    BeginToApply,
    CeaseToApply,
    LayDown,
    PriorDecisionPage,
    PriorDecisionView,
    Revoke,
)
from consent.representation.schemas import (
    Appoint,
    EndAuthority,
    OfPerson,
    RepresentativePage,
    RepresentativeView,
)
from gateway.routes import Routes


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.post(
        "/capacity-assessments",
        "assess_capacity",
        "Record whether a person can decide at present",
        takes=AssessCapacity,
        gives=CapacityView,
        permission="consent.capacity.assess",
    )
    routes.get(
        "/capacity-assessments",
        "list_capacity_assessments",
        "List a person's capacity assessments",
        takes=CapacitySearch,
        gives=CapacityPage,
        permission="consent.capacity.list",
    )
    routes.post(
        "/representatives",
        "appoint_representative",
        "Record who may decide for a person",
        takes=Appoint,
        gives=RepresentativeView,
        permission="consent.representative.appoint",
    )
    routes.get(
        "/representatives",
        "list_representatives",
        "List who may decide for a person",
        takes=OfPerson,
        gives=RepresentativePage,
        permission="consent.representative.list",
    )
    routes.post(
        "/representatives/<uuid:id>/end",
        "end_authority",
        "End the authority of a representative",
        takes=EndAuthority,
        gives=RepresentativeView,
        permission="consent.representative.end",
    )
    routes.post(
        "/prior-decisions",
        "record_prior_decision",
        "Put an advance directive or agreement on file",
        takes=LayDown,
        gives=PriorDecisionView,
        permission="consent.prior_decision.record",
    )
    routes.get(
        "/prior-decisions",
        "list_prior_decisions",
        "List what a person laid down beforehand",
        takes=OfPerson,
        gives=PriorDecisionPage,
        permission="consent.prior_decision.list",
    )
    routes.post(
        "/prior-decisions/<uuid:id>/revocation",
        "revoke_prior_decision",
        "Take back what was laid down beforehand",
        takes=Revoke,
        gives=PriorDecisionView,
        permission="consent.prior_decision.revoke",
    )
    routes.post(
        "/prior-decisions/<uuid:id>/application",
        "begin_prior_decision",
        "Say that the circumstances of a Ulysses agreement are there",
        takes=BeginToApply,
        gives=PriorDecisionView,
        permission="consent.prior_decision.apply",
    )
    routes.post(
        "/prior-decisions/<uuid:id>/application/end",
        "end_prior_decision",
        "Say that the circumstances of a Ulysses agreement are over",
        takes=CeaseToApply,
        gives=PriorDecisionView,
        permission="consent.prior_decision.apply",
    )

"""Routes to consent, one module for each subject."""

from __future__ import annotations

from chassis.schemas import WhyAsked, WhyView
from gateway.routes import Routes
from gateway.routes.consent import (
    agreements,
    deciding,
    decisions,
    emergency,
    restrictions,
    sign_ins,
    withdrawals,
)

routes = Routes(
    "consent",
    "What a person agreed to, refused or took back; who may decide; restricted records, emergencies, agreements, "
    "sign-ins.",
)
for subject in (decisions, withdrawals, deciding, restrictions, emergency, agreements, sign_ins):
    subject.add(routes)
routes.get(
    "/why/consent",
    "why",
    "Explain who can see a record of consent, and why",
    takes=WhyAsked,
    gives=WhyView,
    permission="consent.access.explain",
)

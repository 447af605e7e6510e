"""Routes to consent, one module for each subject."""

from __future__ import annotations

from chassis.schemas import WhyAsked, WhyView
from gateway.routes import Routes
from gateway.routes.consent import agreements, deciding, decisions, emergency, restrictions, withdrawals

routes = Routes(
    "consent",
    "What a person agreed to, refused or took back; who may decide; restricted records, emergencies, agreements.",
)
for subject in (decisions, withdrawals, deciding, restrictions, emergency, agreements):
    subject.add(routes)
routes.get(
    "/why/consent",
    "why",
    "Explain who can see a record of consent, and why",
    takes=WhyAsked,
    gives=WhyView,
    permission="consent.access.explain",
)

"""Routes to intake, one module for each subject."""

from __future__ import annotations

from chassis.reveal_schemas import RevealAsked, RevealView
from chassis.schemas import WhyAsked, WhyView
from gateway.routes import Routes
from gateway.routes.intake import (
    accreditation,
    capacity,
    directory,
    disputes,
    follow_up,
    held_rows,
    linking,
    matching,
    mediation,
    outreach,
    people,
    people_parts,
    prelude,
    programs,
    referrals,
    screening,
    services,
    uploads,
    waitlist,
    worklist,
)

routes = Routes("intake", "People, referrals, screening, and who is involved with whom.")
for subject in (
    people,
    people_parts,
    linking,
    matching,
    referrals,
    follow_up,
    outreach,
    worklist,
    screening,
    programs,
    prelude,
    capacity,
    waitlist,
    services,
    directory,
    accreditation,
    uploads,
    held_rows,
    mediation,
    disputes,
):
    subject.add(routes)
routes.get(
    "/why/intake",
    "why",
    "Explain who can see a record of intake, and why",
    takes=WhyAsked,
    gives=WhyView,
    permission="intake.access.explain",
)
routes.ask(
    "/previews/intake",
    "preview",
    "Show what a consent would open of the records of intake",
    takes=RevealAsked,
    gives=RevealView,
    permission="intake.access.preview",
)

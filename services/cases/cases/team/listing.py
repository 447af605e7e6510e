"""Telling each team whole, once: for services that did not follow it from its first member on (CA-2, AU-3)."""

from __future__ import annotations

from sqlalchemy import select

from cases import events
from cases.casefile.model import Case
from cases.team.model import TeamListing, TeamMember
from chassis.access.model import Grant
from chassis.work import Work

MOST_AT_ONCE = 200


def list_teams(work: Work) -> int:
    """Tell the teams that were never told whole, the oldest case first; says how many.

    A timer calls this; once every case has been told it finds nothing. An operator who takes rows out of
    `team_listings` has those teams told again.
    """
    untold = (
        select(Case)
        .where(~select(TeamListing).where(TeamListing.case_id == Case.id).exists())
        .order_by(Case.id)
        .limit(MOST_AT_ONCE)
        .with_for_update(of=Case, skip_locked=True)
    )
    cases = work.session.scalars(untold).all()
    for case in cases:
        work.emit(events.team_listed(case, kept_out=_kept_out(work, case)))
        work.add(TeamListing(case_id=case.id, listed_at=work.now))
    return len(cases)


def _kept_out(work: Work, case: Case) -> set[TeamMember]:
    """Present members whose membership opens nothing any more."""
    present = {membership.id: membership for membership in case.present_team}
    opening = select(Grant.reference).where(Grant.reference.in_(present), Grant.ended_at.is_(None))
    return {present[each] for each in present.keys() - set(work.session.scalars(opening))}

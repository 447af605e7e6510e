"""Who comes to see a person by working here, before any consent: the rules that intake itself grants (CO-9)."""

from __future__ import annotations

from uuid import UUID

from chassis.work import Work
from intake.people.model import AccountLink

TOLD_US = ("identity", "contact", "family", "directory")
TO_REACH_THEM = ("identity", "contact")
ALL_WE_HOLD = (
    *("identity", "contact", "family", "referral", "directory"),
    *("health", "substance_use", "child_protection", "justice", "housing"),  # of concealed involvements
)
INTAKE = "intake"


def grant_to_recorder(work: Work, *, person_id: UUID) -> None:
    """Who recorded a person, and their teams, may see and amend what they were told."""
    work.grants.give_each(
        grantees=worker_and_teams(work),
        record=("person", person_id),
        categories=TOLD_US,
        basis="team",
        may_write=True,
    )


def grant_to_reach(work: Work, *, person_id: UUID) -> None:
    """Who received a referral, and their teams, may see and amend how to reach the person, for intake only.

    The purpose keeps this from becoming a way in: whoever may hand a referral in cannot widen what they see by
    doing so, because only intake's own roles may look for the purpose of intake.
    """
    work.grants.give_each(
        grantees=worker_and_teams(work),
        record=("person", person_id),
        categories=TO_REACH_THEM,
        purposes=[INTAKE],
        basis="team",
        may_write=True,
        where_lacking=True,
    )


def grant_to_oneself(work: Work, *, link: AccountLink) -> None:
    """A person reads everything that intake holds about them, restricted or not (AU-6)."""
    work.grants.give(
        grantee=f"worker:{link.account}",
        record=("person", link.person_id),
        categories=ALL_WE_HOLD,
        purposes=["own_record"],
        basis="self",
        reaches_restricted=True,
        reference=link.id,
    )


def worker_and_teams(work: Work) -> list[str]:
    """The caller and the caller's teams, as grantees."""
    return [f"worker:{work.actor.subject}", *(f"team:{team}" for team in sorted(work.actor.teams))]

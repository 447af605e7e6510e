"""Who keeps a referral: the team and the worker who answer for it, and the grants that follow (IN-2, CO-9).

A team always has it; a worker of the team, or one whom it was given to, may own it. Their grants on the referral and on
how to reach the person name the referral as what they follow from, and end with the keeping.
"""

from __future__ import annotations

from uuid import UUID

from chassis.errors import RuleBroken
from chassis.work import Work
from intake import events
from intake.people.access import INTAKE, TO_REACH_THEM, worker_and_teams
from intake.referrals.history import Assignment
from intake.referrals.model import Referral
from intake.referrals.rules import desk_rules

WORKS_ON_REFERRALS = "intake.referral.contact"


class TakenAlready(RuleBroken):
    """A colleague works on it; it is handed over with a reason, not taken away."""

    code = "taken_already"
    title = "Somebody else has taken this referral"


class KeptAlready(RuleBroken):
    """It is where it is to go."""

    code = "kept_already"
    title = "The referral is kept there already"


def team_for(work: Work, *, program: str, told: str | None) -> str:
    """Which team a new referral goes to: the one named, the receiver's own, else the desk of the program."""
    if told is not None:
        return told
    desk = desk_rules().desk_of(program)
    own = work.actor.teams if WORKS_ON_REFERRALS in work.actor.permissions else frozenset()
    return desk if desk in own or not own else min(own)


def grant_to_keepers(work: Work, referral: Referral) -> None:
    """The team keeps a new referral, with the worker who received it there; who handed it in keeps sight of it."""
    assert referral.team is not None  # noqa: S101 - every referral is received by a team
    on_the_team = referral.team in work.actor.teams or not work.actor.teams
    keepers = [f"team:{referral.team}"]
    if WORKS_ON_REFERRALS in work.actor.permissions and on_the_team:
        keepers.append(f"worker:{work.actor.subject}")
    else:
        _give(work, referral, worker_and_teams(work), reference=None)
    _let_keep(work, referral, keepers)


def take(work: Work, *, referral_id: UUID) -> Referral:
    """Work on a referral oneself (IN-2). Taking what one has is no fault.

    Raises TakenAlready when a colleague has it, ReferralClosed.
    """
    referral = work.load(Referral, referral_id, for_update=True)
    referral.must_be_open()
    me = work.actor.subject
    if referral.owner == me:
        return referral
    if referral.owner is not None:
        raise TakenAlready
    _pass_on(work, referral, how="taken", owner=me, team=referral.team, reason=None)
    return referral


def assign(
    work: Work, *, referral_id: UUID, worker: str | None, team: str | None, reason: str | None
) -> Referral:
    """Give a referral to a worker, hand it over to another team, or put it back for any of the team (IN-2).

    The earlier team no longer sees it once another has it. Raises KeptAlready, ReferralClosed.
    """
    referral = work.load(Referral, referral_id, for_update=True)
    referral.must_be_open()
    to_team = team or referral.team
    if (worker, to_team) == (referral.owner, referral.team):
        raise KeptAlready
    how = "handed_over" if to_team != referral.team else "given" if worker is not None else "put_back"
    _pass_on(work, referral, how=how, owner=worker, team=to_team, reason=reason)
    return referral


def transferred(work: Work, referral: Referral, *, program: str, team: str | None, reason: str) -> None:
    """The referral is for another program from now on, and that program's desk keeps it."""
    desk = team or desk_rules().desks.get(program) or referral.team
    owner = referral.owner if desk == referral.team else None
    from_program, referral.program = referral.program, program
    _pass_on(
        work,
        referral,
        how="transferred",
        owner=owner,
        team=desk,
        reason=reason,
        programs=(from_program, program),
    )


def _pass_on(
    work: Work,
    referral: Referral,
    *,
    how: str,
    owner: str | None,
    team: str | None,
    reason: str | None,
    programs: tuple[str | None, str | None] = (None, None),
) -> None:
    before = (referral.owner, referral.team)
    referral.owner, referral.team = owner, team
    work.session.add(
        Assignment(
            referral_id=referral.id,
            person_id=referral.person_id,
            at=work.now,
            by=work.actor.subject,
            how=how,
            from_owner=before[0],
            to_owner=owner,
            from_team=before[1],
            to_team=team,
            from_program=programs[0],
            to_program=programs[1],
            reason=reason,
        )
    )
    # Written while the caller may still change the referral: afterwards the grants are another's.
    work.session.flush()
    if team != before[1]:
        work.grants.end(reference=referral.id)
        _let_keep(work, referral, [f"team:{team}"])
    elif before[0] not in (None, owner):
        work.grants.end(reference=referral.id, grantee=f"worker:{before[0]}")
    if owner is not None:
        _let_keep(work, referral, [f"worker:{owner}"])
    work.emit(events.referral_assigned(referral))


def _let_keep(work: Work, referral: Referral, keepers: list[str]) -> None:
    _give(work, referral, keepers, reference=referral.id)
    work.grants.give_each(
        grantees=keepers,
        record=("person", referral.person_id),
        categories=TO_REACH_THEM,
        purposes=[INTAKE],
        basis="team",
        may_write=True,
        reference=referral.id,
    )


def _give(work: Work, referral: Referral, grantees: list[str], *, reference: UUID | None) -> None:
    work.grants.give_each(
        grantees=grantees,
        record=("referral", referral.id),
        categories=["referral"],
        basis="team",
        may_write=True,
        reference=reference,
        where_lacking=reference is not None,
    )

"""Who comes to see a person by working here, before any consent: the rules that intake itself grants (CO-9)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, exists, literal, or_, select, update
from sqlalchemy.orm import aliased

from chassis import moment
from chassis.access import Grant
from chassis.work import Work
from intake.directory.model import Joining, Practitioner
from intake.people.model import AccountLink

TOLD_US = ("identity", "contact", "family", "directory")
TO_REACH_THEM = ("identity", "contact")
ALL_WE_HOLD = (
    *("identity", "contact", "family", "referral", "directory"),
    *("health", "substance_use", "child_protection", "justice", "housing"),  # of concealed involvements
)
INTAKE = "intake"
# Own work and the person's word. Not statute, which opens everybody; not one's own record; not an emergency.
VOUCHING = ("team", "consent")


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


def grant_to_team_members_vouched_for(
    work: Work, *, case_id: UUID | None = None, person_id: UUID | None = None
) -> int:
    """Open a person to the staff of a team once one of them is known to us to know the person; say how many (CO-9).

    Whoever may open a case may name anybody in it, so being on a team proves nothing by itself. It counts when the
    worker, or another worker of staff who is on the team now, holds a live grant on the person that comes from
    elsewhere: they recorded the person, received a referral, were consented to (they or the organisation with which
    they are registered here), or know the person through another case. Another worker vouches by doing something of
    their own in the case for this person: they opened it, put somebody on the team or the person into the family, or
    wrote an assessment. Otherwise a stranger could have a record opened by naming somebody who knows it. Who has
    waited longest comes first, nobody is given the grant twice, and it lasts while the membership does, also when the
    colleague who vouched has left.

    Events call this for their case or person. A timer calls it for all, because some vouching is told by no event: a
    consent that begins later, a referral, two events applied at the same moment.
    """
    withheld = select(Joining).where(Joining.opened_at.is_(None), _somebody_on_the_team_knows_the_person())
    if case_id is not None:
        withheld = withheld.where(Joining.case_id == case_id)
    if person_id is not None:
        withheld = withheld.where(Joining.person_id == person_id)
    opened = work.session.scalars(withheld.order_by(Joining.id).with_for_update(of=Joining)).all()
    for joining in opened:
        joining.opened_at = work.now
        work.grants.give(
            grantee=f"worker:{joining.worker}",
            record=("person", joining.person_id),
            categories=TO_REACH_THEM,
            basis="team",
            reference=joining.membership_id,
        )
    return len(opened)


def acted(work: Work, *, case_id: UUID, worker: str | None, persons: Iterable[UUID]) -> None:
    """Somebody did something of their own in a case for these persons: from now on they vouch, if they know them.

    `worker` is None where an older event does not tell who acted; then nobody did.
    """
    theirs = update(Joining).where(
        Joining.case_id == case_id,
        Joining.worker == worker,
        Joining.person_id.in_(list(persons)),
        Joining.acted_at.is_(None),
    )
    work.session.execute(theirs.values(acted_at=work.now))


def _somebody_on_the_team_knows_the_person() -> ColumnElement[bool]:
    """Whether the joining's worker, or staff of the team who acted, hold a grant that the case did not bring about."""
    on_team, same_case, now = aliased(Joining), aliased(Joining), moment.now()
    registered_with = select(Practitioner.organisation).where(Practitioner.worker == on_team.worker)
    through_this_case = exists().where(
        same_case.case_id == on_team.case_id, same_case.membership_id == Grant.reference
    )
    return exists().where(
        on_team.case_id == Joining.case_id,
        on_team.person_id == Joining.person_id,
        or_(on_team.worker == Joining.worker, on_team.acted_at.is_not(None)),
        Grant.record_kind == "person",
        Grant.record_id == on_team.person_id,
        Grant.basis.in_(VOUCHING),
        Grant.ended_at.is_(None),
        Grant.valid_from <= now,
        or_(Grant.valid_until.is_(None), Grant.valid_until > now),
        or_(
            Grant.grantee == literal("worker:") + on_team.worker,
            Grant.grantee == literal("organisation:") + registered_with.scalar_subquery(),
        ),
        ~through_this_case,
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

"""Nobody opens to themselves what they decide in somebody's place (CO-3; ADR 0065).

What may be seen of a person is opened by who has nothing to gain from it: the person, or somebody else who decides for
them. Told by sign-ins: of who decides, of everybody known to be the same person, and, where it was not said by which
sign-in who decides is known, of everybody who may decide for this person.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from chassis import same_person
from chassis.access.standing import standing_of
from chassis.errors import FieldError, RuleBroken
from chassis.work import Work
from consent.directives.given_by import GivenBy
from consent.directives.refusals import sealed_name
from consent.people.actions import sign_ins_of_one_person
from consent.people.model import LinkedSignIn
from consent.representation.standings import deciders_in_force

_WORKER = "worker:"


class InOnesOwnFavour(RuleBroken):
    """Who decides in a person's place is not the one to whom it is opened."""

    code = "in_ones_own_favour"
    title = "Nobody opens to themselves what they decide in somebody's place"


def expect_none(work: Work, *, person_id: UUID, given_by: GivenBy, recipient: str) -> None:
    """Raise InOnesOwnFavour when the recipient is who decides, or their organisation or team as far as it is known.

    The error names the field: `/recipient`, or `/given_by/account` when the recipient may decide for the person and
    it was not said by which sign-in who decides is known.
    """
    if given_by.account is None:
        if _may_decide(work, person_id=person_id, recipient=recipient):
            raise _because("/given_by/account", "The recipient decides for the person: name who decides now.")
        return
    mine = sign_ins_of_one_person(work, given_by.account)
    if recipient in {f"{_WORKER}{each}" for each in mine} | _belongs_to(work, mine):
        raise _because("/recipient", "Must not be, or employ, who decides in the person's place.")


def _may_decide(work: Work, *, person_id: UUID, recipient: str) -> bool:
    """Whether the recipient is a sign-in of a parent or carer, or of somebody with an authority on record."""
    if not recipient.startswith(_WORKER):
        return False
    theirs = sign_ins_of_one_person(work, recipient.removeprefix(_WORKER))
    records = same_person.members(work.session, person_id)
    linked = select(LinkedSignIn.account).where(
        LinkedSignIn.person_id.in_(records), LinkedSignIn.account.in_(theirs)
    )
    if work.session.scalars(linked.limit(1)).first() is not None:
        return True
    return not deciders_in_force(work, person_id=person_id).isdisjoint(map(sealed_name, theirs))


def _belongs_to(work: Work, accounts: frozenset[str]) -> set[str]:
    """The organisations and teams of these sign-ins, as they were when last seen here; who never came is not known."""
    told = (standing_of(work.session, each, at=work.now) for each in sorted(accounts))
    return {name for standing in told if standing is not None for name in standing.grantees}


def _because(pointer: str, detail: str) -> InOnesOwnFavour:
    return InOnesOwnFavour(errors=[FieldError(pointer=pointer, rule=InOnesOwnFavour.code, detail=detail)])

"""Who may decide: the roles and recorded competences that the criteria of the program ask for (IN-4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis.errors import FieldError, RuleBroken, invalid
from chassis.work import Work
from intake.competences.queries import held_today
from intake.programs.criteria import Criteria
from intake.screening.proposal import Proposal


class NotCompetentToDecide(RuleBroken):
    """The criteria say who holds the competence to decide by them."""

    status = 403
    code = "not_competent_to_decide"
    title = "The criteria of this program leave the decision to other roles"


class CompetenceMissing(RuleBroken):
    """The role is right, and a competence that the criteria ask for is not on record for today."""

    status = 403
    code = "competence_missing"
    title = "A competence that the criteria ask of whoever decides is not on record"


class AgainstTheRules(RuleBroken):
    """Deciding otherwise than the rules do is for the roles that the criteria name."""

    status = 403
    code = "against_the_rules"
    title = "The criteria leave it to other roles to decide otherwise than their rules do"


class ExceptionNotAllowed(RuleBroken):
    """An exception is made by the roles that the criteria name for it."""

    status = 403
    code = "exception_not_allowed"
    title = "The criteria leave this exception to other roles"


def must_be_competent(work: Work, criteria: Criteria) -> None:
    """Raises NotCompetentToDecide, or CompetenceMissing naming what is not on record for today."""
    if not work.actor.roles & criteria.roles:
        raise NotCompetentToDecide
    if missing := competences_missing(work, criteria):
        raise CompetenceMissing(f"Not on record for today: {', '.join(missing)}.")


def competences_missing(work: Work, criteria: Criteria) -> tuple[str, ...]:
    """What the criteria ask of whoever decides and is not on record for the caller today, in order."""
    return tuple(sorted(criteria.competences - held_today(work, criteria.competences)))


def lifted_by(work: Work, criteria: Criteria, exceptions: Sequence[dict[str, Any]]) -> frozenset[str]:
    """The criteria that count as met by these exceptions. Raises InvalidInput, ExceptionNotAllowed."""
    allowed = {each.code: each for each in criteria.exceptions}
    lifted: frozenset[str] = frozenset()
    for at, each in enumerate(exceptions):
        exception = allowed.get(each["exception"])
        if exception is None:
            raise invalid(f"/exceptions/{at}/exception", "choice", "The criteria have no such exception.")
        if not work.actor.roles & exception.by:
            raise ExceptionNotAllowed(errors=[_at(f"/exceptions/{at}", "role")])
        lifted |= exception.lifts
    return lifted


def agree(
    work: Work, criteria: Criteria, proposal: Proposal, *, outcome: str | None, disagreement: str | None
) -> str:
    """The outcome: the one that follows, or another that the worker gives with a reason.

    Raises AgainstTheRules when the worker's roles may not, for a finding against its rule too; InvalidInput when
    there is no reason.
    """
    may = bool(work.actor.roles & criteria.may_disagree)
    against = [
        _at("/findings", "rule", on=each.criterion) for each in proposal.findings if each.against_the_rule
    ]
    if against and not may:
        raise AgainstTheRules(errors=against)
    if outcome is None or outcome == proposal.outcome:
        return proposal.outcome
    if not may:
        raise AgainstTheRules(errors=[_at("/outcome", "rule")])
    if disagreement is None:
        raise invalid("/disagreement", "required", "Say why you decide otherwise than the rules do.")
    return outcome


def _at(pointer: str, rule: str, *, on: str | None = None) -> FieldError:
    about = "" if on is None else f"{on}: "
    return FieldError(pointer=pointer, rule=rule, detail=f"{about}the criteria leave this to other roles.")

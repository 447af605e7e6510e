"""Deciding whether a program is for a person (IN-4)."""

from __future__ import annotations

from uuid import UUID

from chassis.clocks import house_calendar
from chassis.errors import FieldError, InvalidInput, RuleBroken
from chassis.work import Work
from intake import events
from intake.programs.catalogue import Criteria, known_program
from intake.referrals import deadlines
from intake.referrals.model import Referral
from intake.screening.model import Finding, Screening, outcome_of


class NotCompetentToDecide(RuleBroken):
    """The criteria say who holds the competence to decide by them."""

    status = 403
    code = "not_competent_to_decide"
    title = "The criteria of this program leave the decision to other roles"


def decide(work: Work, *, referral_id: UUID, findings: list[dict[str, str]]) -> Screening:
    """Decide by the criteria in force today, with a finding and a reason for each; the version is kept (IN-4).

    Eligible starts the clock to the first service contact; not eligible ends the referral; unknown leaves the clock
    to the decision running (IN-2). Raises ReferralClosed, NotReachedYet, DecidedAlready, NotCompetentToDecide, and
    InvalidInput when the findings are not those that the criteria ask for.
    """
    referral = work.load(Referral, referral_id, for_update=True)
    referral.may_be_screened()
    criteria = known_program(referral.program).criteria_on(house_calendar().day_of(work.now))
    if not work.actor.roles & criteria.decided_by:
        raise NotCompetentToDecide
    _answers_all(criteria, findings)
    screening = Screening(
        referral=referral,
        person_id=referral.person_id,
        program=referral.program,
        criteria_version=criteria.version,
        outcome=outcome_of([finding["finding"] for finding in findings]),
        decided_by=work.actor.subject,
        decided_at=work.now,
        findings=[
            Finding(referral_id=referral.id, person_id=referral.person_id, place=place, **finding)
            for place, finding in enumerate(findings)
        ],
    )
    work.add(screening)
    if screening.outcome != "unknown":
        _settle(work, referral, screening)
    return screening


def _settle(work: Work, referral: Referral, screening: Screening) -> None:
    deadlines.decided(work, referral, eligible=screening.outcome == "eligible", at=screening.decided_at)
    work.emit(events.referral_screened(screening))


def _answers_all(criteria: Criteria, findings: list[dict[str, str]]) -> None:
    answered = {finding["criterion"] for finding in findings}
    wrong = [
        FieldError(
            pointer=f"/findings/{place}/criterion",
            rule="criterion",
            detail=f"Must be a criterion of version {criteria.version}.",
        )
        for place, finding in enumerate(findings)
        if finding["criterion"] not in criteria.codes
    ]
    wrong += [
        FieldError(pointer="/findings", rule="required", detail=f"A finding on {code} is missing.")
        for code in sorted(criteria.codes - answered)
    ]
    if wrong:
        raise InvalidInput(errors=wrong)

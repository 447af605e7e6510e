"""Deciding whether a program is for a person (IN-4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.errors import NotFound, RuleBroken, invalid
from chassis.work import Work
from intake import events
from intake.programs.catalogue import criteria_in_force, keep
from intake.programs.criteria import Criteria
from intake.programs.rules import Known
from intake.referrals import deadlines
from intake.referrals.model import Referral
from intake.screening import answers as taking
from intake.screening.competence import agree, lifted_by, must_be_competent
from intake.screening.facts import derived_facts, in_words
from intake.screening.model import Finding, RightsGiven, Screening, ScreeningAnswer, ScreeningDraft
from intake.screening.proposal import propose
from intake.screening.queries import as_the_reader_may_know
from intake.screening.sheet import findings_by_workers, of_referral
from intake.waitlist import actions as waitlist


class CriteriaChanged(RuleBroken):
    """A worker decides by the criteria that they saw; another version has come into force since."""

    code = "criteria_changed"
    title = "Another version of the criteria is in force"


def decide(
    work: Work,
    *,
    referral_id: UUID,
    findings: Sequence[dict[str, Any]],
    answers: Sequence[dict[str, Any]] | None,
    from_draft: bool,
    exceptions: Sequence[dict[str, Any]],
    outcome: str | None,
    disagreement: str | None,
    rights_information: dict[str, Any] | None,
    criteria_version: str | None,
) -> Screening:
    """Decide by the criteria in force today, with a finding and a reason for each; the version is kept (IN-4).

    Findings come from the worker, or from the rules of the criteria over the answers and what the record tells. The
    outcome follows from them, unless somebody who may says otherwise and why. Eligible starts the clock to the first
    service contact; not eligible ends the referral; unknown leaves the clock to the decision running (IN-2).

    Raises ReferralClosed, NotReachedYet, DecidedAlready, NoCriteriaInForce, CriteriaChanged, NotCompetentToDecide,
    CompetenceMissing, AgainstTheRules, ExceptionNotAllowed, and InvalidInput when answers or findings are not those
    that the criteria ask for.
    """
    referral = work.load(Referral, referral_id, for_update=True)
    referral.may_be_screened()
    criteria = criteria_in_force(work, referral.program)
    if criteria_version is not None and criteria_version != criteria.version:
        raise CriteriaChanged
    must_be_competent(work, criteria)
    taking.check(work, referral, criteria, answers=answers or (), findings=findings)
    if answers is None and not from_draft:
        taking.every_criterion_found(criteria, findings)
    draft = _draft(work, referral) if from_draft else None
    told, found = _with_draft(work, draft, answers=answers or (), findings=findings)
    taking.every_finding_has_a_reason(found)

    derived = derived_facts(work, referral, criteria, notes=() if draft is None else draft.derived)
    proposal = propose(
        criteria,
        {**taking.known(work, criteria, told), **derived},
        by_workers=findings_by_workers(criteria, found),
        lifted=lifted_by(work, criteria, exceptions),
    )
    screening = Screening(
        referral=referral,
        person_id=referral.person_id,
        program=referral.program,
        criteria_version=criteria.version,
        criteria_id=keep(work, criteria),
        outcome=agree(work, criteria, proposal, outcome=outcome, disagreement=disagreement),
        proposed=proposal.outcome,
        disagreement=disagreement,
        exceptions=[dict(each) for each in exceptions],
        decided_by=work.actor.subject,
        decided_at=work.now,
    )
    about = {"referral_id": referral.id, "person_id": referral.person_id}
    screening.findings = [
        Finding(
            **about,
            place=place,
            criterion=each.criterion,
            finding=each.finding,
            reason=each.reason,
            computed=each.computed,
            because=list(each.because),
            missing=list(each.missing),
            informed_by=_reference(each.informed_by),
        )
        for place, each in enumerate(_in_order_told(proposal.findings, findings))
    ]
    screening.answers = [
        ScreeningAnswer(**about, place=place, **each)
        for place, each in enumerate(_kept(work, criteria, told, derived))
    ]
    if rights_information is not None:
        screening.rights_information = [_rights(work, referral, **rights_information)]
    work.add(screening)
    if screening.outcome != "unknown":
        _settle(work, referral, screening)
    return as_the_reader_may_know(work, referral, [screening])[0]


def record_rights_information(
    work: Work,
    *,
    referral_id: UUID,
    screening_id: UUID,
    given_at: datetime | None,
    given_by: str | None,
    way: str,
) -> Screening:
    """The person was told of their rights after the decision; by whom, when and how is kept with it (CO-2).

    Raises NotFound, InvalidInput for a time before the referral or in the future.
    """
    referral = work.load(Referral, referral_id, for_update=True)
    screening = work.load(Screening, screening_id)
    if screening.referral_id != referral.id:
        raise NotFound
    screening.rights_information.append(
        _rights(work, referral, given_at=given_at, given_by=given_by, way=way)
    )
    work.session.flush()
    return as_the_reader_may_know(work, referral, [screening])[0]


def _settle(work: Work, referral: Referral, screening: Screening) -> None:
    deadlines.decided(work, referral, eligible=screening.outcome == "eligible", at=screening.decided_at)
    if screening.outcome == "eligible":
        waitlist.admit(work, referral=referral)
    work.emit(events.referral_screened(screening))
    draft = of_referral(work, referral)
    if draft is not None:
        work.session.delete(draft)


def _draft(work: Work, referral: Referral) -> ScreeningDraft:
    draft = of_referral(work, referral)
    if draft is None:
        raise NotFound
    return draft


def _with_draft(
    work: Work,
    draft: ScreeningDraft | None,
    *,
    answers: Sequence[dict[str, Any]],
    findings: Sequence[dict[str, Any]],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What the draft holds with what is told now, which comes before it."""
    now = {"by": work.actor.subject, "at": work.now.isoformat()}
    told, found = ([{**each, **now} for each in given] for given in (answers, findings))
    if draft is None:
        return told, found
    told_now, found_now = {each["fact"] for each in told}, {each["criterion"] for each in found}
    told = [each for each in draft.answers if each["fact"] not in told_now] + told
    found = [each for each in draft.findings if each["criterion"] not in found_now] + found
    return told, found


def _kept(
    work: Work, criteria: Criteria, told: Sequence[dict[str, Any]], derived: dict[str, Known]
) -> list[dict[str, Any]]:
    usable = taking.known(work, criteria, told)
    kept: list[dict[str, Any]] = [
        {"fact": fact, "value": in_words(value), "derived": True, "answered_at": work.now}
        for fact, value in sorted(derived.items())
    ]
    kept += [
        {
            "fact": each["fact"],
            "value": each["value"],
            "derived": False,
            "answered_by": each["by"],
            "answered_at": datetime.fromisoformat(each["at"]),
            "informed_by": _reference(each["informed_by"]),
        }
        for each in told
        if each["fact"] in usable
    ]
    return kept


def _reference(named: UUID | str | None) -> UUID | None:
    return UUID(str(named)) if named else None


def _in_order_told(found: Sequence[Any], told: Sequence[dict[str, Any]]) -> list[Any]:
    """Findings in the order in which the worker told them, then those of rules in the order of the criteria."""
    places = {each["criterion"]: place for place, each in enumerate(told)}
    return sorted(found, key=lambda each: places.get(each.criterion, len(places)))


def _rights(
    work: Work, referral: Referral, *, given_at: datetime | None, given_by: str | None, way: str
) -> RightsGiven:
    at = given_at or work.now
    if at > work.now:
        raise invalid("/given_at", "past", "Must not be in the future.")
    if at < referral.received_at:
        raise invalid("/given_at", "order", "Must not be before the referral was received.")
    return RightsGiven(
        referral_id=referral.id,
        person_id=referral.person_id,
        given_by=given_by or work.actor.subject,
        given_at=at,
        way=way,
        recorded_by=work.actor.subject,
        recorded_at=work.now,
    )

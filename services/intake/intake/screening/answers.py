"""Taking answers and findings from a screener: checked against the criteria, each fault pointed to (IN-4, IN-12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.errors import FieldError, InvalidInput
from chassis.work import Work
from intake.people.days import today
from intake.prelude.attachments import expect_consent_to_be_known, may_tell
from intake.programs.criteria import Criteria
from intake.programs.rules import Known
from intake.referrals.model import Referral
from intake.screening.facts import NotAnAnswer, read_answer


def check(
    work: Work,
    referral: Referral,
    criteria: Criteria,
    *,
    answers: Sequence[Mapping[str, Any]],
    findings: Sequence[Mapping[str, Any]],
) -> None:
    """Raises InvalidInput with a pointer for each answer or finding that the criteria do not ask for or cannot take.

    An assessment is named as a source only while it is attached and consent lets the caller know what it tells;
    ConsentNotCurrent while nobody knows whether it does.
    """
    faults: list[FieldError] = []
    tell = _told_by(work, referral, [*answers, *findings])
    asked, day = criteria.asked, today(work)
    for at, answer in enumerate(answers):
        fact = asked.get(answer["fact"])
        if fact is None:
            detail = f"Must be a fact that version {criteria.version} asks for."
            faults.append(FieldError(f"/answers/{at}/fact", "fact", detail))
            continue
        try:
            if answer["value"] is not None:
                read_answer(fact, answer["value"], on=day)
        except NotAnAnswer as wrong:
            faults.append(FieldError(f"/answers/{at}/value", "answer", str(wrong)))
        faults += _source(answer, tell, code=fact.code, at=f"/answers/{at}")
    for at, finding in enumerate(findings):
        if finding["criterion"] not in criteria.codes:
            detail = f"Must be a criterion of version {criteria.version}."
            faults.append(FieldError(f"/findings/{at}/criterion", "criterion", detail))
            continue
        tells = {finding["criterion"], *_facts_of(criteria, finding["criterion"])}
        faults += _source(finding, tell, code=tells, at=f"/findings/{at}")
    if faults:
        raise InvalidInput(errors=faults)


def known(work: Work, criteria: Criteria, answers: Sequence[Mapping[str, Any]]) -> dict[str, Known]:
    """Answers as values. One that these criteria do not ask for, or cannot take, is left out."""
    asked, day = criteria.asked, today(work)
    values: dict[str, Known] = {}
    for answer in answers:
        fact = asked.get(answer["fact"])
        if fact is None or answer["value"] is None:
            continue
        try:
            values[fact.code] = read_answer(fact, answer["value"], on=day)
        except NotAnAnswer:
            continue
    return values


def every_criterion_found(criteria: Criteria, findings: Sequence[Mapping[str, Any]]) -> None:
    """Raises InvalidInput naming the criteria without a finding."""
    found = {finding["criterion"] for finding in findings}
    missing = [
        FieldError(pointer="/findings", rule="required", detail=f"A finding on {code} is missing.")
        for code in sorted(criteria.codes - found)
    ]
    if missing:
        raise InvalidInput(errors=missing)


def every_finding_has_a_reason(findings: Sequence[Mapping[str, Any]]) -> None:
    """Raises InvalidInput naming the criteria that a worker found without saying why, as drafts may."""
    missing = [
        FieldError(
            pointer="/findings", rule="required", detail=f"The finding on {each['criterion']} has no reason."
        )
        for each in findings
        if not each["reason"]
    ]
    if missing:
        raise InvalidInput(errors=missing)


def _facts_of(criteria: Criteria, criterion: str) -> frozenset[str]:
    return next((frozenset(each.facts) for each in criteria.criteria if each.code == criterion), frozenset())


def _told_by(
    work: Work, referral: Referral, told: Sequence[Mapping[str, Any]]
) -> Mapping[UUID, frozenset[str]]:
    if not any(each.get("informed_by") for each in told):
        return {}
    expect_consent_to_be_known(work, referral)
    return may_tell(work, referral)


def _source(
    told: Mapping[str, Any], tell: Mapping[UUID, frozenset[str]], *, code: str | set[str], at: str
) -> list[FieldError]:
    named = told.get("informed_by")
    if named is None:
        return []
    codes = {code} if isinstance(code, str) else code
    if codes & tell.get(named, frozenset()):
        return []
    detail = "Must be an assessment that is attached, and that may tell this."
    return [FieldError(f"{at}/informed_by", "assessment", detail)]

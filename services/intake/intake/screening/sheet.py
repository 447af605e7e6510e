"""The sheet that a screener works on: the criteria in force, what is known, what follows, what is to be found out.

What can be filled in without asking is filled in: by the record, and as suggestions from what this person answered
before, so that nobody is asked twice (IN-4, IN-7, IN-12).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis import same_person
from chassis.work import Work
from intake.people.days import today
from intake.prelude.attachments import Support, support
from intake.prelude.model import Checklist
from intake.programs.catalogue import criteria_in_force
from intake.programs.criteria import Criteria
from intake.programs.words import as_told
from intake.referrals.model import Referral
from intake.screening import answers as taking
from intake.screening.competence import competences_missing
from intake.screening.facts import NotAnAnswer, derived_facts, in_words, read_answer
from intake.screening.model import ScreeningAnswer, ScreeningDraft
from intake.screening.proposal import Proposal, propose

_TRUTH = {"yes": "true", "no": "false"}


@dataclass(frozen=True)
class Derived:
    """A fact that the record tells."""

    fact: str
    value: str


@dataclass(frozen=True)
class Suggestion:
    """An answer that the person gave before, for the worker to take over or not."""

    fact: str
    value: str
    source: str
    reference: UUID
    told_at: datetime


@dataclass(frozen=True)
class Sheet:
    """Everything about a screening under way, for the eyes of the caller."""

    criteria: dict[str, Any]
    criteria_changed: bool
    no_longer_asked: tuple[str, ...]
    derived: tuple[Derived, ...]
    proposal: Proposal
    suggestions: tuple[Suggestion, ...]
    support: Support
    may_decide: bool
    competences_missing: tuple[str, ...]


def laid_out(work: Work, draft: ScreeningDraft) -> ScreeningDraft:
    """The draft with its sheet, by the criteria in force today; those it was begun under may have been replaced."""
    referral = draft.referral
    criteria = criteria_in_force(work, referral.program)
    derived = derived_facts(work, referral, criteria, notes=draft.derived)
    known = {**taking.known(work, criteria, draft.answers), **derived}
    lacking = competences_missing(work, criteria)
    draft.sheet = Sheet(
        criteria=as_told(criteria),
        criteria_changed=draft.kept_criteria.digest != criteria.digest,
        no_longer_asked=tuple(
            each["fact"] for each in draft.answers if each["value"] is not None and each["fact"] not in known
        ),
        derived=tuple(Derived(fact, in_words(value)) for fact, value in sorted(derived.items())),
        proposal=propose(criteria, known, by_workers=findings_by_workers(criteria, draft.findings)),
        suggestions=tuple(_suggested(work, referral, criteria, answered=draft.answers)),
        support=support(work, referral),
        may_decide=bool(work.actor.roles & criteria.roles) and not lacking,
        competences_missing=lacking,
    )
    return draft


def findings_by_workers(
    criteria: Criteria, findings: Sequence[Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """What workers found on criteria that these criteria still have."""
    return {each["criterion"]: each for each in findings if each["criterion"] in criteria.codes}


def _suggested(
    work: Work, referral: Referral, criteria: Criteria, *, answered: Sequence[Mapping[str, Any]]
) -> list[Suggestion]:
    already = {each["fact"] for each in answered}
    wanted = {code: fact for code, fact in criteria.asked.items() if code not in already}
    found: dict[str, Suggestion] = {}
    for suggestion in (
        *_from_checklists(work, referral, criteria),
        *_from_screenings(work, referral, wanted),
    ):
        fact = wanted.get(suggestion.fact)
        if fact is None:
            continue
        try:
            read_answer(fact, suggestion.value, on=today(work))
        except NotAnAnswer:
            continue
        earlier = found.get(suggestion.fact)
        if earlier is None or suggestion.told_at > earlier.told_at:
            found[suggestion.fact] = suggestion
    return [found[code] for code in wanted if code in found]


def _from_screenings(work: Work, referral: Referral, wanted: Mapping[str, Any]) -> list[Suggestion]:
    told = (
        work.visible(ScreeningAnswer)
        .where(
            ScreeningAnswer.person_id.in_(same_person.members(work.session, referral.person_id)),
            ScreeningAnswer.fact.in_(wanted),
            ScreeningAnswer.derived.is_(False),
        )
        .order_by(ScreeningAnswer.answered_at.desc(), ScreeningAnswer.id.desc())
        .limit(500)
    )
    return [
        Suggestion(each.fact, each.value, "screening", each.screening_id, each.answered_at)
        for each in work.session.scalars(told)
    ]


def _from_checklists(work: Work, referral: Referral, criteria: Criteria) -> list[Suggestion]:
    told_by = {
        (informing.form, informing.question): fact.code
        for fact in criteria.facts
        if fact.kind == "boolean"
        for informing in fact.informed_by
    }
    if not told_by:
        return []
    latest = (
        work.visible(Checklist)
        .where(
            Checklist.person_id.in_(same_person.members(work.session, referral.person_id)),
            Checklist.form.in_(sorted({form for form, _ in told_by})),
        )
        .order_by(Checklist.filled_at.desc())
        .limit(5)
    )
    return [
        Suggestion(
            told_by[checklist.form, each["question"]],
            _TRUTH[each["answer"]],
            "checklist",
            checklist.id,
            checklist.filled_at,
        )
        for checklist in work.session.scalars(latest)
        for each in checklist.answers
        if (checklist.form, each["question"]) in told_by and each["answer"] in _TRUTH
    ]


def of_referral(work: Work, referral: Referral) -> ScreeningDraft | None:
    """The draft of a referral, None when nobody has begun."""
    wanted = work.visible(ScreeningDraft).where(ScreeningDraft.referral_id == referral.id)
    return work.session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()

"""A screening under way: begun by one worker, saved as it goes, gone on with by a colleague (IN-4, GW-3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from chassis.errors import NotFound
from chassis.ids import new_id
from chassis.work import Work
from intake.people.days import today
from intake.programs.catalogue import criteria_in_force, keep
from intake.referrals.model import Referral
from intake.screening import answers as taking
from intake.screening.facts import as_noted, derived_facts
from intake.screening.model import ScreeningDraft
from intake.screening.sheet import laid_out, of_referral


def begin(work: Work, *, referral_id: UUID) -> ScreeningDraft:
    """Begin to screen, or go on with what was begun; two at once begin the same draft (IN-4).

    Raises ReferralClosed, NotReachedYet, DecidedAlready, NoCriteriaInForce.
    """
    referral = work.load(Referral, referral_id, for_update=True)
    referral.may_be_screened()
    criteria = criteria_in_force(work, referral.program)
    row = {
        "id": new_id(),
        "referral_id": referral.id,
        "person_id": referral.person_id,
        "criteria_id": keep(work, criteria),
        "begun_by": work.actor.subject,
        "answers": [],
        "findings": [],
        "derived": as_noted(derived_facts(work, referral, criteria), on=today(work)),
        "version": 1,
        "created_at": work.now,
        "updated_at": work.now,
    }
    work.session.execute(insert(ScreeningDraft).values(**row).on_conflict_do_nothing())
    return read(work, referral_id=referral_id)


def read(work: Work, *, referral_id: UUID) -> ScreeningDraft:
    """The draft of a referral with what follows from it so far. Raises NotFound when nobody has begun."""
    draft = of_referral(work, work.load(Referral, referral_id))
    if draft is None:
        raise NotFound
    return laid_out(work, draft)


def save(
    work: Work,
    *,
    referral_id: UUID,
    answers: Sequence[dict[str, Any]],
    findings: Sequence[dict[str, Any]],
) -> ScreeningDraft:
    """Keep answers and findings so far; each replaces the earlier one to the same question, and the rest stays.

    An answer without a value says that it was asked and is not known; a finding without one takes it back. Raises
    NotFound when nobody has begun, StaleVersion, ReferralClosed, DecidedAlready, InvalidInput.
    """
    referral = work.load(Referral, referral_id)
    begun = of_referral(work, referral)
    if begun is None:
        raise NotFound
    draft = work.load(ScreeningDraft, begun.id, for_update=True)
    referral.may_be_screened()
    criteria = criteria_in_force(work, referral.program)
    given = [each for each in findings if each["finding"] is not None]
    taking.check(work, referral, criteria, answers=answers, findings=given)
    draft.answers = _with(draft.answers, answers, by=work, key="fact")
    kept = _with(draft.findings, findings, by=work, key="criterion")
    draft.findings = [each for each in kept if each["finding"] is not None]
    draft.criteria_id = keep(work, criteria)
    told = derived_facts(work, referral, criteria, notes=draft.derived)
    draft.derived = as_noted(told, on=today(work))
    work.session.flush()
    work.session.refresh(draft)
    return laid_out(work, draft)


def _with(
    earlier: Sequence[dict[str, Any]], given: Sequence[dict[str, Any]], *, by: Work, key: str
) -> list[dict[str, Any]]:
    """Answers by what they answer, each with who gave it and when; in the order in which they were first given."""
    merged = {each[key]: each for each in earlier}
    for each in given:
        told = {name: str(value) if isinstance(value, UUID) else value for name, value in each.items()}
        merged[each[key]] = {**told, "by": by.actor.subject, "at": by.now.isoformat()}
    return list(merged.values())

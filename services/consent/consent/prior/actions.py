"""What may happen to decisions made beforehand, and when a Ulysses agreement applies (CO-3)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from chassis.clocks import days, house_calendar
from chassis.errors import AccessDenied, invalid
from chassis.ids import new_id
from chassis.work import Work
from consent.codes import expect_codes
from consent.people.actions import open_to_recorder, register
from consent.prior.model import ANYBODY, PriorDecision, PriorRule
from consent.representation.model import Representative

REVIEW = "prior_decision_review"
STILL_APPLIES = "ulysses_review"
# While it applies the person's own "no" is not the last word towards the representative: a week is looked at anew.
TO_LOOK_AGAIN = days(7)


def lay_down(
    work: Work,
    *,
    person_id: UUID,
    kind: str,
    made_on: date,
    says: str,
    applies_when: str | None,
    evidence: str,
    witnesses: list[str],
    representative_id: UUID | None,
    review_on: date | None,
    rules: list[dict[str, Any]],
) -> PriorDecision:
    """Put an advance directive, representation agreement or Ulysses agreement on file (CO-3).

    What of it can be said in codes (`rules`) guides whoever decides while it applies; the words guide people. Raises
    NotFound, AccessDenied, InvalidInput for unknown codes, days that make no sense or a representative of another
    person.
    """
    if work.actor.organisation is None:
        raise AccessDenied
    for place, rule in enumerate(rules):
        expect_codes(rule["categories"], known="categories", pointer=f"rules/{place}/categories")
    register.expect(work, [person_id])
    today = house_calendar().day_of(work.now)
    if made_on > today:
        raise invalid("/made_on", "past", "Must not be in the future.")
    if review_on is not None and review_on < today:
        raise invalid("/review_on", "range", "Must be a day to come.")
    if representative_id is not None:
        named = work.load(Representative, representative_id)
        if named.person_id != person_id:
            raise invalid("/representative_id", "person", "Must be a representative of the same person.")
    decision = PriorDecision(
        id=new_id(),
        person_id=person_id,
        kind=kind,
        made_on=made_on,
        says=says,
        applies_when=applies_when,
        evidence=evidence,
        witnesses=witnesses,
        representative_id=representative_id,
        review_on=review_on,
        recorded_by=work.actor.subject,
        times=[],
    )
    decision.rules = [
        PriorRule(
            person_id=person_id,
            place=place,
            kind=kind,
            effect=rule["effect"],
            recipient=rule["recipient"] or ANYBODY,
            categories=sorted(rule["categories"]),
            representative_id=representative_id,
        )
        for place, rule in enumerate(rules)
    ]
    open_to_recorder(work, person_id=person_id, record=("prior_decision", decision.id))
    work.add(decision)
    if review_on is not None:
        work.clocks.start(REVIEW, decision, due=house_calendar().end_of(review_on), person=person_id)
    return decision


def revoke(work: Work, *, id: UUID, reason: str) -> PriorDecision:
    """The person takes it back; it stays on file and counts no more, at once.

    That holds for a Ulysses agreement in its own time too: it binds as long as the person lets it stand. It is marked
    (`revoked_while_applying`), so that somebody asks. Raises DirectiveRevoked.
    """
    decision = work.load(PriorDecision, id, for_update=True)
    decision.revoke(at=work.now, by=work.actor.subject, reason=reason)
    _stop(work, decision, kinds=(REVIEW, STILL_APPLIES))
    return decision


def begin_to_apply(work: Work, *, id: UUID, signs: str) -> PriorDecision:
    """Say that the circumstances of a Ulysses agreement are there, by the signs that it names (CO-3).

    From now on, and no earlier, a *no* of the person does not keep the representative from opening what the agreement
    permits. The person's *no* and withdrawal still end at once what is open, and are marked. Whether it still applies
    is looked at within a week, on a clock. Raises AccessDenied for the person's own or any sign-in outside every
    organisation, DirectiveRevoked, NotAUlyssesAgreement, AppliesAlready.
    """
    if work.actor.organisation is None:
        raise AccessDenied
    decision = work.load(PriorDecision, id, for_update=True)
    decision.begin_to_apply(at=work.now, by=work.actor.subject, signs=signs)
    work.clocks.start(STILL_APPLIES, decision, within=TO_LOOK_AGAIN, person=decision.person_id)
    return decision


def cease_to_apply(work: Work, *, id: UUID, reason: str) -> PriorDecision:
    """Say that the circumstances are over: the person's word is the last again. Raises DoesNotApply."""
    decision = work.load(PriorDecision, id, for_update=True)
    decision.cease_to_apply(at=work.now, by=work.actor.subject, reason=reason)
    _stop(work, decision, kinds=(STILL_APPLIES,))
    return decision


def _stop(work: Work, decision: PriorDecision, *, kinds: tuple[str, ...]) -> None:
    for clock in work.clocks.of(decision):
        if clock.is_open and clock.kind in kinds:
            work.clocks.cancel(clock.kind, decision)

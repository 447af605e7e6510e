"""What may happen to the authority to decide for somebody, and to decisions made beforehand (CO-3)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from chassis.clocks import house_calendar
from chassis.errors import AccessDenied, RuleBroken, invalid
from chassis.ids import new_id
from chassis.work import Work
from consent.codes import expect_codes
from consent.people.actions import OWN_RECORD, expect_known
from consent.representation.model import PriorDecision, Representative

AUTHORITY_ENDS = "authority_ends"
REVIEW = "prior_decision_review"


class NoAuthorityToDecide(RuleBroken):
    """The representative's authority has ended, has not begun, or does not cover what is decided."""

    code = "no_authority_to_decide"
    title = "The representative has no authority to decide this"


def appoint(
    work: Work,
    *,
    person_id: UUID,
    name: str,
    account: str | None,
    relationship: str,
    authority: str,
    evidence: str,
    decides_about: list[str],
    valid_from: date | None,
    valid_until: date | None,
) -> Representative:
    """Record a substitute decision maker with authority and period; its end is a clock (CO-3).

    The representative's own sign-in, if any, sees this record. Raises NotFound, AccessDenied for a sign-in outside
    every organisation, InvalidInput for unknown categories and periods that are over.
    """
    expect_codes(decides_about, known="categories", pointer="decides_about")
    _expect_organisation(work)
    expect_known(work, person_id=person_id)
    today = house_calendar().day_of(work.now)
    begins = valid_from or today
    if valid_until is not None and valid_until < max(begins, today):
        raise invalid("/valid_until", "range", "Must not be before today and before valid_from.")
    representative = Representative(
        id=new_id(),
        person_id=person_id,
        name=name,
        account=account,
        relationship=relationship,
        authority=authority,
        evidence=evidence,
        decides_about=sorted(decides_about),
        valid_from=begins,
        valid_until=valid_until,
        recorded_by=work.actor.subject,
    )
    _open_to_recorder(work, person_id=person_id, record=("representative", representative.id))
    if account is not None:
        work.grants.give(
            grantee=f"worker:{account}",
            record=("representative", representative.id),
            categories=["consent"],
            purposes=[OWN_RECORD],
            basis="self",
            reference=representative.id,
        )
    work.add(representative)
    if valid_until is not None:
        due = house_calendar().end_of(valid_until)
        work.clocks.start(AUTHORITY_ENDS, representative, due=due, person=person_id)
    return representative


def end_authority(work: Work, *, id: UUID, reason: str) -> Representative:
    """The representative decides no more; what they decided stays as it was. Raises AuthorityEnded."""
    representative = work.load(Representative, id, for_update=True)
    representative.end(at=work.now, by=work.actor.subject, reason=reason)
    work.grants.end(reference=representative.id)
    for clock in work.clocks.of(representative):
        if clock.is_open:
            work.clocks.cancel(clock.kind, representative)
    return representative


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
) -> PriorDecision:
    """Put an advance directive, representation agreement or Ulysses agreement on file (CO-3).

    Raises NotFound, AccessDenied, InvalidInput for days that make no sense or a representative of another person.
    """
    _expect_organisation(work)
    expect_known(work, person_id=person_id)
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
    )
    _open_to_recorder(work, person_id=person_id, record=("prior_decision", decision.id))
    work.add(decision)
    if review_on is not None:
        work.clocks.start(REVIEW, decision, due=house_calendar().end_of(review_on), person=person_id)
    return decision


def revoke(work: Work, *, id: UUID, reason: str) -> PriorDecision:
    """The person takes it back; it stays on file and counts no more. Raises DirectiveRevoked."""
    decision = work.load(PriorDecision, id, for_update=True)
    decision.revoke(at=work.now, by=work.actor.subject, reason=reason)
    for clock in work.clocks.of(decision):
        if clock.is_open:
            work.clocks.cancel(clock.kind, decision)
    return decision


def deciding(
    work: Work, *, representative_id: UUID, person_id: UUID, categories: list[str]
) -> Representative:
    """The representative who decides for the person now. Raises NoAuthorityToDecide, NotFound, AccessDenied."""
    representative = work.load(Representative, representative_id)
    today = house_calendar().day_of(work.now)
    stands = representative.person_id == person_id and representative.decides_on(today)
    if not stands or not representative.may_decide_about(categories):
        raise NoAuthorityToDecide
    return representative


def _expect_organisation(work: Work) -> None:
    if work.actor.organisation is None:
        raise AccessDenied


def _open_to_recorder(work: Work, *, person_id: UUID, record: tuple[str, UUID]) -> None:
    work.grants.give(
        grantee=f"worker:{work.actor.subject}",
        record=record,
        categories=["consent"],
        basis="team",
        may_write=True,
        reaches_restricted=person_id in work.grants.restricted_among([person_id]),
    )

"""What may happen to a person's decisions about who sees what (CO-1, CO-2, CO-3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis import contracts, same_person
from chassis.clocks import breach_overdue, forecast_upcoming, house_calendar
from chassis.errors import AccessDenied, NotFound, RuleBroken, invalid
from chassis.events import Received
from chassis.ids import new_id
from chassis.work import Work
from consent import events
from consent.agreements.queries import covering
from consent.codes import expect_codes
from consent.directives.deciders import PERSON, Decider, Scope, unbound, who_closes, who_gives
from consent.directives.ending import BATCH, Ending, close, end_earlier, stop_clocks
from consent.directives.model import GIVEN, Consent, Explanation, Word
from consent.directives.standing import tell
from consent.directives.turns import next_turn
from consent.people.actions import is_the_person, open_to_decider, open_to_recorder, register
from consent.prior.guidance import guidance

EXPIRY = "expiry"
REVIEW = "review"
# What was decided for a child is looked at with the child once a year at least, when no other day was named (CO-3).
A_YEAR = timedelta(days=365)


class ConsentNotLive(RuleBroken):
    """What was withdrawn, has expired, or was refused from the start opens nothing to withdraw."""

    code = "consent_not_live"
    title = "This consent has ended already"


class ImpliedToOneself(RuleBroken):
    """Nobody concludes from a person's conduct that they themselves may look."""

    code = "implied_consent_to_oneself"
    title = "Whoever records a consent to themselves needs the person's words or signature"


class ImpliedByAnother(RuleBroken):
    """What somebody else does tells nothing of what the person agrees to."""

    code = "implied_consent_by_another"
    title = "Whoever decides in a person's place does so in words or in writing"


class ImpliedIsNotEnough(RuleBroken):
    """Sensitive categories are opened by words or by signature, never by conduct."""

    code = "implied_consent_is_not_enough"
    title = "Sensitive information needs verbal or written consent"


def record(
    work: Work,
    *,
    person_id: UUID,
    decision: str,
    recipient: str,
    categories: list[str],
    purposes: list[str],
    form: str,
    evidence: str | None,
    heard_by: str | None,
    valid_from: datetime | None,
    valid_until: datetime | None,
    review_on: date | None,
    given_by: dict[str, Any],
    explanation: dict[str, Any] | None,
) -> Consent:
    """Record what a person decided, after it was explained (CO-1, CO-2).

    A refusal is remembered and ends live consents to the same recipient for the same categories; it undoes
    nothing that was seen before. The worker who records keeps sight of this decision, not of the others.
    Whoever may not record for the person is told so before any rule is asked, and learns nothing from the rules.

    Raises NotFound for a person unknown or hidden, AccessDenied when a sign-in outside every organisation
    records for somebody else, ImpliedIsNotEnough, ImpliedToOneself, ImpliedByAnother, what `who_gives` and
    `who_closes` raise, InvalidInput for unknown codes and periods that are over.
    """
    expect_codes(categories, known="categories")
    expect_codes(purposes, known="purposes")
    _expect_future(work, valid_from=valid_from, valid_until=valid_until, review_on=review_on)
    _expect_form(work, form=form, decision=decision, recipient=recipient, categories=categories, by=given_by)
    register.expect(work, [person_id])
    _expect_to_record(work, person_id=person_id)
    at = next_turn(work, persons=same_person.members(work.session, person_id))
    # Asked anew in the turn: the link to this sign-in may have ended while the caller waited for it.
    _expect_to_record(work, person_id=person_id)
    agreement = covering(work, recipient=recipient, categories=categories, purposes=purposes)
    decider = (who_gives if decision == GIVEN else who_closes)(
        work, scope=Scope(person_id, recipient, categories), told=given_by, at=at
    )
    consent = Consent(
        id=new_id(),
        person_id=person_id,
        decision=decision,
        recipient=recipient,
        categories=sorted(categories),
        purposes=sorted(purposes),
        form=form,
        evidence=evidence,
        heard_by=(heard_by or work.actor.subject) if form == "verbal" else heard_by,
        valid_from=valid_from or work.now,
        valid_until=valid_until,
        review_on=review_on,
        given_by=decider.given_by,
        explanation=_explained(work, explanation, categories=categories),
        agreement_id=None if agreement is None else agreement.id,
        recorded_by=work.actor.subject,
        recorded_for=work.actor.organisation,
        recorded_at=at,
    )
    consent.review_on = consent.review_on or look_again_on(work, consent)
    consent.next_review_on = consent.review_on
    _open_to_those_who_decided(work, consent, decider=decider)
    consent.begin(at=at, by=work.actor.subject, against_prior=decider.departs)
    work.add(consent)
    if consent.is_live:
        _start_clocks(work, consent)
        work.emit(events.consent_given(consent, categories=consent.live_categories))
    else:
        work.emit(events.consent_refused(consent))
        end_earlier(work, _refusing(consent), among=work.visible(Consent, writing=True))
    tell(work, [consent])
    return consent


def withdraw(
    work: Work,
    *,
    id: UUID,
    categories: list[str] | None,
    form: str | None,
    evidence: str | None,
    heard_by: str | None,
    reason: str | None,
    given_by: dict[str, Any] | None,
) -> Consent:
    """Take a consent back, whole or for some categories; every service follows within a second (CO-1, CO-8).

    It is kept whose word it was, by the rules of a withdrawal of much at once: at their own sign-in the person, or who
    gave it in the person's place; at a desk who is named there, and nobody when nobody is: a consent ends all the same.
    What the person takes back in their own word nobody gives again in their place (CO-3).

    Raises ConsentNotLive when nothing is open any more, InvalidInput when a named category is not open, what
    `who_closes` raises for who is named.
    """
    person_id = work.load(Consent, id).person_id
    at = next_turn(work, persons=same_person.members(work.session, person_id))
    consent = work.load(Consent, id, for_update=True)
    if not consent.is_live:
        raise ConsentNotLive()
    for position, code in enumerate(categories or []):
        if code not in consent.live_categories:
            raise invalid(f"/categories/{position}", "not_open", "This consent does not open the category.")
    closing = list(categories or consent.live_categories)
    scope = Scope(person_id, consent.recipient, closing)
    decider = _who_takes_back(work, consent, scope=scope, told=given_by, at=at)
    laid_down = guidance(work, person_id=person_id)
    close(
        work,
        consent,
        categories=closing,
        by=work.actor.subject,
        reason=reason,
        against_prior=laid_down.permits_some(recipient=scope.recipient, categories=closing),
        word=Word(
            given_by=None if decider is None else decider.given_by,
            form=form,
            evidence=evidence,
            heard_by=(heard_by or work.actor.subject) if form == "verbal" else heard_by,
        ),
    )
    work.session.flush()
    tell(work, [consent])
    return consent


def _who_takes_back(
    work: Work, consent: Consent, *, scope: Scope, told: dict[str, Any] | None, at: datetime
) -> Decider | None:
    """Whose word it is; None where nobody said. A sign-in outside every organisation speaks for itself only."""
    if is_the_person(work, consent.person_id):
        told = told or {"capacity": PERSON}
    elif work.actor.organisation is None:
        mine = consent.given_by.account == work.actor.subject
        return unbound(asdict(consent.given_by)) if mine else None
    return None if told is None else who_closes(work, scope=scope, told=told, at=at)


def follow_refusal(work: Work, *, event: Received) -> None:
    """In the lane: end what a refusal ends although the worker who recorded it could not see it (CO-1)."""
    refusal = work.session.get(Consent, UUID(event.data["consent_id"]))
    if refusal is None:
        raise NotFound()
    end_earlier(work, _refusing(refusal), among=select(Consent))


def keep_clocks(work: Work) -> None:
    """Expire what is due, then announce reviews that nobody held, and what will come; on a timer (CO-1)."""
    if expire_due(work) < BATCH:
        breach_overdue(work)
        forecast_upcoming(work)


def expire_due(work: Work) -> int:
    """End consents whose period is over, oldest first, at most a batch of them; how many."""
    due = (
        select(Consent)
        .where(Consent.state == GIVEN, Consent.valid_until <= work.now)
        .order_by(Consent.valid_until)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    expired = work.session.scalars(due).all()
    for consent in expired:
        assert consent.valid_until is not None  # noqa: S101 - asked for above, said again for the type checker
        consent.expire(at=consent.valid_until)
        work.clocks.meet(EXPIRY, consent, at=consent.valid_until)
        stop_clocks(work, consent)
        work.emit(events.consent_expired(consent, at=consent.valid_until))
    work.session.flush()
    return len(expired)


def _sensitive() -> set[str]:
    return {code for code, told in contracts.access_list("categories").items() if told.get("sensitive")}


def _expect_future(
    work: Work, *, valid_from: datetime | None, valid_until: datetime | None, review_on: date | None
) -> None:
    if valid_until is not None and valid_until <= max(valid_from or work.now, work.now):
        raise invalid("/valid_until", "range", "Must be later than now and than valid_from.")
    if review_on is not None and house_calendar().end_of(review_on) <= work.now:
        raise invalid("/review_on", "range", "Must be a day to come.")


def _expect_to_record(work: Work, *, person_id: UUID) -> None:
    """A sign-in outside every organisation records the decisions of the person whose own it is, and no others."""
    if work.actor.organisation is None and not is_the_person(work, person_id):
        raise AccessDenied


def _explained(work: Work, told: dict[str, Any] | None, *, categories: Iterable[str]) -> Explanation | None:
    if told is None:
        return None
    explained_at = told["explained_at"] or work.now
    if explained_at > work.now:
        raise invalid("/explanation/explained_at", "range", "Must not be later than now.")
    return Explanation(
        explained_by=told["explained_by"] or work.actor.subject,
        explained_at=explained_at,
        meaning=sorted(told["meaning"] or categories),
        text=told["text"],
        refusal_explained=told["refusal_explained"],
    )


def _expect_form(
    work: Work, *, form: str, decision: str, recipient: str, categories: list[str], by: dict[str, Any]
) -> None:
    """Conduct opens little: nothing sensitive, nothing to who records it, nothing in somebody's place (CO-1)."""
    if form != "implied" or decision != GIVEN:
        return
    if _sensitive() & set(categories):
        raise ImpliedIsNotEnough()
    if recipient == f"worker:{work.actor.subject}":
        raise ImpliedToOneself
    if by["capacity"] != "person":
        raise ImpliedByAnother


def look_again_on(work: Work, consent: Consent) -> date | None:
    """The day on which a parent's or carer's consent is looked at with the child when none was named (CO-3).

    It is the last day on which they decide for the child if that is known, else a year from now. From then on the child
    decides alone, and a consent that the child has confirmed is the child's.
    """
    by_another = consent.given_by.capacity in ("parent", "carer")
    if consent.decision != GIVEN or not by_another or consent.valid_until is not None:
        return None
    today, last = house_calendar().day_of(work.now), consent.given_by.until
    if last is not None and last <= today:
        return None
    in_a_year = today + A_YEAR
    return min(last or in_a_year, in_a_year)


def _open_to_those_who_decided(work: Work, consent: Consent, *, decider: Decider) -> None:
    """Grants on the new decision: to the worker who records it, and to who made it in the person's place."""
    record = ("consent", consent.id)
    if not is_the_person(work, consent.person_id):
        open_to_recorder(work, person_id=consent.person_id, record=record)
    account = consent.given_by.account
    if not decider.is_the_person and account is not None:
        until = sees_until(decider)
        open_to_decider(work, account=account, person_id=consent.person_id, record=record, until=until)


def sees_until(decider: Decider) -> datetime | None:
    """When the last day is over on which somebody decides in a person's place; None when that is not known."""
    if decider.until is None:
        return None
    return datetime.combine(decider.until + timedelta(days=1), time.min, tzinfo=house_calendar().zone)


def _refusing(refusal: Consent) -> Ending:
    return Ending(
        decision=refusal.id,
        persons=[refusal.person_id],
        recipient=refusal.recipient,
        categories=refusal.categories,
        at=refusal.recorded_at,
        by=refusal.recorded_by,
        reason="refused",
        against_prior=refusal.against_prior_decision,
    )


def _start_clocks(work: Work, consent: Consent) -> None:
    if consent.valid_until is not None:
        work.clocks.start(EXPIRY, consent, person=consent.person_id, due=consent.valid_until)
    if consent.review_on is not None:
        due = house_calendar().end_of(consent.review_on)
        work.clocks.start(REVIEW, consent, person=consent.person_id, due=due)

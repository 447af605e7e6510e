"""What may happen to a person's decisions about who sees what (CO-1, CO-2, CO-3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from chassis import contracts
from chassis.clocks import breach_overdue, forecast_upcoming, house_calendar
from chassis.errors import AccessDenied, NotFound, RuleBroken, invalid
from chassis.events import Received
from chassis.ids import new_id
from chassis.work import Work
from consent import events
from consent.codes import expect_codes
from consent.directives import refusals
from consent.directives.deciders import decider
from consent.directives.model import GIVEN, Consent, Explanation
from consent.people.actions import OWN_RECORD, expect_known

EXPIRY = "expiry"
REVIEW = "review"
BATCH = 200


class ConsentNotLive(RuleBroken):
    """What was withdrawn, has expired, or was refused from the start opens nothing to withdraw."""

    code = "consent_not_live"
    title = "This consent has ended already"


class ImpliedToOneself(RuleBroken):
    """Nobody concludes from a person's conduct that they themselves may look."""

    code = "implied_consent_to_oneself"
    title = "Whoever records a consent to themselves needs the person's words or signature"


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
    valid_from: datetime | None,
    valid_until: datetime | None,
    review_on: date | None,
    given_by: dict[str, Any],
    explanation: dict[str, Any] | None,
) -> Consent:
    """Record what a person decided, after it was explained (CO-1, CO-2).

    A refusal is remembered and ends live consents to the same recipient for the same categories; it undoes
    nothing that was seen before. The worker who records keeps sight of this decision, not of the others.

    Raises NotFound for a person unknown or hidden, AccessDenied when a sign-in outside every organisation
    records for somebody else, ImpliedIsNotEnough, ImpliedToOneself, what `decider` raises, InvalidInput for
    unknown codes and periods that are over.
    """
    expect_codes(categories, known="categories")
    expect_codes(purposes, known="purposes")
    _expect_future(work, valid_from=valid_from, valid_until=valid_until, review_on=review_on)
    if form == "implied" and decision == GIVEN and _sensitive() & set(categories):
        raise ImpliedIsNotEnough()
    if form == "implied" and decision == GIVEN and recipient == f"worker:{work.actor.subject}":
        raise ImpliedToOneself
    expect_known(work, person_id=person_id)
    consent = Consent(
        id=new_id(),
        person_id=person_id,
        decision=decision,
        recipient=recipient,
        categories=sorted(categories),
        purposes=sorted(purposes),
        form=form,
        evidence=evidence,
        valid_from=valid_from or work.now,
        valid_until=valid_until,
        review_on=review_on,
        given_by=decider(
            work,
            person_id=person_id,
            decision=decision,
            recipient=recipient,
            categories=categories,
            told=given_by,
        ),
        explanation=_explained(work, explanation, categories=categories),
        recorded_by=work.actor.subject,
        recorded_for=work.actor.organisation,
        recorded_at=work.now,
    )
    _open_to_those_who_decided(work, consent)
    consent.begin(at=work.now, by=work.actor.subject)
    work.add(consent)
    if consent.is_live:
        _start_clocks(work, consent)
        work.emit(events.consent_given(consent))
    else:
        work.emit(events.consent_refused(consent))
        _end_what_it_refuses(work, consent, among=work.visible(Consent, writing=True))
    return consent


def withdraw(work: Work, *, id: UUID, categories: list[str] | None, reason: str | None) -> Consent:
    """Take a consent back, whole or for some categories; every service follows within a second (CO-1, CO-8).

    What the person takes back at their own sign-in nobody gives again in their place (CO-3).

    Raises ConsentNotLive when nothing is open any more, InvalidInput when a named category is not open.
    """
    consent = work.load(Consent, id, for_update=True)
    if not consent.is_live:
        raise ConsentNotLive()
    for position, code in enumerate(categories or []):
        if code not in consent.live_categories:
            raise invalid(f"/categories/{position}", "not_open", "This consent does not open the category.")
    closing = list(categories or consent.live_categories)
    if _is_the_person(work, consent.person_id):
        refusals.remember(work, person_id=consent.person_id, recipient=consent.recipient, categories=closing)
    _close(work, consent, categories=closing, by=work.actor.subject, reason=reason)
    return consent


def follow_refusal(work: Work, *, event: Received) -> None:
    """In the lane: end what a refusal ends although the worker who recorded it could not see it (CO-1)."""
    refusal = work.session.get(Consent, UUID(event.data["consent_id"]))
    if refusal is None:
        raise NotFound()
    _end_what_it_refuses(work, refusal, among=select(Consent))


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
        _stop_clocks(work, consent)
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


def _is_the_person(work: Work, person_id: UUID) -> bool:
    me = f"worker:{work.actor.subject}"
    return bool(work.grants.live(record=("person", person_id), grantee=me, basis="self"))


def _open_to_those_who_decided(work: Work, consent: Consent) -> None:
    """Grants on the new decision: to the worker who records it, and to a parent or carer who made it."""
    me = f"worker:{work.actor.subject}"
    if not _is_the_person(work, consent.person_id):
        if work.actor.organisation is None:
            raise AccessDenied()
        reaches = consent.person_id in work.grants.restricted_among([consent.person_id])
        work.grants.give(
            grantee=me,
            record=("consent", consent.id),
            categories=["consent"],
            basis="team",
            may_write=True,
            reaches_restricted=reaches,
        )
    account = consent.given_by.account
    if consent.given_by.capacity != "person" and account is not None:
        work.grants.give(
            grantee=f"worker:{account}",
            record=("consent", consent.id),
            categories=["consent"],
            purposes=[OWN_RECORD],
            basis="self",
            may_write=True,
        )


def _end_what_it_refuses(work: Work, refusal: Consent, *, among: Select[Consent]) -> None:
    """Close, in live consents recorded before, the categories that the same recipient is refused now."""
    earlier = (
        among.where(
            Consent.person_id == refusal.person_id,
            Consent.recipient == refusal.recipient,
            Consent.state == GIVEN,
            Consent.recorded_at <= refusal.recorded_at,
            Consent.live_categories.op("&&")(refusal.categories),
        )
        .order_by(Consent.id)
        .with_for_update(of=Consent)
    )
    for consent in work.session.scalars(earlier).all():
        _close(work, consent, categories=refusal.categories, by=refusal.recorded_by, reason="refused")


def _close(work: Work, consent: Consent, *, categories: list[str], by: str, reason: str | None) -> None:
    """Publish an ending, then say anew what stays open: no listener is ever a category too generous."""
    nothing_left = consent.withdraw(categories=categories, at=work.now, by=by, reason=reason)
    work.emit(events.consent_withdrawn(consent, at=work.now))
    if nothing_left:
        _stop_clocks(work, consent)
    else:
        work.emit(events.consent_given(consent))
    work.session.flush()


def _start_clocks(work: Work, consent: Consent) -> None:
    if consent.valid_until is not None:
        work.clocks.start(EXPIRY, consent, person=consent.person_id, due=consent.valid_until)
    if consent.review_on is not None:
        due = house_calendar().end_of(consent.review_on)
        work.clocks.start(REVIEW, consent, person=consent.person_id, due=due)


def _stop_clocks(work: Work, consent: Consent) -> None:
    for clock in work.clocks.of(consent):
        if clock.is_open:
            work.clocks.cancel(clock.kind, consent)

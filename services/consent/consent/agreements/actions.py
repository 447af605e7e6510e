"""What may happen to agreements between organisations (CO-4)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from chassis.clocks import house_calendar
from chassis.errors import invalid
from chassis.ids import new_id
from chassis.work import Work
from consent.agreements.model import Agreement, RenewedAlready
from consent.codes import expect_codes

EXPIRY = "agreement_expiry"


def sign(
    work: Work,
    *,
    kind: str,
    title: str,
    organisations: list[str],
    partner: str | None,
    categories: list[str],
    purposes: list[str],
    terms: str | None,
    evidence: str,
    signed_on: date,
    valid_from: date | None,
    valid_until: date | None,
    renews: UUID | None,
) -> Agreement:
    """Put a signed agreement on file; its expiry is announced beforehand by a clock (CO-4).

    One that `renews` another follows it between the same organisations, and the other is no longer told to expire.
    An agreement opens no record: a person's consent does. Raises InvalidInput for unknown codes, odd periods and a
    renewal of something else, RenewedAlready.
    """
    expect_codes(categories, known="categories")
    expect_codes(purposes, known="purposes")
    today = house_calendar().day_of(work.now)
    begins = valid_from or signed_on
    if signed_on > today:
        raise invalid("/signed_on", "past", "Must not be in the future.")
    if valid_until is not None and valid_until < max(begins, today):
        raise invalid("/valid_until", "range", "Must not be before today and before valid_from.")
    if renews is not None:
        _expect_renewable(work, renews=renews, organisations=organisations, partner=partner)
    agreement = Agreement(
        id=new_id(),
        kind=kind,
        title=title,
        organisations=sorted(organisations),
        partner=partner,
        categories=sorted(categories),
        purposes=sorted(purposes),
        terms=terms,
        evidence=evidence,
        signed_on=signed_on,
        valid_from=begins,
        valid_until=valid_until,
        recorded_by=work.actor.subject,
        renews=renews,
    )
    try:
        with work.session.begin_nested():
            work.add(agreement)
    except IntegrityError:
        raise RenewedAlready from None
    if valid_until is not None:
        work.clocks.start(EXPIRY, agreement, due=house_calendar().end_of(valid_until))
    return agreement


def end(work: Work, *, id: UUID, reason: str) -> Agreement:
    """The organisations end it before its time; what it renewed is told to expire again. Raises AgreementEnded."""
    agreement = work.load(Agreement, id, for_update=True)
    agreement.end(at=work.now, by=work.actor.subject, reason=reason)
    for clock in work.clocks.of(agreement):
        if clock.is_open:
            work.clocks.cancel(clock.kind, agreement)
    if agreement.renews is not None:
        _expires_after_all(work, work.session.get_one(Agreement, agreement.renews))
    return agreement


def _expires_after_all(work: Work, earlier: Agreement) -> None:
    if earlier.ended_at is not None or earlier.valid_until is None:
        return
    due = house_calendar().end_of(earlier.valid_until)
    if due > work.now:
        work.clocks.start(EXPIRY, earlier, due=due)


def _expect_renewable(work: Work, *, renews: UUID, organisations: list[str], partner: str | None) -> None:
    """Hold a renewal against what it follows, and meet the clock of that one: somebody has seen to it."""
    earlier = work.load(Agreement, renews, for_update=True)
    if earlier.organisations != sorted(organisations):
        raise invalid("/renews", "organisations", "Must be an agreement between the same organisations.")
    if earlier.partner != partner:
        raise invalid("/renews", "partner", "Must be an agreement with the same partner of the standard.")
    for clock in work.clocks.of(earlier):
        if clock.is_open:
            work.clocks.meet(clock.kind, earlier)

"""Releasing money (PO-4)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from chassis.clocks import house_calendar
from chassis.ids import new_id
from chassis.work import Work
from portal import events
from portal.invoices.model import APPROVED, Invoice, SeparationOfDuties
from portal.invoices.model import PAID as INVOICE_PAID
from portal.invoices.model import SCHEDULED as INVOICE_SCHEDULED
from portal.money.amounts import CURRENCY
from portal.payments.model import SCHEDULED, Payment
from portal.payments.run_days import next_run


def schedule(work: Work, *, invoice_id: UUID, not_before: date | None) -> Payment:
    """Release an approved invoice for the next payment run; never by its approver (PO-4).

    Raises SeparationOfDuties, WrongState unless the invoice is approved.
    """
    invoice = work.load(Invoice, invoice_id, for_update=True)
    invoice.expect(APPROVED)
    approver = invoice.approved_by
    assert approver is not None  # noqa: S101 - an approved invoice has one, by constraint
    if work.actor.subject in (approver, invoice.submitted_by):
        raise SeparationOfDuties()
    invoice.enter(INVOICE_SCHEDULED, by=work.actor.subject, at=work.now)
    work.session.flush()
    payment = work.add(
        Payment(
            id=new_id(),
            provider_id=invoice.provider_id,
            invoice_id=invoice.id,
            invoice=invoice,
            amount=invoice.total,
            currency=CURRENCY,
            pay_on=next_run(house_calendar().day_of(work.now), not_before=not_before),
            state=SCHEDULED,
            approved_by=approver,
            released_by=work.actor.subject,
            released_at=work.now,
        )
    )
    work.emit(events.invoice_scheduled(payment))
    return payment


def mark_paid(work: Work, *, id: UUID, remittance: str) -> Payment:
    """The money was sent, under this reference (PO-4). Raises PaidAlready."""
    payment = work.load(Payment, id, for_update=True)
    payment.pay(remittance=remittance, by=work.actor.subject, at=work.now)
    invoice = work.load(Invoice, payment.invoice_id, for_update=True)
    invoice.enter(INVOICE_PAID, by=work.actor.subject, at=work.now)
    work.session.flush()
    work.emit(events.invoice_paid(payment))
    return payment

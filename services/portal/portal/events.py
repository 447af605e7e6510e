"""What the portal publishes: ids, codes and dates, no amounts (rule 4).

Contracts are in contracts/events/portal.*.yaml. All events of an invoice, its payment's too, have the invoice
as their subject and so arrive in order.
"""

from __future__ import annotations

from typing import Any

from chassis.events import Event, event
from portal.authorisations.model import Authorisation
from portal.invoices.model import Invoice
from portal.payments.model import Payment
from portal.providers.model import Provider


def provider_approved(provider: Provider) -> Event:
    """An organisation came on board."""
    told = {"provider_id": provider.id, "organisation": provider.organisation}
    return event("portal.provider.approved.v1", subject=provider.id, data=told)


def authorisation_issued(authorisation: Authorisation) -> Event:
    """A service was authorised for a person."""
    told = {
        "authorisation_id": authorisation.id,
        "provider_id": authorisation.provider_id,
        "person_id": authorisation.person_id,
        "case_id": authorisation.case_id,
    }
    return event("portal.authorisation.issued.v1", subject=authorisation.id, data=told)


def invoice_submitted(invoice: Invoice) -> Event:
    """A provider handed an invoice in."""
    return _invoice("submitted", invoice, at=invoice.submitted_at)


def invoice_held(invoice: Invoice, *, reasons: list[str]) -> Event:
    """An invoice waits for the provider to put something right."""
    return _invoice("held", invoice, reasons=reasons)


def invoice_approved(invoice: Invoice) -> Event:
    """An invoice is to be paid."""
    return _invoice("approved", invoice, at=invoice.approved_at)


def invoice_scheduled(payment: Payment) -> Event:
    """A payment was released for a run."""
    return _invoice("scheduled", payment.invoice, payment_id=payment.id, pay_on=payment.pay_on)


def invoice_paid(payment: Payment) -> Event:
    """The money was sent."""
    return _invoice("paid", payment.invoice, payment_id=payment.id, at=payment.paid_at)


def _invoice(what: str, invoice: Invoice, **told: Any) -> Event:
    known = {"invoice_id": invoice.id, "provider_id": invoice.provider_id}
    return event(f"portal.invoice.{what}.v1", subject=invoice.id, data=known | told)

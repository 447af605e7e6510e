"""What crosses the wire about payments (PO-4)."""

from __future__ import annotations

from datetime import date

from marshmallow import fields, validate

from chassis.schemas import Code, Moment, Money, Paging, Schema, Text, View, category, page_of

STATES = ["scheduled", "paid"]


class SchedulePayment(Schema):
    """Release an approved invoice for the next payment run, or the first run on or after `not_before`."""

    invoice_id = fields.UUID(required=True)
    not_before = fields.Date(
        load_default=None, allow_none=True, validate=validate.Range(max=date(2199, 12, 31))
    )


class MarkPaid(Schema):
    """The bank has paid; the provider finds the money under this reference."""

    id = fields.UUID(required=True)
    remittance = Text(max=64, required=True)


class PaymentSearch(Paging):
    """Which payments: of a provider, in a state. Upcoming payments are those in `scheduled`."""

    provider_id = fields.UUID(load_default=None, allow_none=True)
    state = Code(choices=STATES, load_default=None, allow_none=True)


class PaymentView(View):
    """A payment and the day it is made."""

    provider_id = fields.UUID()
    invoice_id = fields.UUID()
    invoice_number = fields.String()
    amount = Money(metadata=category("finance"))
    currency = fields.String()
    pay_on = fields.Date()
    state = Code(choices=STATES)
    approved_by = fields.String()
    released_by = fields.String()
    released_at = Moment()
    remittance = fields.String(allow_none=True, metadata=category("finance"))
    paid_at = Moment(allow_none=True)


PaymentPage = page_of(PaymentView)

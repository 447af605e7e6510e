"""What crosses the wire about invoices; every amount is CAD as a decimal string (PO-3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.schemas import Code, Moment, Money, Paging, Schema, Text, View, category, page_of
from portal.authorisations.schemas import Rate, Units

STATES = ["draft", "held", "checked", "approved", "scheduled", "paid"]


NEVER_NEGATIVE = validate.Range(min=Decimal(0), error="Must be 0 or more.")


class LineStated(Schema):
    """One line as the provider states it. What is left out is taken from the authorisation."""

    authorisation_id = fields.UUID(required=True)
    service = Code(load_default=None, allow_none=True)
    served_on = fields.Date(required=True)
    units = Units(required=True)
    rate = Rate(load_default=None, allow_none=True)
    amount = Money(load_default=None, allow_none=True, validate=NEVER_NEGATIVE)


class DraftInvoice(Schema):
    """An invoice as the provider writes it: sums left out are worked out, sums stated are checked."""

    provider_id = fields.UUID(required=True)
    number = Text(max=40, required=True, metadata={"description": "The provider's own number."})
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    lines = fields.List(fields.Nested(LineStated), required=True, validate=validate.Length(min=1, max=500))
    tax = Money(load_default=None, allow_none=True, validate=NEVER_NEGATIVE)
    total = Money(load_default=None, allow_none=True, validate=NEVER_NEGATIVE)

    @validates_schema
    def _period_runs_forward(self, given: dict[str, Any], **_: Any) -> None:
        if given["ends_on"] < given["starts_on"]:
            raise ValidationError({"ends_on": ["Must be on or after starts_on."]})


class AmendInvoice(DraftInvoice):
    """A draft or held invoice written anew, whole."""

    class Meta(DraftInvoice.Meta):
        exclude = ("provider_id",)

    id = fields.UUID(required=True)


class HoldInvoice(Schema):
    """A checked invoice set aside by finance, with the reason that the provider will read."""

    id = fields.UUID(required=True)
    reason = Text(max=2000, required=True)


class InvoiceSearch(Paging):
    """Which invoices: of a provider, in a state."""

    provider_id = fields.UUID(load_default=None, allow_none=True)
    state = Code(choices=STATES, load_default=None, allow_none=True)


class LineView(Schema):
    """One line, with the rules it breaks as codes."""

    number = fields.Integer()
    authorisation_id = fields.UUID()
    service = fields.String()
    served_on = fields.Date()
    units = Units()
    rate = Rate()
    amount = Money()
    reasons = fields.List(fields.String(), metadata={"description": "Why the line is held, as codes."})


class StepView(Schema):
    """One step in the life of an invoice."""

    number = fields.Integer()
    state = fields.String()
    at = Moment()
    by = fields.String()


class InvoiceView(View):
    """An invoice with its lines, its sums and where it stands."""

    provider_id = fields.UUID()
    number = fields.String()
    starts_on = fields.Date()
    ends_on = fields.Date()
    currency = fields.String()
    lines = fields.List(fields.Nested(LineView), metadata=category("finance"))
    subtotal = Money(metadata=category("finance"))
    tax = Money(metadata=category("finance"))
    total = Money(metadata=category("finance"))
    state = Code(choices=STATES)
    reasons = fields.List(
        fields.String(), metadata={"description": "Why the invoice as a whole is held, as codes."}
    )
    hold_note = fields.String(allow_none=True, metadata=category("finance"))
    submitted_by = fields.String(allow_none=True)
    submitted_at = Moment(allow_none=True)
    approved_by = fields.String(allow_none=True)
    approved_at = Moment(allow_none=True)
    history = fields.List(fields.Nested(StepView))


InvoicePage = page_of(InvoiceView)

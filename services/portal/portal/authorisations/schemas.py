"""What crosses the wire about service authorisations; quantities and rates are decimal strings (PO-3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from chassis.schemas import Code, Moment, Paging, Schema, View, category, page_of

UNITS = ["hour", "day", "visit", "kilometre", "item"]


class Exact(fields.Decimal):
    """A positive decimal with a fixed number of places, as a string on the wire: never a float."""

    def __init__(self, *, step: str, below: str, **kwargs: Any) -> None:
        super().__init__(places=None, allow_nan=False, as_string=True, **kwargs)
        self.step, self.below = Decimal(step), Decimal(below)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        if isinstance(value, float):
            raise ValidationError('Must be a decimal string such as "1.50".')
        number = super()._deserialize(value, attr, data, **kwargs)
        if number is None or not Decimal(0) < number < self.below or number != number.quantize(self.step):
            raise ValidationError(f"Must be above 0, below {self.below}, in steps of {self.step}.")
        return number.quantize(self.step)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else format(value.quantize(self.step), "f")


class Units(Exact):
    """How many units, in hundredths."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(step="0.01", below="1000000", **kwargs)


class Rate(Exact):
    """CAD for one unit, with up to four decimals."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(step="0.0001", below="1000000", **kwargs)


class IssueAuthorisation(Schema):
    """A provider may deliver a service to a person: so many units at a rate within a period."""

    provider_id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    case_id = fields.UUID(load_default=None, allow_none=True)
    service = Code(required=True)
    unit = Code(choices=UNITS, required=True)
    rate = Rate(required=True)
    units = Units(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    tax = Code(load_default="exempt", metadata={"description": "Its code in the tax table."})

    @validates_schema
    def _period_runs_forward(self, given: dict[str, Any], **_: Any) -> None:
        if given["ends_on"] < given["starts_on"]:
            raise ValidationError({"ends_on": ["Must be on or after starts_on."]})


class AuthorisationSearch(Paging):
    """Which authorisations: of a provider, for a person."""

    provider_id = fields.UUID(load_default=None, allow_none=True)
    person_id = fields.UUID(load_default=None, allow_none=True)


class AuthorisationView(View):
    """A service authorisation; whom it is for is client detail, told only with consent."""

    provider_id = fields.UUID()
    person_id = fields.UUID(metadata=category("identity"))
    case_id = fields.UUID(allow_none=True, metadata=category("identity"))
    service = fields.String()
    unit = fields.String()
    rate = Rate(metadata=category("finance"))
    units = Units(metadata=category("finance"))
    units_used = fields.Decimal(as_string=True, metadata=category("finance"))
    units_left = fields.Decimal(as_string=True, metadata=category("finance"))
    starts_on = fields.Date()
    ends_on = fields.Date()
    tax = fields.String()
    issued_by = fields.String()
    issued_at = Moment()


AuthorisationPage = page_of(AuthorisationView)

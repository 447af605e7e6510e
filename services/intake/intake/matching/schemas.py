"""What crosses the wire about people who may be one person (IN-8)."""

from __future__ import annotations

from calendar import monthrange
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.schemas import Code, Line, Moment, Paging, PersonName, Schema, View, category, page_of
from intake.people.schemas import PersonFoundView


class BornTyped(Schema):
    """As much of a date of birth as is typed in: a year, a year and a month, or a day."""

    year = fields.Integer(required=True, strict=True, validate=validate.Range(min=1880, max=2200))
    month = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(min=1, max=12)
    )
    day = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(min=1, max=31)
    )

    @validates_schema
    def is_in_the_calendar(self, born: dict[str, Any], **_: Any) -> None:
        """A day needs its month, and the month must have that day."""
        year, month, day = born.get("year"), born.get("month"), born.get("day")
        if day is None or not isinstance(year, int):
            return
        if month is None:
            raise ValidationError("Must come with the month.", "day")
        if day > monthrange(year, month)[1]:
            raise ValidationError("Must be a day of that month.", "day")


class AddressTyped(Schema):
    """As much of an address as is typed in."""

    street = Line(max=200, load_default=None, allow_none=True)
    locality = Line(max=100, load_default=None, allow_none=True)
    province = Line(max=100, load_default=None, allow_none=True)
    postal_code = Line(max=20, load_default=None, allow_none=True)


class FindCandidates(Schema):
    """Somebody as far as they are typed in; any part will do. Three letters of each name are enough to begin with.

    With `person_id`, who is linked with that record or was told apart from it is left out; with nothing else, that
    record is what is compared.
    """

    person_id = fields.UUID(load_default=None, allow_none=True)
    given = PersonName(load_default=None, allow_none=True)
    family = PersonName(load_default=None, allow_none=True)
    born = fields.Nested(BornTyped, load_default=None, allow_none=True)
    phone = Line(max=50, load_default=None, allow_none=True)
    identifier = Line(max=100, load_default=None, allow_none=True)
    scheme = Code(load_default=None, allow_none=True)
    issuer = Line(max=64, load_default=None, allow_none=True)
    address = fields.Nested(AddressTyped, load_default=None, allow_none=True)


class _Rounded(fields.String):
    """A number as text with two decimals, which add up as they stand; four for a probability."""

    def __init__(self, *, decimals: int = 2, **told: Any) -> None:
        super().__init__(**told)
        self._decimals = decimals

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value:.{self._decimals}f}"


class ReasonView(Schema):
    """What one field says."""

    field = fields.String(metadata={"description": "For instance: given_name, date_of_birth, household."})
    level = fields.String(metadata={"description": "How well it agrees: exact, nickname, swapped, differs."})
    weight = _Rounded(
        attribute="bits", metadata={"description": "Above 0 for one person, below against, in bits."}
    )


class _Likely(Schema):
    score = _Rounded(metadata={"description": "In bits; the weights of the reasons add up to it."})
    probability = _Rounded(decimals=4)
    band = fields.String(metadata={"description": "likely, possible or weak."})
    reasons = fields.List(fields.Nested(ReasonView))


class CandidateView(PersonFoundView):
    """Somebody who may be the person asked for: enough to recognise them, how likely, and why."""

    match = fields.Nested(_Likely, attribute="candidate", metadata=category("identity"))


CandidatePage = page_of(CandidateView)


class ListDuplicates(Paging):
    """Which page."""


class DuplicateView(View):
    """Two records that may be of one person. Linking them, or telling them apart, ends the question."""

    people = fields.List(fields.Nested(PersonFoundView), metadata=category("identity"))
    match = fields.Nested(_Likely, attribute="why", metadata=category("identity"))
    found_at = Moment()


DuplicatePage = page_of(DuplicateView)

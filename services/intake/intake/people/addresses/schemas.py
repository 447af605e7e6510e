"""What crosses the wire about addresses (IN-7)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from chassis.schemas import Code, Line, Schema, Text
from intake.people.addresses.postal import CANADA, COUNTRIES, PROVINCES, canadian_postal_code
from intake.people.period_schemas import Period

ADDRESS_KINDS = ("home", "mailing", "temporary", "shelter", "institution", "found_at")


class Address(Period):
    """Where a person lives, gets mail or can be found. Nobody writes or visits where it was not said to be safe."""

    id = fields.UUID(metadata={"description": "Of an address on record; leave it out for a new one."})
    kind = Code(choices=ADDRESS_KINDS, required=True)
    street = Line(load_default=None, allow_none=True, metadata={"description": "Number and street."})
    unit = Line(max=50, load_default=None, allow_none=True)
    locality = Line(max=200, load_default=None, allow_none=True)
    province = Line(
        max=100,
        load_default=None,
        allow_none=True,
        metadata={"description": "In Canada the code of two letters; elsewhere free."},
    )
    postal_code = Line(max=20, load_default=None, allow_none=True)
    country = fields.String(
        load_default=CANADA,
        validate=validate.OneOf(sorted(COUNTRIES), error="Must be a country code: two capitals, as in CA."),
        metadata={"description": "ISO 3166-1, two letters."},
    )
    place = Line(
        load_default=None,
        allow_none=True,
        metadata={"description": "Where to find somebody without a fixed address, in words."},
    )
    safe_to_send_mail = fields.Boolean(required=True)
    safe_to_visit = fields.Boolean(load_default=False)
    note = Text(max=500, load_default=None, allow_none=True)

    @validates_schema
    def says_where(self, address: dict[str, Any], **_: Any) -> None:
        """An address names a place in one way at least."""
        if not any(address.get(part) for part in ("street", "locality", "postal_code", "place")):
            raise ValidationError(
                "An address needs a street, a locality, a postal code or a place.", "street"
            )

    @validates_schema
    def fits_its_country(self, address: dict[str, Any], **_: Any) -> None:
        """In Canada, provinces are codes and postal codes have their form; elsewhere both are free."""
        if address.get("country") != CANADA:
            return
        province, code = address.get("province"), address.get("postal_code")
        if province and province.upper() not in PROVINCES:
            raise ValidationError(f"Must be one of: {', '.join(PROVINCES)}.", "province")
        if code and canadian_postal_code(code) is None:
            raise ValidationError("Must be a Canadian postal code, as in V8W 1A1.", "postal_code")

    @post_load
    def spelled_as_written(self, address: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Canadian codes in capitals, with the space in its place."""
        if address.get("country") == CANADA:
            if address.get("province"):
                address["province"] = address["province"].upper()
            if address.get("postal_code"):
                address["postal_code"] = canadian_postal_code(address["postal_code"])
        return address


class AddAddress(Address):
    """An address that is told of now."""

    class Meta(Schema.Meta):
        exclude = ("id",)

    person_id = fields.UUID(required=True)


class AmendAddress(Address):
    """What is now known of an address: the whole of it."""

    class Meta(Schema.Meta):
        exclude = ("id",)

    person_id = fields.UUID(required=True)
    address_id = fields.UUID(required=True)


class EndAddress(Schema):
    """An address that is in use no longer; from today on unless a day is sent."""

    person_id = fields.UUID(required=True)
    address_id = fields.UUID(required=True)
    until = fields.Date(load_default=None, allow_none=True)

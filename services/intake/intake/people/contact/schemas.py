"""What crosses the wire about ways to reach a person (IN-7)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from chassis.schemas import Code, Line, Schema, Text
from intake.people.contact.numbers import mail_key, number_key
from intake.people.period_schemas import Period

CONTACT_KINDS = ("phone", "email", "address", "place", "through_someone")
_FEWEST_DIGITS = 3


class ContactPoint(Period):
    """One way to reach a person. Nobody calls, or leaves a message, where it was not said to be safe."""

    id = fields.UUID(metadata={"description": "Of a point on record; leave it out for a new one."})
    kind = Code(choices=CONTACT_KINDS, required=True)
    value = Line(
        required=True, metadata={"description": "Number, address, or where to look, as it was told."}
    )
    safe_to_contact = fields.Boolean(required=True)
    safe_to_leave_message = fields.Boolean(load_default=False)
    whose = Line(
        load_default=None,
        allow_none=True,
        metadata={"description": "Whose phone it is, where it is not the person's own."},
    )
    preferred_times = Line(load_default=None, allow_none=True)
    note = Text(
        max=500, load_default=None, allow_none=True, metadata={"description": "For instance: after school."}
    )

    @validates_schema
    def message_only_where_contact_is_safe(self, point: dict[str, Any], **_: Any) -> None:
        """A message is a contact: it cannot be safe where contact is not."""
        if point.get("safe_to_leave_message") and not point.get("safe_to_contact"):
            raise ValidationError("Must not be safe where contact is not safe.", "safe_to_leave_message")

    @validates_schema
    def is_what_it_says(self, point: dict[str, Any], **_: Any) -> None:
        """A telephone number has digits, a mail address an `@`; everything else is free text."""
        kind, value = point.get("kind"), point.get("value") or ""
        if kind == "phone" and len(number_key(value).lstrip("+")) < _FEWEST_DIGITS:
            raise ValidationError("Must be a telephone number with at least 3 digits.", "value")
        if kind == "email" and not mail_key(value):
            raise ValidationError("Must be a mail address with one @ and no space.", "value")


class AddContactPoint(ContactPoint):
    """A way to reach a person that is told of now."""

    class Meta(Schema.Meta):
        exclude = ("id",)

    person_id = fields.UUID(required=True)


class AmendContactPoint(ContactPoint):
    """What is now known of a way to reach a person: the whole of it."""

    class Meta(Schema.Meta):
        exclude = ("id",)

    person_id = fields.UUID(required=True)
    contact_point_id = fields.UUID(required=True)


class EndContactPoint(Schema):
    """A way to reach a person that is in use no longer; from today on unless a day is sent."""

    person_id = fields.UUID(required=True)
    contact_point_id = fields.UUID(required=True)
    until = fields.Date(load_default=None, allow_none=True)

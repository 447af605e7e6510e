"""Contacts with the client on the wire (CA-7)."""

from typing import Any

import marshmallow
from marshmallow import fields, validate, validates_schema

from cases.confidence.schemas import shown_visibility, visibility_field
from chassis.schemas import Code, Moment, Paging, Schema, Text, View, category, page_of

MEANS = ("in_person", "telephone", "video", "message")


class RecordContact(Schema):
    """A contact with the client; with `amends` it corrects an earlier record, which stays as it was."""

    case_id = fields.UUID(required=True)
    person_id = fields.UUID(required=True, metadata={"description": "With which member of the family."})
    took_place_at = Moment(required=True)
    means = Code(choices=MEANS, required=True)
    place = Text(max=200, required=True)
    in_community = fields.Boolean(
        required=True, metadata={"description": "Whether it was in the community and not in an office."}
    )
    length_minutes = fields.Integer(required=True, validate=validate.Range(min=1, max=1440))
    note = Text(load_default=None, allow_none=True)
    amends = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "The record that this corrects."}
    )
    reason_for_amending = Text(max=500, load_default=None, allow_none=True)
    visibility = visibility_field()

    @validates_schema
    def an_amendment_says_why(self, contact: dict[str, Any], **_: object) -> None:
        """`amends` and `reason_for_amending` come together."""
        if (contact.get("amends") is None) != (contact.get("reason_for_amending") is None):
            raise marshmallow.ValidationError(
                {"reason_for_amending": ["Must be given together with amends, and only then."]}
            )


class ContactSearch(Paging):
    """The contacts of a case, newest record first; amended ones stay in the list."""

    case_id = fields.UUID(required=True)


class ContactView(View):
    """A contact as somebody recorded it."""

    case_id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    took_place_at = Moment(metadata=category("notes"))
    means = fields.String(metadata=category("notes"))
    place = fields.String(metadata=category("notes"))
    in_community = fields.Boolean(metadata=category("notes"))
    length_minutes = fields.Integer(metadata=category("notes"))
    note = fields.String(allow_none=True, metadata=category("notes"))
    author = fields.String()
    organisation = fields.String(allow_none=True)
    recorded_at = Moment()
    amends = fields.UUID(allow_none=True)
    reason_for_amending = fields.String(allow_none=True, metadata=category("notes"))
    amended_by = fields.UUID(
        allow_none=True, metadata={"description": "The later record that corrects this one."}
    )
    visibility = shown_visibility()


ContactPage = page_of(ContactView)

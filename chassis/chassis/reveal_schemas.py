"""What crosses the wire when somebody asks what a consent would show, before it is given (CO-7)."""

from __future__ import annotations

from typing import Any

import marshmallow
from marshmallow import fields, validate, validates_schema

from chassis.schemas import Code, Moment, Schema, Shaped


class RevealAsked(Schema):
    """A consent that has not been given yet: whose record, to whom, what, for which purposes, in which period."""

    person_id = fields.UUID(required=True)
    recipient = fields.String(
        required=True,
        validate=Shaped(
            r"^(worker|organisation|team):[\x21-\x7e]{1,128}$",
            error="Must be worker:…, organisation:… or team:…",
        ),
    )
    categories = fields.List(Code(), required=True, validate=validate.Length(min=1, max=40))
    purposes = fields.List(Code(), required=True, validate=validate.Length(min=1, max=20))
    valid_from = Moment(load_default=None, allow_none=True)
    valid_until = Moment(load_default=None, allow_none=True)

    @validates_schema
    def ends_after_it_begins(self, asked: dict[str, Any], **_: object) -> None:
        """A period that is over before it begins shows nothing."""
        begins, ends = asked.get("valid_from"), asked.get("valid_until")
        if begins is not None and ends is not None and ends <= begins:
            raise marshmallow.ValidationError("Must be after valid_from.", "valid_until")


class FieldOpened(Schema):
    """One field of a kind of record, in plain words, that would become visible."""

    name = fields.String(metadata={"description": "Its path in the view."})
    title = fields.String()
    category = fields.String(
        allow_none=True, metadata={"description": "Null: each entry of the list stands under its own."}
    )


class KindOpened(Schema):
    """What the recipient would see of one kind of record."""

    kind = fields.String()
    title = fields.String()
    fields_ = fields.List(fields.Nested(FieldOpened), data_key="fields", attribute="fields")
    withheld = fields.List(
        fields.String(), metadata={"description": "Categories of its fields that stay closed."}
    )
    records = fields.Integer(
        metadata={"description": "How many exist now, of those that you see yourself, and would be open."}
    )
    records_more = fields.Boolean(metadata={"description": "There are more of them than were counted."})
    already = fields.Integer(
        allow_none=True,
        metadata={
            "description": "How many of those the recipient sees now; null where that is not yours to know."
        },
    )


class RevealView(Schema):
    """What a consent would show of the records of one service, by the predicate that will decide (CO-7)."""

    opens = fields.List(fields.Nested(KindOpened))
    stays_closed = fields.List(
        fields.String(), metadata={"description": "Kinds of records about the person that stay closed."}
    )
    valid_from = Moment(metadata={"description": "From when on it would be seen."})
    valid_until = Moment(allow_none=True)
    linked_records_included = fields.Boolean(
        metadata={"description": "False: a consent opens the record on which it is given, not linked ones."}
    )

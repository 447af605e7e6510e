"""What crosses the wire about relationships (IN-7)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from chassis.schemas import Code, Line, PersonName, Schema, Text
from intake.people.period_schemas import Period


class _Said(Period):
    """What is said of a relationship, whoever it is with."""

    kind = Code(
        required=True, metadata={"description": "The other is this person's … mother, carer, friend."}
    )
    in_their_words = Line(
        max=200,
        load_default=None,
        allow_none=True,
        metadata={"description": "What the person calls them, where the kind does not say it."},
    )
    emergency_contact = fields.Boolean(load_default=False)
    must_not_be_told = fields.Boolean(
        load_default=False,
        metadata={"description": "Unsafe: they must not learn of the person's whereabouts or of any help."},
    )
    note = Text(max=500, load_default=None, allow_none=True)

    @validates_schema
    def is_not_called_when_unsafe(self, told: dict[str, Any], **_: Any) -> None:
        """Somebody who must not be told is not to be called in need."""
        if told.get("emergency_contact") and told.get("must_not_be_told"):
            raise ValidationError("Must not be somebody who must not be told.", "emergency_contact")


class AddRelationship(_Said):
    """What somebody is to a person: somebody on record (`other_id`), or known by name only (`other_name`)."""

    person_id = fields.UUID(required=True)
    other_id = fields.UUID(load_default=None, allow_none=True)
    other_name = PersonName(load_default=None, allow_none=True)
    reached_by = Text(
        max=300,
        load_default=None,
        allow_none=True,
        metadata={"description": "How to reach somebody who has no record here."},
    )

    @validates_schema
    def is_with_one_other(self, told: dict[str, Any], **_: Any) -> None:
        """Somebody on record or somebody by name, and never the person themselves."""
        if (told.get("other_id") is None) == (told.get("other_name") is None):
            raise ValidationError("Send either other_id or other_name.", "other_id")
        if told.get("other_id") is not None and told.get("other_id") == told.get("person_id"):
            raise ValidationError("Must be somebody else.", "other_id")
        if told.get("reached_by") and told.get("other_id") is not None:
            raise ValidationError("Must stand on the record of the other.", "reached_by")


class AmendRelationship(_Said):
    """What is now known of a relationship: the whole of it, but with whom."""

    person_id = fields.UUID(required=True)
    relationship_id = fields.UUID(required=True)
    reached_by = Text(max=300, load_default=None, allow_none=True)


class EndRelationship(Schema):
    """A relationship that is no more; from today on unless a day is sent. It stays on record."""

    person_id = fields.UUID(required=True)
    relationship_id = fields.UUID(required=True)
    until = fields.Date(load_default=None, allow_none=True)


class RelationshipShown(Schema):
    """A relationship as it is seen from one person's side."""

    id = fields.UUID()
    kind = fields.String(metadata={"description": "What the other is to this person."})
    in_their_words = fields.String(allow_none=True)
    other_id = fields.UUID(allow_none=True)
    other_name = fields.String(allow_none=True)
    reached_by = fields.String(allow_none=True)
    other_withheld = fields.Boolean(
        metadata={"description": "The other has a record that the reader may not see."}
    )
    emergency_contact = fields.Boolean()
    must_not_be_told = fields.Boolean()
    note = fields.String(allow_none=True)
    told_from_here = fields.Boolean(
        metadata={"description": "Whether it stands on this record, where alone it is amended."}
    )
    used_from = fields.Date(allow_none=True)
    used_until = fields.Date(allow_none=True)

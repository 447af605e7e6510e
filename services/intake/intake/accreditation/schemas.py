"""What crosses the wire about accredited outside systems (IN-9)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates, validates_schema

from chassis.schemas import Code, Moment, Paging, Schema, Subject, Text, View, page_of
from intake.directory.schemas import CASES, SECTORS

MOST_ROWS = 1_000_000


class AccreditSystem(Schema):
    """For whom an outside system may speak, and until when. Sending it again replaces what was there."""

    system = Subject(required=True, metadata={"description": "The subject of the system's own sign-in."})
    name = Text(max=200, required=True)
    organisations = fields.List(Subject(), required=True, validate=validate.Length(min=1, max=200))
    sectors = fields.List(Code(choices=SECTORS), required=True, validate=validate.Length(min=1, max=50))
    valid_from = fields.Date(required=True)
    valid_until = fields.Date(required=True, metadata={"description": "The last day."})
    most_rows = fields.Integer(load_default=200_000, validate=validate.Range(min=1, max=MOST_ROWS))
    most_open_uploads = fields.Integer(load_default=4, validate=validate.Range(min=1, max=100))

    @validates("system")
    def speaks_for_itself(self, system: str, **_: Any) -> None:
        """No outside system goes by the name under which one of our own services tells of involvements."""
        if system == CASES:
            raise ValidationError("Must not be the name of a service.")

    @validates_schema
    def ends_after_it_begins(self, told: dict[str, Any], **_: Any) -> None:
        """An accreditation does not end before it begins."""
        if told.get("valid_from") and told.get("valid_until") and told["valid_until"] < told["valid_from"]:
            raise ValidationError("Must not be before valid_from.", "valid_until")


class RevokeAccreditation(Schema):
    """Which system may not tell anything any more."""

    system = Subject(required=True)


class ListAccreditations(Paging):
    """Every accreditation, the newest first."""


class AccreditationView(View):
    """An outside system, for whom it may speak, until when, and whether that has ended."""

    system = fields.String()
    name = fields.String()
    organisations = fields.List(fields.String())
    sectors = fields.List(fields.String())
    valid_from = fields.Date()
    valid_until = fields.Date()
    accredited_by = fields.String()
    most_rows = fields.Integer()
    most_open_uploads = fields.Integer()
    ended_at = Moment(allow_none=True)
    ended_because = fields.String(allow_none=True)


AccreditationPage = page_of(AccreditationView)

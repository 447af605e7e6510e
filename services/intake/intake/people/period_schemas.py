"""Periods on the wire: from one day until another, either of which may be unknown (IN-7)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from chassis.schemas import Schema


class Period(Schema):
    """Something that is in use for a time."""

    used_from = fields.Date(load_default=None, allow_none=True)
    used_until = fields.Date(load_default=None, allow_none=True)

    @validates_schema
    def does_not_end_before_it_begins(self, told: dict[str, Any], **_: Any) -> None:
        """A period does not end before it begins."""
        begins, ends = told.get("used_from"), told.get("used_until")
        if begins and ends and ends < begins:
            raise ValidationError("Must not be before used_from.", "used_until")

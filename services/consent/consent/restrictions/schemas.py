"""What crosses the wire about restrictions (CO-5)."""

from __future__ import annotations

from marshmallow import fields

from chassis.schemas import Moment, Schema, Text, View, category


class PlaceRestriction(Schema):
    """Hide a person's records from normal roles, for a stated reason."""

    person_id = fields.UUID(required=True)
    reason = Text(max=2000, required=True)


class LiftRestriction(Schema):
    """End a restriction, for a stated reason."""

    id = fields.UUID(required=True)
    reason = Text(max=2000, required=True)


class RestrictionView(View):
    """A restriction, from placing to lifting."""

    person_id = fields.UUID()
    reason = fields.String(metadata=category("consent"))
    placed_by = fields.String()
    placed_at = Moment()
    lifted_by = fields.String(allow_none=True)
    lifted_at = Moment(allow_none=True)
    lift_reason = fields.String(allow_none=True, metadata=category("consent"))

"""What crosses the wire about holds and erasures: ids and codes only (AU-8)."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.schemas import Moment, Schema, Shaped, page_of

KINDS = ("person", "case")
HELD_BECAUSE = ("litigation", "investigation", "access_request", "coroner", "ombudsperson")
RELEASED_BECAUSE = ("proceedings_over", "placed_in_error", "authority_withdrew")
ERASED_BECAUSE = ("court_order", "statute", "recorded_in_error")


class PlaceHold(Schema):
    """Keep the entries about a person or a case, whatever their age."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    record_id = fields.UUID(required=True)
    because = fields.String(required=True, validate=validate.OneOf(HELD_BECAUSE))
    reference = fields.String(
        required=True,
        validate=[validate.Length(min=1, max=80), Shaped(r"^[A-Za-z0-9][A-Za-z0-9 ./_-]*$")],
        metadata={"description": "The number of the file in which the hold was asked for; no name."},
    )


class ReleaseHold(Schema):
    """End a hold."""

    id = fields.UUID(required=True)
    because = fields.String(required=True, validate=validate.OneOf(RELEASED_BECAUSE))


class HoldView(Schema):
    """A hold; over when it has been released."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    record_id = fields.UUID(required=True)
    because = fields.String(required=True)
    reference = fields.String(required=True)
    placed_by = fields.String(required=True)
    placed_at = Moment(required=True)
    released_at = Moment(allow_none=True)


HoldPage = page_of(HoldView)


class ListHolds(Schema):
    """Holds, newest first."""

    standing = fields.Boolean(load_default=None, allow_none=True)
    cursor = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=64))
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=200))


class OrderErasure(Schema):
    """Order that the entries about this person alone lose their content, where their time allows it."""

    person_id = fields.UUID(required=True)
    because = fields.String(required=True, validate=validate.OneOf(ERASED_BECAUSE))


class ErasureView(Schema):
    """What the order covers; call again while `entries` is 2,000."""

    person_id = fields.UUID(required=True)
    because = fields.String(required=True)
    entries = fields.Integer(required=True)

"""What crosses the wire when somebody asks what a consent would reveal (CO-7)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from chassis.reveal_schemas import RevealView
from chassis.schemas import Moment, Schema
from consent.directives.schemas import PartView, Recipient, some_codes


class PreviewAsked(Schema):
    """A consent that has not been given yet."""

    person_id = fields.UUID(required=True)
    recipient = Recipient(required=True)
    categories = some_codes(required=True)
    purposes = some_codes(required=True)
    valid_from = Moment(load_default=None, allow_none=True)
    valid_until = Moment(load_default=None, allow_none=True)

    @validates_schema
    def ends_after_it_begins(self, asked: dict[str, Any], **_: object) -> None:
        """A period that is over before it begins shows nothing."""
        begins, ends = asked.get("valid_from"), asked.get("valid_until")
        if begins is not None and ends is not None and ends <= begins:
            raise ValidationError("Must be after valid_from.", "valid_until")


class ExplainedCode(Schema):
    """A code with its title and what it means, in plain words."""

    code = fields.String()
    title = fields.String()
    meaning = fields.String()


class EarlierDecision(Schema):
    """What the person decided before about the same recipient."""

    consent_id = fields.UUID()
    person_id = fields.UUID(metadata={"description": "The record on which it was decided."})
    decision = fields.String()
    state = fields.String()
    categories = fields.List(fields.String())
    stands = fields.List(fields.Nested(PartView), metadata={"description": "What of it counts now."})
    recorded_at = Moment()


class AgreementHeld(Schema):
    """The agreement between the organisations that covers what is asked."""

    id = fields.UUID()
    kind = fields.String()
    title = fields.String()
    valid_until = fields.Date(allow_none=True)


class SharedByService(Schema):
    """What one service would show; `unknown` when it does not answer, `not_told` when your role may not ask it."""

    service = fields.String()
    state = fields.String(metadata={"enum": ["told", "unknown", "not_told"]})
    shows = fields.Nested(RevealView, allow_none=True)


class PreviewView(Schema):
    """What would open, what would stay closed, for which purposes, and what was decided earlier."""

    person_id = fields.UUID()
    recipient = fields.String()
    opens = fields.List(fields.Nested(ExplainedCode))
    stays_closed = fields.List(fields.Nested(ExplainedCode))
    purposes = fields.List(fields.Nested(ExplainedCode))
    earlier = fields.List(fields.Nested(EarlierDecision))
    agreement = fields.Nested(
        AgreementHeld,
        allow_none=True,
        metadata={
            "description": "In force between your organisation and the recipient; null when there is none."
        },
    )
    shared = fields.List(
        fields.Nested(SharedByService),
        metadata={
            "description": "What would be shown really, service by service: records, fields, from when on."
        },
    )

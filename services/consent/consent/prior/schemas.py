"""What crosses the wire about decisions made beforehand (CO-3)."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.schemas import Code, Moment, PersonName, Schema, Text, View, category, page_of
from consent.directives.schemas import Recipient

PRIOR_KINDS = ("advance_directive", "representation_agreement", "ulysses_agreement")
EFFECTS = ("permit", "refuse")
_A_DAY = validate.Range(min=date(1900, 1, 1), max=date(2199, 12, 31))


class PriorRule(Schema):
    """What it says in codes: this recipient, or anybody, may or may not see these categories, or any."""

    effect = Code(choices=EFFECTS, required=True)
    recipient = Recipient(load_default=None, allow_none=True, metadata={"description": "Null means anybody."})
    categories = fields.List(
        Code(),
        load_default=list,
        validate=validate.Length(max=64),
        metadata={"description": "None named means all."},
    )


class PriorRuleView(Schema):
    """What it says in codes; `*` is anybody, and no category named means all."""

    effect = fields.String()
    recipient = fields.String()
    categories = fields.List(fields.String())


class LayDown(Schema):
    """What a person decided beforehand, in their words, and where the paper is."""

    person_id = fields.UUID(required=True)
    kind = Code(choices=PRIOR_KINDS, required=True)
    made_on = fields.Date(required=True, validate=_A_DAY)
    says = Text(max=8000, required=True)
    applies_when = Text(
        max=2000,
        load_default=None,
        allow_none=True,
        metadata={"description": "The signs by which it takes effect; needed for a Ulysses agreement."},
    )
    evidence = Text(max=500, required=True, metadata={"description": "Where the paper is kept."})
    witnesses = fields.List(PersonName(), load_default=list, validate=validate.Length(max=10))
    representative_id = fields.UUID(load_default=None, allow_none=True)
    review_on = fields.Date(load_default=None, allow_none=True, validate=_A_DAY)
    rules = fields.List(
        fields.Nested(PriorRule),
        load_default=list,
        validate=validate.Length(max=50),
        metadata={
            "description": "What of it can be said in codes; this guides whoever decides while it applies."
        },
    )

    @validates_schema
    def _is_whole(self, told: dict[str, Any], **_: Any) -> None:
        if told["kind"] == "ulysses_agreement" and not told.get("applies_when"):
            raise ValidationError({"applies_when": ["Missing data for required field."]})
        if told["kind"] == "representation_agreement" and not told.get("representative_id"):
            raise ValidationError({"representative_id": ["Missing data for required field."]})


class Revoke(Schema):
    """A decision made beforehand that the person takes back."""

    id = fields.UUID(required=True)
    reason = Text(max=2000, required=True)


class BeginToApply(Schema):
    """The circumstances of a Ulysses agreement are there: what was seen of the signs that it names."""

    id = fields.UUID(required=True)
    signs = Text(max=4000, required=True)


class CeaseToApply(Schema):
    """The circumstances are over, and how that is known."""

    id = fields.UUID(required=True)
    reason = Text(max=2000, required=True)


class PriorDecisionTime(Schema):
    """A time in which a Ulysses agreement applied."""

    began_at = Moment()
    began_by = fields.String()
    signs = fields.String()
    ended_at = Moment(allow_none=True)
    ended_by = fields.String(allow_none=True)
    end_reason = fields.String(allow_none=True)


class PriorDecisionView(View):
    """A decision made beforehand, and whether it still counts."""

    person_id = fields.UUID()
    kind = fields.String()
    made_on = fields.Date()
    says = fields.String(metadata=category("consent"))
    applies_when = fields.String(allow_none=True, metadata=category("consent"))
    evidence = fields.String(metadata=category("consent"))
    witnesses = fields.List(fields.String(), metadata=category("consent"))
    representative_id = fields.UUID(allow_none=True)
    review_on = fields.Date(allow_none=True)
    recorded_by = fields.String()
    in_force = fields.Boolean()
    rules = fields.List(fields.Nested(PriorRuleView), metadata=category("consent"))
    applies = fields.Boolean(
        metadata={"description": "A Ulysses agreement that somebody called upon and nobody ended."}
    )
    times = fields.List(fields.Nested(PriorDecisionTime), metadata=category("consent"))
    revoked_at = Moment(allow_none=True)
    revoked_by = fields.String(allow_none=True)
    revoked_while_applying = fields.Boolean()
    revoke_reason = fields.String(allow_none=True, metadata=category("consent"))


PriorDecisionPage = page_of(PriorDecisionView)

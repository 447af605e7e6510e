"""What crosses the wire about deciding for somebody, and deciding beforehand (CO-3)."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.schemas import Code, Moment, Paging, PersonName, Schema, Subject, Text, View, category, page_of

AUTHORITIES = ("representation_agreement", "court", "guardian", "parent", "legislation", "chosen")
PRIOR_KINDS = ("advance_directive", "representation_agreement", "ulysses_agreement")
_A_DAY = validate.Range(min=date(1900, 1, 1), max=date(2199, 12, 31))


class Appoint(Schema):
    """Somebody who may decide for a person when the person cannot, and where the authority is written down."""

    person_id = fields.UUID(required=True)
    name = PersonName(required=True)
    account = Subject(load_default=None, allow_none=True)
    relationship = Text(max=200, required=True)
    authority = Code(choices=AUTHORITIES, required=True)
    evidence = Text(max=500, required=True, metadata={"description": "Where the paper is kept."})
    decides_about = fields.List(
        Code(),
        load_default=list,
        validate=validate.Length(max=64),
        metadata={"description": "Information categories that the authority covers; none means all."},
    )
    valid_from = fields.Date(load_default=None, allow_none=True, validate=_A_DAY)
    valid_until = fields.Date(load_default=None, allow_none=True, validate=_A_DAY)


class EndAuthority(Schema):
    """An authority that ends before its time, for a stated reason."""

    id = fields.UUID(required=True)
    reason = Text(max=2000, required=True)


class RepresentativeView(View):
    """A substitute decision maker and the authority that they hold."""

    person_id = fields.UUID()
    name = fields.String(metadata=category("consent"))
    account = fields.String(allow_none=True, metadata=category("consent"))
    relationship = fields.String(metadata=category("consent"))
    authority = fields.String(metadata=category("consent"))
    evidence = fields.String(metadata=category("consent"))
    decides_about = fields.List(fields.String(), metadata=category("consent"))
    valid_from = fields.Date()
    valid_until = fields.Date(allow_none=True)
    recorded_by = fields.String()
    ended_at = Moment(allow_none=True)
    ended_by = fields.String(allow_none=True)
    end_reason = fields.String(allow_none=True, metadata=category("consent"))


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


class OfPerson(Paging):
    """Whose."""

    person_id = fields.UUID(required=True)


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
    revoked_at = Moment(allow_none=True)
    revoked_by = fields.String(allow_none=True)
    revoke_reason = fields.String(allow_none=True, metadata=category("consent"))


RepresentativePage = page_of(RepresentativeView)
PriorDecisionPage = page_of(PriorDecisionView)

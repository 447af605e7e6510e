"""What crosses the wire about agreements between organisations (CO-4)."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate

from chassis.schemas import Code, Moment, Paging, Schema, Subject, Text, View, page_of
from consent.directives.schemas import some_codes

KINDS = ("information_sharing", "memorandum")
PARTNERS = (
    "crisis_and_emergency",
    "withdrawal_management",
    "housing",
    "income_assistance",
    "harm_reduction",
    "community_policing",
    "home_health",
    "children_and_families",
)
_A_DAY = validate.Range(min=date(1900, 1, 1), max=date(2199, 12, 31))


def _differ(given: list[Any]) -> None:
    if len(set(given)) != len(given):
        raise ValidationError("Must be different organisations.")


class SignAgreement(Schema):
    """An agreement as signed: between whom, what may pass for what, since when, and where the paper is."""

    kind = Code(choices=KINDS, required=True)
    title = Text(max=300, required=True)
    organisations = fields.List(Subject(), required=True, validate=[validate.Length(min=2, max=50), _differ])
    partner = Code(
        choices=PARTNERS,
        load_default=None,
        allow_none=True,
        metadata={"description": "Which of the standard's partners it is held with (ICMT 2.1), if any."},
    )
    categories = some_codes(required=True)
    purposes = some_codes(required=True)
    terms = Text(max=8000, load_default=None, allow_none=True)
    evidence = Text(max=500, required=True, metadata={"description": "Where the paper is kept."})
    signed_on = fields.Date(required=True, validate=_A_DAY)
    valid_from = fields.Date(load_default=None, allow_none=True, validate=_A_DAY)
    valid_until = fields.Date(load_default=None, allow_none=True, validate=_A_DAY)
    renews = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "The agreement between the same organisations that this one follows."},
    )


class EndAgreement(Schema):
    """An agreement that ends before its time, for a stated reason."""

    id = fields.UUID(required=True)
    reason = Text(max=2000, required=True)


class AgreementSearch(Paging):
    """Agreements of an organisation, and between it and another."""

    organisation = Subject(load_default=None, allow_none=True)
    with_organisation = Subject(load_default=None, allow_none=True)
    expiring_within_days = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=0, max=3660),
        metadata={"description": "In force, ending within so many days, and renewed by none yet."},
    )


class CoverageAsked(Schema):
    """Whose partners."""

    organisation = Subject(required=True)


class CoverageView(Schema):
    """With which of the standard's eight partners an agreement is in force, and with which not."""

    organisation = fields.String()
    held = fields.List(fields.String())
    missing = fields.List(fields.String())


class AgreementView(View):
    """An agreement, what it permits, and whether it is in force."""

    kind = fields.String()
    title = fields.String()
    organisations = fields.List(fields.String())
    partner = fields.String(allow_none=True)
    categories = fields.List(fields.String())
    purposes = fields.List(fields.String())
    terms = fields.String(allow_none=True)
    evidence = fields.String()
    signed_on = fields.Date()
    valid_from = fields.Date()
    valid_until = fields.Date(allow_none=True)
    state = fields.String(metadata={"description": "to_come, in_force, expired or ended"})
    recorded_by = fields.String()
    renews = fields.UUID(allow_none=True)
    ended_at = Moment(allow_none=True)
    ended_by = fields.String(allow_none=True)
    end_reason = fields.String(allow_none=True)


AgreementPage = page_of(AgreementView)

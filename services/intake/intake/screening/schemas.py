"""What crosses the wire about screening decisions (IN-4)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.schemas import Code, Moment, Schema, Text, View, category

FINDINGS = ("met", "not_met", "unknown")
OUTCOMES = ("eligible", "not_eligible", "unknown")


class Finding(Schema):
    """What was found on one criterion, and why. *Unknown* is an answer of its own, never a *no*."""

    criterion = Code(required=True)
    finding = Code(choices=FINDINGS, required=True)
    reason = Text(max=2000, required=True)


class DecideScreening(Schema):
    """The findings on every criterion of the referral's program; the outcome follows from them."""

    referral_id = fields.UUID(required=True)
    findings = fields.List(fields.Nested(Finding), required=True, validate=validate.Length(min=1, max=50))

    @validates_schema
    def one_finding_a_criterion(self, decision: dict[str, Any], **_: Any) -> None:
        """A criterion is answered once."""
        answered = [finding["criterion"] for finding in decision.get("findings", [])]
        if len(answered) != len(set(answered)):
            raise ValidationError("Must answer each criterion once.", "findings")


class ScreeningView(View):
    """A decision with its reasons and the version of the criteria it was made under."""

    referral_id = fields.UUID()
    program = fields.String(metadata=category("referral"))
    criteria_version = fields.String(metadata=category("referral"))
    outcome = fields.String(metadata=category("referral"))
    findings = fields.List(fields.Nested(Finding), metadata=category("referral"))
    decided_by = fields.String(metadata=category("referral"))
    decided_at = Moment(metadata=category("referral"))

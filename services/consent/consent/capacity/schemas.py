"""What crosses the wire about capacity (CO-3)."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.schemas import Code, Moment, Paging, Schema, Subject, Text, View, category, page_of

KINDS = ("screen", "full")
FINDINGS = ("able", "doubtful", "not_able")
DOMAINS = ("personal_safety", "basic_services", "consequences")


class CapacityFinding(Schema):
    """What was seen in one domain: personal safety, access to basic services, recognising consequences."""

    domain = Code(choices=DOMAINS, required=True)
    finding = Code(choices=FINDINGS, required=True)
    observed = Text(max=2000, required=True)


class AssessCapacity(Schema):
    """Whether a person can decide for themselves at present, domain by domain.

    A full assessment also states its outcome, which is never *doubtful*; that of a screen follows from its findings.
    """

    person_id = fields.UUID(required=True)
    kind = Code(choices=KINDS, load_default="screen")
    outcome = Code(choices=("able", "not_able"), load_default=None, allow_none=True)
    findings = fields.List(fields.Nested(CapacityFinding), required=True)
    assessed_at = Moment(load_default=None, allow_none=True)
    assessed_by = Subject(load_default=None, allow_none=True)
    review_on = fields.Date(
        load_default=None, allow_none=True, validate=validate.Range(max=date(2199, 12, 31))
    )

    @validates_schema
    def _is_whole(self, told: dict[str, Any], **_: Any) -> None:
        if sorted(finding["domain"] for finding in told.get("findings", [])) != sorted(DOMAINS):
            raise ValidationError("Must hold one finding on each of the three domains.", "findings")
        if (told.get("kind") == "full") != (told.get("outcome") is not None):
            raise ValidationError("Must be given for a full assessment, and for no other.", "outcome")


class CapacitySearch(Paging):
    """Whose assessments."""

    person_id = fields.UUID(required=True)


class CapacityView(View):
    """One assessment; `full_assessment_owed` flags that a full capability assessment is to be considered."""

    person_id = fields.UUID()
    kind = fields.String()
    outcome = fields.String(metadata=category("consent"))
    findings = fields.List(fields.Nested(CapacityFinding), metadata=category("consent"))
    full_assessment_owed = fields.Boolean(metadata=category("consent"))
    assessed_at = Moment()
    assessed_by = fields.String()
    recorded_by = fields.String()
    organisation = fields.String(allow_none=True)
    review_on = fields.Date(allow_none=True)


CapacityPage = page_of(CapacityView)

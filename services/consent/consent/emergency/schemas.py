"""What crosses the wire about emergency access (CO-6)."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.schemas import Code, Moment, Paging, Schema, Subject, Text, View, category, page_of
from consent.directives.schemas import some_codes

FINDINGS = ("justified", "not_justified", "unclear")


class BeginEmergencyAccess(Schema):
    """A danger that cannot wait: whose record, what of it, why, and for how many hours at most."""

    person_id = fields.UUID(required=True)
    reason = Text(min=10, max=2000, required=True)
    categories = some_codes(required=True)
    hours = fields.Integer(
        load_default=24,
        strict=True,
        validate=validate.Range(min=1, max=24),
        metadata={"description": "When it ends by itself; a day at most."},
    )


class ReviewEmergencyAccess(Schema):
    """What the review found, by somebody else than who used the access."""

    id = fields.UUID(required=True)
    finding = Code(choices=FINDINGS, required=True)
    review = Text(max=4000, required=True)


class EmergencyAccessSearch(Paging):
    """Which emergency accesses: of a person, by a worker, reviewed or not."""

    person_id = fields.UUID(load_default=None, allow_none=True)
    worker = Subject(load_default=None, allow_none=True)
    reviewed = fields.Boolean(load_default=None, allow_none=True)
    overdue = fields.Boolean(
        load_default=None,
        allow_none=True,
        metadata={"description": "Whether the review is owed and its three working days are over."},
    )


class EmergencyAccessView(View):
    """An emergency access from its opening to its review."""

    person_id = fields.UUID()
    worker = fields.String()
    organisation = fields.String()
    reason = fields.String(metadata=category("consent"))
    categories = fields.List(fields.String())
    state = fields.String(metadata={"description": "open, to_review or reviewed"})
    opened_at = Moment()
    ends_at = Moment()
    review_due_at = Moment(allow_none=True)
    review_overdue = fields.Boolean()
    ended_at = Moment(allow_none=True)
    ended_by = fields.String(allow_none=True, metadata={"description": "Sign-in, or `system`."})
    reviewed_at = Moment(allow_none=True)
    reviewed_by = fields.String(allow_none=True)
    finding = fields.String(allow_none=True)
    review = fields.String(allow_none=True, metadata=category("consent"))


EmergencyAccessPage = page_of(EmergencyAccessView)

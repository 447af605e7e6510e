"""What crosses the wire about alerts (AU-2, AU-7)."""

from __future__ import annotations

from marshmallow import fields

from chassis.schemas import ById, Code, Moment, Paging, Schema, Subject, Text, View, category, page_of

STATES = ("raised", "acknowledged", "assigned", "closed")
SEVERITIES = ("high", "medium", "low")
FINDINGS = ("misuse", "mistake", "legitimate", "unclear")


class AlertSearch(Paging):
    """Which alerts: by state, rule, severity, worker, or the person whose record it is about."""

    state = Code(choices=STATES, load_default=None, allow_none=True)
    open_only = fields.Boolean(load_default=None, allow_none=True)
    rule = Code(load_default=None, allow_none=True)
    severity = Code(choices=SEVERITIES, load_default=None, allow_none=True)
    worker = Subject(load_default=None, allow_none=True)
    escalated = fields.Boolean(
        load_default=None,
        allow_none=True,
        metadata={"description": "Only those of which a deadline was missed, or only the others."},
    )
    person_id = fields.UUID(load_default=None, allow_none=True)


class AssignAlert(ById):
    """Who is to look into it."""

    to = Subject(required=True)
    note = Text(max=2000, load_default=None, allow_none=True)


class CloseAlert(ById):
    """What was found, as a code and in words."""

    finding = Code(choices=FINDINGS, required=True)
    findings = Text(max=8000, required=True)


class AlertStepView(Schema):
    """One step in looking into it."""

    number = fields.Integer()
    step = fields.String()
    by = fields.String()
    at = Moment()
    note = fields.String(allow_none=True)


class AlertView(View):
    """An alert: what fits which rule, whose access it was, and what became of it."""

    rule = fields.String()
    rules_version = fields.String()
    severity = fields.String()
    says = fields.String(metadata={"description": "What the rule means."})
    state = fields.String()
    worker = fields.String(metadata=category("directory"))
    organisation = fields.String(allow_none=True, metadata=category("directory"))
    persons = fields.List(fields.UUID(), metadata=category("directory"))
    cases = fields.List(fields.UUID(), metadata=category("directory"))
    times = fields.Integer(metadata={"description": "How many accesses fit so far."})
    first_position = fields.Integer(metadata={"description": "Of the first entry, in the log."})
    last_position = fields.Integer()
    happened_at = Moment()
    raised_at = Moment()
    assigned_to = fields.String(allow_none=True)
    escalated_at = Moment(
        allow_none=True, metadata={"description": "When a deadline of looking into it was last missed."}
    )
    closed_at = Moment(allow_none=True)
    closed_by = fields.String(allow_none=True)
    finding = fields.String(allow_none=True)
    findings = fields.String(allow_none=True, metadata=category("directory"))
    steps = fields.List(fields.Nested(AlertStepView))


AlertPage = page_of(AlertView)

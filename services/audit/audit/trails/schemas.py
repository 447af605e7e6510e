"""What crosses the wire about trails: ids and codes, and the titles of doors (AU-3)."""

from __future__ import annotations

from marshmallow import fields

from audit.entries.schemas import RecordSchema
from chassis.schemas import Code, Moment, Paging, Schema

WHICH = ("decisions", "accesses")


class _TrailAsked(Paging):
    which = Code(
        choices=WHICH,
        load_default="decisions",
        metadata={"description": "Only what was decided and done, or every access."},
    )
    service = Code(load_default=None, allow_none=True)
    since = Moment(load_default=None, allow_none=True, metadata={"description": "From this moment on."})
    until = Moment(load_default=None, allow_none=True, metadata={"description": "Before this moment."})


class CaseTrailAsked(_TrailAsked):
    """Which case, decisions or every access, of which service, from when until when; newest first."""

    case_id = fields.UUID(required=True)


class PersonTrailAsked(_TrailAsked):
    """Which person, decisions or every access, of which service, from when until when; newest first."""

    person_id = fields.UUID(required=True)


class StepView(Schema):
    """One step: what, by whom, for which organisation, when and why, and where it stands in the log."""

    entry_id = fields.UUID(required=True)
    position = fields.Integer(required=True, metadata={"description": "Place in the log."})
    leaf = fields.String(required=True)
    sealed = fields.Boolean(metadata={"description": "Whether a signed checkpoint covers it already."})
    proof = fields.String(required=True, metadata={"description": "Where its inclusion proof is."})
    at = Moment(required=True)
    worker = fields.String(required=True)
    organisation = fields.String(allow_none=True)
    roles = fields.List(fields.String())
    service = fields.String(required=True)
    door = fields.String(required=True)
    title = fields.String(required=True, metadata={"description": "What was done, in words."})
    action = fields.String(required=True, metadata={"description": "read, write, search or export."})
    outcome = fields.String(required=True)
    reason = fields.String(allow_none=True, metadata={"description": "The rule that refused, when denied."})
    purpose = fields.String(allow_none=True)
    basis = fields.List(fields.String(), metadata={"description": "What permitted it: team, consent, …"})
    records = fields.List(
        fields.Nested(RecordSchema),
        metadata={"description": "What it was done to; empty when the entry is about others too."},
    )
    categories = fields.List(fields.String())


class CaseTrailView(Schema):
    """What was decided and done in a case."""

    case_id = fields.UUID(required=True)
    size = fields.Integer(required=True, metadata={"description": "Number of entries in the log now."})
    items = fields.List(fields.Nested(StepView), required=True)
    next_cursor = fields.String(allow_none=True)


class PersonTrailView(Schema):
    """What was decided and done about a person."""

    person_id = fields.UUID(required=True)
    person_ids = fields.List(
        fields.UUID(), metadata={"description": "The records of this person that the trail covers."}
    )
    size = fields.Integer(required=True, metadata={"description": "Number of entries in the log now."})
    items = fields.List(fields.Nested(StepView), required=True)
    next_cursor = fields.String(allow_none=True)

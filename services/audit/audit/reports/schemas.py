"""What crosses the wire about access reports (AU-6)."""

from __future__ import annotations

from marshmallow import fields, validate

from audit.entries.schemas import LARGEST_POSITION, OUTCOMES, ExportView
from chassis.schemas import Code, Moment, Paging, Schema


class AccessReportAsked(Paging):
    """Whose record, and from when until when; newest first."""

    person_id = fields.UUID(required=True)
    outcome = Code(choices=OUTCOMES, load_default=None, allow_none=True)
    since = Moment(load_default=None, allow_none=True)
    until = Moment(load_default=None, allow_none=True)


class ReportExportAsked(Schema):
    """A page of the report as a file with proofs, oldest first. Go on with `next`, `size` and `before` of the last."""

    person_id = fields.UUID(required=True)
    start = fields.Integer(load_default=0, validate=validate.Range(min=0, max=LARGEST_POSITION))
    size = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(min=1, max=LARGEST_POSITION)
    )
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=200))
    first = fields.Boolean(
        load_default=True,
        metadata={"description": "Whether this page begins the file; it then has the header."},
    )
    before = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=0, max=LARGEST_POSITION),
        metadata={"description": "Number of entries on the pages before, as the page before has told it."},
    )


class ReportExportView(ExportView):
    """Lines of the file of a report, as of any export."""

    before = fields.Integer(
        metadata={"description": "Entries in the file so far: give it with the next page."}
    )


class AccessSeen(Schema):
    """One access to the person's record: who, when, why, what, and whether it was permitted."""

    entry_id = fields.UUID(required=True)
    position = fields.Integer(
        required=True, metadata={"description": "Place in the log: ask for its proof by it."}
    )
    leaf = fields.String(required=True)
    at = Moment(required=True)
    worker = fields.String(
        required=True, metadata={"description": "Subject of the sign-in, or service:<name>."}
    )
    organisation = fields.String(allow_none=True)
    roles = fields.List(fields.String())
    service = fields.String(required=True)
    door = fields.String(required=True)
    action = fields.String(required=True, metadata={"description": "read, write, search or export."})
    outcome = fields.String(required=True)
    reason = fields.String(allow_none=True, metadata={"description": "The rule that refused, when denied."})
    purpose = fields.String(allow_none=True)
    basis = fields.List(
        fields.String(), metadata={"description": "What permitted it: team, consent, statute, self, …"}
    )
    categories = fields.List(
        fields.String(), metadata={"description": "What kinds of information were shown."}
    )
    withheld = fields.List(fields.String(), metadata={"description": "What kinds were kept back."})


class AccessReportView(Schema):
    """Who looked at, searched for, changed or was refused a person's record."""

    person_id = fields.UUID(required=True)
    person_ids = fields.List(
        fields.UUID(), metadata={"description": "The records of this person that the report covers."}
    )
    size = fields.Integer(
        required=True, metadata={"description": "Number of entries in the log at this moment."}
    )
    items = fields.List(fields.Nested(AccessSeen), required=True)
    next_cursor = fields.String(allow_none=True)

"""What crosses the wire about the history of a record (IN-7, AU-3)."""

from __future__ import annotations

from marshmallow import fields

from chassis.schemas import Moment, Paging, Schema, View


class ReadHistory(Paging):
    """Whose history, latest change first."""

    person_id = fields.UUID(required=True)


class RecordChange(Schema):
    """One field of a record before an amendment and after. Shown to who may see the field's category."""

    category_key = "category"

    id = fields.UUID()
    changed_at = Moment()
    changed_by = fields.String(metadata={"description": "The sign-in of who amended."})
    organisation = fields.String(allow_none=True)
    category = fields.String()
    field = fields.String()
    part_id = fields.UUID(
        allow_none=True, metadata={"description": "Which name, address or other part, where there are many."}
    )
    before = fields.Raw(
        attribute="shown_before", allow_none=True, metadata={"description": "Null: it was not there."}
    )
    after = fields.Raw(
        attribute="shown_after", allow_none=True, metadata={"description": "Null: it was taken away."}
    )


class HistoryView(View):
    """Who amended what on a record, and when. `id` is the person's."""

    changes = fields.List(fields.Nested(RecordChange))
    next_cursor = fields.String(allow_none=True)

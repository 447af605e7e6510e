"""What crosses the wire about competences of workers (IN-4)."""

from __future__ import annotations

from marshmallow import fields

from chassis.schemas import Code, Moment, Paging, Schema, Subject, Text, View, page_of


class RecordCompetence(Schema):
    """A colleague is able to assess something, from a day (today when absent) until a day, by this evidence."""

    worker = Subject(required=True)
    competence = Code(required=True)
    valid_from = fields.Date(load_default=None, allow_none=True)
    valid_until = fields.Date(
        load_default=None, allow_none=True, metadata={"description": "The last day on which it counts."}
    )
    evidence = Text(max=1000, required=True)


class EndCompetence(Schema):
    """It counts no more, for a reason."""

    competence_id = fields.UUID(required=True)
    because = Text(max=1000, required=True)


class ListCompetences(Paging):
    """Whose competences, or who holds one; with `held_only` those that count today."""

    worker = Subject(load_default=None, allow_none=True)
    competence = Code(load_default=None, allow_none=True)
    held_only = fields.Boolean(load_default=False)


class CompetenceView(View):
    """A competence of a worker, who vouched for it and until when it counts."""

    worker = fields.String(required=True)
    competence = fields.String(required=True)
    valid_from = fields.Date(required=True)
    valid_until = fields.Date(allow_none=True)
    evidence = fields.String()
    recorded_by = fields.String()
    recorded_at = Moment()
    ended_on = fields.Date(allow_none=True)
    ended_by = fields.String(allow_none=True)
    ended_because = fields.String(allow_none=True)


CompetencePage = page_of(CompetenceView)

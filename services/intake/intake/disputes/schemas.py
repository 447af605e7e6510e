"""What crosses the wire about disputed entries (IN-9)."""

from __future__ import annotations

from marshmallow import fields

from chassis.schemas import Code, Moment, Paging, Schema, Text, View, category, page_of

ANSWERS = ("corrected", "removed", "stands")


class RaiseDispute(Schema):
    """Which entry of a person is wrong, and in what."""

    person_id = fields.UUID(required=True)
    involvement_id = fields.UUID(required=True)
    says = Text(max=2000, required=True)


class ListRaisedDisputes(Paging):
    """What the caller objected to in a person's entry."""

    person_id = fields.UUID(required=True)


class ListWaitingDisputes(Paging):
    """Disputes that the caller has to answer, the oldest first."""


class AnswerDispute(Schema):
    """What the source says: it corrected the entry, takes it out, or the entry stands, and why."""

    dispute_id = fields.UUID(required=True)
    answer = Code(choices=ANSWERS, required=True)
    says = Text(max=2000, required=True)


class DisputeView(View):
    """An objection to an entry, and its answer. `reference` is the source's own."""

    person_id = fields.UUID()
    involvement_id = fields.UUID(allow_none=True)
    reference = fields.String()
    raised_at = Moment()
    says = fields.String(metadata=category("directory"))
    answer = fields.String(allow_none=True)
    answer_says = fields.String(allow_none=True, metadata=category("directory"))
    answered_at = Moment(allow_none=True)


DisputePage = page_of(DisputeView)

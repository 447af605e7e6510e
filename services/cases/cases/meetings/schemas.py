"""Family team meetings on the wire (CA-6)."""

from typing import Any

import marshmallow
from marshmallow import fields, validate, validates_schema

from cases.confidence.schemas import shown_visibility, visibility_field
from cases.plan.schemas import ActionAgreed, ActionInPlan
from chassis.schemas import Moment, Paging, Schema, Subject, Text, View, category, page_of


class Attendee(Schema):
    """Who came: a team member by sign-in, or a member of the family by person."""

    worker = Subject(load_default=None, allow_none=True)
    person_id = fields.UUID(load_default=None, allow_none=True)

    @validates_schema
    def one_of_the_two(self, attendee: dict[str, Any], **_: object) -> None:
        """Exactly one of `worker` and `person_id`."""
        if (attendee.get("worker") is None) == (attendee.get("person_id") is None):
            raise marshmallow.ValidationError("Must be one of worker and person_id.")


class DecisionMade(Schema):
    """A decision that is not for everybody."""

    words = Text(max=2000, required=True)
    visibility = visibility_field()


class HoldMeeting(Schema):
    """A meeting that has been held; its actions go into the plan."""

    case_id = fields.UUID(required=True)
    held_at = Moment(required=True)
    place = Text(max=200, required=True)
    attendees = fields.List(fields.Nested(Attendee), required=True, validate=validate.Length(min=1, max=50))
    decisions = fields.List(Text(max=2000), load_default=list, validate=validate.Length(max=50))
    further_decisions = fields.List(
        fields.Nested(DecisionMade),
        load_default=list,
        validate=validate.Length(max=50),
        metadata={"description": "Decisions that are not for the whole family."},
    )
    actions = fields.List(fields.Nested(ActionAgreed), load_default=list, validate=validate.Length(max=50))
    next_review_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"description": "At the latest three months after the meeting, which is also the default."},
    )
    visibility = visibility_field()


class MeetingSearch(Paging):
    """The meetings of a case, newest first."""

    case_id = fields.UUID(required=True)


class AttendeeView(Schema):
    """Who came."""

    worker = fields.String(allow_none=True)
    person_id = fields.UUID(allow_none=True)


class DecisionView(Schema):
    """A decision, as a line of its meeting."""

    id = fields.UUID(required=True)
    words = fields.String()
    visibility = shown_visibility()


class MeetingView(View):
    """A family team meeting."""

    case_id = fields.UUID(required=True)
    held_at = Moment(required=True)
    place = fields.String(metadata=category("plan"))
    attendees = fields.List(fields.Nested(AttendeeView), attribute="came", metadata=category("plan"))
    decisions = fields.List(fields.String(), attribute="words_of_decisions", metadata=category("plan"))
    decided = fields.List(fields.Nested(DecisionView), metadata=category("plan"))
    actions = fields.List(fields.Nested(ActionInPlan), metadata=category("plan"))
    next_review_on = fields.Date(metadata=category("plan"))
    visibility = shown_visibility()


MeetingPage = page_of(MeetingView)

"""What crosses the wire about the capacity of programs (IN-6). Nothing of it is about a person."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.schemas import Code, Moment, Paging, Schema, Subject, Text, View

KINDS = ("caseload", "fixed_places")
OFFERS = ("automatic", "by_worker")
AFTERWARDS = ("keeps_position", "goes_to_end")
UNDONE = (
    "overload_plan_missing",
    "overload_plan_review_due",
    "overload_plan_overdue",
    "worker_above_maximum",
    "place_without_worker",
)


def _days(at_least: int = 1, at_most: int = 365) -> Any:
    return validate.Range(min=at_least, max=at_most)


class ReadCapacity(Schema):
    """Which program."""

    program = Code(required=True)


class ListCapacities(Paging):
    """Programs with a recorded capacity."""

    full = fields.Boolean(load_default=None, allow_none=True)
    undone = fields.Boolean(
        load_default=None,
        allow_none=True,
        metadata={"description": "Those for which management still owes something, or owes nothing."},
    )


class SetCapacity(Schema):
    """What a program can carry, and the rules of its wait list. Sent again, it replaces all of them."""

    program = Code(required=True)
    kind = Code(choices=KINDS, load_default="caseload")
    places = fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=0, max=100_000),
        metadata={"description": "How many places there are, for fixed_places."},
    )
    ideal = fields.Integer(
        strict=True,
        load_default=16,
        validate=validate.Range(min=1, max=500),
        metadata={"description": "Cases that a full-time worker ideally carries."},
    )
    maximum = fields.Integer(
        strict=True,
        load_default=20,
        validate=validate.Range(min=1, max=500),
        metadata={"description": "Cases that a full-time worker carries at most; never exceeded."},
    )
    offers = Code(
        choices=OFFERS,
        load_default="automatic",
        metadata={"description": "Whether free places are offered by the service itself or by a worker."},
    )
    offer_days = fields.Integer(strict=True, load_default=3, validate=_days(at_most=90))
    after_decline = Code(choices=AFTERWARDS, load_default="keeps_position")
    after_expiry = Code(choices=AFTERWARDS, load_default="keeps_position")
    rest_days = fields.Integer(
        strict=True,
        load_default=7,
        validate=_days(),
        metadata={
            "description": "After an offer was declined or expired, no other is made for so many days."
        },
    )
    check_in_days = fields.Integer(strict=True, load_default=14, validate=_days())
    attempts_before_lost = fields.Integer(strict=True, load_default=3, validate=validate.Range(min=1, max=50))
    plan_days = fields.Integer(
        strict=True,
        load_default=5,
        validate=_days(),
        metadata={"description": "Working days from full until an overload plan is to be on record."},
    )

    @validates_schema
    def places_belong_to_their_kind(self, rules: dict[str, Any], **_: Any) -> None:
        """Fixed places are counted, caseloads are not."""
        if (rules.get("kind") == "fixed_places") != (rules.get("places") is not None):
            raise ValidationError("Must be sent for fixed_places, and only then.", "places")

    @validates_schema
    def ideal_is_below_maximum(self, rules: dict[str, Any], **_: Any) -> None:
        """Nobody is ideally over the maximum."""
        if rules.get("ideal", 0) > rules.get("maximum", 0):
            raise ValidationError("Must not be above maximum.", "ideal")


class RecordProgramWorker(Schema):
    """A clinical worker serves the program, with a share of full time, from a day until another."""

    program = Code(required=True)
    worker = Subject(required=True)
    organisation = Subject(required=True)
    full_time_percent = fields.Integer(strict=True, load_default=100, validate=validate.Range(min=1, max=100))
    since = fields.Date(required=True)
    until = fields.Date(load_default=None, allow_none=True)


class EndProgramWorker(Schema):
    """The last day on which the worker serves the program."""

    program = Code(required=True)
    worker = Subject(required=True)
    until = fields.Date(required=True)


class RecordOverloadPlan(Schema):
    """What will be done about a full program."""

    program = Code(required=True)
    measures = Text(max=4000, required=True)
    responsible = Text(
        max=300, required=True, metadata={"description": "Who answers for it, by role or sign-in."}
    )
    review_on = fields.Date(required=True)


class ProgramWorkerView(View):
    """Who serves a program, how much and until when."""

    program = fields.String()
    worker = fields.String()
    organisation = fields.String()
    full_time_percent = fields.Integer()
    since = fields.Date()
    until = fields.Date(allow_none=True)


class OverloadPlanView(View):
    """A plan for an overload, as it was recorded."""

    program = fields.String()
    measures = fields.String()
    responsible = fields.String()
    review_on = fields.Date()
    recorded_by = fields.String()
    recorded_at = Moment()


class WorkerRoomView(Schema):
    """What one worker carries for this program, and may carry."""

    worker = fields.String()
    organisation = fields.String()
    full_time_percent = fields.Integer()
    carries = fields.Integer(metadata={"description": "Open cases of this program, as cases told."})
    reserved = fields.Integer(metadata={"description": "Places offered or accepted that are no case yet."})
    carries_in_all = fields.Integer(metadata={"description": "Open cases of all programs, or their weight."})
    ideal = fields.Integer()
    maximum = fields.Integer()
    free = fields.Integer()
    above_ideal = fields.Boolean()
    above_maximum = fields.Boolean()


class PlanStandingView(Schema):
    """The plan on record, and whether it still covers today."""

    plan = fields.Nested(OverloadPlanView)
    in_force = fields.Boolean()


class CapacityRulesView(Schema):
    """What was recorded of a program's capacity."""

    kind = fields.String()
    places = fields.Integer(allow_none=True)
    ideal = fields.Integer()
    maximum = fields.Integer()
    offers = fields.String()
    offer_days = fields.Integer()
    after_decline = fields.String()
    after_expiry = fields.String()
    rest_days = fields.Integer()
    check_in_days = fields.Integer()
    attempts_before_lost = fields.Integer()
    plan_days = fields.Integer()


class WaitingCountView(Schema):
    """How many wait, by priority."""

    returning_in_crisis = fields.Integer()
    crisis = fields.Integer()
    urgent = fields.Integer()
    routine = fields.Integer()


class CapacityView(Schema):
    """How a program stands: its places, who carries what, how many wait, and what is undone. No person is named."""

    program = fields.String(attribute="rules.program")
    rules = fields.Nested(CapacityRulesView)
    places = fields.Integer(attribute="room.places")
    occupied = fields.Integer(
        attribute="room.taken", metadata={"description": "Places taken by cases or held by an offer."}
    )
    free = fields.Integer(attribute="room.free")
    full_since = Moment(attribute="rules.full_since", allow_none=True)
    workers = fields.List(fields.Nested(WorkerRoomView), attribute="room.workers")
    waiting = fields.Nested(WaitingCountView)
    offered = fields.Integer()
    longest_wait_days = fields.Integer(allow_none=True)
    places_without_worker = fields.Integer()
    overload_plan = fields.Nested(PlanStandingView, allow_none=True)
    overload_plan_due_at = Moment(allow_none=True)
    undone = fields.List(fields.String(validate=validate.OneOf(UNDONE)))
    warnings = fields.List(fields.String())


class CapacityPage(Schema):
    """A page of programs with how they stand."""

    items = fields.List(fields.Nested(CapacityView), required=True)
    next_cursor = fields.String(allow_none=True)

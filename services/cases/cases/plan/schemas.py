"""The plan, its goals and actions on the wire (CA-5)."""

from marshmallow import fields, validate

from cases.confidence.schemas import shown_visibility, visibility_field
from chassis.schemas import Code, Moment, Schema, Subject, Text, View, category

SECTIONS = ("strengths", "needs", "involvement", "safety")
ACTION_STATUSES = ("agreed", "under_way", "done", "dropped")


class DrawUpPlan(Schema):
    """The family's plan is drawn up: one plan a case."""

    case_id = fields.UUID(required=True)
    strengths = Text(load_default=None, allow_none=True)
    needs = Text(load_default=None, allow_none=True)
    involvement = Text(
        load_default=None,
        allow_none=True,
        metadata={"description": "How the client took part in drawing it up."},
    )
    agreed_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"description": "The day on which the client agreed to it."},
    )


class PlanAsked(Schema):
    """The plan of which case."""

    case_id = fields.UUID(required=True)


class AddGoal(Schema):
    """A goal, with how one will know that it is reached."""

    case_id = fields.UUID(required=True)
    wish = Text(max=1000, required=True, metadata={"description": "What the family wants, in its own words."})
    measure = Text(max=1000, required=True, metadata={"description": "How one will know that it is reached."})
    target_on = fields.Date(required=True)
    visibility = visibility_field()


class AddPlanSection(Schema):
    """A part of the plan in words for some of the family: the safety plan of one member."""

    case_id = fields.UUID(required=True)
    section = Code(choices=SECTIONS, required=True)
    words = Text(required=True)
    visibility = visibility_field()


class ActionAgreed(Schema):
    """Who does what, by when."""

    description = Text(max=1000, required=True)
    owner = Subject(required=True, metadata={"description": "A present member of the team."})
    due_on = fields.Date(required=True)
    goal_id = fields.UUID(load_default=None, allow_none=True)
    visibility = visibility_field()


class AddAction(ActionAgreed):
    """An action, added to the plan of a case."""

    case_id = fields.UUID(required=True)


class UpdateAction(Schema):
    """How an action stands; its owner says so, or the lead."""

    action_id = fields.UUID(required=True)
    status = Code(choices=ACTION_STATUSES, required=True)
    progress = Text(max=2000, load_default=None, allow_none=True)


class GoalView(View):
    """A goal of a plan."""

    case_id = fields.UUID(required=True)
    wish = fields.String(metadata=category("plan"))
    measure = fields.String(metadata=category("plan"))
    target_on = fields.Date(metadata=category("plan"))
    visibility = shown_visibility()


class PlanSectionView(View):
    """A part of the plan in words for some of the family."""

    case_id = fields.UUID(required=True)
    section = fields.String(validate=validate.OneOf(SECTIONS), metadata=category("plan"))
    words = fields.String(metadata=category("plan"))
    written_by = fields.String(metadata=category("plan"))
    visibility = shown_visibility()


class ActionView(View):
    """An action of a plan."""

    case_id = fields.UUID(required=True)
    goal_id = fields.UUID(allow_none=True)
    description = fields.String(metadata=category("plan"))
    owner = fields.String(metadata=category("plan"))
    due_on = fields.Date(metadata=category("plan"))
    status = fields.String(validate=validate.OneOf(ACTION_STATUSES), metadata=category("plan"))
    progress = fields.String(allow_none=True, metadata=category("plan"))
    updated_at = Moment()
    visibility = shown_visibility()


class GoalInPlan(Schema):
    """A goal, as a line of its plan."""

    id = fields.UUID(required=True)
    wish = fields.String()
    measure = fields.String()
    target_on = fields.Date()
    visibility = shown_visibility()


class PlanSectionInPlan(Schema):
    """A part in words, as a line of its plan."""

    id = fields.UUID(required=True)
    section = fields.String(validate=validate.OneOf(SECTIONS))
    words = fields.String()
    visibility = shown_visibility()


class ActionInPlan(Schema):
    """An action, as a line of its plan or meeting; `version` makes its ETag."""

    id = fields.UUID(required=True)
    version = fields.Integer(required=True)
    goal_id = fields.UUID(allow_none=True)
    description = fields.String()
    owner = fields.String()
    due_on = fields.Date()
    status = fields.String(validate=validate.OneOf(ACTION_STATUSES))
    progress = fields.String(allow_none=True)
    visibility = shown_visibility()


class PlanView(View):
    """The plan of a case with its goals and actions, and what is still missing from it."""

    case_id = fields.UUID(required=True)
    strengths = fields.String(allow_none=True, metadata=category("plan"))
    needs = fields.String(allow_none=True, metadata=category("plan"))
    involvement = fields.String(allow_none=True, metadata=category("plan"))
    agreed_on = fields.Date(allow_none=True, metadata=category("plan"))
    sections = fields.List(
        fields.Nested(PlanSectionInPlan),
        metadata=category(
            "plan", description="Parts that are not for everybody, as far as the caller sees them."
        ),
    )
    goals = fields.List(fields.Nested(GoalInPlan), metadata=category("plan"))
    actions = fields.List(fields.Nested(ActionInPlan), metadata=category("plan"))
    missing = fields.List(fields.String(), metadata=category("plan"))

"""The plan, its goals and actions on the wire (CA-5)."""

from marshmallow import fields, validate

from chassis.schemas import Code, Moment, Schema, Subject, Text, View, category

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


class ActionAgreed(Schema):
    """Who does what, by when."""

    description = Text(max=1000, required=True)
    owner = Subject(required=True, metadata={"description": "A present member of the team."})
    due_on = fields.Date(required=True)
    goal_id = fields.UUID(load_default=None, allow_none=True)


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


class GoalInPlan(Schema):
    """A goal, as a line of its plan."""

    id = fields.UUID(required=True)
    wish = fields.String()
    measure = fields.String()
    target_on = fields.Date()


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


class PlanView(View):
    """The plan of a case with its goals and actions, and what is still missing from it."""

    case_id = fields.UUID(required=True)
    strengths = fields.String(allow_none=True, metadata=category("plan"))
    needs = fields.String(allow_none=True, metadata=category("plan"))
    involvement = fields.String(allow_none=True, metadata=category("plan"))
    agreed_on = fields.Date(allow_none=True, metadata=category("plan"))
    goals = fields.List(fields.Nested(GoalInPlan), metadata=category("plan"))
    actions = fields.List(fields.Nested(ActionInPlan), metadata=category("plan"))
    missing = fields.List(fields.String(), metadata=category("plan"))

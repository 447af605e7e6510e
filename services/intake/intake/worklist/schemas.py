"""What crosses the wire about the worklist (IN-2, IN-5)."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.schemas import Code, Moment, Paging, Schema, Subject, View, category
from intake.people.schemas import Name
from intake.referrals.schemas import CLOCKS, PRIORITIES, SOURCES, STAGES

WAIT_LIST_CHECK_IN = "wait_list_check_in"
BUCKETS = (
    "overdue",
    "due_today",
    "forecast",
    "later",
    "standing_still",
    "undocumented",
    "follow_up",
    "unassigned",
    "head_of_queue",
)


class ReadWorklist(Paging):
    """Whose work, and which of it. Without `owner` and `team`: the caller's own and that of the caller's teams."""

    owner = Subject(load_default=None, allow_none=True, metadata={"description": "`me` for the caller."})
    team = Subject(load_default=None, allow_none=True)
    bucket = Code(choices=BUCKETS, load_default=None, allow_none=True)
    program = Code(load_default=None, allow_none=True)
    stage = Code(choices=STAGES, load_default=None, allow_none=True)
    priority = Code(choices=PRIORITIES, load_default=None, allow_none=True)
    source = Code(choices=SOURCES, load_default=None, allow_none=True)
    clock = Code(choices=(*CLOCKS, WAIT_LIST_CHECK_IN), load_default=None, allow_none=True)
    due_before = Moment(load_default=None, allow_none=True)
    within_days = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=1, max=60),
        metadata={"description": "How many days ahead the forecast looks; the desk's own when left out."},
    )


class WorkItemView(View):
    """One referral: whom it is about, what is owed next and until when. Its id is the referral's."""

    person_id = fields.UUID()
    names = fields.List(fields.Nested(Name), metadata=category("identity"))
    program = fields.String(metadata=category("referral"))
    stage = fields.String(metadata=category("referral"))
    priority = fields.String(metadata=category("referral"))
    returning_in_crisis = fields.Boolean(metadata=category("referral"))
    source = fields.String(metadata=category("referral"))
    owner = fields.String(allow_none=True, metadata=category("referral"))
    team = fields.String(allow_none=True, metadata=category("referral"))
    received_at = Moment(metadata=category("referral"))
    state = fields.String(
        metadata=category(
            "referral", description="overdue, due_today, forecast, later, standing_still or ended"
        )
    )
    clock = fields.String(allow_none=True, metadata=category("referral"))
    due_at = Moment(allow_none=True, metadata=category("referral"))
    working_days_left = fields.Integer(
        allow_none=True,
        metadata=category("referral", description="Negative once the limit has passed."),
    )
    undocumented = fields.List(
        fields.String(),
        metadata=category("referral", description="Clocks whose limit was missed, and nobody has said why."),
    )


class WorklistCounts(Schema):
    """How many of them stand in each bucket; one may stand in several. Only those that the caller may see count."""

    everything = fields.Integer(metadata={"description": "1,000 means as many or more."})
    overdue = fields.Integer()
    due_today = fields.Integer()
    forecast = fields.Integer()
    later = fields.Integer()
    standing_still = fields.Integer()
    undocumented = fields.Integer()
    follow_up = fields.Integer()
    unassigned = fields.Integer()
    head_of_queue = fields.Integer()


class WorklistPage(Schema):
    """A page of the worklist: head of the queue first, then the longest overdue, then what is due next.

    `counts` is of the first thousand lines of the whole list and comes with its first page. All pages are as of the
    moment of the first.
    """

    items = fields.List(fields.Nested(WorkItemView), required=True)
    next_cursor = fields.String(allow_none=True)
    counts = fields.Nested(WorklistCounts, allow_none=True)
    as_of = Moment()

"""Who sees an item of a case, on the wire (CA-1)."""

from typing import Any

import marshmallow
from marshmallow import fields, validate, validates_schema

from chassis.schemas import Code, Moment, Paging, Schema, Subject, Text, View, category, page_of

KINDS = ("action", "contact", "decision", "goal", "meeting", "plan_section", "team_member")


class Visibility(Schema):
    """Whom an item is about and which members of the family may see it."""

    about = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=50),
        metadata={"description": "Members whom it is about; nobody sees it from whom one of them is kept."},
    )
    shown_to = fields.List(
        fields.UUID(),
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=50),
        metadata={
            "description": "Members of the family who may see it. An empty list: the staff of the team only. Absent:"
            " the whole family; what is about a member who is kept from anybody, those whom it is about."
        },
    )
    in_confidence = fields.Boolean(
        load_default=False,
        metadata={"description": "Told in confidence: not for whoever acts for those who may see it."},
    )
    also_shown_to = fields.List(
        Subject(),
        load_default=list,
        validate=validate.Length(max=50),
        metadata={
            "description": "Sign-ins on the team who are shown it besides: a provider who needs it for the task."
        },
    )

    @validates_schema
    def a_confidence_has_a_list(self, said: dict[str, Any], **_: object) -> None:
        """What is for the whole family is told in confidence to nobody."""
        if said.get("in_confidence") and not (said.get("shown_to") or said.get("about")):
            raise marshmallow.ValidationError({"in_confidence": ["Must be said of members who may see it."]})


def visibility_field() -> fields.Nested:
    """The field of a request that says who may see what it writes."""
    return fields.Nested(
        Visibility,
        load_default=None,
        allow_none=True,
        metadata={"description": "Who may see it; the whole family when absent."},
    )


class SetVisibility(Visibility):
    """Who may see an item from now on; what is not said again does not hold any more."""

    case_id = fields.UUID(required=True)
    kind = Code(choices=KINDS, required=True)
    item_id = fields.UUID(required=True)
    reason = Text(max=1000, required=True)


class KeepMemberFrom(Schema):
    """From whom a member of the family is kept, from now on: they may be on the team and see nothing of the member."""

    case_id = fields.UUID(required=True)
    member_id = fields.UUID(required=True)
    kept_from = fields.List(fields.UUID(), required=True, validate=validate.Length(max=20))
    reason = Text(max=1000, required=True)


class VisibilityHistory(Paging):
    """What was decided about who sees what in a case, newest first."""

    case_id = fields.UUID(required=True)
    item_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "Of one item only, or of one member."}
    )


class VisibilityInItem(Schema):
    """Who may see an item; told to the staff of the team and to nobody else."""

    about = fields.List(fields.UUID(), required=True)
    shown_to = fields.List(fields.UUID(), allow_none=True)
    in_confidence = fields.Boolean(required=True)
    also_shown_to = fields.List(fields.String(), attribute="named")
    reason = fields.String(allow_none=True)
    decided_by = fields.String(required=True)
    decided_at = Moment(required=True)


class VisibilityView(View):
    """One decision about who sees an item or from whom a member is kept; `ended_at` is null while it holds."""

    case_id = fields.UUID(required=True, attribute="record_id")
    kind = fields.String(required=True, validate=validate.OneOf((*KINDS, "member")))
    item_id = fields.UUID(required=True)
    about = fields.List(fields.UUID(), metadata=category("identity"))
    shown_to = fields.List(fields.UUID(), allow_none=True, metadata=category("identity"))
    in_confidence = fields.Boolean()
    also_shown_to = fields.List(fields.String(), attribute="named", metadata=category("identity"))
    kept_from = fields.List(fields.UUID(), metadata=category("identity"))
    reason = fields.String(allow_none=True, metadata=category("notes"))
    decided_by = fields.String(required=True)
    decided_at = Moment(required=True)
    ended_at = Moment(allow_none=True)


VisibilityPage = page_of(VisibilityView)


def shown_visibility() -> fields.Nested:
    """The field of a view that says who may see an item; null for whoever sees one side only."""
    return fields.Nested(
        VisibilityInItem,
        allow_none=True,
        metadata={"description": "Who may see it; null where nothing is kept apart, and for the family."},
    )

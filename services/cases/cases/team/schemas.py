"""Team members and the lead on the wire (CA-2)."""

from typing import Any

import marshmallow
from marshmallow import fields, validate, validates_schema

from cases.confidence.schemas import shown_visibility, visibility_field
from chassis.schemas import Code, Moment, Schema, Subject, Text, View, category

STANDINGS = ("staff", "provider", "relative", "advocate", "client")
REASONS_TO_LEAVE = ("finished", "moved_on", "refused_by_client", "other")
ASKED_BY = ("client", "team", "supervisor")


class AddTeamMember(Schema):
    """Somebody joins the team around the family."""

    case_id = fields.UUID(required=True)
    worker = Subject(required=True, metadata={"description": "Subject of the sign-in of whoever joins."})
    organisation = Subject(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "Code of the organisation they act for; staff and providers always act for one."
        },
    )
    standing = Code(
        choices=STANDINGS,
        required=True,
        metadata={"description": "In what standing they join; it decides how much of the case they reach."},
    )
    role = Code(required=True, metadata={"description": "What they are on this team, e.g. youth_worker."})
    expertise = Text(max=200, load_default=None, allow_none=True)
    introduced_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"description": "The day on which the client met them; null when not yet."},
    )
    for_member = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "The member for whom a relative, an advocate or the client stands: they see what that member"
            " sees. Without it they see what is for the whole family, until their sign-in is known to be somebody's."
        },
    )
    visibility = visibility_field()

    @validates_schema
    def staff_and_providers_stand_for_nobody(self, joining: dict[str, Any], **_: object) -> None:
        """Their task decides what they see, not a side of the family."""
        if joining.get("standing") in ("staff", "provider") and joining.get("for_member") is not None:
            raise marshmallow.ValidationError({"for_member": ["Must be left out for staff and providers."]})

    @validates_schema
    def staff_and_providers_act_for_an_organisation(self, joining: dict[str, Any], **_: object) -> None:
        """The directory shows an agency, not a person on their own."""
        if joining.get("standing") in ("staff", "provider") and joining.get("organisation") is None:
            raise marshmallow.ValidationError({"organisation": ["Must be given for staff and providers."]})


class EndTeamMembership(Schema):
    """A team member leaves; the client may refuse one."""

    case_id = fields.UUID(required=True)
    membership_id = fields.UUID(required=True)
    reason = Code(choices=REASONS_TO_LEAVE, required=True)


class ChangeLead(Schema):
    """The lead passes to another member of the team."""

    case_id = fields.UUID(required=True)
    membership_id = fields.UUID(required=True, metadata={"description": "Membership of the lead to be."})
    asked_by = Code(choices=ASKED_BY, required=True, metadata={"description": "Who asked for the change."})
    reason = Text(max=1000, load_default=None, allow_none=True)


class TeamMemberView(View):
    """One membership of the team around the family."""

    case_id = fields.UUID(required=True)
    worker = fields.String(required=True, metadata=category("case"))
    organisation = fields.String(allow_none=True, metadata=category("case"))
    standing = fields.String(required=True, metadata=category("case"))
    role = fields.String(required=True, metadata=category("case"))
    expertise = fields.String(allow_none=True, metadata=category("case"))
    introduced_on = fields.Date(allow_none=True, metadata=category("case"))
    joined_at = Moment(required=True, metadata=category("case"))
    left_at = Moment(allow_none=True, metadata=category("case"))
    reason_for_leaving = fields.String(allow_none=True, metadata=category("case"))
    for_member = fields.UUID(allow_none=True, attribute="stands_for", metadata=category("case"))
    visibility = shown_visibility()


class TeamMemberInCase(Schema):
    """One membership, as a line of its case."""

    id = fields.UUID(required=True)
    worker = fields.String(required=True)
    organisation = fields.String(allow_none=True)
    standing = fields.String(required=True)
    role = fields.String(required=True)
    expertise = fields.String(allow_none=True)
    introduced_on = fields.Date(allow_none=True)
    joined_at = Moment(required=True)
    left_at = Moment(allow_none=True)
    reason_for_leaving = fields.String(allow_none=True)
    for_member = fields.UUID(allow_none=True, attribute="stands_for")
    visibility = shown_visibility()


class LeadTermView(Schema):
    """Who led the case, from when until when, and who asked for it."""

    membership_id = fields.UUID(required=True)
    worker = fields.String(required=True)
    organisation = fields.String(allow_none=True)
    began_at = Moment(required=True)
    ended_at = Moment(allow_none=True)
    asked_by = fields.String(allow_none=True, validate=validate.OneOf(ASKED_BY))
    reason = fields.String(allow_none=True)

"""What crosses the wire about follow-up, and the whole history of a referral (IN-3, IN-5)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from chassis.schemas import Code, Line, Moment, Schema, Text, View, category
from intake.outreach.schemas import OutreachContactInHistory
from intake.referrals.schemas import WAYS_OF_CONTACT, WAYS_OF_TELLING, ClockView, ReferrerView

TOLD_TO = ("person", "family", "referrer")
WAYS_OF_LINKING = (
    "introduced_in_person",
    "called_together",
    "appointment_made",
    "referral_sent",
    "contact_given",
)
LINK_OUTCOMES = ("connected", "declined", "service_refused", "lost_contact")
ENDS_WITHOUT_LINK = ("declined", "lost_contact")
ASKED = ("person", "family", "service")
FOUND = ("not_reached", "waiting", "appointment_made", "met")


class ExplainDecision(Schema):
    """That the decision was explained, to whom, how and in which words. `explained_at` is now when it is not sent."""

    referral_id = fields.UUID(required=True)
    told_to = Code(choices=TOLD_TO, required=True)
    referrer_id = fields.UUID(load_default=None, allow_none=True)
    way = Code(choices=WAYS_OF_TELLING, required=True)
    explained_at = Moment(load_default=None, allow_none=True)
    interpreter = fields.Boolean(load_default=False)
    words = Text(max=4000, required=True, metadata={"description": "What was said or written."})

    @validates_schema
    def names_a_referrer_who_was_told(self, told: dict[str, Any], **_: Any) -> None:
        """Only a referrer is named by an id."""
        if told.get("referrer_id") and told.get("told_to") != "referrer":
            raise ValidationError("Must come with told_to referrer.", "referrer_id")


class LinkToService(Schema):
    """The service that the person was linked to: of the directory (`service_id`), or in words (`service`)."""

    referral_id = fields.UUID(required=True)
    service_id = fields.UUID(load_default=None, allow_none=True)
    service = Line(load_default=None, allow_none=True)
    way = Code(choices=WAYS_OF_LINKING, required=True)
    note = Text(max=2000, load_default=None, allow_none=True)
    linked_at = Moment(load_default=None, allow_none=True)

    @validates_schema
    def names_a_service(self, told: dict[str, Any], **_: Any) -> None:
        """One of the two is needed."""
        if not told.get("service_id") and not told.get("service"):
            raise ValidationError("Send service_id or service.", "service_id")


class CheckLink(Schema):
    """Whether the person and the service have met, as far as was found out. `made_at` is now when it is not sent."""

    link_id = fields.UUID(required=True)
    made_at = Moment(load_default=None, allow_none=True)
    asked = Code(choices=ASKED, required=True)
    way = Code(choices=WAYS_OF_CONTACT, required=True)
    found = Code(choices=FOUND, required=True)
    note = Text(max=2000, load_default=None, allow_none=True)


class SettleLink(Schema):
    """What came of a link. `settled_at` is now when it is not sent."""

    link_id = fields.UUID(required=True)
    outcome = Code(choices=LINK_OUTCOMES, required=True)
    note = Text(max=2000, load_default=None, allow_none=True)
    settled_at = Moment(load_default=None, allow_none=True)


class EndFollowUp(Schema):
    """Why a follow-up ends though the person was linked to no service."""

    referral_id = fields.UUID(required=True)
    outcome = Code(choices=ENDS_WITHOUT_LINK, required=True)
    note = Text(max=2000, required=True)


class ExplanationView(Schema):
    """The decision was explained."""

    told_to = fields.String()
    way = fields.String()
    explained_at = Moment()
    explained_by = fields.String()
    interpreter = fields.Boolean()
    words = fields.String()


class LinkCheckView(Schema):
    """One attempt to find out what came of a link."""

    made_at = Moment()
    made_by = fields.String()
    asked = fields.String()
    way = fields.String()
    found = fields.String()
    note = fields.String(allow_none=True)


class OnwardLinkView(Schema):
    """A service that the person was linked to, and what came of it."""

    id = fields.UUID()
    service_id = fields.UUID(allow_none=True)
    service = fields.String(allow_none=True)
    way = fields.String()
    note = fields.String(allow_none=True)
    linked_at = Moment()
    linked_by = fields.String()
    checks = fields.List(fields.Nested(LinkCheckView))
    outcome = fields.String(allow_none=True)
    outcome_note = fields.String(allow_none=True)
    settled_at = Moment(allow_none=True)
    settled_by = fields.String(allow_none=True)


class FollowUpView(View):
    """A referral that a program is not for: what was explained, where the person was linked, what is still owed."""

    person_id = fields.UUID()
    program = fields.String(metadata=category("referral"))
    stage = fields.String(metadata=category("referral"))
    decided_at = Moment(allow_none=True, metadata=category("referral"))
    ended_at = Moment(allow_none=True, metadata=category("referral"))
    follow_up_outcome = fields.String(allow_none=True, metadata=category("referral"))
    follow_up_note = fields.String(allow_none=True, metadata=category("referral"))
    explanations = fields.List(fields.Nested(ExplanationView), metadata=category("referral"))
    links = fields.List(fields.Nested(OnwardLinkView), metadata=category("referral"))
    referrers = fields.List(fields.Nested(ReferrerView), metadata=category("referral"))
    clocks = fields.List(fields.Nested(ClockView), metadata=category("referral"))


class AssignmentView(Schema):
    """A referral passed from one keeper to another."""

    at = Moment()
    by = fields.String()
    how = fields.String(metadata={"description": "taken, given, handed_over, put_back or transferred"})
    from_owner = fields.String(allow_none=True)
    to_owner = fields.String(allow_none=True)
    from_team = fields.String(allow_none=True)
    to_team = fields.String(allow_none=True)
    from_program = fields.String(allow_none=True)
    to_program = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)


class PriorityChangeView(Schema):
    """A referral became more or less pressing."""

    at = Moment()
    by = fields.String()
    from_priority = fields.String()
    to_priority = fields.String()
    returning_in_crisis = fields.Boolean()
    reason = fields.String()


class JoinedReferralView(Schema):
    """Another request for the same, which this referral goes on for."""

    id = fields.UUID()
    source = fields.String()
    priority = fields.String()
    reason = fields.String()
    received_at = Moment()
    received_by = fields.String(allow_none=True)


class ReferralNamedView(Schema):
    """Another referral of the person that this one took up again, or that took up this one."""

    id = fields.UUID()
    program = fields.String()
    stage = fields.String()
    received_at = Moment()


class ReferralHistoryView(View):
    """What led to a referral, who had it, how pressing it was, what joined it, and what it led to."""

    person_id = fields.UUID()
    program = fields.String(metadata=category("referral"))
    stage = fields.String(metadata=category("referral"))
    outreach = fields.List(fields.Nested(OutreachContactInHistory), metadata=category("referral"))
    assignments = fields.List(fields.Nested(AssignmentView), metadata=category("referral"))
    priority_changes = fields.List(fields.Nested(PriorityChangeView), metadata=category("referral"))
    joined = fields.List(fields.Nested(JoinedReferralView), metadata=category("referral"))
    continues = fields.UUID(allow_none=True, metadata=category("referral"))
    continued_by = fields.List(fields.Nested(ReferralNamedView), metadata=category("referral"))
    explanations = fields.List(fields.Nested(ExplanationView), metadata=category("referral"))
    links = fields.List(fields.Nested(OnwardLinkView), metadata=category("referral"))

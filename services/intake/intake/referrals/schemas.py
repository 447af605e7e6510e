"""What crosses the wire about referrals (IN-1, IN-2, IN-3)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from chassis.schemas import Code, Moment, Paging, Schema, Text, View, category, page_of
from intake.people.schemas import RecordPerson

SOURCES = (
    "self",
    "family_member",
    "community_member",
    "professional",
    "agency",
    "outreach_worker",
    "police",
    "shelter",
    "church",
    "crisis_team",
    "another_program",
    "another_system",
)
PRIORITIES = ("routine", "urgent", "crisis")
STAGES = ("received", "contacted", "eligible", "not_eligible", "in_service", "withdrawn", "joined")
CLOCKS = ("first_contact", "eligibility", "service_contact", "explanation", "linking", "follow_up")
WAYS_OF_CONTACT = ("in_person", "phone", "text_message", "email", "letter", "through_someone")
OUTCOMES = ("reached", "no_answer", "message_left", "not_found", "wrong_details", "contact_declined")


class ReceiveReferral(Schema):
    """A request for help: for a known person (`person_id`), or one told of only now (`person`)."""

    person_id = fields.UUID(load_default=None, allow_none=True)
    person = fields.Nested(RecordPerson, load_default=None, allow_none=True)
    program = Code(required=True)
    source = Code(choices=SOURCES, required=True)
    priority = Code(choices=PRIORITIES, load_default="routine")
    reason = Text(max=4000, required=True)
    referred_by = Text(
        max=300,
        load_default=None,
        allow_none=True,
        metadata={"description": "Who to tell of the decision, and how to reach them."},
    )

    @validates_schema
    def about_exactly_one_person(self, referral: dict[str, Any], **_: Any) -> None:
        """Either a known person or a new one."""
        if (referral.get("person_id") is None) == (referral.get("person") is None):
            raise ValidationError("Send either person_id or person.", "person")


class ReadReferral(Schema):
    """Which referral."""

    referral_id = fields.UUID(required=True)


class ListReferrals(Paging):
    """The referrals that the caller may see, latest first."""

    person_id = fields.UUID(load_default=None, allow_none=True)
    program = Code(load_default=None, allow_none=True)
    stage = Code(choices=STAGES, load_default=None, allow_none=True)


class RecordContactAttempt(Schema):
    """One attempt to reach the person. `made_at` is now when it is not sent."""

    referral_id = fields.UUID(required=True)
    made_at = Moment(load_default=None, allow_none=True)
    way = Code(choices=WAYS_OF_CONTACT, required=True)
    place = Text(max=300, load_default=None, allow_none=True)
    outcome = Code(choices=OUTCOMES, required=True)
    note = Text(max=4000, load_default=None, allow_none=True)


class RecordServiceContact(Schema):
    """The program has met the person. `met_at` is now when it is not sent."""

    referral_id = fields.UUID(required=True)
    met_at = Moment(load_default=None, allow_none=True)


class PauseClock(Schema):
    """Why a deadline stands still for a time."""

    referral_id = fields.UUID(required=True)
    clock = Code(choices=CLOCKS, required=True)
    reason = Text(max=1000, required=True)


class ResumeClock(Schema):
    """Which deadline runs again."""

    referral_id = fields.UUID(required=True)
    clock = Code(choices=CLOCKS, required=True)


class DocumentBreach(Schema):
    """The extenuating circumstances of a deadline that was missed."""

    referral_id = fields.UUID(required=True)
    clock = Code(choices=CLOCKS, required=True)
    circumstances = Text(max=4000, required=True)


class ClockView(Schema):
    """One deadline of a referral, as the server keeps it."""

    kind = fields.String()
    state = fields.String(metadata={"description": "running, paused, met, breached or cancelled"})
    started_at = Moment()
    due_at = Moment()
    paused_at = Moment(allow_none=True)
    pause_reason = fields.String(allow_none=True)
    met_at = Moment(allow_none=True)
    forecast_at = Moment(allow_none=True)
    breached_at = Moment(allow_none=True)
    circumstances = fields.String(allow_none=True)


class ContactAttemptView(Schema):
    """One attempt to reach the person, as it was recorded."""

    made_at = Moment()
    made_by = fields.String()
    way = fields.String()
    place = fields.String(allow_none=True)
    outcome = fields.String()
    note = fields.String(allow_none=True)


class ReferralFoundView(View):
    """A referral in a list, and the receipt for one just handed in."""

    person_id = fields.UUID()
    program = fields.String(metadata=category("referral"))
    source = fields.String(metadata=category("referral"))
    priority = fields.String(metadata=category("referral"))
    stage = fields.String(metadata=category("referral"))
    received_at = Moment(metadata=category("referral"))
    ended_at = Moment(allow_none=True, metadata=category("referral"))


ReferralFoundPage = page_of(ReferralFoundView)


class ReferralView(ReferralFoundView):
    """A referral with what was tried and the deadlines that it keeps."""

    reason = fields.String(metadata=category("referral"))
    referred_by = fields.String(allow_none=True, metadata=category("referral"))
    first_contact_at = Moment(allow_none=True, metadata=category("referral"))
    decided_at = Moment(allow_none=True, metadata=category("referral"))
    service_contact_at = Moment(allow_none=True, metadata=category("referral"))
    attempts = fields.List(fields.Nested(ContactAttemptView), metadata=category("referral"))
    clocks = fields.List(fields.Nested(ClockView), metadata=category("referral"))

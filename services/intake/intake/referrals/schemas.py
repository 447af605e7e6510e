"""What crosses the wire about referrals (IN-1, IN-2, IN-3)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.schemas import (
    Code,
    Line,
    Moment,
    Paging,
    PersonName,
    Schema,
    Subject,
    Text,
    View,
    category,
    page_of,
)
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
PAUSE_CODES = (
    "in_hospital",
    "in_custody",
    "away",
    "asked_to_wait",
    "unsafe_to_contact",
    "waiting_for_documents",
    "other",
)
WITHDRAWN_BECAUSE = (
    "person_declined",
    "referrer_withdrew",
    "needs_met",
    "moved_away",
    "not_found",
    "received_in_error",
    "died",
    "other",
)
WAYS_OF_TELLING = ("verbal", "written")
WAYS_OF_CONTACT = ("in_person", "phone", "text_message", "email", "letter", "through_someone")
OUTCOMES = ("reached", "no_answer", "message_left", "not_found", "wrong_details", "contact_declined")


class Described(Schema):
    """Somebody of whom no name is known (IN-1): an alias and a place to find them, or what they look like."""

    alias = PersonName(load_default=None, allow_none=True)
    description = Text(
        max=500,
        load_default=None,
        allow_none=True,
        metadata={"description": "For instance: a man of about 40 who sleeps by the bridge."},
    )
    where_to_find = Line(load_default=None, allow_none=True)
    safe_to_look_there = fields.Boolean(
        load_default=True,
        metadata={"description": "Whether it is safe for the person to be looked for there."},
    )

    @validates_schema
    def is_enough_to_find_somebody(self, told: dict[str, Any], **_: Any) -> None:
        """An alias needs a place; a description may stand alone."""
        if not told.get("description") and not (told.get("alias") and told.get("where_to_find")):
            raise ValidationError("Send an alias and where to find the person, or a description.", "alias")


class Referrer(Schema):
    """Who asks for help for the person, how to reach them, and whether they want to hear what came of it."""

    name = Line(load_default=None, allow_none=True)
    relation = Line(
        load_default=None, allow_none=True, metadata={"description": "Who they are to the person."}
    )
    organisation = Line(load_default=None, allow_none=True)
    worker = Subject(load_default=None, allow_none=True, metadata={"description": "Their sign-in, if any."})
    phone = Line(load_default=None, allow_none=True)
    email = Line(load_default=None, allow_none=True)
    note = Text(max=500, load_default=None, allow_none=True)
    tell_outcome = fields.Boolean(load_default=False)

    @validates_schema
    def says_who(self, told: dict[str, Any], **_: Any) -> None:
        """Somebody can be recognised by it, and be told only where there is a way to."""
        if not any(told.get(field) for field in ("name", "relation", "organisation", "worker")):
            raise ValidationError("Send a name, a relation, an organisation or a worker.", "name")
        reached = ("phone", "email", "worker", "note")
        if told.get("tell_outcome") and not any(told.get(field) for field in reached):
            raise ValidationError("Send how to reach them: phone, email, worker or note.", "tell_outcome")


class Whom(Schema):
    """Whom a request is about: a known person, one told of only now, or one described without a name."""

    person_id = fields.UUID(load_default=None, allow_none=True)
    person = fields.Nested(RecordPerson, load_default=None, allow_none=True)
    described = fields.Nested(Described, load_default=None, allow_none=True)

    @validates_schema
    def about_exactly_one_person(self, told: dict[str, Any], **_: Any) -> None:
        """One of the three ways."""
        ways = ("person_id", "person", "described")
        if sum(told.get(way) is not None for way in ways) != 1:
            raise ValidationError("Send one of person_id, person and described.", "person")


class Request(Schema):
    """What every request for help says: who asks, how pressing it is, and which team is to have it."""

    source = Code(choices=SOURCES, required=True)
    priority = Code(choices=PRIORITIES, load_default="routine")
    reason = Text(max=4000, required=True)
    referred_by = Text(
        max=300,
        load_default=None,
        allow_none=True,
        metadata={"description": "Who to tell of the decision, and how to reach them."},
    )
    referrers = fields.List(fields.Nested(Referrer), load_default=list, validate=validate.Length(max=5))
    team = Subject(
        load_default=None,
        allow_none=True,
        metadata={"description": "The team that is to keep it; yours, or the program's desk, when left out."},
    )


class ReceiveReferral(Whom, Request):
    """A request for help for one person: known (`person_id`), told of now (`person`), or `described`."""

    program = Code(required=True)
    reference = Line(
        load_default=None,
        allow_none=True,
        metadata={"description": "Your system's own identifier: sent again, it finds the same referral."},
    )


class ForProgram(Schema):
    """One of the programs that a request is for; what is left out is as for the others."""

    program = Code(required=True)
    priority = Code(choices=PRIORITIES, load_default=None, allow_none=True)
    reason = Text(max=4000, load_default=None, allow_none=True)


class ReceiveReferrals(Request):
    """One request about several people, for several programs, or both: a referral for each person and program."""

    persons = fields.List(fields.Nested(Whom), required=True, validate=validate.Length(min=1, max=20))
    programs = fields.List(fields.Nested(ForProgram), required=True, validate=validate.Length(min=1, max=11))

    @validates_schema
    def each_once(self, told: dict[str, Any], **_: Any) -> None:
        """A person or a program is named once."""
        programs = [each["program"] for each in told.get("programs", [])]
        persons = [each["person_id"] for each in told.get("persons", []) if each.get("person_id")]
        for field, named in (("programs", programs), ("persons", persons)):
            if len(named) != len(set(named)):
                raise ValidationError("Must name each once.", field)


class TakeUpAgain(Schema):
    """Screen somebody again: what is left out is as it was told for the earlier referral."""

    referral_id = fields.UUID(required=True)
    program = Code(load_default=None, allow_none=True)
    source = Code(choices=SOURCES, load_default=None, allow_none=True)
    priority = Code(choices=PRIORITIES, load_default="routine")
    reason = Text(max=4000, load_default=None, allow_none=True)


class ReadReferral(Schema):
    """Which referral."""

    referral_id = fields.UUID(required=True)


class ListReferrals(Paging):
    """The referrals that the caller may see, latest first."""

    person_id = fields.UUID(load_default=None, allow_none=True)
    program = Code(load_default=None, allow_none=True)
    stage = Code(choices=STAGES, load_default=None, allow_none=True)
    request_id = fields.UUID(load_default=None, allow_none=True)
    owner = Subject(load_default=None, allow_none=True)
    team = Subject(load_default=None, allow_none=True)


class RecordContactAttempt(Schema):
    """One attempt to reach the person. `made_at` is now when it is not sent."""

    referral_id = fields.UUID(required=True)
    made_at = Moment(load_default=None, allow_none=True)
    made_by = Subject(
        load_default=None, allow_none=True, metadata={"description": "Who made it, when it was not you."}
    )
    also_present = fields.List(Line(), load_default=list, validate=validate.Length(max=10))
    way = Code(choices=WAYS_OF_CONTACT, required=True)
    place = Text(max=300, load_default=None, allow_none=True)
    outcome = Code(choices=OUTCOMES, required=True)
    note = Text(max=4000, load_default=None, allow_none=True)


class RecordServiceContact(Schema):
    """The program has met the person. `met_at` is now when it is not sent."""

    referral_id = fields.UUID(required=True)
    met_at = Moment(load_default=None, allow_none=True)


class WithdrawReferral(Schema):
    """Why a referral ends before the program has met the person."""

    referral_id = fields.UUID(required=True)
    because = Code(choices=WITHDRAWN_BECAUSE, required=True)
    note = Text(max=2000, load_default=None, allow_none=True)


class TransferReferral(Schema):
    """To which other program a referral goes on, and why."""

    referral_id = fields.UUID(required=True)
    program = Code(required=True)
    team = Subject(load_default=None, allow_none=True)
    reason = Text(max=1000, required=True)


class JoinReferral(Schema):
    """Which referral of the same person and program goes on for this one."""

    referral_id = fields.UUID(required=True)
    other_id = fields.UUID(required=True)


class ChangePriority(Schema):
    """How pressing a referral is from now on, and why."""

    referral_id = fields.UUID(required=True)
    priority = Code(choices=PRIORITIES, required=True)
    reason = Text(max=1000, required=True)


class TakeReferral(Schema):
    """Which referral the caller works on from now on."""

    referral_id = fields.UUID(required=True)


class AssignReferral(Schema):
    """Who works on a referral: a worker, another team, or, with neither, any of the team that has it."""

    referral_id = fields.UUID(required=True)
    worker = Subject(load_default=None, allow_none=True)
    team = Subject(load_default=None, allow_none=True)
    reason = Text(max=1000, load_default=None, allow_none=True)


class RecordReferrer(Referrer):
    """Somebody who asked for help for the person; with `referrer_id`, what is now known of one on record."""

    referral_id = fields.UUID(required=True)
    referrer_id = fields.UUID(load_default=None, allow_none=True)


class TellReferrer(Schema):
    """A referrer was told what came of it. `told_at` is now when it is not sent."""

    referral_id = fields.UUID(required=True)
    referrer_id = fields.UUID(required=True)
    way = Code(choices=WAYS_OF_TELLING, required=True)
    told_at = Moment(load_default=None, allow_none=True)


class PauseClock(Schema):
    """Why a deadline stands still for a time."""

    referral_id = fields.UUID(required=True)
    clock = Code(choices=CLOCKS, required=True)
    code = Code(choices=PAUSE_CODES, load_default="other")
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
    pause_code = fields.String(allow_none=True)
    working_days_left = fields.Integer(
        allow_none=True, metadata={"description": "Negative once the limit has passed; null when it is met."}
    )
    met_at = Moment(allow_none=True)
    forecast_at = Moment(allow_none=True)
    breached_at = Moment(allow_none=True)
    circumstances = fields.String(allow_none=True)
    documented_by = fields.String(allow_none=True)
    documented_at = Moment(allow_none=True)


class ContactAttemptView(Schema):
    """One attempt to reach the person, as it was recorded."""

    made_at = Moment()
    made_by = fields.String()
    recorded_by = fields.String(allow_none=True)
    also_present = fields.List(fields.String(), allow_none=True)
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
    owner = fields.String(allow_none=True, metadata=category("referral"))
    team = fields.String(allow_none=True, metadata=category("referral"))
    returning_in_crisis = fields.Boolean(metadata=category("referral"))
    request_id = fields.UUID(allow_none=True, metadata=category("referral"))
    joined_to = fields.UUID(allow_none=True, metadata=category("referral"))
    continues = fields.UUID(allow_none=True, metadata=category("referral"))
    reference = fields.String(attribute="feed_reference", allow_none=True, metadata=category("referral"))


ReferralFoundPage = page_of(ReferralFoundView)


class ReferrerView(Referrer):
    """Who asked for help, and whether they were told what came of it."""

    id = fields.UUID()
    told_at = Moment(allow_none=True)
    told_by = fields.String(allow_none=True)
    told_way = fields.String(allow_none=True)


class ReferralView(ReferralFoundView):
    """A referral with what was tried and the deadlines that it keeps."""

    reason = fields.String(metadata=category("referral"))
    referred_by = fields.String(allow_none=True, metadata=category("referral"))
    first_contact_at = Moment(allow_none=True, metadata=category("referral"))
    decided_at = Moment(allow_none=True, metadata=category("referral"))
    service_contact_at = Moment(allow_none=True, metadata=category("referral"))
    attempts = fields.List(fields.Nested(ContactAttemptView), metadata=category("referral"))
    clocks = fields.List(fields.Nested(ClockView), metadata=category("referral"))
    described_as = fields.String(allow_none=True, metadata=category("referral"))
    received_by = fields.String(allow_none=True, metadata=category("referral"))
    withdrawn_because = fields.String(allow_none=True, metadata=category("referral"))
    withdrawn_note = fields.String(allow_none=True, metadata=category("referral"))
    follow_up_outcome = fields.String(allow_none=True, metadata=category("referral"))
    follow_up_note = fields.String(allow_none=True, metadata=category("referral"))
    referrers = fields.List(fields.Nested(ReferrerView), metadata=category("referral"))

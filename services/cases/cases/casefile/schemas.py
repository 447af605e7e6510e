"""Cases and their members on the wire (CA-1)."""

from marshmallow import fields, validate

from cases.team.schemas import LeadTermView, TeamMemberInCase
from chassis.schemas import Code, Moment, Paging, Schema, Text, View, category, page_of

REASONS_TO_CLOSE = ("goals_met", "moved_away", "family_chose", "transferred", "no_contact", "other")
STATUSES = ("open", "closed")


class MemberGiven(Schema):
    """Somebody whom the client names as family."""

    person_id = fields.UUID(required=True)
    relation = Code(
        required=True,
        metadata={"description": "Who they are in this family, e.g. young_person, mother, friend."},
    )
    since = fields.Date(load_default=None, allow_none=True)
    hidden_from = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=20),
        metadata={
            "description": "Persons who must never reach this case through its team: a violent relative."
        },
    )
    kept_from = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=20),
        metadata={
            "description": "Persons who may be on the team, and see nothing of this member nor of what is about them."
        },
    )


class OpenCase(Schema):
    """A case opens with its first members; the opener joins the team and leads until the lead passes on."""

    program = Code(required=True, metadata={"description": "Code of the program that opens the case."})
    title = Text(max=200, load_default=None, allow_none=True)
    members = fields.List(fields.Nested(MemberGiven), required=True, validate=validate.Length(min=1, max=50))
    role = Code(
        required=True, metadata={"description": "What the opener is on this team, e.g. youth_worker."}
    )
    expertise = Text(max=200, load_default=None, allow_none=True)
    introduced_on = fields.Date(load_default=None, allow_none=True)


class CaseAsked(Schema):
    """Which case."""

    case_id = fields.UUID(required=True)


class CaseSearch(Paging):
    """Cases that the caller may see, newest first."""

    status = Code(choices=STATUSES, load_default=None, allow_none=True)
    person_id = fields.UUID(load_default=None, allow_none=True)


class AddMember(MemberGiven):
    """One more member of the family."""

    case_id = fields.UUID(required=True)


class CloseCase(Schema):
    """The work ends."""

    case_id = fields.UUID(required=True)
    reason = Code(choices=REASONS_TO_CLOSE, required=True)


class MemberView(Schema):
    """A member of the family, with the time of the relationship."""

    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    relation = fields.String(required=True)
    since = fields.Date(allow_none=True)
    until = fields.Date(allow_none=True)
    hidden_from = fields.List(fields.UUID(), attribute="kept_off")
    kept_from = fields.List(
        fields.UUID(), metadata={"description": "Who sees nothing of this member; told to staff only."}
    )


class AssessmentOnFile(Schema):
    """That an assessment exists and whom to ask; nothing of what it says."""

    assessment_id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    form = fields.String(required=True)
    form_version = fields.Integer(required=True)
    author = fields.String(required=True)
    organisation = fields.String(allow_none=True)
    recorded_at = Moment(required=True)


class CaseView(View):
    """A case: its members, its team, its lead and the lead's history."""

    program = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    organisation = fields.String(
        allow_none=True, metadata={"description": "The organisation that opened the case."}
    )
    title = fields.String(allow_none=True, metadata=category("case"))
    opened_at = Moment(required=True)
    closed_at = Moment(allow_none=True)
    reason_for_closing = fields.String(allow_none=True, metadata=category("case"))
    members = fields.List(fields.Nested(MemberView), metadata=category("case"))
    team = fields.List(fields.Nested(TeamMemberInCase), metadata=category("case"))
    lead = fields.Nested(LeadTermView, allow_none=True, metadata=category("case"))
    leads = fields.List(fields.Nested(LeadTermView), metadata=category("case"))
    assessments = fields.List(fields.Nested(AssessmentOnFile), metadata=category("case"))


class CaseInList(View):
    """A case as one line of a list."""

    program = fields.String(required=True)
    status = fields.String(required=True)
    organisation = fields.String(allow_none=True)
    title = fields.String(allow_none=True, metadata=category("case"))
    opened_at = Moment(required=True)
    closed_at = Moment(allow_none=True)


CasePage = page_of(CaseInList)

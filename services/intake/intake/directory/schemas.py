"""What crosses the wire about the directory of involvement: contact details, never case content (IN-9)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.schemas import Code, Paging, PersonName, Schema, Subject, Text, View, category, page_of
from intake.people.schemas import Born

SECTORS = (
    "children_social_care",
    "adult_social_care",
    "education",
    "youth_service",
    "health",
    "mental_health",
    "substance_use",
    "housing",
    "police",
    "income_support",
    "voluntary",
    "other",
)
# The source of entries that our own cases tell of; elsewhere it is the subject of who told.
CASES = "cases"
# What practitioners use the directory for, by the source (004, figure 4).
REASONS = ("identify_a_child", "universal_services", "who_else_is_involved", "lead_professional")
CONCEALING = ("health", "substance_use", "child_protection", "justice", "housing")


class RecordAgency(Schema):
    """An agency and how it is reached. Sending it again replaces what was there."""

    organisation = Subject(required=True, metadata={"description": "The code in sign-ins and events."})
    name = Text(max=300, required=True)
    sector = Code(choices=SECTORS, required=True)
    phone = Text(max=50, load_default=None, allow_none=True)
    email = fields.Email(load_default=None, allow_none=True, validate=validate.Length(max=300))
    hours = Text(max=300, load_default=None, allow_none=True)
    concealed_as = Code(
        choices=CONCEALING,
        load_default=None,
        allow_none=True,
        metadata={"description": "What its help would give away: it is listed only under a grant for that."},
    )


class RecordPractitioner(Schema):
    """A practitioner and how they are reached at work. Sending it again replaces what was there."""

    worker = Subject(required=True, metadata={"description": "The subject of the practitioner's sign-in."})
    organisation = Subject(required=True)
    name = PersonName(required=True)
    title = Text(max=200, required=True)
    phone = Text(max=50, load_default=None, allow_none=True)
    email = fields.Email(load_default=None, allow_none=True, validate=validate.Length(max=300))


class SearchDirectory(Paging):
    """A person by one whole name and date of birth: the directory is not for browsing."""

    name = PersonName(required=True)
    born_on = fields.Date(required=True)
    reason = Code(
        choices=REASONS,
        load_default=None,
        allow_none=True,
        metadata={"description": "What the search is for; the purpose itself is stated by Purpose-Of-Use."},
    )


class ReadDirectory(Schema):
    """Whose entry."""

    person_id = fields.UUID(required=True)


class RecordInvolvement(Schema):
    """An agency, or one practitioner of it, is involved with a person: told by an accredited outside system.

    `reference` is the sender's own identifier; sending it again replaces what was there.
    """

    reference = Text(max=128, required=True)
    person_id = fields.UUID(required=True)
    organisation = Subject(required=True)
    worker = Subject(load_default=None, allow_none=True)
    role = Code(load_default="involved")
    since = fields.Date(required=True)
    until = fields.Date(load_default=None, allow_none=True)
    concealed_as = Code(choices=CONCEALING, load_default=None, allow_none=True)

    @validates_schema
    def ends_after_it_begins(self, involvement: dict[str, Any], **_: Any) -> None:
        """An involvement does not end before it begins."""
        since, until = involvement.get("since"), involvement.get("until")
        if since and until and until < since:
            raise ValidationError("Must not be before since.", "until")


class EndInvolvement(Schema):
    """An involvement that the same system told of has ended; the last day is today unless sent."""

    reference = Text(max=128, required=True)
    until = fields.Date(load_default=None, allow_none=True)


class AgencyView(View):
    """An agency and how it is reached."""

    organisation = fields.String()
    name = fields.String()
    sector = fields.String()
    phone = fields.String(allow_none=True)
    email = fields.String(allow_none=True)
    hours = fields.String(allow_none=True)
    concealed_as = fields.String(allow_none=True)


class PractitionerView(View):
    """A practitioner and how they are reached at work."""

    worker = fields.String()
    organisation = fields.String()
    name = fields.String()
    title = fields.String()
    phone = fields.String(allow_none=True)
    email = fields.String(allow_none=True)


class InvolvementView(View):
    """The receipt for an involvement told by an outside system: nothing that the sender did not know."""

    reference = fields.String()
    person_id = fields.UUID()
    organisation = fields.String()
    worker = fields.String(allow_none=True)
    role = fields.String()
    since = fields.Date()
    until = fields.Date(allow_none=True)


class AgencyContact(Schema):
    """How to reach an agency."""

    organisation = fields.String()
    name = fields.String()
    sector = fields.String()
    phone = fields.String(allow_none=True)
    email = fields.String(allow_none=True)
    hours = fields.String(allow_none=True)


class PractitionerContact(Schema):
    """How to reach a practitioner."""

    worker = fields.String()
    name = fields.String()
    title = fields.String()
    phone = fields.String(allow_none=True)
    email = fields.String(allow_none=True)


class ListedInvolvement(Schema):
    """One involvement as a practitioner sees it: who, since when, until when, and whether they lead."""

    id = fields.UUID(metadata={"description": "To name the entry by when it is disputed."})
    agency = fields.Nested(AgencyContact)
    practitioner = fields.Nested(PractitionerContact, allow_none=True)
    role = fields.String()
    lead = fields.Boolean()
    since = fields.Date()
    until = fields.Date(allow_none=True)
    disputed = fields.Boolean(
        metadata={"description": "The person says that it is wrong; its source will answer."}
    )


class ListedAssessment(Schema):
    """That a common assessment exists, since when, and whom to ask about it; never what it says."""

    recorded_on = fields.Date()
    agency = fields.Nested(AgencyContact, allow_none=True)
    practitioner = fields.Nested(PractitionerContact, allow_none=True)


class DirectoryEntryView(View):
    """Who is involved with a person. `id` is the person's."""

    name = fields.String(metadata=category("directory"))
    born = fields.Nested(Born, allow_none=True, metadata=category("directory"))
    involvements = fields.List(fields.Nested(ListedInvolvement), metadata=category("directory"))
    common_assessments = fields.List(fields.Nested(ListedAssessment), metadata=category("directory"))


DirectoryEntryPage = page_of(DirectoryEntryView)

"""What crosses the wire about checklists and attached assessments (IN-12)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.schemas import Code, Moment, Paging, Schema, Text, View, category, page_of
from intake.programs.schemas import InTongues, SourceView
from intake.referrals.schemas import PRIORITIES, SOURCES

ANSWERS = ("yes", "no", "unknown")
AGREED_BY = ("person", "parent", "carer", "substitute_decision_maker")
AGREED_HOW = ("verbal", "written", "implied")
PRESENT = (
    "person",
    "parent",
    "carer",
    "sibling",
    "relative",
    "advocate",
    "interpreter",
    "practitioner",
    "other",
)
CONCLUSIONS = ("referral", "common_assessment", "no_further_need")


# -- the checklist


class ChecklistFormAsked(Schema):
    """Which form; its newest version when none is named."""

    form = Code(required=True)
    form_version = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(min=1))


class ChecklistQuestion(Schema):
    """A question of a checklist, answered yes, no or unknown."""

    code = fields.String(required=True)
    question = fields.Nested(InTongues, required=True)


class ChecklistArea(Schema):
    """An area that a common assessment may look at, and the rule by which the answers point to it."""

    code = fields.String(required=True)
    name = fields.Nested(InTongues, required=True)
    rule = fields.Raw(metadata={"description": "Over the questions, each true when answered yes."})


class ChecklistFormView(Schema):
    """A checklist in one of its versions; a published version never changes."""

    form = fields.String(required=True)
    form_version = fields.Integer(required=True)
    name = fields.Nested(InTongues, required=True)
    explanation = fields.Nested(InTongues, required=True)
    source = fields.Nested(SourceView, required=True)
    questions = fields.List(fields.Nested(ChecklistQuestion), required=True)
    areas = fields.List(fields.Nested(ChecklistArea), required=True)
    advisable = fields.Raw(
        metadata={"description": "The rule over areas by which an assessment is advisable."}
    )


class ChecklistAnswer(Schema):
    """An answer, and a note in the person's own words."""

    question = Code(required=True)
    answer = Code(choices=ANSWERS, required=True)
    note = Text(max=2000, load_default=None, allow_none=True)


class Agreement(Schema):
    """Who agreed to fill the checklist, how, and when (now when absent). Without agreement nothing is recorded."""

    by = Code(choices=AGREED_BY, required=True)
    how = Code(choices=AGREED_HOW, required=True)
    at = Moment(load_default=None, allow_none=True)


def _once(given: list[dict[str, Any]], field: str) -> None:
    named = [each["question"] for each in given]
    if len(named) != len(set(named)):
        raise ValidationError("Must answer each question once.", field)


class RecordChecklist(Schema):
    """A checklist filled with a person who agreed to it. A question that is not answered counts as unknown."""

    person_id = fields.UUID(required=True)
    form = Code(load_default="pre_assessment_checklist")
    form_version = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(min=1))
    answers = fields.List(
        fields.Nested(ChecklistAnswer), required=True, validate=validate.Length(min=1, max=100)
    )
    agreement = fields.Nested(Agreement, required=True)
    present = fields.List(Code(choices=PRESENT), required=True, validate=validate.Length(min=1, max=20))

    @validates_schema
    def answered_once(self, checklist: dict[str, Any], **_: Any) -> None:
        """A question is answered once."""
        _once(checklist.get("answers", []), "answers")


class AmendChecklist(Schema):
    """Answers that replace earlier ones or are new; the rest stands."""

    checklist_id = fields.UUID(required=True)
    answers = fields.List(
        fields.Nested(ChecklistAnswer), required=True, validate=validate.Length(min=1, max=100)
    )

    @validates_schema
    def answered_once(self, checklist: dict[str, Any], **_: Any) -> None:
        """A question is answered once."""
        _once(checklist.get("answers", []), "answers")


class ReferralFromChecklist(Schema):
    """The referral that the checklist leads to."""

    program = Code(required=True)
    source = Code(choices=SOURCES, required=True)
    priority = Code(choices=PRIORITIES, load_default="routine")
    referred_by = Text(max=300, load_default=None, allow_none=True)


class ConcludeChecklist(Schema):
    """What follows from the checklist, and why: a referral, a common assessment, or no further need."""

    checklist_id = fields.UUID(required=True)
    conclusion = Code(choices=CONCLUSIONS, required=True)
    reason = Text(max=4000, required=True)
    referral = fields.Nested(ReferralFromChecklist, load_default=None, allow_none=True)

    @validates_schema
    def a_referral_says_to_which_program(self, told: dict[str, Any], **_: Any) -> None:
        """The referral is told when, and only when, one is made."""
        if (told.get("conclusion") == "referral") != (told.get("referral") is not None):
            raise ValidationError("Must be sent when the conclusion is referral, and only then.", "referral")


class ReadChecklist(Schema):
    """Which checklist."""

    checklist_id = fields.UUID(required=True)


class ListChecklists(Paging):
    """The checklists that you may see, of one person if asked."""

    person_id = fields.UUID(load_default=None, allow_none=True)


class ChecklistAnswerView(Schema):
    """An answer as it was given."""

    question = fields.String()
    answer = fields.String()
    note = fields.String(allow_none=True)


class ChecklistView(View):
    """A checklist with its questions as they were, what it advises, and what followed."""

    person_id = fields.UUID()
    form = fields.String()
    form_version = fields.Integer()
    content = fields.Nested(ChecklistFormView, data_key="form_content", metadata=category("referral"))
    answers = fields.List(fields.Nested(ChecklistAnswerView), metadata=category("referral"))
    advisable = fields.String(
        metadata=category("referral", description="Whether a common assessment is: `yes`, `no` or `unknown`.")
    )
    areas = fields.List(
        fields.String(), metadata=category("referral", description="Areas that the answers point to.")
    )
    areas_unknown = fields.List(
        fields.String(), metadata=category("referral", description="Areas of which not enough is known.")
    )
    agreed_by = fields.String(metadata=category("referral"))
    agreed_how = fields.String(metadata=category("referral"))
    agreed_at = Moment(metadata=category("referral"))
    present = fields.List(fields.String(), metadata=category("referral"))
    filled_by = fields.String(metadata=category("referral"))
    filled_at = Moment(metadata=category("referral"))
    conclusion = fields.String(allow_none=True, metadata=category("referral"))
    reason = fields.String(allow_none=True, metadata=category("referral"))
    concluded_by = fields.String(allow_none=True, metadata=category("referral"))
    concluded_at = Moment(allow_none=True, metadata=category("referral"))
    referral_id = fields.UUID(allow_none=True, metadata=category("referral"))


class ChecklistShortView(View):
    """A checklist in a list."""

    person_id = fields.UUID()
    form = fields.String()
    form_version = fields.Integer()
    advisable = fields.String(metadata=category("referral"))
    areas = fields.List(fields.String(), metadata=category("referral"))
    filled_by = fields.String(metadata=category("referral"))
    filled_at = Moment(metadata=category("referral"))
    conclusion = fields.String(allow_none=True, metadata=category("referral"))


ChecklistPage = page_of(ChecklistShortView)


# -- assessments that support a referral


class SupportAsked(Schema):
    """The assessments that support which referral."""

    referral_id = fields.UUID(required=True)


class AttachAssessment(Schema):
    """An assessment that is to support a referral, under the person's live consent to you."""

    referral_id = fields.UUID(required=True)
    assessment_id = fields.UUID(required=True)


class InformsView(Schema):
    """A question of the assessment that may tell a fact, or a criterion, of the screening."""

    fact = fields.String(allow_none=True)
    criterion = fields.String(allow_none=True)
    question = fields.String()
    category = fields.String()
    answered = fields.Boolean(
        allow_none=True,
        metadata={"description": "True when it was answered at the start; null when it may have been since."},
    )


class Reach(Schema):
    """How somebody is reached at work."""

    name = fields.String()
    phone = fields.String(allow_none=True)
    email = fields.String(allow_none=True)


class SupportingView(Schema):
    """An assessment that you may know of: its form, whom to ask, and which questions of the screening it may tell."""

    assessment_id = fields.UUID(attribute="assessment.id")
    form = fields.String(attribute="assessment.form")
    form_version = fields.Integer(attribute="assessment.form_version")
    recorded_at = Moment(attribute="assessment.recorded_at")
    author = fields.String(attribute="assessment.author")
    organisation = fields.String(attribute="assessment.organisation", allow_none=True)
    practitioner = fields.Nested(Reach, allow_none=True)
    agency = fields.Nested(Reach, allow_none=True)
    attached_by = fields.String(attribute="attachment.attached_by")
    attached_at = Moment(attribute="attachment.attached_at")
    informs = fields.List(fields.Nested(InformsView))


class SupportView(Schema):
    """What supports a referral, and what could, as far as the person's consent lets you know."""

    referral_id = fields.UUID()
    attached = fields.List(fields.Nested(SupportingView))
    available = fields.List(fields.Nested(SupportingView))

"""What crosses the wire about screening: answers, findings, drafts and decisions (IN-4)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.schemas import Code, Moment, Paging, Schema, Subject, Text, View, category, page_of
from intake.prelude.schemas import SupportingView
from intake.programs.schemas import CriteriaView

FINDINGS = ("met", "not_met", "unknown")
OUTCOMES = ("eligible", "not_eligible", "unknown")
WAYS_OF_TELLING = ("verbal", "written", "both")

_SOURCE = {"description": "The attached assessment that told it, when one did (IN-12)."}


class Finding(Schema):
    """What was found on one criterion, and why. *Unknown* is an answer of its own, never a *no*."""

    criterion = Code(required=True)
    finding = Code(choices=FINDINGS, required=True)
    reason = Text(max=2000, required=True)
    informed_by = fields.UUID(load_default=None, allow_none=True, metadata=_SOURCE)


class Answer(Schema):
    """An answer to what the criteria ask, as text: `true`, `12.50`, `2026-03-04`, a choice, a date of birth as far as
    it is known (`2019`, `2019-05`). No value says that it was asked and is not known."""

    fact = Code(required=True)
    value = Text(max=64, required=True, allow_none=True)
    informed_by = fields.UUID(load_default=None, allow_none=True, metadata=_SOURCE)


class ExceptionMade(Schema):
    """An exception that the criteria allow, and why it is made."""

    exception = Code(required=True)
    reason = Text(max=2000, required=True)


class RightsInformation(Schema):
    """The person was told who gives care, what can be expected, and their rights: when, by whom, how (CO-2)."""

    given_at = Moment(load_default=None, allow_none=True, metadata={"description": "Now when absent."})
    given_by = Subject(
        load_default=None, allow_none=True, metadata={"description": "The caller when absent."}
    )
    way = Code(choices=WAYS_OF_TELLING, required=True)


def _once(given: list[dict[str, Any]] | None, key: str, field: str) -> None:
    named = [each[key] for each in given or ()]
    if len(named) != len(set(named)):
        raise ValidationError(f"Must name each {key} once.", field)


class DecideScreening(Schema):
    """A decision: by findings on every criterion, or by answers from which the rules of the criteria find.

    With neither answers nor a draft every criterion needs a finding. A finding told here stands before its rule.
    """

    referral_id = fields.UUID(required=True)
    findings = fields.List(fields.Nested(Finding), load_default=list, validate=validate.Length(max=50))
    answers = fields.List(
        fields.Nested(Answer), load_default=None, allow_none=True, validate=validate.Length(max=100)
    )
    from_draft = fields.Boolean(
        load_default=False,
        metadata={"description": "Begin with what the draft holds; what is sent here comes before it."},
    )
    exceptions = fields.List(
        fields.Nested(ExceptionMade), load_default=list, validate=validate.Length(max=10)
    )
    outcome = Code(
        choices=OUTCOMES,
        load_default=None,
        allow_none=True,
        metadata={"description": "Only to decide otherwise than the rules do."},
    )
    disagreement = Text(
        max=2000,
        load_default=None,
        allow_none=True,
        metadata={"description": "Why it is decided otherwise than the rules do."},
    )
    rights_information = fields.Nested(RightsInformation, load_default=None, allow_none=True)
    criteria_version = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(min=1, max=40),
        metadata={"description": "The version that the worker saw; refused when another is in force by now."},
    )

    @validates_schema
    def one_finding_a_criterion(self, decision: dict[str, Any], **_: Any) -> None:
        """A criterion, a fact and an exception are told once."""
        _once(decision.get("findings"), "criterion", "findings")
        _once(decision.get("answers"), "fact", "answers")
        _once(decision.get("exceptions"), "exception", "exceptions")


class RecordRightsInformation(RightsInformation):
    """Rights information that was given after the decision."""

    referral_id = fields.UUID(required=True)
    screening_id = fields.UUID(required=True)


class ListScreenings(Paging):
    """The decisions on one referral."""

    referral_id = fields.UUID(required=True)


class FindingView(Schema):
    """A finding with what the rule of the criterion came to, and the facts that decided it or that it lacked."""

    criterion = fields.String()
    finding = fields.String()
    reason = fields.String()
    computed = fields.String(allow_none=True)
    because = fields.List(fields.String())
    missing = fields.List(fields.String())
    informed_by = fields.UUID(attribute="shown_informed_by", allow_none=True)


class AnswerView(Schema):
    """A fact as it was known: answered by a screener, or told by the record (`derived`)."""

    fact = fields.String()
    value = fields.String()
    derived = fields.Boolean()
    answered_by = fields.String(allow_none=True)
    answered_at = Moment()
    informed_by = fields.UUID(attribute="shown_informed_by", allow_none=True)


class RightsView(Schema):
    """Rights information as it was given."""

    given_at = Moment()
    given_by = fields.String()
    way = fields.String()
    recorded_by = fields.String()
    recorded_at = Moment()


class ExceptionView(Schema):
    """An exception that was made."""

    exception = fields.String()
    reason = fields.String()


class ToFindOut(Schema):
    """A criterion that keeps the outcome unknown, and the facts that its rule lacks."""

    criterion = fields.String()
    missing = fields.List(fields.String())


class ScreeningView(View):
    """A decision with its reasons and the criteria it was made by, every question and rule as they were."""

    referral_id = fields.UUID()
    program = fields.String(metadata=category("referral"))
    criteria_version = fields.String(metadata=category("referral"))
    outcome = fields.String(metadata=category("referral"))
    findings = fields.List(fields.Nested(FindingView), metadata=category("referral"))
    decided_by = fields.String(metadata=category("referral"))
    decided_at = Moment(metadata=category("referral"))
    proposed = fields.String(
        allow_none=True,
        metadata=category("referral", description="The outcome that follows from the findings by the rules."),
    )
    disagreement = fields.String(allow_none=True, metadata=category("referral"))
    exceptions = fields.List(fields.Nested(ExceptionView), metadata=category("referral"))
    answers = fields.List(fields.Nested(AnswerView), metadata=category("referral"))
    still_to_find_out = fields.List(fields.Nested(ToFindOut), metadata=category("referral"))
    rights_information = fields.List(
        fields.Nested(RightsView),
        metadata=category("referral", description="Empty while nobody recorded that it was given."),
    )
    criteria = fields.Nested(CriteriaView, allow_none=True, metadata=category("referral"))


ScreeningPage = page_of(ScreeningView)


class ScreeningDraftAsked(Schema):
    """The draft of which referral."""

    referral_id = fields.UUID(required=True)


class DraftFinding(Schema):
    """A finding so far; without `finding` an earlier one is taken back."""

    criterion = Code(required=True)
    finding = Code(choices=FINDINGS, load_default=None, allow_none=True)
    reason = Text(max=2000, load_default=None, allow_none=True)
    informed_by = fields.UUID(load_default=None, allow_none=True, metadata=_SOURCE)


class SaveScreeningDraft(Schema):
    """Answers and findings so far; those that are not named stay as they are."""

    referral_id = fields.UUID(required=True)
    answers = fields.List(fields.Nested(Answer), load_default=list, validate=validate.Length(max=100))
    findings = fields.List(fields.Nested(DraftFinding), load_default=list, validate=validate.Length(max=50))

    @validates_schema
    def told_once(self, draft: dict[str, Any], **_: Any) -> None:
        """A fact and a criterion are told once."""
        _once(draft.get("findings"), "criterion", "findings")
        _once(draft.get("answers"), "fact", "answers")


class AnswerSoFar(Schema):
    """An answer of a draft, who gave it and when; without a value it was asked and is not known."""

    fact = fields.String()
    value = fields.String(allow_none=True)
    by = fields.String()
    at = fields.String()


class FindingSoFar(Schema):
    """A finding of a draft by a worker."""

    criterion = fields.String()
    finding = fields.String()
    reason = fields.String(allow_none=True)
    by = fields.String()
    at = fields.String()


class DerivedView(Schema):
    """A fact that the record tells by itself."""

    fact = fields.String()
    value = fields.String()


class SuggestionView(Schema):
    """What the person answered before, for the worker to take over or not."""

    fact = fields.String()
    value = fields.String()
    source = fields.String(metadata={"description": "`screening` or `checklist`."})
    reference = fields.UUID()
    told_at = Moment()


class ProposedFinding(Schema):
    """What is found on a criterion so far."""

    criterion = fields.String()
    finding = fields.String()
    reason = fields.String()
    computed = fields.String(allow_none=True)
    because = fields.List(fields.String())
    missing = fields.List(fields.String())


class ScreeningDraftView(View):
    """A screening under way: what was answered, what follows, what is still to be found out, and where to look."""

    referral_id = fields.UUID()
    begun_by = fields.String(metadata=category("referral"))
    answers = fields.List(fields.Nested(AnswerSoFar), metadata=category("referral"))
    findings = fields.List(fields.Nested(FindingSoFar), metadata=category("referral"))
    criteria = fields.Nested(CriteriaView, attribute="sheet.criteria", metadata=category("referral"))
    criteria_changed = fields.Boolean(
        attribute="sheet.criteria_changed",
        metadata={"description": "Another version came into force since the draft was last saved."},
    )
    no_longer_asked = fields.List(
        fields.String(), attribute="sheet.no_longer_asked", metadata=category("referral")
    )
    derived = fields.List(
        fields.Nested(DerivedView), attribute="sheet.derived", metadata=category("referral")
    )
    proposed = fields.String(attribute="sheet.proposal.outcome", metadata=category("referral"))
    proposed_findings = fields.List(
        fields.Nested(ProposedFinding), attribute="sheet.proposal.findings", metadata=category("referral")
    )
    still_to_find_out = fields.List(
        fields.Nested(ToFindOut),
        attribute="sheet.proposal.still_to_find_out",
        metadata=category("referral"),
    )
    may_decide = fields.Boolean(
        attribute="sheet.may_decide",
        metadata={"description": "Whether the criteria leave the decision to you, as far as is on record."},
    )
    competences_missing = fields.List(
        fields.String(),
        attribute="sheet.competences_missing",
        metadata={
            "description": "What the criteria ask of whoever decides and is not on record for you today."
        },
    )
    suggestions = fields.List(
        fields.Nested(SuggestionView), attribute="sheet.suggestions", metadata=category("referral")
    )
    assessments = fields.List(
        fields.Nested(SupportingView),
        attribute="sheet.support.attached",
        metadata=category("referral", description="Attached assessments that consent lets you know of."),
    )

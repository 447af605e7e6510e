"""What crosses the wire about consents: asked, given, refused, withdrawn (CO-1, CO-2)."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.schemas import (
    Code,
    Moment,
    Paging,
    PersonName,
    Schema,
    Shaped,
    Subject,
    Text,
    View,
    category,
    page_of,
)

DECISIONS = ["given", "refused"]
STATES = ["given", "refused", "withdrawn", "expired"]
FORMS = ["implied", "verbal", "written"]
CAPACITIES = ["person", "parent", "carer", "substitute"]
WHY_DUE = ["expiry", "review", "confirmation"]
_A_DAY = validate.Range(min=date(1900, 1, 1), max=date(2199, 12, 31))


class Recipient(fields.String):
    """Who may see: `worker:<sign-in>`, `organisation:<code>` or `team:<code>`."""

    def __init__(self, **kwargs: Any) -> None:
        rule = Shaped(
            r"^(worker|organisation|team):[\x21-\x7e]{1,128}$",
            error="Must be worker:<sign-in>, organisation:<code> or team:<code>",
        )
        super().__init__(validate=rule, **kwargs)


def some_codes(**kwargs: Any) -> fields.List:
    """A list of one or more different codes."""

    def differ(given: list[str]) -> None:
        if len(set(given)) != len(given):
            raise ValidationError("Must be different codes.")

    return fields.List(Code(), validate=[validate.Length(min=1, max=64), differ], **kwargs)


class GivenBy(Schema):
    """Who decided: the person, or somebody who may decide for them, and by which authority (CO-3)."""

    capacity = Code(choices=CAPACITIES, load_default="person")
    name = PersonName(
        load_default=None, allow_none=True, metadata={"description": "Of a parent, carer or substitute."}
    )
    account = Subject(
        load_default=None, allow_none=True, metadata={"description": "Their own sign-in, if any."}
    )
    relationship = Text(max=200, load_default=None, allow_none=True)
    authority = Text(
        max=500, load_default=None, allow_none=True, metadata={"description": "What allows them to decide."}
    )

    representative_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "A representative on record; the rest is then taken from there."},
    )
    until = fields.Date(
        load_default=None,
        allow_none=True,
        validate=_A_DAY,
        metadata={
            "description": "The last day on which they decide for the person: for a parent, the one before the"
            " child decides alone. The consent is then confirmed by the person."
        },
    )
    departs_because = Text(
        max=2000,
        load_default=None,
        allow_none=True,
        metadata={"description": "Why they close what the person had laid down beforehand to be open."},
    )

    @validates_schema
    def _has_authority(self, given: dict[str, Any], **_: Any) -> None:
        if given["capacity"] == "person" or given.get("representative_id"):
            return
        missing = [name for name in ("name", "relationship", "authority") if not given.get(name)]
        if missing:
            raise ValidationError({name: ["Missing data for required field."] for name in missing})


class Explanation(Schema):
    """That it was explained first: by whom, when, what it means, what refusing would mean (CO-2)."""

    explained_by = Subject(
        load_default=None,
        allow_none=True,
        metadata={"description": "Sign-in; without it the worker who records."},
    )
    explained_at = Moment(load_default=None, allow_none=True)
    meaning = fields.List(Code(), load_default=list, validate=validate.Length(max=64))
    text = Text(
        max=4000, required=True, metadata={"description": "What was said, in the words that were used."}
    )
    refusal_explained = fields.Boolean(
        required=True, metadata={"description": "Whether the consequences of refusing were told too."}
    )


class Said(Schema):
    """How something was said: on a paper that is kept somewhere, or in words that somebody heard."""

    evidence = Text(
        max=500,
        load_default=None,
        allow_none=True,
        metadata={"description": "Where the signed paper is kept."},
    )
    heard_by = Subject(
        load_default=None,
        allow_none=True,
        metadata={"description": "Who heard the words of a verbal one; without it whoever records."},
    )

    @validates_schema
    def _is_whole(self, told: dict[str, Any], **_: Any) -> None:
        if told.get("form") == "written" and not told.get("evidence"):
            raise ValidationError({"evidence": ["Missing data for required field."]})


class RecordConsent(Said):
    """A decision of a person about who may see what, why and how long."""

    person_id = fields.UUID(required=True)
    decision = Code(choices=DECISIONS, load_default="given")
    recipient = Recipient(required=True)
    categories = some_codes(required=True)
    purposes = some_codes(required=True)
    form = Code(choices=FORMS, required=True)
    valid_from = Moment(load_default=None, allow_none=True)
    valid_until = Moment(load_default=None, allow_none=True)
    review_on = fields.Date(
        load_default=None, allow_none=True, validate=validate.Range(max=date(2199, 12, 31))
    )
    given_by = fields.Nested(GivenBy, load_default=lambda: GivenBy().load({}))
    explanation = fields.Nested(Explanation, load_default=None, allow_none=True)

    @validates_schema
    def _is_whole(self, given: dict[str, Any], **_: Any) -> None:
        super()._is_whole(given)
        if given["decision"] == "given" and not given.get("explanation"):
            raise ValidationError({"explanation": ["Missing data for required field."]})


class WithdrawConsent(Said):
    """A consent taken back: whole, or only for some of its categories. No reason is owed.

    Whose word it was is told as in a withdrawal of much at once, or not at all: it ends either way.
    """

    id = fields.UUID(required=True)
    categories = some_codes(load_default=None, allow_none=True)
    form = Code(
        choices=FORMS,
        load_default=None,
        allow_none=True,
        metadata={"description": "How it was said; null when that was not told."},
    )
    reason = Text(max=2000, load_default=None, allow_none=True)
    given_by = fields.Nested(
        GivenBy,
        load_default=None,
        allow_none=True,
        metadata={
            "description": "Whose word it was. Null: the person's at her own sign-in, that of who gave it at theirs;"
            " at a desk it was not said."
        },
    )


class ReviewConsent(Schema):
    """The consent was looked at again with who decided, and stands; when to look again."""

    id = fields.UUID(required=True)
    said = Text(max=4000, required=True)
    review_on = fields.Date(
        load_default=None, allow_none=True, validate=validate.Range(max=date(2199, 12, 31))
    )


class DueSearch(Paging):
    """What is due for consents within so many days, what is overdue with it."""

    within_days = fields.Integer(load_default=30, validate=validate.Range(min=0, max=366))
    why = Code(choices=WHY_DUE, load_default=None, allow_none=True)
    person_id = fields.UUID(load_default=None, allow_none=True)


class DueConsentView(Schema):
    """A live consent that ends, is to be reviewed, or is to be confirmed by the person who decides again."""

    consent_id = fields.UUID()
    person_id = fields.UUID()
    recipient = fields.String()
    live_categories = fields.List(fields.String())
    why = fields.String(metadata={"description": "expiry, review or confirmation"})
    due_at = Moment()
    overdue = fields.Boolean()
    working_days_left = fields.Integer(allow_none=True)


class ConsentSearch(Paging):
    """Which consents: of a person, for a recipient, in a state."""

    person_id = fields.UUID(required=True)
    recipient = Recipient(load_default=None, allow_none=True)
    recorded_by = Subject(
        load_default=None, allow_none=True, metadata={"description": "The sign-in at which it was recorded."}
    )
    state = Code(choices=STATES, load_default=None, allow_none=True)


class ConsentStateView(Schema):
    """One step in the life of a consent. Steps are added, never changed."""

    number = fields.Integer()
    state = fields.String()
    categories = fields.List(fields.String(), metadata={"description": "What the step concerns."})
    at = Moment()
    by = fields.String(
        metadata={
            "description": "Sign-in, or `system`: for an expiry, and where the person had not consented."
        }
    )
    reason = fields.String(
        allow_none=True,
        metadata={
            "description": "`account_unlinked`: it was given at a sign-in that never was the person's."
        },
    )
    against_prior_decision = fields.Boolean(
        metadata={"description": "The person had laid down beforehand that it is open."}
    )
    given_by = fields.Nested(
        GivenBy,
        allow_none=True,
        metadata={
            "description": "Whose word a withdrawal of this consent was; null when nobody said, and for other steps."
        },
    )
    form = Code(choices=FORMS, allow_none=True, metadata={"description": "How it was said."})
    evidence = fields.String(allow_none=True, metadata={"description": "Where the signed paper is kept."})
    heard_by = fields.String(allow_none=True, metadata={"description": "Who heard the words."})


class PartView(Schema):
    """These categories for these purposes, each with each."""

    categories = fields.List(fields.String())
    purposes = fields.List(fields.String())


class OvertakingView(PartView):
    """A later decision about the same recipient, and what it took out of this one."""

    consent_id = fields.UUID(
        allow_none=True, metadata={"description": "Null when that decision is not yours to see."}
    )
    decision = Code(choices=DECISIONS)
    recorded_at = Moment()


class ConsentView(View):
    """A consent with its whole history."""

    person_id = fields.UUID()
    decision = Code(choices=DECISIONS)
    state = Code(choices=STATES)
    recipient = Recipient()
    categories = fields.List(fields.String(), metadata={"description": "As decided on the first day."})
    live_categories = fields.List(fields.String(), metadata={"description": "What is open now."})
    purposes = fields.List(fields.String())
    stands = fields.List(
        fields.Nested(PartView),
        metadata={
            "description": "What of it counts now: of a consent what is open, of a refusal what was not given since."
            " Empty when nothing does."
        },
    )
    overtaken_by = fields.List(
        fields.Nested(OvertakingView),
        metadata={"description": "Later decisions that took something of it, the earliest first."},
    )
    form = Code(choices=FORMS)
    evidence = fields.String(allow_none=True, metadata=category("consent"))
    heard_by = fields.String(allow_none=True, metadata={"description": "Who heard the words."})
    agreement_id = fields.UUID(
        allow_none=True,
        metadata={
            "description": "The agreement between the organisations that covered it when it was recorded."
        },
    )
    valid_from = Moment()
    valid_until = Moment(allow_none=True)
    review_on = fields.Date(allow_none=True)
    next_review_on = fields.Date(allow_none=True, metadata={"description": "When it is looked at again."})
    against_prior_decision = fields.Boolean(
        metadata={"description": "It closed something that the person had laid down beforehand to be open."}
    )
    given_by = fields.Nested(GivenBy, metadata=category("consent"))
    explanation = fields.Nested(Explanation, allow_none=True, metadata=category("consent"))
    recorded_by = fields.String()
    self_recorded = fields.Boolean(
        metadata={
            "description": "It opens something to the worker who recorded it, on nobody's word but theirs: not"
            " written, and explained by nobody else."
        }
    )
    recorded_for = fields.String(allow_none=True, metadata={"description": "The organisation of the worker."})
    recorded_at = Moment()
    history = fields.List(fields.Nested(ConsentStateView), metadata=category("consent"))


ConsentPage = page_of(ConsentView)
DueConsentPage = page_of(DueConsentView)

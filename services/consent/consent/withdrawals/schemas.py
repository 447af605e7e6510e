"""What crosses the wire when much is taken back at once (CO-1)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from chassis.schemas import Code, Moment, Paging, Schema, Subject, Text, View, category, page_of
from consent.directives.schemas import FORMS, GivenBy, Recipient, some_codes

REACHES = ("everything", "own_decisions")


class DeclareWithdrawal(Schema):
    """What is taken back: from one recipient or from everybody, all categories or some. No reason is owed.

    Everything that was given before ends, whoever recorded it; a later consent stands.
    """

    person_id = fields.UUID(required=True)
    recipient = Recipient(
        load_default=None, allow_none=True, metadata={"description": "Null takes it back from everybody."}
    )
    categories = some_codes(
        load_default=None, allow_none=True, metadata={"description": "Null takes back all of them."}
    )
    form = Code(choices=FORMS, load_default="verbal")
    evidence = Text(
        max=500,
        load_default=None,
        allow_none=True,
        metadata={"description": "Where the signed paper is kept."},
    )
    heard_by = Subject(
        load_default=None,
        allow_none=True,
        metadata={"description": "Who heard the words; without it whoever records."},
    )
    reason = Text(max=2000, load_default=None, allow_none=True)
    given_by = fields.Nested(GivenBy, load_default=lambda: GivenBy().load({}))

    @validates_schema
    def _is_whole(self, told: dict[str, Any], **_: Any) -> None:
        if told["form"] == "written" and not told.get("evidence"):
            raise ValidationError({"evidence": ["Missing data for required field."]})


class WithdrawalSearch(Paging):
    """Whose withdrawals."""

    person_id = fields.UUID(required=True)


class WithdrawalView(View):
    """What was taken back, by whom and how. It is written once; each consent's history tells what it ended."""

    person_id = fields.UUID()
    recipient = fields.String(allow_none=True, metadata={"description": "Null is everybody."})
    categories = fields.List(fields.String(), metadata={"description": "Empty means all."})
    form = Code(choices=FORMS)
    evidence = fields.String(allow_none=True, metadata=category("consent"))
    heard_by = fields.String(allow_none=True)
    reason = fields.String(allow_none=True, metadata=category("consent"))
    given_by = fields.Nested(GivenBy, metadata=category("consent"))
    reach = Code(
        choices=REACHES,
        metadata={
            "description": "own_decisions: a parent or carer took back what they had given themselves."
        },
    )
    against_prior_decision = fields.Boolean(
        metadata={"description": "The person had laid down beforehand that something of it is open."}
    )
    recorded_by = fields.String()
    recorded_for = fields.String(allow_none=True)
    recorded_at = Moment()


WithdrawalPage = page_of(WithdrawalView)

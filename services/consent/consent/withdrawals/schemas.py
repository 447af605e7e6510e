"""What crosses the wire when much is taken back at once (CO-1)."""

from __future__ import annotations

from marshmallow import fields

from chassis.schemas import Code, Moment, Paging, Text, View, category, page_of
from consent.directives.schemas import FORMS, GivenBy, Recipient, Said, some_codes

REACHES = ("everything", "own_decisions")


class DeclareWithdrawal(Said):
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
    reason = Text(max=2000, load_default=None, allow_none=True)
    given_by = fields.Nested(GivenBy, load_default=lambda: GivenBy().load({}))


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

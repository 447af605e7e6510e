"""What crosses the wire about the wait list (IN-6)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from chassis.schemas import Code, Moment, Paging, Schema, Subject, Text, View, category, page_of
from intake.referrals.schemas import OUTCOMES, WAYS_OF_CONTACT

PRIORITIES = ("returning_in_crisis", "crisis", "urgent", "routine")
STATES = ("waiting", "offered", "placed", "left")
REASONS_TO_DECLINE = ("not_now", "wrong_place", "wrong_worker", "other_service", "no_need", "other")
REASONS_TO_LEAVE = (
    "withdrew",
    "moved",
    "other_service",
    "no_longer_eligible",
    "lost_contact",
    "died",
    "other",
)
REASONS_TO_END_A_PLACE = ("service_ended", "never_came", "moved", "other_service", "died", "other")
_SAID_FOR_OTHER = "Must be said when the reason is other."


class ReadWaitList(Paging):
    """The line of a program: those who wait or are offered a place, unless another state is asked for."""

    program = Code(required=True)
    state = Code(choices=STATES, load_default=None, allow_none=True)


class ReadWaitListEntry(Schema):
    """Which entry."""

    entry_id = fields.UUID(required=True)


class ReadWaiting(Schema):
    """Which referral."""

    referral_id = fields.UUID(required=True)


class ChangeWaitingPriority(Schema):
    """Another priority, and why."""

    entry_id = fields.UUID(required=True)
    priority = Code(choices=PRIORITIES, required=True)
    reason = Text(max=1000, required=True)


class RecordWaitingContact(Schema):
    """A contact while somebody waits, or an attempt at one. `made_at` is now when it is not sent."""

    entry_id = fields.UUID(required=True)
    made_at = Moment(load_default=None, allow_none=True)
    way = Code(choices=WAYS_OF_CONTACT, required=True)
    outcome = Code(choices=OUTCOMES, required=True)
    said = Text(max=4000, load_default=None, allow_none=True)


class RecordInterimSupport(Schema):
    """What was done for somebody while they wait. `given_at` is now when it is not sent."""

    entry_id = fields.UUID(required=True)
    given_at = Moment(load_default=None, allow_none=True)
    said = Text(max=4000, required=True)


class _WithReason(Schema):
    entry_id = fields.UUID(required=True)
    said = Text(max=1000, load_default=None, allow_none=True)

    @validates_schema
    def other_is_explained(self, told: dict[str, Any], **_: Any) -> None:
        """*Other* by itself says nothing."""
        if told.get("because") == "other" and not told.get("said"):
            raise ValidationError(_SAID_FOR_OTHER, "said")


class LeaveWaitList(_WithReason):
    """Why somebody waits no longer."""

    because = Code(choices=REASONS_TO_LEAVE, required=True)


class OfferPlace(Schema):
    """A free place for the first in line, or for `entry_id` out of turn with a reason."""

    program = Code(required=True)
    entry_id = fields.UUID(load_default=None, allow_none=True)
    worker = Subject(
        load_default=None,
        allow_none=True,
        metadata={"description": "With whom; with whoever carries least when it is not sent."},
    )
    reason = Text(max=1000, load_default=None, allow_none=True)


class AcceptOffer(Schema):
    """Whose offer is accepted."""

    entry_id = fields.UUID(required=True)


class DeclineOffer(_WithReason):
    """Whose offer is declined, and why."""

    because = Code(choices=REASONS_TO_DECLINE, required=True)


class EndPlace(_WithReason):
    """Whose place is given back, and why."""

    because = Code(choices=REASONS_TO_END_A_PLACE, required=True)


class OfferView(View):
    """An offer, whoever it is for."""

    program = fields.String()
    worker = fields.String(allow_none=True)
    made_at = Moment()
    made_by = fields.String()
    expires_at = Moment()
    above_ideal = fields.Boolean(metadata={"description": "With this place the worker is above 1:16."})
    out_of_turn = fields.Boolean()
    state = fields.String()
    ended_at = Moment(allow_none=True)
    because = fields.String(allow_none=True)


class WaitingNoteView(Schema):
    """What was written down while somebody waited."""

    kind = fields.String()
    at = Moment()
    by = fields.String()
    way = fields.String(allow_none=True)
    outcome = fields.String(allow_none=True)
    was = fields.String(allow_none=True)
    became = fields.String(allow_none=True)
    said = fields.String(allow_none=True)


class WaitListEntryView(View):
    """Somebody in the line of a program. `position` and the estimate are told while they wait."""

    referral_id = fields.UUID()
    person_id = fields.UUID()
    program = fields.String(metadata=category("referral"))
    called = fields.String(allow_none=True, metadata=category("identity"))
    priority = fields.String(attribute="turn.priority", metadata=category("referral"))
    state = fields.String(attribute="turn.state", metadata=category("referral"))
    position = fields.Integer(allow_none=True, metadata=category("referral"))
    estimated_wait_days = fields.Integer(
        allow_none=True,
        metadata=category(
            "referral", description="At the pace of the last 90 days; null when too few places."
        ),
    )
    eligible_at = Moment(attribute="turn.eligible_at", metadata=category("referral"))
    rest_until = Moment(attribute="turn.rest_until", allow_none=True, metadata=category("referral"))
    worker = fields.String(attribute="turn.worker", allow_none=True, metadata=category("referral"))
    standing_offer = fields.Nested(
        OfferView, attribute="turn.standing_offer", allow_none=True, metadata=category("referral")
    )
    check_in_due_at = Moment(allow_none=True, metadata=category("referral"))
    placed_at = Moment(attribute="turn.placed_at", allow_none=True, metadata=category("referral"))
    released_at = Moment(attribute="turn.released_at", allow_none=True, metadata=category("referral"))
    release_reason = fields.String(
        attribute="turn.release_reason", allow_none=True, metadata=category("referral")
    )
    left_at = Moment(attribute="turn.left_at", allow_none=True, metadata=category("referral"))
    left_because = fields.String(
        attribute="turn.left_because", allow_none=True, metadata=category("referral")
    )


WaitListEntryPage = page_of(WaitListEntryView)


class WaitingView(WaitListEntryView):
    """An entry with everything that was offered and written down."""

    offers = fields.List(fields.Nested(OfferView), attribute="turn.offers", metadata=category("referral"))
    diary = fields.List(fields.Nested(WaitingNoteView), metadata=category("referral"))

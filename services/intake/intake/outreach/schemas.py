"""What crosses the wire about outreach (IN-3)."""

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
from intake.referrals.schemas import PRIORITIES, SOURCES, WAYS_OF_CONTACT, Referrer

OUTCOMES = ("talked", "greeted", "helped", "not_found", "declined")


class Met(Schema):
    """One of those whom the worker met or looked for: on record, or by alias, or by description."""

    person_id = fields.UUID(load_default=None, allow_none=True)
    alias = PersonName(load_default=None, allow_none=True)
    description = Text(max=500, load_default=None, allow_none=True)
    outcome = Code(choices=OUTCOMES, load_default=None, allow_none=True)
    note = Text(max=4000, load_default=None, allow_none=True)

    @validates_schema
    def is_somebody(self, told: dict[str, Any], **_: Any) -> None:
        """Somebody is told of; a person on record needs no other words."""
        if not any(told.get(field) for field in ("person_id", "alias", "description")):
            raise ValidationError("Send person_id, alias or description.", "alias")
        if told.get("person_id") and told.get("alias"):
            raise ValidationError("Must not come with person_id.", "alias")


class RecordOutreach(Schema):
    """One occasion: when, where, how, by whom, and whom the worker met. `made_at` is now when it is not sent."""

    met = fields.List(fields.Nested(Met), load_default=list, validate=validate.Length(max=20))
    place = Line(load_default=None, allow_none=True)
    made_at = Moment(load_default=None, allow_none=True)
    made_by = Subject(
        load_default=None, allow_none=True, metadata={"description": "Who was there, when it was not you."}
    )
    also_present = fields.List(Line(), load_default=list, validate=validate.Length(max=10))
    way = Code(choices=WAYS_OF_CONTACT, load_default="in_person")
    outcome = Code(choices=OUTCOMES, required=True)
    note = Text(max=4000, load_default=None, allow_none=True)

    @validates_schema
    def is_about_somebody_or_a_place(self, told: dict[str, Any], **_: Any) -> None:
        """Where nobody was met, it is known where."""
        if not told.get("met") and not told.get("place"):
            raise ValidationError("Send a place, or whom you met.", "place")


class ListOutreach(Paging):
    """Outreach contacts by worker, place, person and period."""

    made_by = Subject(load_default=None, allow_none=True)
    place = Line(load_default=None, allow_none=True)
    person_id = fields.UUID(load_default=None, allow_none=True)
    since = Moment(load_default=None, allow_none=True)
    until = Moment(load_default=None, allow_none=True)
    referred = fields.Boolean(
        load_default=None,
        allow_none=True,
        metadata={"description": "Only those that became part of a referral, or only those that did not."},
    )


class KnowContact(Schema):
    """Who it was that the worker met."""

    contact_id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)


class ReferFromOutreach(Schema):
    """Contacts with somebody become a referral: of a known person, one told of now, or whoever the contacts say."""

    contact_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(min=1, max=50))
    person_id = fields.UUID(load_default=None, allow_none=True)
    person = fields.Nested(RecordPerson, load_default=None, allow_none=True)
    program = Code(required=True)
    source = Code(choices=SOURCES, load_default="outreach_worker")
    priority = Code(choices=PRIORITIES, load_default="routine")
    reason = Text(max=4000, required=True)
    referred_by = Text(max=300, load_default=None, allow_none=True)
    referrers = fields.List(fields.Nested(Referrer), load_default=list, validate=validate.Length(max=5))
    team = Subject(load_default=None, allow_none=True)

    @validates_schema
    def about_one_person(self, told: dict[str, Any], **_: Any) -> None:
        """At most one way of saying who it is."""
        if told.get("person_id") and told.get("person"):
            raise ValidationError("Send either person_id or person.", "person")


class OutreachContactInHistory(Schema):
    """What an outreach worker did and saw, before somebody was referred."""

    id = fields.UUID()
    made_at = Moment()
    made_by = fields.String()
    recorded_by = fields.String()
    also_present = fields.List(fields.String())
    way = fields.String()
    place = fields.String(allow_none=True)
    outcome = fields.String()
    note = fields.String(allow_none=True)
    described_as = fields.String(allow_none=True)


class OutreachContactView(View):
    """One contact with one person, or at a place."""

    occasion_id = fields.UUID(metadata=category("referral"))
    person_id = fields.UUID(allow_none=True, metadata=category("referral"))
    referral_id = fields.UUID(allow_none=True, metadata=category("referral"))
    alias = fields.String(allow_none=True, metadata=category("referral"))
    described_as = fields.String(allow_none=True, metadata=category("referral"))
    made_at = Moment(metadata=category("referral"))
    made_by = fields.String(metadata=category("referral"))
    recorded_by = fields.String(metadata=category("referral"))
    also_present = fields.List(fields.String(), metadata=category("referral"))
    way = fields.String(metadata=category("referral"))
    place = fields.String(allow_none=True, metadata=category("referral"))
    outcome = fields.String(metadata=category("referral"))
    note = fields.String(allow_none=True, metadata=category("referral"))


OutreachContactPage = page_of(OutreachContactView)

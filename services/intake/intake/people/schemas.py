"""What crosses the wire about people. The category on a field decides who receives it (IN-7, CO-9)."""

from __future__ import annotations

from calendar import monthrange
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.schemas import Code, Moment, Paging, PersonName, Schema, Subject, Text, View, category, page_of

NAME_KINDS = ("legal", "preferred", "alias", "birth", "former")
CONTACT_KINDS = ("phone", "email", "address", "place", "through_someone")
INDIGENOUS_IDENTITIES = ("first_nations", "metis", "inuit", "several", "not_indigenous", "prefers_not_to_say")
RELATIONS = ("self", "parent", "carer")

_LANGUAGE = validate.Regexp(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", error="Must be a language tag: en, fr-CA.")


class Name(Schema):
    """One name that a person goes by or went by. A single word is enough, in either part."""

    kind = Code(choices=NAME_KINDS, required=True)
    given = PersonName(load_default=None, allow_none=True)
    family = PersonName(load_default=None, allow_none=True)
    used_from = fields.Date(load_default=None, allow_none=True)
    used_until = fields.Date(load_default=None, allow_none=True)

    @validates_schema
    def says_something(self, name: dict[str, Any], **_: Any) -> None:
        """A name has at least one part, and its period does not end before it begins."""
        if not name.get("given") and not name.get("family"):
            raise ValidationError("A name needs a given or a family part.", "given")
        begins, ends = name.get("used_from"), name.get("used_until")
        if begins and ends and ends < begins:
            raise ValidationError("Must not be before used_from.", "used_until")


class Born(Schema):
    """As much of a date of birth as is known: year, year and month, or day; `approximate` marks a guess."""

    year = fields.Integer(required=True, strict=True, validate=validate.Range(min=1880, max=2200))
    month = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(min=1, max=12)
    )
    day = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(min=1, max=31)
    )
    approximate = fields.Boolean(load_default=False)

    @validates_schema
    def is_in_the_calendar(self, born: dict[str, Any], **_: Any) -> None:
        """A day needs its month, and the month must have that day."""
        if born.get("day") is None:
            return
        if born.get("month") is None:
            raise ValidationError("Must come with the month.", "day")
        if born["day"] > monthrange(born["year"], born["month"])[1]:
            raise ValidationError("Must be a day of that month.", "day")


class ContactPoint(Schema):
    """One way to reach a person. Nobody calls, or leaves a message, where it was not said to be safe."""

    kind = Code(choices=CONTACT_KINDS, required=True)
    value = Text(max=300, required=True, metadata={"description": "Number, address, or where to look."})
    safe_to_contact = fields.Boolean(required=True)
    safe_to_leave_message = fields.Boolean(load_default=False)
    note = Text(
        max=500, load_default=None, allow_none=True, metadata={"description": "For instance: after school."}
    )

    @validates_schema
    def message_only_where_contact_is_safe(self, point: dict[str, Any], **_: Any) -> None:
        """A message is a contact: it cannot be safe where contact is not."""
        if point.get("safe_to_leave_message") and not point.get("safe_to_contact"):
            raise ValidationError("Must not be safe where contact is not safe.", "safe_to_leave_message")


class RecordPerson(Schema):
    """A person as first told. One name of any kind is enough; all else may be unknown (IN-1, IN-7)."""

    names = fields.List(fields.Nested(Name), required=True, validate=validate.Length(min=1, max=20))
    born = fields.Nested(Born, load_default=None, allow_none=True)
    gender = Text(
        max=100, load_default=None, allow_none=True, metadata={"description": "In the person's words."}
    )
    pronouns = Text(max=100, load_default=None, allow_none=True)
    indigenous_identity = Code(choices=INDIGENOUS_IDENTITIES, load_default=None, allow_none=True)
    indigenous_nation = Text(
        max=200, load_default=None, allow_none=True, metadata={"description": "Self-identified."}
    )
    languages = fields.List(
        fields.String(validate=_LANGUAGE), load_default=list, validate=validate.Length(max=10)
    )
    interpreter_needed = fields.Boolean(load_default=False)
    no_fixed_address = fields.Boolean(load_default=False)
    contact_points = fields.List(
        fields.Nested(ContactPoint), load_default=list, validate=validate.Length(max=20)
    )


class AmendPerson(Schema):
    """What is now known. A field not sent stays; a name no longer listed is kept as a former name."""

    person_id = fields.UUID(required=True)
    names = fields.List(fields.Nested(Name), validate=validate.Length(min=1, max=20))
    born = fields.Nested(Born, allow_none=True)
    gender = Text(max=100, allow_none=True)
    pronouns = Text(max=100, allow_none=True)
    indigenous_identity = Code(choices=INDIGENOUS_IDENTITIES, allow_none=True)
    indigenous_nation = Text(max=200, allow_none=True)
    languages = fields.List(fields.String(validate=_LANGUAGE), validate=validate.Length(max=10))
    interpreter_needed = fields.Boolean()
    no_fixed_address = fields.Boolean()
    contact_points = fields.List(fields.Nested(ContactPoint), validate=validate.Length(max=20))


class ReadPerson(Schema):
    """Which person."""

    person_id = fields.UUID(required=True)


class SearchPeople(Paging):
    """People by name: each word begins a part of one of the person's names, in any order and script."""

    name = PersonName(required=True)
    born_year = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(min=1880, max=2200)
    )


class LinkAccount(Schema):
    """The sign-in of the person, or of the parent or carer who acts for them."""

    person_id = fields.UUID(required=True)
    account = Subject(required=True)
    relation = Code(choices=RELATIONS, required=True)


class PersonView(View):
    """What is known about a person, as far as the reader may know it."""

    names = fields.List(fields.Nested(Name), metadata=category("identity"))
    born = fields.Nested(Born, allow_none=True, metadata=category("identity"))
    gender = fields.String(allow_none=True, metadata=category("identity"))
    pronouns = fields.String(allow_none=True, metadata=category("identity"))
    indigenous_identity = fields.String(allow_none=True, metadata=category("identity"))
    indigenous_nation = fields.String(allow_none=True, metadata=category("identity"))
    languages = fields.List(fields.String(), metadata=category("identity"))
    interpreter_needed = fields.Boolean(metadata=category("identity"))
    no_fixed_address = fields.Boolean(metadata=category("contact"))
    contact_points = fields.List(fields.Nested(ContactPoint), metadata=category("contact"))
    recorded_at = Moment(attribute="created_at")
    linked_with = fields.List(
        fields.UUID(),
        metadata=category(
            "identity", description="Other records of the same person that the reader may see."
        ),
    )


class PersonFoundView(View):
    """Enough to recognise a person in a list, and no more."""

    names = fields.List(fields.Nested(Name), metadata=category("identity"))
    born = fields.Nested(Born, allow_none=True, metadata=category("identity"))


PersonFoundPage = page_of(PersonFoundView)


class AccountView(View):
    """A sign-in that acts for a person."""

    person_id = fields.UUID()
    account = fields.String(metadata=category("identity"))
    relation = fields.String(metadata=category("identity"))
    linked_at = Moment()

"""What crosses the wire about people. The category on a field decides who receives it (IN-7, CO-9)."""

from __future__ import annotations

from calendar import monthrange
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.schemas import (
    Code,
    Line,
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
from intake.people.addresses.schemas import Address
from intake.people.contact.schemas import ContactPoint
from intake.people.identifiers.schemas import Identifier, IdentifierShown
from intake.people.period_schemas import Period
from intake.people.relationships.schemas import RelationshipShown

NAME_KINDS = ("legal", "preferred", "alias", "birth", "former")
ANSWERS = ("told", "prefers_not_to_say", "unknown")
TELLERS = ("self", "somebody_else")
INDIGENOUS_IDENTITIES = ("first_nations", "metis", "inuit", "several", "not_indigenous", "prefers_not_to_say")
RELATIONS = ("self", "parent", "carer")

_LANGUAGE = Shaped(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", error="Must be a language tag: en, fr-CA.")


class Name(Period):
    """One name that a person goes by or went by. A single word is enough, in either part."""

    id = fields.UUID(metadata={"description": "Of a name on record, to put it right; else leave it out."})
    kind = Code(choices=NAME_KINDS, required=True)
    given = PersonName(load_default=None, allow_none=True)
    family = PersonName(load_default=None, allow_none=True)

    @validates_schema
    def says_something(self, name: dict[str, Any], **_: Any) -> None:
        """A name has at least one part."""
        if not name.get("given") and not name.get("family"):
            raise ValidationError("A name needs a given or a family part.", "given")


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


class SelfDescription(Schema):
    """How a question about oneself was answered: told, rather not, or nobody knows; by whom, and when."""

    answer = Code(choices=ANSWERS, required=True)
    told_by = Code(choices=TELLERS, load_default=None, allow_none=True)
    told_on = fields.Date(load_default=None, allow_none=True, metadata={"description": "Today unless sent."})


class SelfDescriptions(Schema):
    """For each aspect, how it was answered. Null takes an answer back, as if nobody had asked."""

    gender = fields.Nested(SelfDescription, allow_none=True)
    pronouns = fields.Nested(SelfDescription, allow_none=True)
    indigenous_identity = fields.Nested(SelfDescription, allow_none=True)
    indigenous_nation = fields.Nested(SelfDescription, allow_none=True)
    languages = fields.Nested(SelfDescription, allow_none=True)
    interpreter = fields.Nested(SelfDescription, allow_none=True)
    communication_needs = fields.Nested(SelfDescription, allow_none=True)


class SelfDescriptionKnown(Schema):
    """How a question about oneself was answered; `not_asked` when nobody has."""

    answer = fields.String(validate=validate.OneOf(("not_asked", *ANSWERS)))
    told_by = fields.String(allow_none=True)
    told_on = fields.String(allow_none=True, metadata={"format": "date"})


class SelfDescriptionsKnown(Schema):
    """For each aspect of self-description, how it was answered."""

    gender = fields.Nested(SelfDescriptionKnown)
    pronouns = fields.Nested(SelfDescriptionKnown)
    indigenous_identity = fields.Nested(SelfDescriptionKnown)
    indigenous_nation = fields.Nested(SelfDescriptionKnown)
    languages = fields.Nested(SelfDescriptionKnown)
    interpreter = fields.Nested(SelfDescriptionKnown)
    communication_needs = fields.Nested(SelfDescriptionKnown)


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
    written_languages = fields.List(
        fields.String(validate=_LANGUAGE), load_default=list, validate=validate.Length(max=10)
    )
    preferred_language = fields.String(validate=_LANGUAGE, load_default=None, allow_none=True)
    interpreter_needed = fields.Boolean(load_default=False)
    interpreter_language = fields.String(
        validate=_LANGUAGE,
        load_default=None,
        allow_none=True,
        metadata={"description": "Signed languages too: ase, fcs."},
    )
    communication_needs = Text(max=500, load_default=None, allow_none=True)
    self_described = fields.Nested(SelfDescriptions, load_default=dict)
    no_fixed_address = fields.Boolean(load_default=False)
    contact_points = fields.List(
        fields.Nested(ContactPoint), load_default=list, validate=validate.Length(max=20)
    )
    addresses = fields.List(fields.Nested(Address), load_default=list, validate=validate.Length(max=20))
    identifiers = fields.List(fields.Nested(Identifier), load_default=list, validate=validate.Length(max=20))


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
    written_languages = fields.List(fields.String(validate=_LANGUAGE), validate=validate.Length(max=10))
    preferred_language = fields.String(validate=_LANGUAGE, allow_none=True)
    interpreter_needed = fields.Boolean()
    interpreter_language = fields.String(validate=_LANGUAGE, allow_none=True)
    communication_needs = Text(max=500, allow_none=True)
    self_described = fields.Nested(SelfDescriptions)
    no_fixed_address = fields.Boolean()
    contact_points = fields.List(fields.Nested(ContactPoint), validate=validate.Length(max=20))
    addresses = fields.List(fields.Nested(Address), validate=validate.Length(max=20))
    identifiers = fields.List(fields.Nested(Identifier), validate=validate.Length(max=20))


class ReadPerson(Schema):
    """Which person."""

    person_id = fields.UUID(required=True)


class SearchPeople(Paging):
    """People by what is known of them; everything that is sent must fit.

    Each word of `name` begins a part of one of the person's names, in any order and script. `phone`, `email` and
    `identifier` are compared whole, however they are typed, with what is on record now or was.
    """

    name = PersonName(load_default=None, allow_none=True)
    born_year = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(min=1880, max=2200)
    )
    born_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "Somebody of whose date of birth only a part is known is found if that part fits."
        },
    )
    phone = Line(max=100, load_default=None, allow_none=True)
    email = Line(load_default=None, allow_none=True)
    identifier = Line(max=100, load_default=None, allow_none=True)
    scheme = Code(
        load_default=None,
        allow_none=True,
        metadata={"description": "Of the identifier; any, unless it is sent."},
    )

    @validates_schema
    def asks_something(self, asked: dict[str, Any], **_: Any) -> None:
        """A year alone, or a scheme alone, finds half the province."""
        if not any(asked.get(field) for field in ("name", "born_on", "phone", "email", "identifier")):
            raise ValidationError("Send a name, date of birth, phone, email or identifier.", "name")
        if asked.get("scheme") and not asked.get("identifier"):
            raise ValidationError("Must come with an identifier.", "scheme")


class AddName(Name):
    """One more name that the person goes by or went by."""

    class Meta(Schema.Meta):
        exclude = ("id",)

    person_id = fields.UUID(required=True)


class PutNameRight(AddName):
    """A name that was written down wrongly, as it should have been: the whole of it."""

    name_id = fields.UUID(required=True)


class LeaveName(Schema):
    """A name that the person goes by no more, from today on unless a day is sent; or one recorded in error."""

    person_id = fields.UUID(required=True)
    name_id = fields.UUID(required=True)
    because = Code(choices=("changed", "recorded_in_error"), load_default="changed")
    until = fields.Date(load_default=None, allow_none=True)


class LinkAccount(Schema):
    """The sign-in of the person, or of the parent or carer who acts for them."""

    person_id = fields.UUID(required=True)
    account = Subject(required=True)
    relation = Code(choices=RELATIONS, required=True)


class UnlinkAccount(Schema):
    """A link that ends, and why: it was recorded in error, or something has changed since."""

    person_id = fields.UUID(required=True)
    link_id = fields.UUID(required=True)
    because = Code(choices=("changed", "recorded_in_error"), required=True)


class ListAccounts(Paging):
    """Whose sign-ins."""

    person_id = fields.UUID(required=True)


class PersonView(View):
    """What is known about a person, as far as the reader may know it."""

    called = fields.String(metadata=category("identity", description="How to call the person."))
    sorted_as = fields.String(metadata=category("identity", description="The same name as a list has it."))
    names = fields.List(fields.Nested(Name), metadata=category("identity"))
    born = fields.Nested(Born, allow_none=True, metadata=category("identity"))
    gender = fields.String(allow_none=True, metadata=category("identity"))
    pronouns = fields.String(allow_none=True, metadata=category("identity"))
    indigenous_identity = fields.String(allow_none=True, metadata=category("identity"))
    indigenous_nation = fields.String(allow_none=True, metadata=category("identity"))
    languages = fields.List(fields.String(), metadata=category("identity"))
    written_languages = fields.List(fields.String(), metadata=category("identity"))
    preferred_language = fields.String(allow_none=True, metadata=category("identity"))
    interpreter_needed = fields.Boolean(metadata=category("identity"))
    interpreter_language = fields.String(allow_none=True, metadata=category("identity"))
    communication_needs = fields.String(allow_none=True, metadata=category("identity"))
    self_described = fields.Nested(SelfDescriptionsKnown, attribute="answers", metadata=category("identity"))
    identifiers = fields.List(fields.Nested(IdentifierShown), metadata=category("identity"))
    no_fixed_address = fields.Boolean(metadata=category("contact"))
    contact_warnings = fields.List(
        fields.String(),
        metadata=category("contact", description="What to know first: phone_not_safe, phone_no_message, …"),
    )
    contact_points = fields.List(
        fields.Nested(ContactPoint), attribute="reached_by", metadata=category("contact")
    )
    addresses = fields.List(fields.Nested(Address), attribute="found_at", metadata=category("contact"))
    relationships = fields.List(
        fields.Nested(RelationshipShown), attribute="related", metadata=category("family")
    )
    possible_duplicates = fields.List(
        fields.UUID(),
        metadata=category(
            "identity",
            description="Told when something is recorded: others whom the reader may see hold the same identifier.",
        ),
    )
    recorded_at = Moment(attribute="created_at")
    linked_with = fields.List(
        fields.UUID(),
        metadata=category(
            "identity", description="Other records of the same person that the reader may see."
        ),
    )


class PersonFoundView(View):
    """Enough to recognise a person in a list, and no more."""

    called = fields.String(metadata=category("identity"))
    sorted_as = fields.String(metadata=category("identity"))
    names = fields.List(fields.Nested(Name), metadata=category("identity"))
    born = fields.Nested(Born, allow_none=True, metadata=category("identity"))


PersonFoundPage = page_of(PersonFoundView)


class AccountView(View):
    """A sign-in that acts for a person, or did so until its link ended."""

    person_id = fields.UUID()
    account = fields.String(metadata=category("identity"))
    relation = fields.String(metadata=category("identity"))
    linked_at = Moment()
    ended_at = Moment(allow_none=True)
    ended_by = fields.String(allow_none=True)
    ended_because = fields.String(
        allow_none=True, metadata=category("identity", description="`changed` or `recorded_in_error`.")
    )


AccountPage = page_of(AccountView)

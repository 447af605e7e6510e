"""What crosses the wire about identifiers of a person in other systems (IN-7)."""

from __future__ import annotations

from marshmallow import fields

from chassis.schemas import Code, Line, Schema, View, category
from intake.people.period_schemas import Period

SOURCES = ("seen_document", "told", "other_system")
ENDINGS = ("superseded", "expired", "lost", "recorded_in_error")


class Identifier(Period):
    """A number that an authority or another system gave the person. Which schemes there are is data."""

    scheme = Code(required=True, metadata={"description": "bc_phn, sin, bc_pen, passport, other_system, …"})
    issuer = Line(
        max=64,
        load_default=None,
        allow_none=True,
        metadata={
            "description": "Who gave it, where the scheme does not say: a province, a country, a system."
        },
    )
    value = Line(max=100, required=True)
    source = Code(choices=SOURCES, load_default="told")


class AddIdentifier(Identifier):
    """An identifier that is told of now."""

    person_id = fields.UUID(required=True)


class EndIdentifier(Schema):
    """An identifier that counts no longer, and why; from today on unless a day is sent."""

    person_id = fields.UUID(required=True)
    identifier_id = fields.UUID(required=True)
    because = Code(choices=ENDINGS, required=True)
    until = fields.Date(load_default=None, allow_none=True)


class IdentifierShown(Schema):
    """An identifier on a record, all but its last signs hidden."""

    id = fields.UUID()
    scheme = fields.String()
    issuer = fields.String(metadata={"description": "Empty where the scheme has one issuer only."})
    value = fields.String(attribute="masked")
    source = fields.String()
    used_from = fields.Date(allow_none=True)
    used_until = fields.Date(allow_none=True)
    ended_because = fields.String(allow_none=True)


class WholeIdentifier(IdentifierShown):
    """An identifier as it was told, for those whose task needs it."""

    value = fields.String()


class IdentifiersView(View):
    """The identifiers of a person, present and past. `id` is the person's."""

    identifiers = fields.List(fields.Nested(WholeIdentifier), metadata=category("identity"))


class ReadIdentifiers(Schema):
    """Whose identifiers."""

    person_id = fields.UUID(required=True)

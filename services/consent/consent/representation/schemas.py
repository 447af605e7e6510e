"""What crosses the wire about deciding for somebody, and deciding beforehand (CO-3)."""

from __future__ import annotations

from datetime import date

from marshmallow import fields, validate

from chassis.schemas import Code, Moment, Paging, PersonName, Schema, Subject, Text, View, category, page_of

AUTHORITIES = ("representation_agreement", "court", "guardian", "parent", "legislation", "chosen")
_A_DAY = validate.Range(min=date(1900, 1, 1), max=date(2199, 12, 31))


class Appoint(Schema):
    """Somebody who may decide for a person when the person cannot, and where the authority is written down."""

    person_id = fields.UUID(required=True)
    name = PersonName(required=True)
    account = Subject(load_default=None, allow_none=True)
    relationship = Text(max=200, required=True)
    authority = Code(choices=AUTHORITIES, required=True)
    evidence = Text(max=500, required=True, metadata={"description": "Where the paper is kept."})
    decides_about = fields.List(
        Code(),
        load_default=list,
        validate=validate.Length(max=64),
        metadata={"description": "Information categories that the authority covers; none means all."},
    )
    valid_from = fields.Date(load_default=None, allow_none=True, validate=_A_DAY)
    valid_until = fields.Date(load_default=None, allow_none=True, validate=_A_DAY)


class EndAuthority(Schema):
    """An authority that ends before its time, for a stated reason."""

    id = fields.UUID(required=True)
    reason = Text(max=2000, required=True)


class RepresentativeView(View):
    """A substitute decision maker and the authority that they hold."""

    person_id = fields.UUID()
    name = fields.String(metadata=category("consent"))
    account = fields.String(allow_none=True, metadata=category("consent"))
    relationship = fields.String(metadata=category("consent"))
    authority = fields.String(metadata=category("consent"))
    evidence = fields.String(metadata=category("consent"))
    decides_about = fields.List(fields.String(), metadata=category("consent"))
    valid_from = fields.Date()
    valid_until = fields.Date(allow_none=True)
    recorded_by = fields.String()
    ended_at = Moment(allow_none=True)
    ended_by = fields.String(allow_none=True)
    end_reason = fields.String(allow_none=True, metadata=category("consent"))


class OfPerson(Paging):
    """Whose."""

    person_id = fields.UUID(required=True)


RepresentativePage = page_of(RepresentativeView)

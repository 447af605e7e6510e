"""What crosses the wire about records of one person (IN-8)."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.schemas import Moment, Schema, Text, View, category
from intake.matching.schemas import _Likely as Likely

_WHY = {"description": "Why you judge so; whoever reads the history reads it."}


class JudgePair(Schema):
    """Two records, and why they are judged to be, or not to be, of the same person."""

    person_id = fields.UUID(required=True)
    other_person_id = fields.UUID(required=True)
    because = Text(max=1000, required=True, metadata=_WHY)


class LinkPeople(JudgePair):
    """Two records of the same person."""


class TellApart(JudgePair):
    """Two records that are not of the same person, though one might think so."""


class Unlink(Schema):
    """A link that was a mistake, and why."""

    link_id = fields.UUID(required=True)
    because = Text(max=1000, required=True, metadata=_WHY)


class TakeBack(Schema):
    """A judgement *not the same* that no longer holds, and why."""

    judgement_id = fields.UUID(required=True)
    because = Text(max=1000, required=True, metadata=_WHY)


class JudgementView(View):
    """What somebody judged about two records, and whether and why it was taken back."""

    kind = fields.String(metadata={"description": "`same` or `not_the_same`."})
    person_ids = fields.List(fields.UUID())
    stands = fields.Boolean()
    made_by = fields.String()
    made_at = Moment()
    because = fields.String(metadata=category("identity"))
    taken_back_by = fields.String(allow_none=True)
    taken_back_at = Moment(allow_none=True)
    taken_back_because = fields.String(allow_none=True, metadata=category("identity"))


class ReadLinks(Schema):
    """Whose links."""

    person_id = fields.UUID(required=True)


class LinksView(Schema):
    """The records of one person as far as the reader may see them, and every judgement about them, latest first."""

    person_id = fields.UUID()
    main_person_id = fields.UUID(
        allow_none=True,
        metadata={"description": "The record that was made first; null where it is not shown."},
    )
    person_ids = fields.List(
        fields.UUID(), metadata={"description": "Records of this person, this one included."}
    )
    judgements = fields.List(fields.Nested(JudgementView))


class ComparePeople(Schema):
    """The records to be shown side by side."""

    person_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(min=2, max=10))


class ComparedValue(Schema):
    """What one record says in a field."""

    person_id = fields.UUID()
    state = fields.String(metadata={"description": "`shown`, `not_known` or `withheld`."})
    value = fields.Raw(allow_none=True, metadata={"description": "As in the view of the person."})


class ComparedField(Schema):
    """One field of all records."""

    field = fields.String(metadata={"description": "The name of the field in the view of the person."})
    finding = fields.String(
        metadata={"description": "`same`, `overlaps`, `differs`, `missing` in one of them, or `withheld`."}
    )
    values = fields.List(fields.Nested(ComparedValue))


class ComparedPair(Schema):
    """Two of the records, and what was judged about them before."""

    person_ids = fields.List(fields.UUID())
    judged = fields.String(allow_none=True, metadata={"description": "`linked`, `told_apart` or null."})
    match = fields.Nested(
        Likely,
        metadata={"description": "How likely they are of one person, by what the reader sees of both."},
    )


class ComparisonView(Schema):
    """Records side by side, each as far as the reader may see it."""

    person_ids = fields.List(fields.UUID())
    rows = fields.List(fields.Nested(ComparedField))
    pairs = fields.List(fields.Nested(ComparedPair))
    withheld = fields.List(fields.String(), metadata={"description": "Categories kept back of one of them."})

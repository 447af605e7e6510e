"""What crosses the wire about programs and their criteria (IN-4, IN-10)."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from chassis.schemas import Code, Moment, Schema, Shaped

_RULE = {"description": "As written in the file of the criteria."}


class InTongues(Schema):
    """The same words in English and French."""

    en = fields.String(required=True)
    fr = fields.String(required=True)


class SourceView(Schema):
    """Where criteria come from: a `standard`, a `statute`, a `policy`, or `example` when no source states them."""

    kind = fields.String(required=True)
    reference = fields.String(required=True)


class FactChoice(Schema):
    """One answer out of a list."""

    code = fields.String(required=True)
    name = fields.Nested(InTongues, required=True)


class InformingView(Schema):
    """A question of a form whose answer may tell it (IN-12)."""

    form = fields.String(required=True)
    question = fields.String(required=True)
    category = fields.String(required=True)
    versions = fields.List(fields.Integer())


class FactView(Schema):
    """Something to find out; a `derived` fact is told by the record and not asked."""

    code = fields.String(required=True)
    type = fields.String(required=True)
    question = fields.Nested(InTongues, required=True)
    choices = fields.List(fields.Nested(FactChoice))
    lowest = fields.String(allow_none=True)
    highest = fields.String(allow_none=True)
    unit = fields.String(allow_none=True)
    derived = fields.Boolean()
    informed_by = fields.List(fields.Nested(InformingView))


class CriterionView(Schema):
    """One criterion as a question, with its rule; without one a worker finds it."""

    code = fields.String(required=True)
    question = fields.Nested(InTongues, required=True)
    rule = fields.Raw(allow_none=True, metadata=_RULE)
    informed_by = fields.List(fields.Nested(InformingView))


class ExceptionAllowedView(Schema):
    """A reason, held by some roles, to count criteria as met though they are not."""

    code = fields.String(required=True)
    name = fields.Nested(InTongues, required=True)
    lifts = fields.List(fields.String())
    by = fields.List(fields.String())


class CriteriaView(Schema):
    """One version of a program's criteria in full."""

    program = fields.String(required=True)
    version = fields.String(required=True)
    in_force_from = fields.String(required=True)
    name = fields.Nested(InTongues, required=True)
    source = fields.Nested(SourceView, required=True)
    decided_by = fields.List(fields.String(), metadata={"description": "Roles that decide."})
    competences = fields.List(
        fields.String(), metadata={"description": "Competences that have to be on record, all of them."}
    )
    against_the_rules = fields.List(
        fields.String(), metadata={"description": "Roles that may decide otherwise than the rules do."}
    )
    facts = fields.List(fields.Nested(FactView))
    criteria = fields.List(fields.Nested(CriterionView))
    outcome = fields.Raw(metadata=_RULE)
    exceptions = fields.List(fields.Nested(ExceptionAllowedView))
    digest = fields.String(metadata={"description": "SHA-256 of the text of the criteria."})


class VersionView(Schema):
    """A version of criteria by name: since when it is in force, who published it."""

    version = fields.String(required=True)
    in_force_from = fields.Date(required=True)
    source = fields.Nested(SourceView, required=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf(("in_force", "future", "past")),
        metadata={"description": "On the day that is asked about."},
    )
    published_by = fields.String(
        allow_none=True, metadata={"description": "Absent for one that was shipped."}
    )
    published_at = Moment(allow_none=True)
    digest = fields.String(required=True)


class ListPrograms(Schema):
    """Every program, on a day (today when absent)."""

    on = fields.Date(load_default=None, allow_none=True)


class ProgramShort(Schema):
    """A program and the version of its criteria in force on the day; none before its first."""

    code = fields.String(required=True)
    name = fields.Nested(InTongues, required=True)
    source = fields.Nested(SourceView, allow_none=True)
    criteria_version = fields.String(allow_none=True)


class FaultView(Schema):
    """A fault of a file, with its line counted from 1."""

    file = fields.String(required=True)
    line = fields.Integer(required=True)
    reason = fields.String(required=True)


class ProgramList(Schema):
    """The programs that a person can be referred to."""

    items = fields.List(fields.Nested(ProgramShort), required=True)
    refused = fields.List(
        fields.Nested(FaultView),
        metadata={
            "description": "Faults of shipped files that were refused; earlier versions stay in force."
        },
    )


class ReadProgram(Schema):
    """One program: on a day (today when absent), or with the criteria of the version that is named."""

    program = Code(required=True)
    on = fields.Date(load_default=None, allow_none=True)
    version = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1, max=40))


class ProgramView(Schema):
    """A program with its criteria in force (or those asked for) and every version by name."""

    code = fields.String(required=True)
    name = fields.Nested(InTongues, required=True)
    criteria = fields.Nested(CriteriaView, allow_none=True)
    versions = fields.List(fields.Nested(VersionView), required=True)


class CriteriaFile(Schema):
    """A file of criteria: its name, by which faults are told, and its text."""

    file = fields.String(
        load_default="criteria.yaml",
        validate=Shaped(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", error="Must be the plain name of a file."),
    )
    document = fields.String(required=True, validate=validate.Length(min=1, max=65_536))


class PublishCriteria(CriteriaFile):
    """A new version of a program's criteria, or the first of a new program."""


class CriteriaChecked(Schema):
    """What a check of a file found; nothing was published."""

    good = fields.Boolean(required=True)
    faults = fields.List(fields.Nested(FaultView), required=True)
    criteria: Any = fields.Nested(CriteriaView, allow_none=True)

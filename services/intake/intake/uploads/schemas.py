"""What crosses the wire about uploads: declarations, parts, progress, what became of each row (IN-9)."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from marshmallow import ValidationError, fields, validate

from chassis.schemas import Code, Moment, Paging, Schema, Shaped, Text, View, page_of
from intake.people.schemas import Born
from intake.uploads.columns import VERSION

LARGEST_PART = 1024 * 1024
LARGEST_FILE = 256 * LARGEST_PART
MOST_PARTS = 4096
OUTCOMES = ("applied", "unchanged", "superseded", "held", "unmatched", "refused")


class Content(fields.Field[bytes]):
    """Bytes as base64 in JSON: 1 byte to 1 MiB."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bytes:
        if not isinstance(value, str):
            raise ValidationError("Not a valid base64 text.")
        try:
            content = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise ValidationError("Not a valid base64 text.") from None
        if not 0 < len(content) <= LARGEST_PART:
            raise ValidationError("Length must be between 1 byte and 1 MiB.")
        return content


class DeclareUpload(Schema):
    """A file that is about to come in parts of at most 1 MiB. Declaring the same open file again finds it again."""

    name = Text(max=200, required=True, metadata={"description": "Yours, to know the file by."})
    size = fields.Integer(
        required=True,
        validate=validate.Range(min=1, max=LARGEST_FILE),
        metadata={"description": "In bytes."},
    )
    sha256 = fields.String(
        required=True, validate=Shaped(r"^[0-9a-f]{64}$", error="Must be 64 small hex digits.")
    )
    rows = fields.Integer(
        required=True,
        validate=validate.Range(min=0, max=100_000_000),
        metadata={"description": "How many rows follow the header."},
    )
    columns_version = fields.Integer(load_default=VERSION, validate=validate.OneOf([VERSION]))


class PutUploadPart(Schema):
    """One part of the file, numbered from 1. Sending it again is harmless; other bytes under its number are refused."""

    upload_id = fields.UUID(required=True)
    number = fields.Integer(required=True, validate=validate.Range(min=1, max=MOST_PARTS))
    content = Content(required=True)


class ReadUpload(Schema):
    """Which upload."""

    upload_id = fields.UUID(required=True)


class CompleteUpload(Schema):
    """Every part is there: begin to apply the rows."""

    upload_id = fields.UUID(required=True)


class CancelUpload(Schema):
    """Take nothing more from this file; rows that were applied stay."""

    upload_id = fields.UUID(required=True)


class ListUploads(Paging):
    """The caller's own uploads, the newest first."""


class ListUploadRows(Paging):
    """What became of the rows of an upload, in their order."""

    upload_id = fields.UUID(required=True)
    outcome = Code(choices=OUTCOMES, load_default=None, allow_none=True)


class ExportUploadRows(Schema):
    """Lines of the file of results: those of the rows after `after`."""

    upload_id = fields.UUID(required=True)
    after = fields.Integer(load_default=0, validate=validate.Range(min=0))
    limit = fields.Integer(load_default=2000, validate=validate.Range(min=1, max=5000))


class PartView(Schema):
    """A part that is there."""

    number = fields.Integer()
    size = fields.Integer()
    sha256 = fields.String()


class UploadView(View):
    """How far an upload has come. Its counts are of rows, `size` and `received` of bytes."""

    name = fields.String()
    state = fields.String(
        metadata={
            "description": "receiving, waiting, applying; then done, or refused, cancelled, expired with `because`."
        }
    )
    because = fields.String(
        allow_none=True,
        metadata={
            "description": "Why it ended; or, applying, why it waits: `consent_not_current`. It goes on by itself."
        },
    )
    size = fields.Integer()
    sha256 = fields.String()
    received = fields.Integer()
    columns_version = fields.Integer()
    columns = fields.List(fields.String())
    rows = fields.Integer(attribute="rows_declared")
    checked = fields.Integer(attribute="rows_read")
    applied = fields.Integer()
    unchanged = fields.Integer()
    superseded = fields.Integer()
    held = fields.Integer()
    unmatched = fields.Integer()
    refused = fields.Integer()
    remaining = fields.Integer()
    rows_per_second = fields.Integer(allow_none=True)
    declared_at = Moment()
    expires_at = Moment()
    completed_at = Moment(allow_none=True)
    ended_at = Moment(allow_none=True)
    parts = fields.List(fields.Nested(PartView))


class UploadFoundView(View):
    """An upload in a list."""

    name = fields.String()
    state = fields.String()
    because = fields.String(allow_none=True)
    size = fields.Integer()
    sha256 = fields.String()
    rows = fields.Integer(attribute="rows_declared")
    checked = fields.Integer(attribute="rows_read")
    declared_at = Moment()
    ended_at = Moment(allow_none=True)


class FaultView(Schema):
    """A rule that a row broke: in one column, or the row as a whole (null)."""

    column = fields.String(allow_none=True)
    rule = fields.String()


class UploadRowView(Schema):
    """What became of one row. `row` counts from 1 behind the header, `line` from 1 at the top of the file."""

    row = fields.Integer(attribute="number")
    line = fields.Integer()
    outcome = fields.String()
    faults = fields.List(fields.Nested(FaultView))


class ListHeldRows(Paging):
    """Rows whose person is not certain, the oldest first."""

    because = Code(choices=("ambiguous", "unmatched"), load_default=None, allow_none=True)


class ReadHeldRow(Schema):
    """Which row."""

    held_row_id = fields.UUID(required=True)


class DecideHeldRow(Schema):
    """Who is meant; null when it is nobody whom we know."""

    held_row_id = fields.UUID(required=True)
    person_id = fields.UUID(required=True, allow_none=True)


class HeldRowView(View):
    """A row that waits, or what was decided about it. `reference` is the sender's own."""

    system = fields.String()
    reference = fields.String()
    because = fields.String()
    held_at = Moment()
    decision = fields.String(allow_none=True)
    decided_at = Moment(allow_none=True)
    person_id = fields.UUID(allow_none=True)


def _masked(told: dict[str, Any]) -> str | None:
    """The scheme of an identifier and its last signs: enough to compare with the document in hand."""
    identifier = told.get("identifier")
    return f"{identifier[0]} \N{HORIZONTAL ELLIPSIS}{identifier[2][-3:]}" if identifier else None


class ToldOfPerson(Schema):
    """How the sender named the person."""

    given = fields.String(allow_none=True)
    family = fields.String(allow_none=True)
    born_on = fields.String(allow_none=True)
    person_id = fields.String(allow_none=True)
    identifier = fields.Function(
        _masked, metadata={"type": ["string", "null"], "description": "Its last signs."}
    )


class Candidate(Schema):
    """Somebody who may be meant."""

    id = fields.UUID()
    name = fields.String()
    born = fields.Nested(Born, allow_none=True)


class HeldRowQuestionView(Schema):
    """A row that waits: how its person was named, and who may be meant."""

    held = fields.Nested(HeldRowView)
    told = fields.Nested(ToldOfPerson, attribute="held.told", allow_none=True)
    organisation = fields.String(attribute="held.involvement.organisation")
    candidates = fields.List(fields.Nested(Candidate))


HeldRowPage = page_of(HeldRowView)
UploadFoundPage = page_of(UploadFoundView)
UploadRowPage = page_of(UploadRowView)


class UploadRowLines(Schema):
    """Lines of the file of results; `next` is what to ask for next as `after`, null when the file ends."""

    lines = fields.List(fields.String())
    next = fields.Integer(allow_none=True)

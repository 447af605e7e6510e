"""What crosses the wire about entries. Entries hold ids, codes and times only, so no field has a category."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.schemas import ById, Code, Moment, Paging, Schema, Subject, page_of
from chassis.tokens import LARGEST_TOKEN

LARGEST_POSITION = 2**53
OUTCOMES = ("permitted", "denied")
MOST_AT_ONCE = 1_000
MOST_BESIDE = 250


class ListEntries(Paging):
    """Which entries to list, newest first; filters narrow each other."""

    person_id = fields.UUID(load_default=None, allow_none=True)
    case_id = fields.UUID(load_default=None, allow_none=True)
    actor = Subject(
        load_default=None, allow_none=True, metadata={"description": "Subject of the worker's sign-in."}
    )
    service = Code(load_default=None, allow_none=True)
    outcome = Code(choices=OUTCOMES, load_default=None, allow_none=True)
    since = Moment(load_default=None, allow_none=True, metadata={"description": "From this moment on."})
    until = Moment(load_default=None, allow_none=True, metadata={"description": "Before this moment."})


class ReadEntry(ById):
    """One entry by its id."""


class WhoSchema(Schema):
    """The worker or service that acted."""

    subject = fields.String(required=True)
    organisation = fields.String(allow_none=True)
    roles = fields.List(fields.String())


class BasisSchema(Schema):
    """A grant that opened the record."""

    grant = fields.UUID()
    basis = fields.String()


class RecordSchema(Schema):
    """A record that was touched."""

    kind = fields.String()
    id = fields.UUID()


class EntrySchema(Schema):
    """The entry word for word, as the service that served the access wrote it."""

    entry_id = fields.UUID(required=True)
    at = fields.String(required=True, metadata={"format": "date-time"})
    service = fields.String(required=True)
    door = fields.String(required=True)
    action = fields.String(required=True)
    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES))
    reason = fields.String(allow_none=True, metadata={"description": "The rule that refused, when denied."})
    actor = fields.Nested(WhoSchema, required=True)
    purpose = fields.String(allow_none=True)
    basis = fields.List(fields.Nested(BasisSchema))
    records = fields.List(fields.Nested(RecordSchema))
    persons = fields.List(fields.UUID())
    categories = fields.List(fields.String())
    withheld = fields.List(fields.String())
    restricted = fields.Boolean()
    origin = fields.String(allow_none=True)
    trace_id = fields.String(allow_none=True)
    asked_about = fields.String(metadata={"description": "The worker about whom *why* was asked."})
    told_again = fields.Boolean(
        metadata={
            "description": "The stored reply of an earlier command was shown once more and nothing was done."
        }
    )
    erases = fields.List(
        fields.List(fields.Integer()),
        metadata={"description": "Stretches of earlier entries that this one orders to be erased."},
    )


class EntryView(Schema):
    """An entry at its place in the log."""

    id = fields.UUID(required=True)
    position = fields.Integer(
        required=True, metadata={"description": "Place in the log, from 0, without gaps."}
    )
    leaf = fields.String(required=True, metadata={"description": "RFC 6962 leaf hash, base64."})
    sealed = fields.Boolean(metadata={"description": "Whether a signed checkpoint covers the entry already."})
    entry = fields.Nested(EntrySchema, required=True)


EntryPage = page_of(EntryView)


class Listener(Schema):
    """Somebody who follows the log as far as the caller does, by their own token."""

    token = fields.String(required=True, validate=validate.Length(max=LARGEST_TOKEN))
    purpose = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=64))


class FollowEntries(Schema):
    """Sealed entries after a position: the way to keep up with the log (AU-5).

    `after` is the last position that the caller has; -1 begins with the first entry, null with the next one
    to come. The first call of a subscription is `opening` and is itself audited; the calls that continue it
    are not, or else the log would feed itself. `beside` names others for whom a call that continues asks as well: one
    question a round for all who are at the head of the log. Each is decided on by their own token.
    """

    after = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(min=-1, max=LARGEST_POSITION)
    )
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=MOST_AT_ONCE))
    opening = fields.Boolean(load_default=True)
    beside = fields.List(
        fields.Nested(Listener), load_default=list, validate=validate.Length(max=MOST_BESIDE)
    )


class LineSchema(Schema):
    """One line of an export: what the offline verifier reads, word for word."""

    position = fields.Integer(required=True)
    leaf = fields.String(required=True, metadata={"description": "RFC 6962 leaf hash, base64."})
    salt = fields.String(metadata={"description": "32 random bytes, base64; missing when erased."})
    entry = fields.Dict(keys=fields.String(), metadata={"description": "Missing when erased."})
    erased = fields.Boolean(metadata={"description": "Only the leaf is left of the entry."})


class FollowedView(Schema):
    """Sealed entries in order. `after` is what to send next time; `checkpoint` covers all of them."""

    items = fields.List(fields.Nested(LineSchema), required=True)
    after = fields.Integer(required=True)
    size = fields.Integer(required=True, metadata={"description": "Number of entries that are sealed."})
    checkpoint = fields.String(allow_none=True, metadata={"description": "C2SP signed note."})
    apart = fields.List(
        fields.Integer(),
        metadata={
            "description": "Places in `beside`, from 0, of whom this answer is not for: they ask by themselves "
            "and are told why not."
        },
    )


class ExportEntries(Schema):
    """A page of an export. Begin without `size`; ask on with the `next` and the `size` of the page before."""

    start = fields.Integer(load_default=0, validate=validate.Range(min=0, max=LARGEST_POSITION))
    size = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(min=1, max=LARGEST_POSITION)
    )
    limit = fields.Integer(load_default=500, validate=validate.Range(min=1, max=MOST_AT_ONCE))
    first = fields.Boolean(
        load_default=True,
        metadata={"description": "Whether this page begins the file; it then has the header."},
    )


class ExportView(Schema):
    """Lines of an export file (application/x-ndjson), in order: `lines` as they are, one JSON object a line.

    The first page's lines begin with the header, the last page's end with the footer; `next` is null there.
    """

    lines = fields.List(fields.Dict(keys=fields.String()), required=True)
    next = fields.Integer(allow_none=True)
    size = fields.Integer(
        required=True, metadata={"description": "The checkpoint that the export is made for."}
    )

"""What crosses the wire about the tree: checkpoints and proofs. Hashes only, nothing about anybody (AU-4)."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.schemas import Moment, Schema

LARGEST_SIZE = 2**53


def _size(**more: object) -> fields.Integer:
    return fields.Integer(validate=validate.Range(min=0, max=LARGEST_SIZE), **more)  # type: ignore[arg-type]


class ReadCheckpoint(Schema):
    """The newest checkpoint, or the one of a size."""

    size = _size(load_default=None, allow_none=True)


class CheckpointView(Schema):
    """A signed statement of how long the log is and what its root is."""

    origin = fields.String(required=True)
    size = fields.Integer(required=True)
    root = fields.String(required=True, metadata={"description": "Root hash, base64."})
    sealed_at = Moment(required=True)
    note = fields.String(required=True, metadata={"description": "The checkpoint as a C2SP signed note."})
    keys = fields.List(
        fields.String(), metadata={"description": "Verifier keys that sign now. Take yours by another way."}
    )
    key_history = fields.List(
        fields.String(),
        metadata={
            "description": "Statements by which one key named the next or was ended: signed notes, oldest first."
        },
    )


class InclusionAsked(Schema):
    """A proof that an entry is in the log of a checkpoint; without `size`, of the newest one."""

    position = _size(required=True)
    size = _size(load_default=None, allow_none=True)


class InclusionProofView(Schema):
    """RFC 6962 audit path: from the leaf to the root of the checkpoint."""

    position = fields.Integer(required=True)
    size = fields.Integer(required=True)
    leaf = fields.String(required=True)
    root = fields.String(required=True)
    proof = fields.List(
        fields.String(), required=True, metadata={"description": "Hashes, base64, leaf first."}
    )
    checkpoint = fields.String(
        allow_none=True, metadata={"description": "The note of that size, when there is one."}
    )


class ConsistencyAsked(Schema):
    """A proof that the log of `earlier` entries begins the log of `later` ones (the newest when missing)."""

    earlier = _size(required=True)
    later = _size(load_default=None, allow_none=True)


class ConsistencyProofView(Schema):
    """RFC 6962 consistency proof between two sizes."""

    earlier = fields.Integer(required=True)
    earlier_root = fields.String(required=True)
    later = fields.Integer(required=True)
    later_root = fields.String(required=True)
    proof = fields.List(fields.String(), required=True)
    checkpoint = fields.String(allow_none=True)


class ReadTile(Schema):
    """A tile of hashes or a bundle of leaves, as C2SP tlog-tiles names it: `0`, `1` … or `entries`, and its path."""

    level = fields.String(required=True, validate=validate.Length(max=7))
    path = fields.String(required=True, validate=validate.Length(max=64))


class TileView(Schema):
    """The bytes of a tile."""

    content = fields.String(required=True, metadata={"description": "Base64."})


class ReadPublished(Schema):
    """The checkpoint that is published now."""


class PublishedView(Schema):
    """The newest checkpoint, with the cosignatures that there are."""

    note = fields.String(required=True)

"""What anybody may read of the log: checkpoint, tiles, bundles of leaves (C2SP tlog-tiles). Hashes only (AU-4).

A leaf is the commitment to an entry, not the entry: it tells that something was logged, and nothing of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from audit.log import tree
from audit.log.encoding import base64_of
from audit.log.errors import NothingSealed
from audit.log.merkle import HASH_BYTES
from audit.log.model import Leaf
from audit.log.tiles import HEIGHT, Tile, bundle
from audit.witnesses.queries import cosigned_note, published
from chassis.errors import NotFound
from chassis.work import Work

ENTRIES = "entries"
_HIGHEST = 7  # no log of ours has more than 2**63 entries


@dataclass(frozen=True)
class Published:
    """A signed checkpoint with its cosignatures."""

    note: str


@dataclass(frozen=True)
class TileRead:
    """The bytes of a tile or bundle, in base64."""

    content: str


def read_published(work: Work) -> Published:
    """The newest checkpoint about which the witnesses were asked. Raises NothingSealed before the first."""
    newest = published(work.session)
    if newest is None:
        raise NothingSealed(retry_after=1)
    return Published(note=cosigned_note(work.session, newest))


def read_tile(work: Work, *, level: str, path: str) -> TileRead:
    """A tile of hashes, or with the level `entries` the leaves under one of level 0.

    Raises NotFound for a tile that the published checkpoint does not reach, or that nobody has.
    """
    if level != ENTRIES and (not level.isascii() or not level.isdigit() or str(int(level)) != level):
        raise NotFound()
    height = 0 if level == ENTRIES else int(level)
    newest = published(work.session)
    if newest is None or height > _HIGHEST:
        raise NotFound()
    try:
        tile = Tile.parse(height, path)
    except ValueError:
        raise NotFound() from None
    if (tile.index << HEIGHT) + tile.width > newest.size >> (HEIGHT * height):
        raise NotFound()
    if level == ENTRIES:
        return TileRead(content=base64_of(_bundle(work, tile)))
    return TileRead(content=base64_of(tree.tiles_at(work.session, [tile])[tile][: tile.width * HASH_BYTES]))


def _bundle(work: Work, tile: Tile) -> bytes:
    first = tile.index << HEIGHT
    commitments = work.session.scalars(
        select(Leaf.commitment)
        .where(Leaf.position.between(first, first + tile.width - 1))
        .order_by(Leaf.position)
    )
    return bundle([bytes(commitment) for commitment in commitments])

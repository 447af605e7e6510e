"""The tree as the database holds it: reading hashes by coordinate, growing it at the right edge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import orjson
from sqlalchemy import func, select, text, tuple_
from sqlalchemy.orm import Session

from audit.log import merkle
from audit.log.encoding import base64_of
from audit.log.errors import LogDiverged
from audit.log.merkle import Coordinate, Frontier
from audit.log.model import Leaf, Node

_WRITE = text(
    "INSERT INTO nodes (level, index, hash) SELECT level, index, decode(hash, 'base64')"
    " FROM json_to_recordset(CAST(:rows AS json)) AS g (level smallint, index bigint, hash text)"
)
ONE_WRITER = 6_962_001  # advisory lock: positions are given out by one transaction at a time


def hold(session: Session) -> None:
    """Be the only writer of the tree until this transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(ONE_WRITER)))


def size_of(session: Session) -> int:
    """How many entries the log has, sealed or not."""
    last = session.scalar(select(func.max(Leaf.position)))
    return 0 if last is None else last + 1


def hashes_at(session: Session, coordinates: Iterable[Coordinate]) -> dict[Coordinate, bytes]:
    """The hashes of full subtrees, in at most two statements. Raises LogDiverged when one is missing."""
    wanted = set(coordinates)
    found: dict[Coordinate, bytes] = {}
    positions = [at.index for at in wanted if at.level == 0]
    if positions:
        rows = session.execute(select(Leaf.position, Leaf.commitment).where(Leaf.position.in_(positions)))
        found.update({Coordinate(0, position): merkle.leaf_hash(data) for position, data in rows})
    above = [(at.level, at.index) for at in wanted if at.level]
    if above:
        nodes = session.execute(
            select(Node.level, Node.index, Node.hash).where(tuple_(Node.level, Node.index).in_(above))
        )
        found.update({Coordinate(level, index): digest for level, index, digest in nodes})
    if len(found) != len(wanted):
        raise LogDiverged()
    return found


def frontier_at(session: Session, size: int) -> Frontier:
    """The right edge of the tree as it was at `size`."""
    coordinates = Frontier.coordinates(size)
    found = hashes_at(session, coordinates)
    return Frontier(size=size, hashes=[found[at] for at in coordinates])


def root_at(session: Session, size: int) -> bytes:
    """The root of the first `size` entries."""
    return frontier_at(session, size).root()


def proof(session: Session, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
    """The hashes of a proof whose path is `ranges`."""
    found = hashes_at(session, merkle.needed(ranges))
    return merkle.hashes_of(ranges, lookup=found.__getitem__)


def grow(session: Session, *, size: int, commitments: Sequence[bytes]) -> None:
    """Write the full subtrees that these leaves, put after the first `size`, complete."""
    frontier = frontier_at(session, size)
    grown = frontier.grow(merkle.leaf_hash(data) for data in commitments)
    rows = [{"level": at.level, "index": at.index, "hash": base64_of(digest)} for at, digest in grown]
    if rows:
        session.execute(_WRITE, {"rows": orjson.dumps(rows).decode()})

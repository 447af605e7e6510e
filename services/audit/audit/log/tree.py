"""The tree as the database holds it: leaves, and full tiles above them; reading hashes, growing at the right edge.

A tile that is full at a size is one row. A tile that is not is read from the level below: from the leaves, or from
the roots of the full tiles there. So every hash of the tree is found in one statement, whatever the size (AU-4).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import orjson
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from audit.log import merkle
from audit.log.encoding import base64_of
from audit.log.errors import LogDiverged
from audit.log.merkle import HASH_BYTES, Coordinate, Frontier, leaf_hash
from audit.log.model import Leaf
from audit.log.tiles import HEIGHT, WIDTH, Tile, tile_at

ONE_WRITER = 6_962_001  # advisory lock: positions are given out by one transaction at a time

_READ = text(
    """
    SELECT w.level, w.index, t.hashes
    FROM json_to_recordset(CAST(:full AS json)) AS w (level smallint, index bigint)
    CROSS JOIN LATERAL (
        SELECT hashes FROM tiles WHERE tiles.level = w.level AND tiles.index = w.index OFFSET 0
    ) AS t  -- a look into the index for each, whatever the planner thinks of the size of tiles
    UNION ALL
    SELECT CAST(0 AS smallint), w.index, (
        SELECT string_agg(sha256(CAST('\\x00' AS bytea) || l.commitment), '' ORDER BY l.position)
        FROM leaves l WHERE l.position >= w.index * 256 AND l.position < w.index * 256 + w.width
    )
    FROM json_to_recordset(CAST(:open AS json)) AS w (level smallint, index bigint, width integer)
    WHERE w.level = 0
    UNION ALL
    SELECT w.level, w.index, (
        SELECT string_agg(b.root, '' ORDER BY b.index) FROM tiles b
        WHERE b.level = w.level - 1 AND b.index >= w.index * 256 AND b.index < w.index * 256 + w.width
    )
    FROM json_to_recordset(CAST(:open AS json)) AS w (level smallint, index bigint, width integer)
    WHERE w.level > 0
    """
)
_FULL = text("SELECT coalesce(max(index) + 1, 0) FROM tiles WHERE level = :level")
_LEAVES = text("SELECT commitment FROM leaves WHERE position >= :first AND position < :end ORDER BY position")
_ROOTS = text(
    "SELECT root FROM tiles WHERE level = :level AND index >= :first AND index < :end ORDER BY index"
)
_WRITE = text(
    """
    INSERT INTO tiles (level, index, hashes, root)
    SELECT level, index, decode(hashes, 'base64'), decode(root, 'base64')
    FROM json_to_recordset(CAST(:tiles AS json)) AS g (level smallint, index bigint, hashes text, root text)
    """
)


def hold(session: Session) -> None:
    """Be the only writer of the tree until this transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(ONE_WRITER)))


def size_of(session: Session) -> int:
    """How many entries the log has, sealed or not."""
    last = session.scalar(select(func.max(Leaf.position)))
    return 0 if last is None else last + 1


def tiles_at(session: Session, tiles: Iterable[Tile]) -> dict[Tile, bytes]:
    """The hashes of these tiles side by side, in one statement. Raises LogDiverged when one is not whole."""
    wanted = {(tile.level, tile.index): tile for tile in tiles}
    if not wanted:
        return {}
    full, opened = [], []
    for tile in wanted.values():
        if tile.width == WIDTH:
            full.append({"level": tile.level, "index": tile.index})
        else:
            opened.append({"level": tile.level, "index": tile.index, "width": tile.width})
    rows = session.execute(
        _READ, {"full": orjson.dumps(full).decode(), "open": orjson.dumps(opened).decode()}
    )
    found = {wanted[level, index]: bytes(hashes) for level, index, hashes in rows if hashes is not None}
    if any(len(found.get(tile, b"")) != tile.width * HASH_BYTES for tile in wanted.values()):
        raise LogDiverged()
    return found


def leaf_hashes(session: Session, *, first: int, end: int) -> list[bytes]:
    """The hashes of the leaves from `first` up to, not with, `end`."""
    return [leaf_hash(bytes(row[0])) for row in session.execute(_LEAVES, {"first": first, "end": end})]


def hashes_below(session: Session, tile: Tile) -> bytes:
    """What a full tile must hold, as the level below has it: leaves, or roots of tiles."""
    first = tile.index << HEIGHT
    if tile.level == 0:
        rows = session.execute(_LEAVES, {"first": first, "end": first + WIDTH})
        return b"".join(leaf_hash(bytes(row[0])) for row in rows)
    below = {"level": tile.level - 1, "first": first, "end": first + WIDTH}
    return b"".join(bytes(row[0]) for row in session.execute(_ROOTS, below))


def hashes_at(session: Session, coordinates: Iterable[Coordinate], *, size: int) -> dict[Coordinate, bytes]:
    """The hashes of full subtrees of the tree of `size` leaves, in one statement.

    Raises LogDiverged when the tree has a hole.
    """
    places = {at: tile_at(at, size=size) for at in coordinates}
    tiles = tiles_at(session, places.values())
    return {at: _within(tiles[tile], at, tile) for at, tile in places.items()}


def frontier_at(session: Session, size: int) -> Frontier:
    """The right edge of the tree as it was at `size`."""
    coordinates = Frontier.coordinates(size)
    found = hashes_at(session, coordinates, size=size)
    return Frontier(size=size, hashes=[found[at] for at in coordinates])


def root_at(session: Session, size: int) -> bytes:
    """The root of the first `size` entries."""
    return frontier_at(session, size).root()


def proof(session: Session, ranges: Sequence[tuple[int, int]], *, size: int) -> list[bytes]:
    """The hashes of a proof whose path is `ranges`, in the tree of `size` leaves."""
    found = hashes_at(session, merkle.needed(ranges), size=size)
    return merkle.hashes_of(ranges, lookup=found.__getitem__)


def grow(session: Session, *, size: int, commitments: Sequence[bytes]) -> None:
    """Write the tiles that these leaves, put after the first `size`, complete.

    Raises LogDiverged when what they follow from is not there.
    """
    if (size + len(commitments)) >> HEIGHT > size >> HEIGHT:
        _fill(session, size=size, commitments=commitments)


def make_up(session: Session, *, size: int) -> bool:
    """Write full tiles that are not there although their leaves are; says whether there were any.

    An older release wrote leaves without tiles.
    """
    if session.scalar(_FULL, {"level": 0}) >= size >> HEIGHT:
        return False
    hold(session)
    if session.scalar(_FULL, {"level": 0}) >= size >> HEIGHT:
        return False
    _fill(session, size=size, commitments=())
    return True


def _fill(session: Session, *, size: int, commitments: Sequence[bytes]) -> None:
    after = size + len(commitments)
    first = session.scalar(_FULL, {"level": 0}) * WIDTH
    kept = [bytes(row[0]) for row in session.execute(_LEAVES, {"first": first, "end": size})]
    hashes = [leaf_hash(data) for data in (*kept, *commitments)]
    rows: list[dict[str, object]] = []
    level = 0
    while True:
        if first + len(hashes) != after:
            raise LogDiverged()
        made = [
            _filled(level, (first + at) >> HEIGHT, hashes[at : at + WIDTH])
            for at in range(0, len(hashes) - WIDTH + 1, WIDTH)
        ]
        if not made:
            break
        rows += [row for row, _ in made]
        below = first >> HEIGHT
        level, after = level + 1, after >> HEIGHT
        first = session.scalar(_FULL, {"level": level}) * WIDTH
        roots = session.execute(_ROOTS, {"level": level - 1, "first": first, "end": below})
        hashes = [bytes(row[0]) for row in roots] + [root for _, root in made]
    session.execute(_WRITE, {"tiles": orjson.dumps(rows).decode()})


def _filled(level: int, index: int, hashes: list[bytes]) -> tuple[dict[str, object], bytes]:
    root = merkle.full_root(hashes)
    row = {
        "level": level,
        "index": index,
        "hashes": base64_of(b"".join(hashes)),
        "root": base64_of(root),
    }
    return row, root


def _within(hashes: bytes, at: Coordinate, tile: Tile) -> bytes:
    """The hash of a full subtree inside its tile."""
    height = at.level - tile.level * HEIGHT
    first = (at.index << height) - (tile.index << HEIGHT)
    piece = hashes[first * HASH_BYTES : (first + (1 << height)) * HASH_BYTES]
    return merkle.full_root([piece[i : i + HASH_BYTES] for i in range(0, len(piece), HASH_BYTES)])

"""Looking the stored log over: contents, leaves, tiles and checkpoints against each other and against signatures.

This is the house looking at itself. Whoever trusts nobody takes an export and `audit.verifier`, or reads the tiles.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from audit.log import leaves, merkle, tree
from audit.log.errors import LogDiverged
from audit.log.finding import found_columns
from audit.log.keys import known_keys
from audit.log.merkle import HASH_BYTES
from audit.log.notes import Checkpoint, NoteRefused, opened
from audit.log.tiles import HEIGHT, WIDTH, Tile

TILES_AT_ONCE = 8  # more would hold up everything else in the process for too long


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was signed: a code, and the entry or checkpoint where it begins."""

    cause: str
    position: int


_CONTENTS = text(
    """
    SELECT l.position, l.entry_id, l.commitment, e.id, e.salt, e.words,
        e.at, e.service, e.outcome, e.actor, e.persons, e.cases
    FROM leaves l LEFT JOIN entries e USING (position)
    WHERE l.position >= :first AND l.position < :end ORDER BY l.position
    """
)
_ORDERS = text(
    """
    SELECT DISTINCT e.position, e.service, e.outcome, e.words FROM entries e
    JOIN ordered_erasures o ON o.order_position = e.position
    WHERE o.first < :end AND o."last" >= :first
    """
)
_CHECKPOINTS = text(
    "SELECT size, root, note FROM checkpoints WHERE size > :first AND size <= :end ORDER BY size"
)


def examine(session: Session, *, size: int, first_tile: int = 0, tiles: int | None = None) -> Iterator[Fault]:
    """The faults in the first `size` entries, or in the part of them under some tiles of level 0."""
    first = min(first_tile << HEIGHT, size)
    end = size if tiles is None else min((first_tile + tiles) << HEIGHT, size)
    yield from _leaves(session, first=first, end=end)
    try:
        for level in range(8):
            yield from _tiles(session, level=level, first=first >> (HEIGHT * level), size=size, end=end)
        yield from _checkpoints(session, first=first, end=end)
    except LogDiverged:
        yield Fault("tree_broken", first)


def first_fault(faults: Iterator[Fault]) -> Fault | None:
    """The first of them, if any; the rest is not looked for."""
    return next(faults, None)


class Orders:
    """What the log itself has ordered to be erased in a part of it, by the words of the orders."""

    def __init__(self, session: Session, *, first: int, end: int) -> None:
        rows = session.execute(_ORDERS, {"first": first, "end": end})
        self._stretches: list[tuple[int, int]] = []
        for position, service, outcome, words in rows:
            if (service, outcome) == ("audit", "permitted"):
                self._stretches += _stretches(words, before=position)

    def covers(self, position: int) -> bool:
        """Whether the entry was ordered to be erased."""
        return any(begin <= position <= last for begin, last in self._stretches)


def _stretches(words: str, *, before: int) -> list[tuple[int, int]]:
    try:
        return [(first, last) for first, last in orjson.loads(words)["erases"] if first <= last < before]
    except (KeyError, TypeError, ValueError):
        return []


def _leaves(session: Session, *, first: int, end: int) -> Iterator[Fault]:
    ordered = Orders(session, first=first, end=end)
    expected = first
    rows = session.execute(_CONTENTS, {"first": first, "end": end})
    for position, entry_id, commitment, kept_id, salt, words, *found_by in rows:
        if position != expected:
            yield Fault("leaf_missing", expected)
            return
        expected += 1
        if kept_id is None:
            if not ordered.covers(position):
                yield Fault("content_missing", position)
        elif leaves.commitment(salt=bytes(salt), entry=words.encode()) != bytes(commitment):
            yield Fault("content_changed", position)
        elif kept_id != entry_id or not _finds([kept_id, *found_by], words):
            yield Fault("index_changed", position)
    if expected != end:
        yield Fault("leaf_missing", expected)


def _finds(columns: list[object], words: str) -> bool:
    """Whether the columns by which an entry is found say what its words say."""
    try:
        return columns == found_columns(orjson.loads(words))
    except (KeyError, TypeError, ValueError):
        return False


def _tiles(session: Session, *, level: int, first: int, size: int, end: int) -> Iterator[Fault]:
    """Whether the tiles of a level, full ones and the open one, are what the level below leads to."""
    count, last = size >> (HEIGHT * level), -(-end >> (HEIGHT * level))
    for index in range(first >> HEIGHT, -(-min(last, count) >> HEIGHT)):
        width = min(WIDTH, count - (index << HEIGHT))
        if width < WIDTH:
            continue
        kept = session.execute(
            text("SELECT hashes, root FROM tiles WHERE level = :level AND index = :index"),
            {"level": level, "index": index},
        ).one_or_none()
        if kept is None:
            yield Fault("tile_missing", index << HEIGHT * (level + 1))
            continue
        hashes, root = bytes(kept.hashes), bytes(kept.root)
        below = tree.hashes_below(session, Tile(level, index))
        pieces = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
        if hashes != below or merkle.full_root(pieces) != root:
            yield Fault("tile_changed", index << HEIGHT * (level + 1))


def _checkpoints(session: Session, *, first: int, end: int) -> Iterator[Fault]:
    trusted = known_keys()
    edge, hashes = tree.frontier_at(session, first), iter(tree.leaf_hashes(session, first=first, end=end))
    for size, root, note in session.execute(_CHECKPOINTS, {"first": first, "end": end}):
        for _ in edge.grow(islice(hashes, size - edge.size)):
            pass
        try:
            signed = Checkpoint.parse(opened(note, trusted=trusted)[0])
        except NoteRefused:
            yield Fault("checkpoint_changed", size)
            continue
        if (signed.size, signed.root) != (size, bytes(root)):
            yield Fault("checkpoint_changed", size)
        elif signed.root != edge.root():
            yield Fault("past_rewritten", size)

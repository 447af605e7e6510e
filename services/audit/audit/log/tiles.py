"""Where the tree lies in the C2SP tlog-tiles layout: tiles 256 hashes wide, 8 levels high (AU-4).

A full tile is kept; one that is not full yet is read from the level below.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from audit.log.merkle import Coordinate

HEIGHT = 8
WIDTH = 1 << HEIGHT
HIGHEST_LEVEL = 63
_PATH = re.compile(r"(x[0-9]{3}/){0,4}[0-9]{3}(\.p/[1-9][0-9]{0,2})?")


@dataclass(frozen=True)
class Tile:
    """One tile: `width` is 256 for a full one, 1 to 255 for the partial one at the right edge."""

    level: int
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        """Raises ValueError for a place that no tile can have."""
        if not (0 <= self.level <= HIGHEST_LEVEL and self.index >= 0 and 1 <= self.width <= WIDTH):
            raise ValueError("there is no such tile")

    @property
    def path(self) -> str:
        """The resource below the log's prefix, such as `tile/0/x001/x234/067.p/12`."""
        return f"tile/{self.level}/{_spelled(self.index)}{_partial(self.width)}"

    @property
    def entries_path(self) -> str:
        """The bundle of leaf data under a tile of level 0, such as `tile/entries/000.p/12`."""
        if self.level:
            raise ValueError("only tiles of level 0 have leaves below them")
        return f"tile/entries/{_spelled(self.index)}{_partial(self.width)}"

    @staticmethod
    def parse(level: int, path: str) -> Tile:
        """The tile of this level that a path such as `x001/x234/067.p/12` spells.

        Raises ValueError for any other spelling: each tile has one address.
        """
        if not _PATH.fullmatch(path):
            raise ValueError("there is no such tile")
        spelled, _, width = path.partition(".p/")
        tile = Tile(level, int(spelled.replace("/", "").replace("x", "")), width=int(width or WIDTH))
        if tile.path != f"tile/{level}/{path}":
            raise ValueError("there is no such tile")
        return tile

    def coordinates(self) -> list[Coordinate]:
        """The full subtrees whose hashes are the tile, from the left."""
        first = self.index << HEIGHT
        return [Coordinate(self.level * HEIGHT, first + offset) for offset in range(self.width)]


def tile_at(at: Coordinate, *, size: int) -> Tile:
    """The tile of a tree of `size` leaves that a full subtree is read from or computed from.

    Raises ValueError when the subtree is not full at that size.
    """
    if (at.index + 1) << at.level > size:
        raise ValueError("the subtree is not full yet")
    level = at.level // HEIGHT
    index = at.index << (at.level - level * HEIGHT) >> HEIGHT
    return Tile(level, index, width=min(WIDTH, (size >> (level * HEIGHT)) - (index << HEIGHT)))


def tiles_added(*, before: int, after: int) -> list[Tile]:
    """The tiles that a tree grown from `before` to `after` leaves has and the smaller one had not."""
    added = []
    level = 0
    while after >> (level * HEIGHT):
        old, new = before >> (level * HEIGHT), after >> (level * HEIGHT)
        if new > old:
            for index in range(old >> HEIGHT, (new - 1 >> HEIGHT) + 1):
                added.append(Tile(level, index, width=min(WIDTH, new - (index << HEIGHT))))
        level += 1
    return added


def bundle(leaves: list[bytes]) -> bytes:
    """Leaf data as an entry bundle: each with its length before it, 16 bits big-endian."""
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


def _spelled(index: int) -> str:
    """1234067 is spelled x001/x234/067, so that a folder never holds more than a thousand names."""
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03d}")
    return "/".join(groups)


def _partial(width: int) -> str:
    return "" if width == WIDTH else f".p/{width}"

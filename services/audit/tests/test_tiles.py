"""The tile layout against the examples in the words of C2SP tlog-tiles."""

from __future__ import annotations

import pytest

from audit.log.merkle import Coordinate
from audit.log.tiles import Tile, bundle, tile_at, tiles_added


def test_an_index_is_spelled_in_groups_of_three() -> None:
    assert Tile(0, 1234067).path == "tile/0/x001/x234/067"
    assert Tile(0, 1234067, width=12).path == "tile/0/x001/x234/067.p/12"
    assert Tile(0, 5).entries_path == "tile/entries/005"
    assert Tile(3, 0).path == "tile/3/000"


def test_a_tree_of_70_000_has_the_tiles_that_the_specification_counts() -> None:
    tiles = tiles_added(before=0, after=70_000)
    widths = {level: [tile.width for tile in tiles if tile.level == level] for level in range(4)}
    assert widths == {0: [256] * 273 + [112], 1: [256, 17], 2: [1], 3: []}


def test_a_tree_of_256_has_a_full_tile_and_one_hash_above() -> None:
    assert tiles_added(before=0, after=256) == [Tile(0, 0), Tile(1, 0, width=1)]


def test_growing_adds_only_the_tiles_that_changed() -> None:
    assert tiles_added(before=300, after=301) == [Tile(0, 1, width=45)]
    assert tiles_added(before=511, after=512) == [Tile(0, 1), Tile(1, 0, width=2)]
    assert tiles_added(before=512, after=512) == []


def test_a_tile_is_read_from_full_subtrees_of_its_level() -> None:
    assert Tile(1, 2, width=3).coordinates() == [Coordinate(8, 512), Coordinate(8, 513), Coordinate(8, 514)]


def test_a_subtree_is_found_in_its_tile() -> None:
    assert tile_at(Coordinate(0, 300), size=301) == Tile(0, 1, width=45)
    assert tile_at(Coordinate(3, 0), size=8) == Tile(0, 0, width=8)
    assert tile_at(Coordinate(8, 1), size=70_000) == Tile(1, 0)
    assert tile_at(Coordinate(16, 0), size=70_000) == Tile(2, 0, width=1)
    with pytest.raises(ValueError, match="not full"):
        tile_at(Coordinate(3, 0), size=7)


def test_a_place_that_no_tile_has_is_refused() -> None:
    for level, index, width in [(64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)]:
        with pytest.raises(ValueError, match="no such tile"):
            Tile(level, index, width=width)
    with pytest.raises(ValueError, match="level 0"):
        _ = Tile(1, 0).entries_path


def test_a_bundle_puts_the_length_before_each_leaf() -> None:
    assert bundle([b"ab", b""]) == b"\x00\x02ab\x00\x00"

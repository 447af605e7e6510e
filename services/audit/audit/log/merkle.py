"""The tree of RFC 6962 (section 2): hashes, growth, and proofs, without a database (AU-4).

A *full subtree* covers the leaves `[index << level, (index + 1) << level)`. Once its last leaf is there its
hash never changes, so full subtrees are the only thing worth keeping: everything else in the tree is folded
from at most one of them per level. Both the database and the C2SP tiles are read by these coordinates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

EMPTY_ROOT = sha256(b"").digest()
HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class Coordinate:
    """Where a full subtree stands: level 0 is a leaf, `index` counts from the left."""

    level: int
    index: int


class Subtree(NamedTuple):
    """A full subtree and its hash."""

    at: Coordinate
    hash: bytes


Lookup = Callable[[Coordinate], bytes]


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf; the prefix keeps a leaf from passing for a node."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side."""
    return sha256(b"\x01" + left + right).digest()


def full_root(hashes: list[bytes]) -> bytes:
    """The root over 1, 2, 4, 8 … neighbouring subtrees of one size."""
    while len(hashes) > 1:
        hashes = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(hashes[::2], hashes[1::2], strict=True)
        ]
    return hashes[0]


def full_subtrees(*, start: int, end: int) -> list[Coordinate]:
    """The fewest full subtrees that cover the leaves `[start, end)`, from the left.

    `start` must be a multiple of the largest power of two that fits the range, as every range of RFC 6962 is.
    """
    found = []
    at = start
    while at < end:
        level = (end - at).bit_length() - 1
        found.append(Coordinate(level, at >> level))
        at += 1 << level
    return found


def fold(hashes: list[bytes]) -> bytes:
    """The root over neighbouring full subtrees that shrink from left to right."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


@dataclass
class Frontier:
    """The right edge of a tree: its number of leaves, and the full subtrees that its root is folded from."""

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    @staticmethod
    def coordinates(size: int) -> list[Coordinate]:
        """Which subtrees a frontier of `size` leaves is made of, largest first."""
        return full_subtrees(start=0, end=size)

    def grow(self, leaves: Iterable[bytes]) -> Iterator[Subtree]:
        """Add leaf hashes at the right; gives each subtree above the leaves that becomes full, in order."""
        for leaf in leaves:
            position = self.size
            carried = leaf
            level = 0
            while (position >> level) & 1:
                carried = node_hash(self.hashes.pop(), carried)
                level += 1
                yield Subtree(Coordinate(level, position >> level), carried)
            self.hashes.append(carried)
            self.size += 1

    def root(self) -> bytes:
        """The Merkle tree hash of all leaves so far."""
        return fold(self.hashes)


def inclusion_path(*, position: int, size: int) -> list[tuple[int, int]]:
    """The leaf ranges whose hashes prove that leaf `position` is in the tree of `size`, from the leaf up.

    Raises ValueError when the leaf is not in the tree.
    """
    if not 0 <= position < size:
        raise ValueError("the leaf is not in the tree")
    ranges: list[tuple[int, int]] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if position < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    ranges.reverse()
    return ranges


def consistency_path(*, earlier: int, later: int) -> list[tuple[int, int]]:
    """The leaf ranges whose hashes prove that the tree of `earlier` leaves begins the one of `later`.

    Empty when the sizes are equal or the earlier tree is empty: nothing is left to prove then.
    Raises ValueError when `earlier` is larger.
    """
    if not 0 <= earlier <= later:
        raise ValueError("the earlier tree must not be larger")
    if earlier in (0, later):
        return []
    ranges: list[tuple[int, int]] = []
    start, end = 0, later
    whole = True  # the part of the earlier tree that lies here is a subtree which its reader knows already
    while earlier != end:
        middle = start + _split(end - start)
        if earlier <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
            whole = False
    if not whole:
        ranges.append((start, end))
    ranges.reverse()
    return ranges


def needed(ranges: Iterable[tuple[int, int]]) -> list[Coordinate]:
    """All full subtrees that the hashes of the ranges are folded from: what to fetch, in one go."""
    return [coordinate for start, end in ranges for coordinate in full_subtrees(start=start, end=end)]


def hashes_of(ranges: Iterable[tuple[int, int]], *, lookup: Lookup) -> list[bytes]:
    """The proof itself: one hash for each range."""
    return [fold([lookup(at) for at in full_subtrees(start=start, end=end)]) for start, end in ranges]


def root_from_inclusion(*, leaf: bytes, position: int, size: int, proof: list[bytes]) -> bytes | None:
    """The root that an inclusion proof leads to, or None when the proof has the wrong length."""
    ranges = inclusion_path(position=position, size=size)
    if len(proof) != len(ranges):
        return None
    root = leaf
    for (start, _end), sibling in zip(ranges, proof, strict=True):
        root = node_hash(root, sibling) if start > position else node_hash(sibling, root)
    return root


def is_consistent(
    *, earlier: int, earlier_root: bytes, later: int, later_root: bytes, proof: list[bytes]
) -> bool:
    """Whether the proof shows that the later tree only added leaves to the earlier one."""
    ranges = consistency_path(earlier=earlier, later=later)
    if len(proof) != len(ranges):
        return False
    if earlier == 0:
        return earlier_root == EMPTY_ROOT
    if earlier == later:
        return earlier_root == later_root
    # The innermost subtree: the earlier tree itself, which the reader knows, or the proof's first hash.
    inner_known = ranges[0][1] != earlier
    inner = earlier_root if inner_known else proof[0]
    old = new = inner
    for (start, _end), sibling in list(zip(ranges, proof, strict=True))[0 if inner_known else 1 :]:
        if start >= earlier:
            new = node_hash(new, sibling)
        else:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
    return old == earlier_root and new == later_root


def _split(leaves: int) -> int:
    """The largest power of two smaller than `leaves` (at least 2 leaves)."""
    return 1 << ((leaves - 1).bit_length() - 1)

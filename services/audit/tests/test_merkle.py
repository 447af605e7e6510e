"""The tree against the words of RFC 6962, section 2.1, written down here as the RFC defines them."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as some

from audit.log import merkle
from audit.log.merkle import Coordinate, Frontier

# The certificate transparency project's leaves and the roots of the trees over the first 1 to 8 of them.
KNOWN_LEAVES = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
]  # fmt: skip
KNOWN_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

sizes = some.integers(min_value=1, max_value=300)


def leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(number.to_bytes(4, "big")) for number in range(count)]


def tree_hash(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962, over leaf hashes."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return sha256(b"\x01" + tree_hash(hashes[:k]) + tree_hash(hashes[k:])).digest()


def path(m: int, hashes: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962."""
    if len(hashes) == 1:
        return []
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    if m < k:
        return [*path(m, hashes[:k]), tree_hash(hashes[k:])]
    return [*path(m - k, hashes[k:]), tree_hash(hashes[:k])]


def subproof(m: int, hashes: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962."""
    if m == len(hashes):
        return [] if whole else [tree_hash(hashes)]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    if m <= k:
        return [*subproof(m, hashes[:k], whole), tree_hash(hashes[k:])]
    return [*subproof(m - k, hashes[k:], False), tree_hash(hashes[:k])]


class Grown:
    """A tree grown leaf by leaf, with every full subtree that growing gave."""

    def __init__(self, hashes: list[bytes]) -> None:
        self.frontier = Frontier()
        self.kept = {Coordinate(0, index): leaf for index, leaf in enumerate(hashes)}
        for subtree in self.frontier.grow(hashes):
            assert subtree.at not in self.kept, "a full subtree is given once"
            self.kept[subtree.at] = subtree.hash

    def proof(self, ranges: list[tuple[int, int]]) -> list[bytes]:
        assert set(merkle.needed(ranges)) <= set(self.kept)
        return merkle.hashes_of(ranges, lookup=self.kept.__getitem__)


@pytest.mark.parametrize("size", range(1, 9))
def test_the_published_roots_are_reached(size: int) -> None:
    frontier = Frontier()
    list(frontier.grow(merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in KNOWN_LEAVES[:size]))
    assert frontier.root().hex() == KNOWN_ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert Frontier().root() == sha256(b"").digest() == merkle.EMPTY_ROOT


@given(size=sizes, cut=some.integers(min_value=0, max_value=300))
def test_a_tree_grown_in_two_steps_is_the_tree_of_the_rfc(size: int, cut: int) -> None:
    hashes = leaves(size)
    frontier = Frontier()
    kept = dict(frontier.grow(hashes[:cut]))
    taken_up = Frontier(
        size=frontier.size,
        hashes=[{**kept, **{Coordinate(0, i): h for i, h in enumerate(hashes)}}[at]
                for at in Frontier.coordinates(frontier.size)],
    )  # fmt: skip
    list(taken_up.grow(hashes[cut:]))
    assert taken_up.root() == tree_hash(hashes)
    assert taken_up.size == size


@given(size=sizes, data=some.data())
def test_every_inclusion_proof_is_that_of_the_rfc_and_verifies(size: int, data: some.DataObject) -> None:
    position = data.draw(some.integers(min_value=0, max_value=size - 1))
    hashes = leaves(size)
    proof = Grown(hashes).proof(merkle.inclusion_path(position=position, size=size))
    assert proof == path(position, hashes)
    assert merkle.root_from_inclusion(
        leaf=hashes[position], position=position, size=size, proof=proof
    ) == tree_hash(hashes)


@given(size=sizes, data=some.data())
def test_every_consistency_proof_is_that_of_the_rfc_and_verifies(size: int, data: some.DataObject) -> None:
    earlier = data.draw(some.integers(min_value=1, max_value=size))
    hashes = leaves(size)
    proof = Grown(hashes).proof(merkle.consistency_path(earlier=earlier, later=size))
    assert proof == subproof(earlier, hashes, True)
    assert merkle.is_consistent(
        earlier=earlier,
        earlier_root=tree_hash(hashes[:earlier]),
        later=size,
        later_root=tree_hash(hashes),
        proof=proof,
    )


@given(size=some.integers(min_value=2, max_value=200), data=some.data())
def test_any_change_in_a_proof_is_detected(size: int, data: some.DataObject) -> None:
    hashes = leaves(size)
    position = data.draw(some.integers(min_value=0, max_value=size - 1))
    proof = Grown(hashes).proof(merkle.inclusion_path(position=position, size=size))
    at = data.draw(some.integers(min_value=0, max_value=len(proof) - 1))
    changed = [*proof[:at], sha256(proof[at]).digest(), *proof[at + 1 :]]
    reached = merkle.root_from_inclusion(leaf=hashes[position], position=position, size=size, proof=changed)
    assert reached != tree_hash(hashes)
    shorter = merkle.root_from_inclusion(leaf=hashes[position], position=position, size=size, proof=proof[1:])
    assert shorter is None


@given(size=some.integers(min_value=2, max_value=200), data=some.data())
def test_a_rewritten_past_has_no_consistency_proof(size: int, data: some.DataObject) -> None:
    hashes = leaves(size)
    earlier = data.draw(some.integers(min_value=1, max_value=size))
    changed_at = data.draw(some.integers(min_value=0, max_value=earlier - 1))
    rewritten = [*hashes[:changed_at], sha256(b"another").digest(), *hashes[changed_at + 1 :]]
    proof = Grown(rewritten).proof(merkle.consistency_path(earlier=earlier, later=size))
    assert not merkle.is_consistent(
        earlier=earlier,
        earlier_root=tree_hash(hashes[:earlier]),
        later=size,
        later_root=tree_hash(rewritten),
        proof=proof,
    )


def test_a_leaf_outside_the_tree_has_no_proof() -> None:
    for position, size in [(0, 0), (5, 5), (-1, 5)]:
        with pytest.raises(ValueError, match="not in the tree"):
            merkle.inclusion_path(position=position, size=size)


def test_a_tree_cannot_be_consistent_with_a_smaller_one_later() -> None:
    with pytest.raises(ValueError, match="larger"):
        merkle.consistency_path(earlier=6, later=5)


def test_the_empty_tree_begins_every_tree() -> None:
    root = tree_hash(leaves(3))
    empty = sha256(b"").digest()
    assert merkle.is_consistent(earlier=0, earlier_root=empty, later=3, later_root=root, proof=[])
    assert not merkle.is_consistent(earlier=0, earlier_root=root, later=3, later_root=root, proof=[])

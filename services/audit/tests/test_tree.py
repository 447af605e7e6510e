"""The stored tree against the plain definition of RFC 6962, at any size and in any steps (AU-4)."""

from __future__ import annotations

from hashlib import sha256
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import text

from audit.log import merkle, tree
from audit.log.errors import LogDiverged
from audit.log.tiles import Tile, tiles_added
from audit.verifier import Head, is_included
from chassis.work import Work
from witness.tree import begins

pytestmark = pytest.mark.postgres

_LEAVES = text(
    "INSERT INTO leaves (position, entry_id, commitment) SELECT n, gen_random_uuid(),"
    " sha256(convert_to(CAST(n AS text), 'UTF8')) FROM generate_series(CAST(:first AS bigint), :last) AS n"
)


def commitments(first: int, end: int) -> list[bytes]:
    return [sha256(str(number).encode()).digest() for number in range(first, end)]


def naive(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962, section 2.1, defines it."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + naive(leaves[:k]) + naive(leaves[k:])).digest()


def grow(work: Work, size: int, more: int) -> int:
    if more:
        work.session.execute(_LEAVES, {"first": size, "last": size + more - 1})
        tree.grow(work.session, size=size, commitments=commitments(size, size + more))
    return size + more


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=some.lists(some.integers(0, 400), min_size=1, max_size=6), seed=some.integers(0, 2**32))
def test_whatever_the_steps_the_tree_is_that_of_the_definition_and_its_proofs_hold(
    database, in_lane, steps: list[int], seed: int
) -> None:
    database.clear()
    size, dice = 0, Random(seed)
    for step in steps:
        with in_lane() as work:  # each in a transaction of its own, as after a restart
            size = grow(work, size, step)
    leaves = commitments(0, size)
    with in_lane() as work:
        assert tree.root_at(work.session, size) == naive(leaves)
        for _ in range(6):
            later = dice.randint(0, size)
            earlier = dice.randint(0, later)
            old, new = tree.root_at(work.session, earlier), tree.root_at(work.session, later)
            assert new == naive(leaves[:later])
            path = merkle.consistency_path(earlier=earlier, later=later)
            proof = tree.proof(work.session, path, size=later)
            assert begins(old=earlier, old_root=old, new=later, new_root=new, proof=proof)
            if proof:
                spoilt = [*proof[:-1], sha256(proof[-1]).digest()]
                assert not begins(old=earlier, old_root=old, new=later, new_root=new, proof=spoilt)
            if not later:
                continue
            position = dice.randrange(later)
            path = merkle.inclusion_path(position=position, size=later)
            proof = tree.proof(work.session, path, size=later)
            leaf, head = merkle.leaf_hash(leaves[position]), Head(origin="", size=later, root=new)
            assert is_included(leaf, position=position, head=head, proof=proof)
            assert not is_included(leaf, position=position, head=head, proof=[*proof, bytes(32)])
            if later > 1:
                other = (position + 1) % later
                assert not is_included(leaf, position=other, head=head, proof=proof)


def test_a_tree_of_three_levels_of_tiles_is_read_by_the_layout_of_the_specification(
    database, in_lane
) -> None:
    size, dice = 0, Random(1)
    while size < 70_000:
        with in_lane() as work:
            size = grow(work, size, min(dice.randint(1, 9_000), 70_000 - size))
    with in_lane() as work:
        frontier = merkle.Frontier()
        list(frontier.grow(map(merkle.leaf_hash, commitments(0, size))))
        assert tree.root_at(work.session, size) == frontier.root()
        everything = tree.tiles_at(work.session, tiles_added(before=0, after=size))
        assert len(everything) == 273 + 1 + 1 + 1 + 1
        assert everything[Tile(2, 0, width=1)] == merkle.full_root(
            [everything[Tile(1, 0)][at : at + 32] for at in range(0, 8192, 32)]
        )
        for _ in range(40):
            later = dice.randint(1, size)
            position = dice.randrange(later)
            head = Head(origin="", size=later, root=tree.root_at(work.session, later))
            path = merkle.inclusion_path(position=position, size=later)
            assert is_included(
                merkle.leaf_hash(commitments(position, position + 1)[0]),
                position=position,
                head=head,
                proof=tree.proof(work.session, path, size=later),
            )


def test_tiles_that_an_older_release_did_not_write_are_made_up_for(database, in_lane) -> None:
    with in_lane() as work:
        work.session.execute(_LEAVES, {"first": 0, "last": 799})
        with pytest.raises(LogDiverged):
            tree.root_at(work.session, 800)
        assert tree.make_up(work.session, size=800)
        assert tree.root_at(work.session, 800) == naive(commitments(0, 800))
        assert not tree.make_up(work.session, size=800)
        assert grow(work, 800, 300) == 1_100
        assert tree.root_at(work.session, 1_100) == naive(commitments(0, 1_100))


def test_a_hole_in_the_leaves_is_never_papered_over(database, in_lane) -> None:
    with in_lane() as work:
        grow(work, 0, 300)
    with database.superuser.connect() as superuser:
        superuser.execute(text("DELETE FROM leaves WHERE position = 280"))
    with in_lane() as work, pytest.raises(LogDiverged):
        tree.root_at(work.session, 300)
    with in_lane() as work, pytest.raises(LogDiverged):
        grow(work, 300, 300)

"""The house looks its own log over, without anybody asking, and stops when something is not as it was signed (AU-4)."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from audit.log.actions import EXAMINED_EVERY, examine_in_turn
from audit.log.examination import TILES_AT_ONCE, examine
from audit.log.model import Divergence
from services.audit.tests.builders import an_access

pytestmark = pytest.mark.postgres


@pytest.fixture
def a_log(told, sealed) -> None:
    """Six hundred entries under four checkpoints."""
    for batch in (5, 295, 250, 50):
        told(*(an_access() for _ in range(batch)))
        sealed()


@pytest.mark.parametrize(
    ("tampering", "cause", "position"),
    [
        (
            "UPDATE entries SET words = replace(words, 'mentor', 'nobody') WHERE position = 77",
            "content_changed",
            77,
        ),
        ("UPDATE entries SET salt = sha256(salt) WHERE position = 599", "content_changed", 599),
        ("UPDATE entries SET actor = 'nobody' WHERE position = 300", "index_changed", 300),
        ("UPDATE entries SET persons = '{}' WHERE position = 0", "index_changed", 0),
        ("UPDATE leaves SET entry_id = gen_random_uuid() WHERE position = 7", "index_changed", 7),
        ("DELETE FROM entries WHERE position = 200", "content_missing", 200),
        ("DELETE FROM entries WHERE position = 4; DELETE FROM leaves WHERE position = 4", "leaf_missing", 4),
        ("UPDATE leaves SET commitment = sha256('x') WHERE position = 580", "content_changed", 580),
        (
            "UPDATE tiles SET hashes = set_bit(hashes, 9, 1 - get_bit(hashes, 9)) WHERE index = 1",
            "tile_changed",
            256,
        ),
        ("UPDATE tiles SET root = sha256(root) WHERE index = 0", "tile_changed", 0),
        ("DELETE FROM tiles WHERE index = 0", "tile_missing", 0),
        ("UPDATE checkpoints SET root = sha256(root) WHERE size = 5", "checkpoint_changed", 5),
        (
            "UPDATE checkpoints SET note = replace(note, 'audit', 'audlt') WHERE size = 300",
            "checkpoint_changed",
            300,
        ),
    ],
)
def test_what_is_not_as_it_was_signed_is_named(
    a_log, database, in_lane, tampering: str, cause: str, position: int
) -> None:
    with in_lane() as work:
        assert list(examine(work.session, size=600)) == []
    with database.superuser.connect() as superuser:
        superuser.execute(text(tampering))
    with in_lane() as work:
        faults = list(examine(work.session, size=600))
    assert (faults[0].cause, faults[0].position) == (cause, position)


def test_a_round_through_the_log_finds_a_change_wherever_it_is(
    a_log, told, sealed, database, in_lane, clock
) -> None:
    for _ in range(16):
        told(*(an_access() for _ in range(256)))
    sealed()
    with database.superuser.connect() as superuser:
        superuser.execute(text("UPDATE entries SET outcome = 'denied' WHERE position = 4200"))
    rounds = 0
    while rounds < 10:
        with in_lane() as work:
            if examine_in_turn(work) is not None:
                break
        clock.advance(seconds=EXAMINED_EVERY.total_seconds())
        rounds += 1
    assert rounds < 4, "three parts of eight tiles, and the end"
    with in_lane() as work:
        kept = work.session.scalars(select(Divergence)).one()
        assert (kept.cause, kept.size) == ("index_changed", 4_200)
        assert examine_in_turn(work) is None, "one finding is enough until it is settled"
    assert TILES_AT_ONCE * 256 < 4_200


def test_a_log_without_a_checkpoint_has_nothing_to_be_held_against(told, in_lane) -> None:
    with in_lane() as work:
        assert examine_in_turn(work) is None
    told(an_access())
    with in_lane() as work:
        assert examine_in_turn(work) is None

"""Counting callers: within a rate or not, window by window, in bounded memory."""

from __future__ import annotations

from limits import parse

from gateway.callers import Counts


class Ticks:
    """A monotonic clock that moves when told."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_hits_within_the_rate_pass_and_the_next_one_is_told_how_long_to_wait() -> None:
    ticks = Ticks()
    counts = Counts(ticks=ticks)
    rate = parse("3/minute")
    assert [counts.hit("mentor", rate=rate) for _ in range(3)] == [None, None, None]
    ticks.at = 20
    assert counts.hit("mentor", rate=rate) == 40
    assert counts.hit("youth-worker", rate=rate) is None
    ticks.at = 60
    assert counts.hit("mentor", rate=rate) is None


def test_a_flood_of_keys_does_not_grow_without_bound() -> None:
    ticks = Ticks()
    counts = Counts(most=100, ticks=ticks)
    rate = parse("1/second")
    for number in range(10_000):
        ticks.at += 0.001
        counts.hit(str(number), rate=rate)
    assert len(counts._windows) <= 100

"""A hold that was acknowledged before an entry was erased always wins, whatever else is under way (AU-8, IN-8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from time import monotonic, sleep
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from audit.retention.actions import end_retention, erase_ordered, order_erasure, place_hold
from audit.verifier import verify
from chassis import same_person
from services.audit.tests.builders import CASE, GIRL, LONG_AGO, SISTER, an_access

pytestmark = pytest.mark.postgres

AGAIN = UUID("01931f0e-7c1a-7000-8000-000000000017")


@pytest.fixture
def aside() -> Iterator[Callable[..., Future[Any]]]:
    """`aside(do)` does something in a transaction of its own, as another replica or another caller would."""
    with ThreadPoolExecutor(2) as pool:
        yield pool.submit


@pytest.fixture
def waits(database) -> Callable[[Future[Any]], None]:
    """`waits(future)` returns once that waits for a lock; it fails when it went through instead."""
    asked = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )

    def held_up(future: Future[Any]) -> None:
        ends = monotonic() + 10
        with database.superuser.connect() as superuser:
            while not superuser.scalar(asked):
                assert not future.done(), "it did not wait"
                assert monotonic() < ends, "it neither waits nor ends"
                sleep(0.005)

    return held_up


@pytest.fixture
def erase(in_lane) -> Callable[[], int]:
    def erased() -> int:
        with in_lane() as work:
            return erase_ordered(work)

    return erased


@pytest.fixture
def ordered(told, sealed, order, own_taken) -> None:
    """Three entries about the girl, and an order to erase them that is sealed and not carried out yet."""
    told(*(an_access(at=LONG_AGO) for _ in range(3)))
    sealed()
    assert order().body["entries"] == 3
    own_taken()


A_HOLD = {"kind": "person", "record_id": GIRL, "because": "litigation", "reference": "S-1"}


@pytest.mark.usefixtures("ordered")
def test_an_erasure_waits_for_a_hold_that_is_being_placed_and_then_erases_nothing(
    work_as, officer, aside, waits, erase, contents
) -> None:
    with work_as(officer) as work:
        place_hold(work, **A_HOLD)
        work.session.flush()
        erasing = aside(erase)
        waits(erasing)
    assert erasing.result() == 0
    assert {0, 1, 2} <= set(contents())


@pytest.mark.usefixtures("ordered")
def test_a_hold_is_not_acknowledged_before_an_erasure_that_runs_has_ended(
    in_lane, hold, aside, waits, contents
) -> None:
    with in_lane() as work:
        assert erase_ordered(work) == 3
        holding = aside(hold, GIRL)
        waits(holding)
        assert {0, 1, 2} <= set(contents()), "nobody else sees what is not committed"
    assert holding.result().status == 200
    assert not {0, 1, 2} & set(contents())


@pytest.mark.usefixtures("ordered")
def test_an_erasure_that_fails_after_a_hold_had_to_wait_erases_nothing(
    in_lane, hold, aside, waits, erase, contents
) -> None:
    class PowerCut(Exception):
        pass

    with pytest.raises(PowerCut), in_lane() as work:
        assert erase_ordered(work) == 3
        holding = aside(hold, GIRL)
        waits(holding)
        raise PowerCut
    assert holding.result().status == 200
    assert erase() == 0
    assert {0, 1, 2} <= set(contents())


def test_a_hold_placed_while_the_order_is_being_given_wins(
    told, sealed, work_as, officer, hold, carry_out, contents
) -> None:
    told(an_access(at=LONG_AGO))
    sealed()
    with work_as(officer) as work:
        assert order_erasure(work, person_id=GIRL, because="statute").entries == 1
        assert hold(GIRL).status == 200
    assert carry_out() == 0
    assert 0 in contents()


def test_an_order_given_while_a_hold_is_being_placed_erases_nothing(
    told, sealed, work_as, officer, order, carry_out, contents
) -> None:
    told(an_access(at=LONG_AGO))
    sealed()
    with work_as(officer) as work:
        place_hold(work, **A_HOLD)
        work.session.flush()
        assert order().status == 200, "the order cannot know of it yet"
    assert order().body["code"] == "held_by_law"
    assert carry_out() == 0
    assert 0 in contents()


def test_what_a_hold_kept_from_an_order_can_be_ordered_again_when_it_is_released(
    told, sealed, order, hold, call, officer, carry_out, contents, export, public_keys
) -> None:
    told(an_access(at=LONG_AGO), an_access(at=LONG_AGO))
    sealed()
    order()
    kept = hold(GIRL)
    assert carry_out() == 0
    release = {"id": kept.body["id"], "because": "proceedings_over"}
    assert call("release_hold", release, actor=officer).status == 200
    assert order().body["entries"] == 2
    assert carry_out() == 2
    assert not {0, 1} & set(contents())
    verdict = verify(export(), keys=public_keys)
    assert verdict.sound and verdict.erased == 2, verdict.findings


def test_what_was_held_beyond_its_longest_time_goes_by_itself_when_the_hold_is_released(
    told, sealed, hold, call, officer, in_lane, carry_out, clock, contents
) -> None:
    told(an_access(at=clock.now - timedelta(days=2558)))
    sealed()
    with in_lane() as work:
        assert end_retention(work) == 1
    kept = hold(GIRL)
    assert carry_out() == 0, "the hold came after the order and before its execution"
    with in_lane() as work:
        assert end_retention(work) == 0
    call("release_hold", {"id": kept.body["id"], "because": "placed_in_error"}, actor=officer)
    with in_lane() as work:
        assert end_retention(work) == 1
    assert carry_out() == 1 and 0 not in contents()


@pytest.mark.parametrize(("held", "asked"), [(GIRL, AGAIN), (AGAIN, GIRL)])
def test_a_hold_on_one_record_refuses_the_order_on_a_linked_one_until_they_are_told_apart(
    told, sealed, linked, hold, order, carry_out, contents, held: UUID, asked: UUID
) -> None:
    told(an_access(at=LONG_AGO, to=(asked,)))
    sealed()
    linked(1, {GIRL, AGAIN})
    assert hold(held).status == 200
    assert (order(asked).status, order(asked).body["code"]) == (409, "held_by_law")
    linked(2, {GIRL}, {AGAIN})
    assert order(asked).body["entries"] == 1
    assert carry_out() == 1 and 0 not in contents()


def test_a_link_that_is_learnt_after_the_order_lets_the_hold_keep_the_entry(
    told, sealed, linked, hold, order, carry_out, contents
) -> None:
    told(an_access(at=LONG_AGO, to=(AGAIN,)), an_access(at=LONG_AGO, to=(SISTER,)))
    sealed()
    assert hold(GIRL).status == 200
    assert order(AGAIN).status == order(SISTER).status == 200
    linked(1, {GIRL, AGAIN})
    assert carry_out() == 1
    assert 0 in contents() and 1 not in contents()


def test_the_end_of_retention_passes_over_what_a_hold_on_a_linked_record_or_a_case_keeps(
    told, sealed, linked, hold, in_lane, clock
) -> None:
    old = clock.now - timedelta(days=2558)
    told(an_access(at=old, to=(AGAIN,)), an_access(at=old, to=(SISTER,), case=CASE), an_access(at=old, to=()))
    sealed()
    linked(1, {GIRL, AGAIN})
    hold(GIRL)
    hold(CASE, kind="case")
    with in_lane() as work:
        assert end_retention(work) == 1


def test_an_order_for_one_record_leaves_what_is_about_a_linked_one(
    told, sealed, linked, order, carry_out, contents
) -> None:
    linked(1, {GIRL, AGAIN})
    told(
        an_access(at=LONG_AGO), an_access(at=LONG_AGO, to=(AGAIN,)), an_access(at=LONG_AGO, to=(GIRL, AGAIN))
    )
    sealed()
    assert order(GIRL).body["entries"] == 1
    assert carry_out() == 1
    assert 0 not in contents() and {1, 2} <= set(contents())


@pytest.mark.usefixtures("ordered")
def test_an_erasure_waits_for_a_link_that_is_being_learnt(
    in_lane, hold, aside, waits, erase, contents
) -> None:
    assert hold(AGAIN).status == 200
    with in_lane() as work:
        same_person.arrange(work.session, revision=1, clusters=[{GIRL, AGAIN}])
        erasing = aside(erase)
        waits(erasing)
    assert erasing.result() == 0
    assert {0, 1, 2} <= set(contents())


@pytest.mark.usefixtures("ordered")
def test_a_link_is_not_learnt_before_an_erasure_that_runs_has_ended(in_lane, linked, aside, waits) -> None:
    with in_lane() as work:
        assert erase_ordered(work) == 3
        learning = aside(linked, 1, {GIRL, AGAIN})
        waits(learning)
    assert learning.result() is None

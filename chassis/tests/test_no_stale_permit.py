"""Whatever is decided in which order, and however late the news comes: not one stale permit (CO-6, CO-8, CO-9).

A list of steps drives the world of `consent_walk`: decisions at every grain, faults of the way, of the services and
of their clocks. `ICM_HYPOTHESIS=search` looks for longer, each time elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from consent_walk import STEPS, a_world, seen_by_mentor
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from chassis.testing import Clock, ServiceDatabase, created_from_models, scratch_database

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(3_600)]

EXAMPLES = 15 if os.environ.get("ICM_HYPOTHESIS") != "search" else 1_500


@pytest.fixture(scope="module")
def second_database(sample_contracts: None) -> Iterator[ServiceDatabase]:
    with scratch_database("sample", prepare=created_from_models) as made:
        yield made


@pytest.fixture
def databases(whole_database: ServiceDatabase, second_database: ServiceDatabase) -> list[ServiceDatabase]:
    return [whole_database, second_database]


# Without shrinking: each step is real transactions, and a failing list is short enough to read.
@settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES < 1_000,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, min_size=8, max_size=24))
def test_not_one_stale_permit_whatever_happens_in_which_order(
    databases: list[ServiceDatabase], clock: Clock, steps: list[tuple[Any, ...]]
) -> None:
    world = a_world(databases, clock)
    for step in steps:
        world.take(*step)
        world.check()
    assert world.checks == len(steps)


def test_a_cut_lane_closes_what_is_by_consent_and_leaves_what_is_by_team(
    databases: list[ServiceDatabase], clock: Clock
) -> None:
    world = a_world(databases, clock)
    world.take("give", 0, "worker:mentor", ["health"], ["care"], 0, None)
    world.take("join_team", 1, "worker:mentor")
    assert seen_by_mentor(world) == set(world.persons[:2])

    world.take("lane", 0, "is cut")
    world.take("time_passes", 11)
    assert seen_by_mentor(world) == {world.persons[1]}
    assert seen_by_mentor(world, follower=1) == set(world.persons[:2])

    world.take("lane", 0, "flows")
    assert seen_by_mentor(world) == set(world.persons[:2])


def test_a_withdrawal_that_waits_in_a_cut_lane_is_in_force_by_the_limit(
    databases: list[ServiceDatabase], clock: Clock
) -> None:
    world = a_world(databases, clock)
    world.take("give", 0, "organisation:school", ["health"], ["care"], 0, None)
    world.take("lane", 0, "is cut")
    world.take("withdraw_all", 0)
    world.take("time_passes", 11)
    assert seen_by_mentor(world) == set()

    world.take("lane", 0, "flows")
    assert seen_by_mentor(world) == set()


def test_a_withdrawal_that_the_broker_refuses_while_heartbeats_pass_is_in_force_by_the_limit(
    databases: list[ServiceDatabase], clock: Clock
) -> None:
    world = a_world(databases, clock)
    world.take("give", 0, "worker:mentor", ["health"], ["care"], 0, None)
    world.take("broker", "refuses the newest")
    world.take("withdraw_all", 0)
    for _ in range(6):
        world.take("time_passes", 2)
        world.check()
    assert seen_by_mentor(world) == set()


def test_a_consent_that_was_parked_out_of_order_is_not_opened_again_by_replaying_it(
    databases: list[ServiceDatabase], clock: Clock
) -> None:
    world = a_world(databases, clock)
    world.take("broker", "is away")
    world.take("give", 0, "worker:mentor", ["health"], ["care"], 0, None)
    world.take("withdraw_all", 0)
    world.take("order_is_lost", 0)
    world.take("broker", "takes all")
    world.take("mend", 0)
    world.take("time_passes", 3)
    world.check()
    assert seen_by_mentor(world) == set()


def test_a_withdrawal_that_ends_each_process_that_applies_it_leaves_no_permit(
    databases: list[ServiceDatabase], clock: Clock
) -> None:
    world = a_world(databases, clock)
    world.take("give", 0, "worker:mentor", ["health"], ["care"], 0, None)
    world.take("give", 1, "worker:mentor", ["health"], ["care"], 0, None)
    world.take("handler_kills", 0)
    world.take("withdraw_all", 0)
    for _ in range(6):
        world.take("time_passes", 3)
        world.check()
        assert seen_by_mentor(world) == set()
        assert seen_by_mentor(world, follower=1) == {world.persons[1]}

    world.take("mend", 0)
    world.check()
    assert seen_by_mentor(world) == {world.persons[1]}

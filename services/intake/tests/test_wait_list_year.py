"""A year of arrivals, and any order of steps against a plain model: the line keeps its promises (IN-6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from intake.capacity.places import room_in
from intake.waitlist.line import capacity_of
from intake.waitlist.model import Offer, Turn
from intake.waitlist.offers import keep_wait_lists
from services.intake.tests.front_desk import DESK, good
from services.intake.tests.wait_year import PROGRAM, SHARES, World


def place(turn: Turn) -> tuple[int, datetime, UUID]:
    return turn.rank, turn.ordered_at, turn.id


def ready(turns: list[Turn], *, now: datetime) -> list[Turn]:
    """Those who wait and could be offered a place."""
    return [
        turn
        for turn in turns
        if turn.state == "waiting" and (turn.rest_until is None or turn.rest_until <= now)
    ]


def all_turns(work: Any) -> list[Turn]:
    wanted = select(Turn).order_by(Turn.id).execution_options(populate_existing=True)
    return list(work.session.scalars(wanted))


def in_play(work: Any) -> list[Turn]:
    """The turns of those who wait, are offered a place, or hold one that is no case yet."""
    wanted = select(Turn).where(Turn.state != "left", Turn.released_at.is_(None)).order_by(Turn.id)
    return list(work.session.scalars(wanted.execution_options(populate_existing=True)))


def nobody_came_before(work: Any, turn: Turn) -> None:
    """Somebody was given a place: nobody who was ready to take it stood before them."""
    before = [each for each in ready(in_play(work), now=work.now) if place(each) < place(turn)]
    assert before == []


@pytest.mark.timeout(600)
def test_over_a_year_of_arrivals_nobody_is_lost_passed_over_or_one_too_many(in_lane, clock, outbox):
    world = World(seed=16)
    clock.move_to(datetime(2026, 1, 5, 17, 0, tzinfo=UTC))
    with in_lane() as work:
        world.begin(work)
    busiest = 0
    for _ in range(365):
        clock.advance(days=1)
        with in_lane() as work:
            for turn in world.morning(work):
                if turn.state == "placed":
                    nobody_came_before(work, turn)
            world.day(work, in_play(work))
        clock.advance(minutes=1)
        with in_lane() as work:
            keep_wait_lists(work)
        with in_lane() as work:
            busiest = max(busiest, check_the_evening(work, world))
        clock.advance(minutes=-1)
    check_the_year(world, outbox, busiest=busiest, in_lane=in_lane)


def check_the_evening(work: Any, world: World) -> int:
    """What must hold every evening, after the timer; returns how many wait."""
    turns = in_play(work)
    capacity = capacity_of(work, program=PROGRAM)
    room = room_in(work, capacity)
    for worker, share in SHARES.items():
        held = [turn for turn in turns if turn.worker == worker and turn.holds_a_place]
        assert world.carries(worker) + len(held) <= 20 * share // 100, worker
        if worker not in world.away:
            assert room.of(worker).carries == world.carries(worker)
    could_go = ready(turns, now=work.now)
    assert not (room.free and could_go), "a place is idle while somebody waits"
    for offer in work.session.scalars(select(Offer).where(Offer.made_at == work.now)):
        assert all(place(each) > place(offer.turn) for each in could_go)
    known = work.session.execute(select(Turn.id, Turn.state)).all()
    assert {turn_id for turn_id, _ in known} == set(world.arrivals)
    assert {turn_id for turn_id, state in known if state == "left"} == world.left
    standing = [turn for turn in turns if turn.state == "offered"]
    assert all(turn.standing_offer and turn.standing_offer.expires_at > work.now for turn in standing)
    return len(could_go)


def check_the_year(world: World, outbox: Any, *, busiest: int, in_lane: Any) -> None:
    keys = ("intake.program.full.v1", "intake.program.has_room.v1")
    told = [each.key for each in outbox() if each.key in keys]
    assert all(one != other for one, other in pairwise(told))
    with in_lane() as work:
        turns = all_turns(work)
    count = {
        state: sum(turn.state == state for turn in turns)
        for state in ("waiting", "offered", "placed", "left")
    }
    assert sum(count.values()) == len(world.arrivals) >= 550
    # The year was worth watching: the program filled up, people waited, declined, left, moved and were served.
    assert (count["placed"] > 400, busiest > 5, len(told) > 2) == (True, True, True), (count, busiest, told)
    declined, left, moved = world.declined, len(world.left), world.moved
    assert min(declined, left, moved) > 5, (declined, left, moved)


@pytest.mark.timeout(300)
def test_whatever_the_order_of_steps_the_line_is_that_of_a_plain_model(line, in_lane, clock, whole_database):
    class Line(RuleBasedStateMachine):
        """Fixed places; the model is a list of people with priority, age, state and until when they rest."""

        def __init__(self) -> None:
            super().__init__()
            whole_database.clear()
            clock.move_to(datetime(2026, 3, 4, 17, 0, tzinfo=UTC))
            self.places = 1
            self.people: dict[str, dict[str, Any]] = {}
            line.has_places(1, after_decline="goes_to_end")

        # -- the model

        def next(self) -> str | None:
            could = [
                (each["rank"], each["age"], each["id"])
                for each in self.people.values()
                if each["state"] == "waiting" and each["rest"] <= clock.now
            ]
            return min(could)[2] if could else None

        def fill(self) -> None:
            """Withdraw the newest offers beyond the places, then offer what is free to the first in line."""
            offered = sorted(
                (each for each in self.people.values() if each["state"] == "offered"),
                key=lambda each: (each["since"], each["id"]),
            )
            while self.taken() > self.places and offered:
                offered.pop()["state"] = "waiting"
            while self.taken() < self.places and (first := self.next()) is not None:
                deadline = datetime(2026, 1, 1, tzinfo=UTC)
                self.people[first] |= {"state": "offered", "since": clock.now, "until": deadline}

        def taken(self) -> int:
            return sum(each["state"] in ("offered", "placed") for each in self.people.values())

        def some(self, state: str, nth: int) -> dict[str, Any] | None:
            found = sorted(each["id"] for each in self.people.values() if each["state"] == state)
            return self.people[found[nth % len(found)]] if found else None

        # -- the steps

        @rule(priority=st.sampled_from(["routine", "urgent", "crisis"]))
        def somebody_comes(self, priority: str) -> None:
            clock.advance(minutes=1)
            entry = line.eligible(priority=priority)
            self.people[entry["id"]] = {
                "id": entry["id"],
                "rank": ("returning_in_crisis", "crisis", "urgent", "routine").index(priority),
                "age": clock.now,
                "rest": clock.now,
                "state": "waiting",
            }
            if self.taken() < self.places and self.next() == entry["id"]:
                self.people[entry["id"]]["state"] = "placed"
            self.fill()

        @rule(nth=st.integers(0, 5))
        def an_offer_is_accepted(self, nth: int) -> None:
            if (person := self.some("offered", nth)) is not None:
                good(line.accepts(person, by=DESK))
                person["state"] = "placed"
                self.fill()

        @rule(nth=st.integers(0, 5))
        def an_offer_is_declined(self, nth: int) -> None:
            clock.advance(minutes=1)
            if (person := self.some("offered", nth)) is not None:
                good(line.declines(person, by=DESK))
                person |= {"state": "waiting", "age": clock.now, "rest": clock.now + timedelta(days=7)}
                self.fill()

        @rule(nth=st.integers(0, 5))
        def somebody_leaves(self, nth: int) -> None:
            if (person := self.some("waiting", nth)) is not None:
                good(line.leaves(person, by=DESK))
                person["state"] = "left"
                self.fill()

        @rule(nth=st.integers(0, 5), priority=st.sampled_from(["returning_in_crisis", "routine"]))
        def a_priority_changes(self, nth: int, priority: str) -> None:
            if (person := self.some("waiting", nth)) is not None:
                told = {"priority": priority, "reason": "It changed."}
                good(line.step("change_waiting_priority", person, **told))
                person["rank"] = ("returning_in_crisis", "crisis", "urgent", "routine").index(priority)
                self.fill()

        @rule(nth=st.integers(0, 5))
        def a_place_is_given_back(self, nth: int) -> None:
            if (person := self.some("placed", nth)) is not None:
                good(line.step("end_place", person, because="service_ended"))
                person["state"] = "done"
                self.fill()

        @rule(places=st.integers(0, 3))
        def the_places_change(self, places: int) -> None:
            self.places = places
            line.has_places(places, after_decline="goes_to_end")
            self.fill()

        @rule(days=st.sampled_from([0, 1, 8]))
        def time_passes(self, days: int) -> None:
            """Eight days outlast every offer and every rest; a day outlasts none."""
            for person in self.people.values():
                if (
                    person["state"] == "offered"
                    and days
                    and clock.now + timedelta(days=days) >= self.expires(person)
                ):
                    person |= {
                        "state": "waiting",
                        "rest": clock.now + timedelta(days=days + 7),
                    }
            clock.advance(days=days)
            line.timer()
            self.fill()

        def expires(self, person: dict[str, Any]) -> datetime:
            stands = line.entry(person)["standing_offer"]
            return datetime.fromisoformat(stands["expires_at"])

        @invariant()
        def everybody_stands_where_the_model_says(self) -> None:
            with in_lane() as work:
                kept = {str(turn.id): turn for turn in all_turns(work)}
            assert set(kept) == set(self.people)
            for person in self.people.values():
                turn = kept[person["id"]]
                shown = "done" if turn.released_at is not None else turn.state
                assert shown == person["state"], (person, turn.state)
            in_line = [each["id"] for each in line.line() if each["state"] == "waiting"]
            waiting = [each for each in self.people.values() if each["state"] == "waiting"]
            assert in_line == [
                each["id"]
                for each in sorted(waiting, key=lambda each: (each["rank"], each["age"], each["id"]))
            ]

    run_state_machine_as_test(
        Line,
        settings=settings(
            max_examples=8,
            stateful_step_count=14,
            deadline=None,
            phases=[Phase.generate],
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

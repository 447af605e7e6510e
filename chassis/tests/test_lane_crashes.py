"""What ends the process that applies it is found and parked before the broker gives it up; nothing else is (CO-8)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lane_house import CLOSED, ENTRY, Crash, House, Time, brought, clear
from sqlalchemy import text

from chassis.events import unreadable
from chassis.inbox import BEHIND, CAME_TOO_OFTEN, CRASHES, OUT_OF_ORDER, UNREADABLE, ParkedEvent
from chassis.inbox_apply import DatabaseAway, Delivery
from chassis.inbox_course import RETRY_PAUSES_S, RETURNED_TOO_OFTEN, Course
from chassis.inbox_replay import CRASHES_AT_MOST, Replay
from chassis.testing import Clock, ServiceDatabase
from chassis.topology import INBOX_ARGUMENTS

pytestmark = pytest.mark.postgres


def come_too_often(*deliveries: Delivery) -> list[Delivery]:
    return [replace(each, returned=RETURNED_TOO_OFTEN) for each in deliveries]


def taken_aside(house: House, *deliveries: Delivery) -> None:
    course = Course(house.applier)
    course.take(come_too_often(*deliveries))
    assert len(Time().run(course)) == len(deliveries)


def crashes(house: House) -> int:
    """How often the process ends until nothing is left to be replayed."""
    deaths = 0
    while True:
        try:
            house.replay_all()
            return deaths
        except Crash:
            deaths += 1
            house.starts_again()


def test_what_came_too_often_is_settled_without_being_tried_and_the_rest_is_applied(house: House) -> None:
    course = Course(house.applier)
    often = come_too_often(brought("a", 1), brought("b", 1))
    course.take([*often, brought("b", 2), brought("c", 1)])
    settled = Time().run(course)

    assert house.effects() == [("c", 1)]
    assert house.parked() == [("a", 1, CAME_TOO_OFTEN), ("b", 1, CAME_TOO_OFTEN), ("b", 2, BEHIND)]
    assert (len(settled), course.taken_aside) == (4, 2)


def test_what_was_taken_aside_is_applied_in_order_and_nobody_has_to_ask(house: House) -> None:
    taken_aside(house, brought("a", 1), brought("b", 1), brought("a", 2), brought("cases", None, key=ENTRY))
    house.applier.apply([brought("a", 3), brought("c", 1)])
    house.replay_all()

    assert house.parked() == []
    assert [version for subject, version in house.effects() if subject == "a"] == [1, 2, 3]
    assert len(house.effects()) == 6
    house.applier.apply([brought("a", 4)])
    assert house.effects()[-1] == ("a", 4)


def test_taking_aside_knows_what_was_applied_before_and_what_came_too_late(house: House) -> None:
    first, second = brought("a", 1), brought("a", 2)
    house.applier.apply([first, second])
    taken_aside(house, first, brought("a", 1), second, brought("a", 3))

    assert house.parked() == [("a", 1, OUT_OF_ORDER), ("a", 3, CAME_TOO_OFTEN)]
    house.replay_all()
    assert house.effects() == [("a", 1), ("a", 2), ("a", 3)]


def test_what_came_too_often_behind_a_parked_event_waits_for_it(house: House) -> None:
    house.poisoned = {"a"}
    course = Course(house.applier)
    course.take([brought("a", 1)])
    Time().run(course)
    house.poisoned = set()

    taken_aside(house, brought("a", 2))
    house.replay_all()
    assert house.parked() == [("a", 1, "poisoned"), ("a", 2, BEHIND)]


def test_while_the_database_is_away_nothing_is_taken_aside_and_nothing_lost(house: House) -> None:
    course = Course(house.applier)
    course.take(come_too_often(brought("a", 1), brought("a", 2)))
    with house.database.owner.begin() as connection:
        connection.execute(text("ALTER TABLE parked_events RENAME TO hidden"))
    try:
        with pytest.raises(DatabaseAway):
            course.step(now=0.0)
        assert (course.waiting, course.take_settled()) == (2, ([], []))
    finally:
        with house.database.owner.begin() as connection:
            connection.execute(text("ALTER TABLE hidden RENAME TO parked_events"))
    Time().run(course)
    house.replay_all()
    assert house.effects() == [("a", 1), ("a", 2)]


def test_what_nobody_can_read_is_parked_for_somebody_to_look_at_and_tried_by_nobody(house: House) -> None:
    message = unreadable(b"{", key=CLOSED)
    course = Course(house.applier)
    course.take([Delivery(event=message, body=b"{", unreadable=True), brought("a", 1)])
    assert len(Time().run(course)) == 2

    assert house.parked() == [(message.subject, None, UNREADABLE)]
    assert house.effects() == [("a", 1)]
    assert not house.replay.one()
    assert (course.parked, course.taken_aside) == (1, 0)


# -- who is guilty -----------------------------------------------------------------------------------------------


def test_an_event_that_ends_its_process_alone_stays_parked_with_those_behind_it(house: House) -> None:
    house.deadly = {"b"}
    taken_aside(house, brought("a", 1), brought("b", 1), brought("b", 2), brought("c", 1))

    assert crashes(house) == CRASHES_AT_MOST
    assert house.effects() == [("a", 1), ("c", 1)]
    assert house.parked() == [("b", 1, CRASHES), ("b", 2, BEHIND)]
    with house.database.lane() as session:
        first = session.query(ParkedEvent).order_by(ParkedEvent.id).first()
        assert first is not None
        assert (first.attempts, first.replay_requested_at) == (CRASHES_AT_MOST, None)


def test_asking_again_for_what_still_ends_its_process_ends_as_few_and_then_it_stays(house: House) -> None:
    house.deadly = {"b"}
    taken_aside(house, brought("b", 1))
    crashes(house)
    house.ask_for_replay("b")
    assert crashes(house) == CRASHES_AT_MOST
    assert house.parked() == [("b", 1, CRASHES)]

    house.deadly = set()
    house.ask_for_replay("b")
    assert crashes(house) == 0
    assert house.effects() == [("b", 1)]


def test_a_process_that_ends_twice_by_chance_over_the_same_event_blames_it_not(house: House) -> None:
    taken_aside(house, brought("a", 1))
    house.crash_before_commit = True
    for _ in range(2):
        with pytest.raises(Crash):
            house.replay.one()
        house.starts_again()
        house.crash_before_commit = True
    house.starts_again()
    house.replay_all()
    assert house.effects() == [("a", 1)]


def test_a_database_that_goes_away_in_the_middle_blames_nobody(house: House) -> None:
    taken_aside(house, brought("a", 1))
    house.without_database = {"a"}
    for _ in range(CRASHES_AT_MOST + 2):
        with pytest.raises(DatabaseAway):
            house.replay.one()
    house.without_database = set()
    house.replay_all()
    assert house.effects() == [("a", 1)]


def test_two_replicas_that_lose_the_database_in_turn_blame_neither_each_other_nor_the_event(
    house: House,
) -> None:
    taken_aside(house, brought("a", 1))
    house.without_database = {"a"}
    replicas = [Replay(house.applier), Replay(house.applier)]
    for turn in range(2 * CRASHES_AT_MOST):
        with pytest.raises(DatabaseAway):
            replicas[turn % 2].one()
    house.without_database = set()
    house.replay_all()
    assert house.effects() == [("a", 1)]


def test_what_came_too_often_and_fails_is_tried_as_often_as_any_other(house: House, clock: Clock) -> None:
    house.poisoned = {"a"}
    taken_aside(house, brought("a", 1), brought("a", 2), brought("b", 1))
    house.replay_all()
    assert house.effects() == [("b", 1)]
    for pause in RETRY_PAUSES_S[:-1]:
        clock.advance(seconds=pause)
        house.replay_all()
    assert house.parked() == [("a", 1, CAME_TOO_OFTEN), ("a", 2, BEHIND)]

    clock.advance(seconds=RETRY_PAUSES_S[-1])
    house.replay_all()
    assert house.parked()[0] == ("a", 1, "poisoned")
    house.poisoned = set()
    clock.advance(minutes=1)
    house.replay_all()
    assert house.effects() == [("b", 1)], "it waits for somebody now"


# -- whatever happens --------------------------------------------------------------------------------------------


class Queue:
    """A quorum queue with one consumer: what is not acknowledged comes again, in order, and is counted."""

    def __init__(self, deliveries: list[Delivery]) -> None:
        self.waiting = deliveries
        self.under_way = 0

    def take(self, most: int) -> list[Delivery]:
        taken = self.waiting[self.under_way :][:most]
        self.under_way += len(taken)
        return taken

    def settle(self, deliveries: list[Delivery]) -> None:
        gone = {id(each) for each in deliveries}
        self.waiting = [each for each in self.waiting if id(each) not in gone]
        self.under_way -= len(gone)

    def connection_ends(self) -> None:
        back = [replace(each, returned=each.returned + 1) for each in self.waiting[: self.under_way]]
        self.waiting[: self.under_way] = back
        self.under_way = 0


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_with_crashes_and_doubles_each_event_takes_effect_once_and_in_order(
    made_for_lanes: ServiceDatabase, data: st.DataObject
) -> None:
    """Only what ends its process stays parked, and nothing is brought nearly as often as the broker allows."""
    clear(made_for_lanes)
    house = House(made_for_lanes)
    versions: dict[str, int] = {}
    published: list[Delivery] = []
    for subject in data.draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=15)):
        versions[subject] = versions.get(subject, 0) + 1
        published.append(brought(subject, versions[subject]))
        if data.draw(st.booleans()):
            again = data.draw(st.sampled_from(published))  # the relay publishes again after a crash
            published.append(Delivery(event=again.event, body=again.body))
    house.poisoned = set(data.draw(st.lists(st.sampled_from("abc"), max_size=1)))
    house.deadly = set(data.draw(st.lists(st.sampled_from("abc"), max_size=2))) - house.poisoned
    queue = Queue(published)
    by_chance, now, most_returned = 0, 0.0, 0
    while queue.waiting:
        course = Course(house.applier)
        try:
            while queue.waiting:
                course.take(queue.take(data.draw(st.integers(1, 6))))
                fate = data.draw(st.sampled_from(["well", "before", "after"])) if by_chance < 6 else "well"
                by_chance += fate != "well"
                house.crash_before_commit, house.crash_after_commit = fate == "before", fate == "after"
                now += 5.0
                course.step(now=now)
                queue.settle(course.take_settled()[0])
                house.crash_before_commit = house.crash_after_commit = False
                house.replay_all()
        except Crash:
            house.starts_again()
            queue.connection_ends()
            most_returned = max(most_returned, *(each.returned for each in queue.waiting), 0)
    crashes(house)
    still = {subject for subject, _, _ in house.parked()}
    assert still <= house.poisoned | house.deadly
    reasons = {reason for subject, _, reason in house.parked() if subject in house.deadly}
    assert reasons <= {CRASHES, BEHIND}
    assert most_returned < INBOX_ARGUMENTS["x-delivery-limit"] / 2
    house.poisoned = house.deadly = set()
    for subject in still:
        house.ask_for_replay(subject)
    house.replay_all()
    assert house.parked() == []
    for subject, last in versions.items():
        assert [version for of, version in house.effects() if of == subject] == list(range(1, last + 1))

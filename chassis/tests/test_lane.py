"""Events applied once and in order: the lane's rules on a real database."""

from __future__ import annotations

import pytest
from lane_house import CLOSED, ENTRY, OPENED, House, Time, brought
from sqlalchemy import text

from chassis.doors import event
from chassis.events import Received
from chassis.inbox import BEHIND, OUT_OF_ORDER
from chassis.inbox_apply import Applier, DatabaseAway, HandlerFailed
from chassis.inbox_course import RETRY_PAUSES_S, Course
from chassis.work import Work

pytestmark = pytest.mark.postgres


# -- one transaction -------------------------------------------------------------------------------------------


def test_a_batch_is_applied_in_order_in_one_transaction(house: House) -> None:
    outcome = house.applier.apply([brought("a", 1), brought("b", 1), brought("a", 2, key=CLOSED)])
    assert house.effects() == [("a", 1), ("b", 1), ("a", 2)]
    assert len(outcome.applied) == 3


def test_an_event_that_comes_again_has_no_second_effect(house: House) -> None:
    first = brought("a", 1)
    house.applier.apply([first])
    outcome = house.applier.apply([first, brought("a", 2), first])
    assert house.effects() == [("a", 1), ("a", 2)]
    assert outcome.doubles == 2


def test_an_event_twice_in_one_batch_has_one_effect(house: House) -> None:
    twice = brought("a", 1)
    house.applier.apply([twice, twice])
    assert house.effects() == [("a", 1)]


def test_neighbours_of_a_batch_handler_go_in_one_call(house: House) -> None:
    batch = [brought("cases", None, key=ENTRY) for _ in range(5)]
    house.applier.apply([*batch, brought("a", 1), brought("cases", None, key=ENTRY)])
    assert house.calls == 3
    assert len(house.effects()) == 7


def test_an_event_that_nobody_here_understands_is_let_go(house: House) -> None:
    outcome = house.applier.apply([brought("a", 1, key="cases.case.renamed.v9"), brought("a", 2)])
    assert outcome.ignored == 1
    assert house.effects() == [("a", 2)]


def test_when_a_handler_fails_nothing_of_the_batch_is_kept_and_the_event_is_named(house: House) -> None:
    poison = brought("a", 2, poison=True)
    with pytest.raises(HandlerFailed) as failed:
        house.applier.apply([brought("b", 1), poison, brought("c", 1)])
    assert list(failed.value.deliveries) == [poison]
    assert failed.value.reason == "poisoned"
    assert house.effects() == []


def test_a_version_older_than_what_was_applied_is_parked_and_later_ones_flow(house: House) -> None:
    house.applier.apply([brought("a", 5)])
    house.applier.apply([brought("a", 3), brought("a", 6), brought("a", 7)])
    assert house.effects() == [("a", 5), ("a", 6), ("a", 7)]
    assert house.parked() == [("a", 3, OUT_OF_ORDER)]


def test_an_unreachable_database_is_no_fault_of_the_event(house: House) -> None:
    with house.database.owner.begin() as connection:
        connection.execute(text("ALTER TABLE inbox_seen RENAME TO hidden"))
    try:
        with pytest.raises(DatabaseAway):
            house.applier.apply([brought("a", 1)])
    finally:
        with house.database.owner.begin() as connection:
            connection.execute(text("ALTER TABLE hidden RENAME TO inbox_seen"))
    assert house.parked() == []


def test_a_session_that_the_database_ends_is_no_fault_of_the_event(house: House) -> None:
    def ends_its_session(work: Work, *, event: Received) -> None:
        work.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    applier = Applier(subscriptions=[event(OPENED, do=ends_its_session)], open_work=house.open_work)
    with pytest.raises(DatabaseAway):
        applier.apply([brought("a", 1)])


# -- failing events --------------------------------------------------------------------------------------------


def test_a_failing_event_is_tried_again_with_growing_pauses_then_parked_with_those_behind_it(
    house: House,
) -> None:
    course, time = Course(house.applier), Time()
    house.poisoned = {"a"}
    course.take([brought("b", 1), brought("a", 1), brought("a", 2), brought("b", 2), brought("a", 3)])
    settled = time.run(course)
    assert house.effects() == [("b", 1), ("b", 2)]
    assert house.parked() == [("a", 1, "poisoned"), ("a", 2, BEHIND), ("a", 3, BEHIND)]
    assert [pause for pause in time.pauses if pause] == pytest.approx(list(RETRY_PAUSES_S))
    assert len(settled) == 5


def test_other_subjects_flow_while_one_is_tried_again(house: House) -> None:
    course = Course(house.applier)
    house.poisoned = {"a"}
    course.take([brought("a", 1), brought("b", 1)])
    course.step(now=0.0)
    course.take([brought("b", 2), brought("a", 2), brought("c", 1)])
    course.step(now=0.01)
    assert house.effects() == [("b", 1), ("b", 2), ("c", 1)]
    assert course.waiting == 2


def test_an_event_that_succeeds_at_last_is_followed_by_those_behind_it_in_order(house: House) -> None:
    course, time = Course(house.applier), Time()
    house.poisoned = {"a"}
    course.take([brought("a", 1), brought("a", 2)])
    course.step(now=0.0)
    house.poisoned = set()
    course.take([brought("a", 3)])
    time.run(course)
    assert house.effects() == [("a", 1), ("a", 2), ("a", 3)]
    assert house.parked() == []


def test_of_a_failing_batch_only_the_poisoned_events_are_parked(house: House) -> None:
    course, time = Course(house.applier), Time()
    entries = [brought("cases", None, key=ENTRY, poison=number == 3) for number in range(8)]
    course.take(entries)
    time.run(course)
    assert len(house.effects()) == 7
    assert house.parked() == [("cases", None, "poisoned")]
    course.take([brought("cases", None, key=ENTRY)])
    time.run(course)
    assert len(house.effects()) == 8


def test_later_events_of_a_parked_subject_are_parked_behind_it(house: House) -> None:
    course, time = Course(house.applier), Time()
    house.poisoned = {"a"}
    course.take([brought("a", 1)])
    time.run(course)
    house.poisoned = set()
    course.take([brought("a", 2), brought("b", 1), brought("a", 3)])
    time.run(course)
    assert house.effects() == [("b", 1)]
    assert [version for _, version, _ in house.parked()] == [1, 2, 3]


def test_the_reason_of_a_parked_event_holds_no_text(house: House) -> None:
    course, time = Course(house.applier), Time()
    course.take([brought("a", 1, poison=True, note="private")])
    time.run(course)
    [(_, _, reason)] = house.parked()
    assert reason == "poisoned"


def test_when_the_database_is_away_the_course_keeps_everything_and_goes_on_later(house: House) -> None:
    course, time = Course(house.applier), Time()
    with house.database.owner.begin() as connection:
        connection.execute(text("ALTER TABLE inbox_seen RENAME TO hidden"))
    course.take([brought("a", 1), brought("a", 2)])
    for _ in range(3):
        with pytest.raises(DatabaseAway):
            course.step(now=0.0)
    with house.database.owner.begin() as connection:
        connection.execute(text("ALTER TABLE hidden RENAME TO inbox_seen"))
    assert len(time.run(course)) == 2
    assert house.effects() == [("a", 1), ("a", 2)]

"""Parked events applied after all, in order, when somebody asks; and what was seen long ago is forgotten (rule 6)."""

from __future__ import annotations

from uuid import uuid4

import pytest
from lane_house import House, Time, brought
from sqlalchemy import text

from chassis import inbox
from chassis.inbox import ParkedEvent
from chassis.inbox_course import RETRY_PAUSES_S, Course

pytestmark = pytest.mark.postgres


def park_a_subject(house: House) -> None:
    course, time = Course(house.applier), Time()
    house.poisoned = {"a"}
    course.take([brought("a", 1), brought("a", 2), brought("b", 1)])
    time.run(course)
    course.take([brought("a", 3)])
    time.run(course)


def test_a_replay_applies_the_parked_events_of_a_subject_in_order(house: House) -> None:
    park_a_subject(house)
    house.poisoned = set()
    house.ask_for_replay("a")
    house.replay_all()
    assert house.effects() == [("b", 1), ("a", 1), ("a", 2), ("a", 3)]
    assert house.parked() == []
    house.applier.apply([brought("a", 4)])
    assert house.effects()[-1] == ("a", 4)


def test_what_was_parked_behind_after_the_request_is_replayed_too(house: House) -> None:
    park_a_subject(house)
    house.poisoned = set()
    house.ask_for_replay("a")
    house.applier.apply([brought("a", 4)])
    house.replay_all()
    assert [version for subject, version in house.effects() if subject == "a"] == [1, 2, 3, 4]
    assert house.parked() == []


def test_a_replay_that_fails_again_is_taken_back_for_the_whole_subject(house: House) -> None:
    park_a_subject(house)
    house.ask_for_replay("a")
    house.replay_all()
    assert [version for _, version, _ in house.parked()] == [1, 2, 3]
    with house.database.lane() as session:
        rows = session.query(ParkedEvent).order_by(ParkedEvent.id).all()
    assert [row.replay_requested_at for row in rows] == [None, None, None]
    assert rows[0].attempts == len(RETRY_PAUSES_S) + 2


def test_a_replay_of_a_later_event_waits_for_the_earlier_ones(house: House) -> None:
    park_a_subject(house)
    house.poisoned = set()
    with house.database.lane.begin() as session:
        session.execute(text("UPDATE parked_events SET replay_requested_at = now() WHERE version = 2"))
    house.replay_all()
    assert house.effects() == [("b", 1)]


def test_an_event_seen_long_ago_is_forgotten(house: House) -> None:
    house.applier.apply([brought("a", 1), brought("a", 2)])
    with house.database.lane.begin() as session:
        session.execute(text("UPDATE inbox_seen SET seen_at = seen_at - interval '31 days'"))
        session.execute(
            text("INSERT INTO inbox_seen (event_id, seen_at) VALUES (:id, now())"), {"id": uuid4()}
        )
    assert house.applier.forget_old() == 2
    with house.database.lane() as session:
        assert session.query(inbox.InboxSeen).count() == 1

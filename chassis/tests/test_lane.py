"""Events applied once and in order: the lane's rules on a real database, then with a broker and processes that die."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from chassis import inbox
from chassis.doors import event, events
from chassis.errors import RuleBroken
from chassis.events import Event, Received, decode, encode
from chassis.inbox import BEHIND, OUT_OF_ORDER, ParkedEvent
from chassis.inbox_apply import Applier, DatabaseAway, Delivery, HandlerFailed
from chassis.inbox_course import RETRY_PAUSES_S, Course
from chassis.testing import ServiceDatabase, created_from_models, scratch_database
from chassis.work import Work, lane_work

OPENED, CLOSED, ENTRY = "cases.case.opened.v1", "cases.case.closed.v1", "cases.access.recorded.v1"
pytestmark = pytest.mark.postgres


class Poisoned(RuleBroken):
    code = "poisoned"
    title = "The test forbids it"


class Crash(BaseException):
    """The process ends here."""


@pytest.fixture(scope="module")
def made(sample_contracts: None) -> Iterator[ServiceDatabase]:
    with scratch_database("intake", prepare=created_from_models) as database:
        with database.owner.begin() as connection:
            connection.execute(
                text(
                    "CREATE TABLE effects (n bigserial, event_id uuid, subject text, version bigint, call int)"
                )
            )
            connection.execute(text("GRANT ALL ON effects, effects_n_seq TO PUBLIC"))
        yield database


@pytest.fixture
def database(made: ServiceDatabase) -> ServiceDatabase:
    clear(made)
    return made


def clear(database: ServiceDatabase) -> None:
    with database.owner.begin() as connection:
        connection.execute(
            text("TRUNCATE effects, inbox_seen, inbox_subjects, parked_events RESTART IDENTITY")
        )


class House:
    """A service whose handlers write a row for each event, refuse what is poisoned, and can be made to crash."""

    def __init__(self, database: ServiceDatabase) -> None:
        self.database = database
        self.poisoned: set[str] = set()
        self.calls = 0
        self.crash_before_commit = False
        self.crash_after_commit = False
        self.applier = Applier(
            subscriptions=[
                event(OPENED, do=self.one),
                event(CLOSED, do=self.one),
                events("*.access.*.v1", do=self.many),
            ],
            open_work=self.open_work,
        )

    @contextmanager
    def open_work(self, batch: list[Received]) -> Iterator[Work]:
        with lane_work(self.database.lane, service="intake") as work:
            yield work
            if self.crash_before_commit:
                raise Crash
        if self.crash_after_commit:
            raise Crash

    def one(self, work: Work, *, event: Received) -> None:
        self.many(work, events=[event])

    def many(self, work: Work, *, events: list[Received]) -> None:
        self.calls += 1
        for each in events:
            if each.subject in self.poisoned or each.data.get("poison"):
                raise Poisoned(f"a text that may name a person: {each.data}")
            work.session.execute(
                text("INSERT INTO effects (event_id, subject, version, call) VALUES (:e, :s, :v, :c)"),
                {"e": each.id, "s": each.subject, "v": each.version, "c": self.calls},
            )

    def effects(self) -> list[tuple[str, int | None]]:
        with self.database.lane() as session:
            return [
                tuple(row) for row in session.execute(text("SELECT subject, version FROM effects ORDER BY n"))
            ]

    def parked(self) -> list[tuple[str, int | None, str]]:
        with self.database.lane() as session:
            rows = session.query(ParkedEvent).order_by(ParkedEvent.id)
            return [(row.subject, row.version, row.reason) for row in rows]

    def ask_for_replay(self, subject: str) -> None:
        with self.database.lane.begin() as session:
            session.execute(
                text("UPDATE parked_events SET replay_requested_at = now() WHERE subject = :s"),
                {"s": subject},
            )

    def replay_all(self) -> None:
        while self.applier.replay_one():
            pass


@pytest.fixture
def house(database: ServiceDatabase) -> House:
    return House(database)


def brought(
    subject: str, version: int | None, *, key: str = OPENED, id: UUID | None = None, **data: Any
) -> Delivery:
    happened = Event(key=key, subject=subject, data=data, id=id or uuid4(), time=datetime.now(UTC))
    body = encode(happened, source="cases", version=version, traceparent=None)
    return Delivery(event=decode(body), body=body)


class Time:
    """Moves on as far as the course asks."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def run(self, course: Course) -> list[Delivery]:
        settled = []
        while course.waiting:
            pause = course.next_event(now=self.now, at_most=60.0)
            self.pauses.append(pause)
            self.now += pause
            course.step(now=self.now)
            settled += course.take_settled()[0]
        return settled


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


# -- replay ----------------------------------------------------------------------------------------------------


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


# -- whatever happens ------------------------------------------------------------------------------------------


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_with_crashes_and_doubles_each_event_takes_effect_once_and_in_order(
    made: ServiceDatabase, data: st.DataObject
) -> None:
    """The queue gives what was not acknowledged again, in order, as a quorum queue does for its one consumer."""
    clear(made)
    house = House(made)
    versions: dict[str, int] = {}
    queue: list[Delivery] = []
    for subject in data.draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=15)):
        versions[subject] = versions.get(subject, 0) + 1
        queue.append(brought(subject, versions[subject]))
        if data.draw(st.booleans()):
            again = data.draw(st.sampled_from(queue))  # the relay publishes again after a crash
            queue.append(Delivery(event=again.event, body=again.body))
    house.poisoned = set(data.draw(st.lists(st.sampled_from("abc"), max_size=1)))
    crashes, now = 0, 0.0
    while queue:
        course, at = Course(house.applier), 0
        try:
            while queue:
                upto = at + data.draw(st.integers(1, 6))
                course.take(queue[at:upto])
                at = min(upto, len(queue))
                fate = data.draw(st.sampled_from(["well", "before", "after"])) if crashes < 6 else "well"
                crashes += fate != "well"
                house.crash_before_commit, house.crash_after_commit = fate == "before", fate == "after"
                now += 5.0
                course.step(now=now)
                settled = course.take_settled()[0]
                for each in settled:
                    queue.remove(each)
                at -= len(settled)
                house.crash_before_commit = house.crash_after_commit = False
                while course.waiting and at >= len(queue):
                    now += 5.0
                    course.step(now=now)
                    settled = course.take_settled()[0]
                    for each in settled:
                        queue.remove(each)
                    at -= len(settled)
        except Crash:
            house.crash_before_commit = house.crash_after_commit = False
    house.poisoned = set()
    for subject in "abc":
        house.ask_for_replay(subject)
    house.replay_all()
    assert house.parked() == []
    for subject, last in versions.items():
        assert [version for of, version in house.effects() if of == subject] == list(range(1, last + 1))

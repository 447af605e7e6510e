"""The outbox: versions, order, and a relay that may die at any moment."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event as engine_events
from sqlalchemy import text

from chassis import moment, outbox
from chassis.events import Event, decode, event
from chassis.outbox_flight import LONGEST_REST_S, Flight, Row
from chassis.outbox_pace import POLL_S, Pace
from chassis.testing import ServiceDatabase, created_from_models, scratch_database
from chassis.testing_messages import Program, Tap, eventually, fresh_vhost

WORKER = str(Path(__file__).parent / "messages_worker.py")
OPENED, CLOSED, UNKNOWN = "cases.case.opened.v1", "cases.case.closed.v1", "cases.case.misspelt.v1"
CONTRACTS = {OPENED: {"consumers": ["intake"]}, CLOSED: {"consumers": ["intake"]}}


@pytest.fixture(scope="module")
def made(sample_contracts: None) -> Iterator[ServiceDatabase]:
    with scratch_database("cases", prepare=created_from_models) as database:
        yield database


@pytest.fixture
def database(made: ServiceDatabase) -> ServiceDatabase:
    with made.owner.begin() as connection:
        connection.execute(text("TRUNCATE outbox, subject_versions RESTART IDENTITY"))
    return made


@pytest.fixture(scope="module")
def urls() -> Iterator[dict[str, str]]:
    with fresh_vhost(events=CONTRACTS) as vhost:
        yield vhost


@pytest.fixture
def tap(urls: dict[str, str]) -> Iterator[Tap]:
    heard = Tap(urls["admin"], exchange="icm.events")
    yield heard
    heard.close()


def write(database: ServiceDatabase, *events: Event, traceparent: str | None = None) -> None:
    with database.door.begin() as session:
        outbox.append(session, events, source="cases", traceparent=traceparent)


def rows(database: ServiceDatabase) -> list[tuple[str, int | None]]:
    with database.lane() as session:
        found = session.query(outbox.OutboxMessage).order_by(outbox.OutboxMessage.id)
        return [(row.subject, row.subject_version) for row in found]


def relay(database: ServiceDatabase, urls: dict[str, str]) -> Program:
    given = {
        "part": "relay",
        "service": "cases",
        "amqp_url": urls["cases"],
        "database_url": database.lane_url,
    }
    return Program([WORKER, json.dumps(given)])


def opened(subject: str, number: int = 0) -> Event:
    return event(OPENED, subject=subject, data={"number": number})


# -- writing ---------------------------------------------------------------------------------------------------


@pytest.mark.postgres
def test_each_subject_counts_its_events(database: ServiceDatabase) -> None:
    write(database, opened("a"), opened("b"), opened("a"))
    write(database, opened("b"), opened("c"), opened("a"))
    assert rows(database) == [("a", 1), ("b", 1), ("a", 2), ("b", 2), ("c", 1), ("a", 3)]


@pytest.mark.postgres
def test_the_version_is_in_the_body_that_will_be_published(database: ServiceDatabase) -> None:
    write(database, opened("ä"), opened("ä"), traceparent="00-" + "1" * 32 + "-" + "2" * 16 + "-01")
    with database.lane() as session:
        bodies = [row.body for row in session.query(outbox.OutboxMessage).order_by(outbox.OutboxMessage.id)]
    assert [decode(body).version for body in bodies] == [1, 2]
    assert {decode(body).subject for body in bodies} == {"ä"}
    assert {decode(body).source for body in bodies} == {"cases"}
    assert all(json.loads(body)["traceparent"] for body in bodies)


@pytest.mark.postgres
def test_an_event_without_order_has_no_version_and_locks_nothing(database: ServiceDatabase) -> None:
    entry = Event(key="cases.access.recorded.v1", subject="cases", data={}, ordered=False)
    with database.door.begin() as first:
        outbox.append(first, [entry], source="cases", traceparent=None)
        with database.door.begin() as second:
            other = Event(key="cases.access.recorded.v1", subject="cases", data={}, ordered=False)
            outbox.append(second, [other], source="cases", traceparent=None)
    assert rows(database) == [("cases", None), ("cases", None)]


@pytest.mark.postgres
def test_what_is_rolled_back_leaves_no_event_and_no_gap(database: ServiceDatabase) -> None:
    with pytest.raises(ZeroDivisionError), database.door.begin() as session:
        outbox.append(session, [opened("a")], source="cases", traceparent=None)
        raise ZeroDivisionError
    write(database, opened("a"))
    assert rows(database) == [("a", 1)]


@pytest.mark.postgres
def test_many_events_cost_one_statement(database: ServiceDatabase) -> None:
    statements: list[str] = []
    engine = database.door.kw["bind"]
    engine_events.listen(engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    write(database, *(opened(f"s{number % 7}", number) for number in range(300)))
    assert len([each for each in statements if "outbox" in each]) == 1
    assert len(rows(database)) == 300


@pytest.mark.postgres
def test_of_one_subject_a_later_event_never_has_a_lower_id(database: ServiceDatabase) -> None:
    def many(number: int) -> None:
        for _ in range(20):
            write(database, opened("shared", number), opened(f"own-{number}", number))

    threads = [threading.Thread(target=many, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shared = [version for subject, version in rows(database) if subject == "shared"]
    assert shared == list(range(1, 81))


@pytest.mark.postgres
def test_two_transactions_with_the_same_subjects_do_not_wait_for_each_other_for_ever(
    database: ServiceDatabase,
) -> None:
    def many(subjects: tuple[str, ...]) -> None:
        for _ in range(30):
            write(database, *(opened(each) for each in subjects))

    threads = [threading.Thread(target=many, args=(each,)) for each in (("a", "b", "c"), ("c", "b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rows(database)) == 180


# -- the rules of the air --------------------------------------------------------------------------------------


def row(number: int, subject: str | None, *, key: str = OPENED) -> Row:
    return Row(
        id=number, event_id=UUID(int=number), key=key, subject=subject or "cases",
        subject_version=None if subject is None else number, body=b"{}", traceparent=None,
        created_at=moment.now(),
    )  # fmt: skip


def test_only_one_message_of_a_subject_is_in_the_air() -> None:
    flight = Flight()
    assert [each.id for each in flight.admit([row(1, "a"), row(2, "a"), row(3, "b"), row(4, "a")])] == [1, 3]


def test_messages_without_order_fly_together() -> None:
    assert len(Flight().admit([row(number, None) for number in range(50)])) == 50


def test_an_unroutable_message_holds_back_its_subject_and_no_other() -> None:
    flight = Flight()
    for each in flight.admit([row(1, "a", key=UNKNOWN), row(2, "a"), row(3, "b")]):
        flight.sent(each)
    flight.returned(UUID(int=1))
    assert flight.confirmed(2, multiple=True, now=0.0) == []
    assert flight.take_done() == [3]
    assert list(flight.resting_keys) == [UNKNOWN]
    assert list(flight.held) == [3]


def test_the_rest_of_an_unroutable_key_grows_and_ends() -> None:
    flight, now, rests = Flight(), 0.0, []
    for number in range(12):
        [each] = flight.admit([row(number, None, key=UNKNOWN)])
        flight.sent(each)
        flight.returned(each.event_id)
        flight.confirmed(number + 1, multiple=False, now=now)
        rests.append(flight.resting_keys[UNKNOWN] - now)
        now = flight.resting_keys[UNKNOWN]
        flight.rested(now=now)
        assert not flight.resting_keys
    assert rests == sorted(rests)
    assert rests[-1] == LONGEST_REST_S


@given(st.data())
def test_whatever_the_broker_answers_each_subject_is_published_in_order(data: st.DataObject) -> None:
    subjects = data.draw(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=30))
    flight, now = Flight(), 0.0
    air: list[tuple[int, Row]] = []
    published: list[Row] = []
    tag = refusals = 0

    def send(free: list[Row]) -> None:
        nonlocal tag
        for each in free:
            tag += 1
            flight.sent(each)
            air.append((tag, each))

    send(flight.admit([row(number, subject) for number, subject in enumerate(subjects, 1)]))
    while air or flight.next_event(now=now, at_most=1.0) < 1.0:
        assert len({each.subject for _, each in air if each.ordered}) == sum(each.ordered for _, each in air)
        now += 1.0
        send(flight.rested(now=now))
        if not air:
            continue
        at = data.draw(st.integers(0, len(air) - 1))
        multiple = data.draw(st.booleans())
        landed = air[: at + 1] if multiple else [air[at]]
        air = [each for each in air if each not in landed]
        if refusals < 20 and data.draw(st.booleans()):
            refusals += flight.refused(landed[-1][0], multiple=multiple, now=now)
        else:
            published += [each for _, each in landed]
            send(flight.confirmed(landed[-1][0], multiple=multiple, now=now))
    assert sorted(flight.take_done()) == [each.id for each in sorted(published, key=lambda each: each.id)]
    assert len(published) == len(subjects)
    for subject in ("a", "b", "c"):
        versions = [each.subject_version for each in published if each.ordered and each.subject == subject]
        assert versions == sorted(versions)


def test_a_busy_outbox_is_looked_into_and_a_quiet_one_rings() -> None:
    pace, now = Pace(), 100.0
    assert not pace.busy(now=now)
    for _ in range(6):
        now += 0.01
        pace.found(3, now=now)
    assert pace.busy(now=now)
    assert not pace.busy(now=now + 1)
    waits = [pace.patience() for _ in range(10)]
    assert waits[0] < 0.1
    assert waits[-1] == POLL_S


# -- the relay -------------------------------------------------------------------------------------------------


def versions_heard(tap: Tap, subject: str) -> list[int | None]:
    heard = [decode(message.body) for message in tap.drain()]
    return [each.version for each in heard if each.subject == subject]


@pytest.mark.postgres
@pytest.mark.broker
def test_committed_events_are_published_in_order_and_deleted(
    database: ServiceDatabase, urls: dict[str, str], tap: Tap
) -> None:
    for number in range(20):
        write(database, opened("a", number), opened("b", number), event(CLOSED, subject="a", data={}))
    with relay(database, urls):
        eventually(lambda: not rows(database))
    assert versions_heard(tap, "a") == list(range(1, 41))
    assert versions_heard(tap, "b") == list(range(1, 21))
    assert {m.properties["delivery_mode"] for m in tap.heard} == {2}


@pytest.mark.postgres
@pytest.mark.broker
def test_a_relay_that_waits_is_woken_by_the_commit(
    database: ServiceDatabase, urls: dict[str, str], tap: Tap
) -> None:
    with relay(database, urls) as working:
        eventually(lambda: working.ask(do="figures")["active"])
        for number in range(5):
            write(database, opened("a", number))
            eventually(lambda number=number: len(tap.drain()) == number + 1, within_s=10)


@pytest.mark.postgres
@pytest.mark.broker
def test_an_unroutable_event_stays_and_stops_no_other_subject(
    database: ServiceDatabase, urls: dict[str, str]
) -> None:
    write(database, opened("a"), event(UNKNOWN, subject="a", data={}), opened("a"), opened("b"), opened("b"))
    with relay(database, urls) as working:
        eventually(lambda: rows(database) == [("a", 2), ("a", 3)])
        figures = eventually(lambda: (told := working.ask(do="figures"))["returned"] and told)
        assert figures["unroutable_keys"] == 1
        assert figures["published"] == 3
        other = Tap(urls["admin"], exchange="icm.events", key=UNKNOWN)
        eventually(lambda: not rows(database))
        assert [m.delivery_info["routing_key"] for m in other.drain()] == [UNKNOWN]
        other.close()


@pytest.mark.postgres
@pytest.mark.broker
def test_of_two_relays_one_works_and_the_other_takes_over(
    database: ServiceDatabase, urls: dict[str, str], tap: Tap
) -> None:
    with relay(database, urls) as first:
        eventually(lambda: first.ask(do="figures")["active"])
        with relay(database, urls) as second:
            write(database, opened("a"))
            eventually(lambda: not rows(database))
            assert second.ask(do="figures")["active"] == 0
            first.kill()
            write(database, opened("a"))
            eventually(lambda: not rows(database))
            assert second.ask(do="figures")["active"] == 1
    assert versions_heard(tap, "a") == [1, 2]


@contextmanager
def deletion_that_crashes(database: ServiceDatabase, *, times: int) -> Iterator[None]:
    """The database ends the relay's session at its first deletions: after the confirm, before the row is gone."""
    with database.owner.begin() as connection:
        connection.execute(text("CREATE SEQUENCE crashes"))
        connection.execute(text("GRANT USAGE ON SEQUENCE crashes TO PUBLIC"))
        crash = (
            f"IF nextval('crashes') <= {times} THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF"
        )
        body = f"{crash}; RETURN OLD;"
        connection.execute(
            text(f"CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
        )
        connection.execute(
            text("CREATE TRIGGER crash BEFORE DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION crash()")
        )
    try:
        yield
    finally:
        with database.owner.begin() as connection:
            connection.execute(text("DROP TRIGGER crash ON outbox"))
            connection.execute(text("DROP FUNCTION crash"))
            connection.execute(text("DROP SEQUENCE crashes"))


@pytest.mark.postgres
@pytest.mark.broker
def test_a_crash_between_confirm_and_deletion_publishes_again_and_loses_nothing(
    database: ServiceDatabase, urls: dict[str, str], tap: Tap
) -> None:
    with deletion_that_crashes(database, times=2), relay(database, urls) as working:
        write(database, opened("a"), opened("a"), opened("b"))
        eventually(lambda: not rows(database))
        assert working.ask(do="figures")["database_errors"] == 2
    heard = versions_heard(tap, "a")
    assert list(dict.fromkeys(heard)) == [1, 2]  # a double may follow; its first coming is in order
    assert len(heard) + len(versions_heard(tap, "b")) > 3


@pytest.mark.postgres
@pytest.mark.broker
def test_killing_relays_again_and_again_loses_and_reorders_nothing(
    database: ServiceDatabase, urls: dict[str, str], tap: Tap
) -> None:
    for _ in range(3):
        with relay(database, urls) as doomed:
            for number in range(40):
                write(database, opened("a", number), opened(str(uuid4()), number))
            doomed.kill()
    with relay(database, urls):
        eventually(lambda: not rows(database))
    first_times = list(dict.fromkeys(versions_heard(tap, "a")))
    assert first_times == list(range(1, 121))

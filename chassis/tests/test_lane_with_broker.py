"""The lane in processes of its own that die, lose the broker, lose the database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import amqp
import pytest
from sqlalchemy import make_url, text

from chassis import outbox
from chassis.events import Event, encode, event
from chassis.frames import address
from chassis.testing import ServiceDatabase, created_from_models, scratch_database
from chassis.testing_messages import FailingProxy, Program, connect, eventually, fresh_vhost

WORKER = str(Path(__file__).parent / "messages_worker.py")
OPENED, CLOSED = "cases.case.opened.v1", "cases.case.closed.v1"
CONTRACTS = {OPENED: {"consumers": ["intake"]}, CLOSED: {"consumers": ["intake"]}}
pytestmark = [pytest.mark.postgres, pytest.mark.broker]


@pytest.fixture(scope="module")
def made(sample_contracts: None) -> Iterator[ServiceDatabase]:
    with scratch_database("intake", prepare=created_from_models) as database:
        with database.owner.begin() as connection:
            connection.execute(
                text(
                    "CREATE TABLE effects (n bigserial, event_id uuid, subject text, version bigint, pid int)"
                )
            )
            connection.execute(text("CREATE TABLE poison (subject text)"))
            connection.execute(text("GRANT ALL ON effects, effects_n_seq, poison TO PUBLIC"))
        yield database


@pytest.fixture
def database(made: ServiceDatabase) -> ServiceDatabase:
    with made.owner.begin() as connection:
        tables = "effects, poison, inbox_seen, inbox_subjects, parked_events, outbox, subject_versions"
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
    return made


@pytest.fixture
def urls() -> Iterator[dict[str, str]]:
    with fresh_vhost(events=CONTRACTS) as vhost:
        yield vhost


class Bus:
    """Publishes for `cases`, each subject in order, waiting for the broker's confirm."""

    def __init__(self, url: str) -> None:
        self._connection = connect(url)
        self._channel = self._connection.channel()
        self._channel.confirm_select()
        self._versions: dict[str, int] = {}

    def publish(
        self, subject: str, *, key: str = OPENED, id: UUID | None = None, version: int | None = None
    ) -> UUID:
        if version is None:
            version = self._versions[subject] = self._versions.get(subject, 0) + 1
        happened = Event(key=key, subject=subject, data={}, id=id or uuid4(), time=datetime.now(UTC))
        self.publish_body(encode(happened, source="cases", version=version, traceparent=None), key=key)
        return happened.id

    def publish_body(self, body: bytes, *, key: str = OPENED) -> None:
        message = amqp.Message(body, delivery_mode=2)
        self._channel.basic_publish_confirm(message, "icm.events", key, mandatory=True, confirm_timeout=20)

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def bus(urls: dict[str, str]) -> Iterator[Bus]:
    made = Bus(urls["cases"])
    yield made
    made.close()


def lane(url: str, database_url: str, **settings: str) -> Program:
    given = {"part": "lane", "service": "intake", "amqp_url": url, "database_url": database_url, **settings}
    return Program([WORKER, json.dumps(given)])


def effects(database: ServiceDatabase, subject: str | None = None) -> list[int]:
    query = "SELECT version FROM effects WHERE :s = '' OR subject = :s ORDER BY n"
    with database.lane() as session:
        return list(session.scalars(text(query), {"s": subject or ""}))


def workers(database: ServiceDatabase) -> set[int]:
    with database.lane() as session:
        return set(session.scalars(text("SELECT DISTINCT pid FROM effects")))


def waiting_in(queue: str, urls: dict[str, str]) -> int:
    with connect(urls["admin"]) as connection:
        return int(connection.channel().queue_declare(queue, passive=True).message_count)


def test_events_are_applied_in_order_and_acknowledged(
    database: ServiceDatabase, urls: dict[str, str], bus: Bus
) -> None:
    for _ in range(60):
        bus.publish("a")
        bus.publish("b", key=CLOSED)
    with lane(urls["intake"], database.lane_url) as working:
        eventually(lambda: len(effects(database)) == 120)
        assert effects(database, "a") == list(range(1, 61))
        assert effects(database, "b") == list(range(1, 61))
        figures = working.ask(do="figures")
        assert (figures["applied"], figures["doubles"], figures["is_ready"]) == (120, 0, True)
    eventually(lambda: waiting_in("intake.inbox", urls) == 0)


def test_a_death_between_commit_and_acknowledgement_doubles_nothing(
    database: ServiceDatabase, urls: dict[str, str], bus: Bus, tmp_path: Path
) -> None:
    crash = tmp_path / "crash"
    crash.touch()
    for _ in range(10):
        bus.publish("a")
    with lane(urls["intake"], database.lane_url, crash_once=str(crash)) as doomed:
        eventually(lambda: doomed.ended)
    assert effects(database, "a")
    with lane(urls["intake"], database.lane_url) as working:
        bus.publish("a")
        eventually(lambda: effects(database, "a") == list(range(1, 12)))
        assert working.ask(do="figures")["doubles"] > 0
    eventually(lambda: waiting_in("intake.inbox", urls) == 0)


def test_a_connection_that_breaks_again_and_again_loses_doubles_and_reorders_nothing(
    database: ServiceDatabase, urls: dict[str, str], bus: Bus
) -> None:
    where = address(urls["intake"])
    proxy = FailingProxy(host=where.host, port=where.port)
    url = urls["intake"].replace(f"{where.host}:{where.port}", f"127.0.0.1:{proxy.port}")
    with lane(url, database.lane_url) as working:
        for number in range(120):
            bus.publish("a")
            if number % 30 == 29:
                proxy.cut()
        eventually(lambda: len(effects(database, "a")) == 120)
        assert working.ask(do="figures")["reconnects"] >= 1
    proxy.close()
    assert effects(database, "a") == list(range(1, 121))


def test_what_was_published_twice_has_one_effect(
    database: ServiceDatabase, urls: dict[str, str], bus: Bus
) -> None:
    first = bus.publish("a")
    bus.publish("a", id=first, version=1)
    bus.publish("a")
    bus.publish("a", id=first, version=1)
    bus.publish("b")
    with lane(urls["intake"], database.lane_url):
        eventually(lambda: effects(database, "b") == [1])
    assert effects(database, "a") == [1, 2]


def test_of_two_lanes_one_works_and_the_other_takes_over(
    database: ServiceDatabase, urls: dict[str, str], bus: Bus
) -> None:
    with lane(urls["intake"], database.lane_url) as first:
        eventually(lambda: first.ask(do="figures")["is_ready"])
        with lane(urls["intake"], database.lane_url) as second:
            eventually(lambda: second.ask(do="figures")["is_ready"])
            for _ in range(20):
                bus.publish("a")
            eventually(lambda: len(effects(database)) == 20)
            assert workers(database) == {first.pid}
            first.kill()
            for _ in range(20):
                bus.publish("a")
            eventually(lambda: len(effects(database)) == 40)
            assert workers(database) == {first.pid, second.pid}
    assert effects(database, "a") == list(range(1, 41))


def test_what_cannot_be_read_goes_to_the_dead_letters_and_the_lane_flows(
    database: ServiceDatabase, urls: dict[str, str], bus: Bus
) -> None:
    foreign = encode(event(CLOSED, subject="a", data={}), source="cases", version=9, traceparent=None)
    bus.publish("a")
    for body in (b"", b"{", b"[]", b'{"specversion":"1.0"}', foreign):
        bus.publish_body(body)
    bus.publish("a")
    with lane(urls["intake"], database.lane_url) as working:
        eventually(lambda: effects(database, "a") == [1, 2])
        assert working.ask(do="figures")["undecodable"] == 5
        eventually(lambda: waiting_in("icm.dead", urls) == 5)


def test_a_poisoned_subject_is_parked_while_others_flow_and_replayed_in_order(
    database: ServiceDatabase, urls: dict[str, str], bus: Bus
) -> None:
    with database.owner.begin() as connection:
        connection.execute(text("INSERT INTO poison VALUES ('a')"))
    with lane(urls["intake"], database.lane_url) as working:
        for _ in range(3):
            bus.publish("a")
            bus.publish("b")
        eventually(lambda: effects(database, "b") == [1, 2, 3])
        eventually(lambda: working.ask(do="figures")["parked"] == 3)
        eventually(lambda: waiting_in("intake.inbox", urls) == 0)
        bus.publish("a")
        eventually(lambda: working.ask(do="figures")["parked"] == 4)
        with database.owner.begin() as connection:
            connection.execute(text("DELETE FROM poison"))
            connection.execute(text("UPDATE parked_events SET replay_requested_at = now()"))
        eventually(lambda: effects(database, "a") == [1, 2, 3, 4])
        bus.publish("a")
        eventually(lambda: effects(database, "a") == [1, 2, 3, 4, 5])
        assert working.ask(do="figures")["replayed"] == 4


def test_while_the_database_is_away_the_lane_waits_and_parks_nothing(
    database: ServiceDatabase, urls: dict[str, str], bus: Bus
) -> None:
    real = make_url(database.lane_url)
    proxy = FailingProxy(host=real.host or "127.0.0.1", port=real.port or 5432)
    through = real.set(host="127.0.0.1", port=proxy.port).render_as_string(hide_password=False)
    with lane(urls["intake"], through) as working:
        bus.publish("a")
        eventually(lambda: effects(database, "a") == [1])
        proxy.refuse(refusing=True)
        proxy.cut()
        for _ in range(5):
            bus.publish("a")
        eventually(lambda: working.ask(do="figures")["database_away"])
        assert not working.ask(do="figures")["is_ready"]
        proxy.refuse(refusing=False)
        eventually(lambda: effects(database, "a") == [1, 2, 3, 4, 5, 6])
        figures = eventually(lambda: (told := working.ask(do="figures"))["is_ready"] and told)
        assert figures["parked"] == 0
    proxy.close()


def test_from_outbox_to_effect_nothing_is_lost_doubled_or_reordered_while_all_parts_are_killed(
    database: ServiceDatabase, urls: dict[str, str]
) -> None:
    """One database serves as the publisher's and the consumer's here; their tables do not touch."""
    relay_of = {
        "part": "relay", "service": "cases", "amqp_url": urls["cases"], "database_url": database.lane_url,
    }  # fmt: skip
    written = 0
    for _ in range(3):
        with (
            Program([WORKER, json.dumps(relay_of)]) as relay,
            lane(urls["intake"], database.lane_url) as applying,
        ):
            for _ in range(30):
                with database.door.begin() as session:
                    happened = [event(OPENED, subject=subject, data={}) for subject in ("a", "b", "a")]
                    outbox.append(session, happened, source="cases", traceparent=None)
                written += 1
            relay.kill()
            applying.kill()
    with Program([WORKER, json.dumps(relay_of)]), lane(urls["intake"], database.lane_url):
        eventually(lambda: len(effects(database)) >= 3 * written)
    assert effects(database, "a") == list(range(1, 2 * written + 1))
    assert effects(database, "b") == list(range(1, written + 1))

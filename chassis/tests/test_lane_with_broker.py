"""The lane in processes of its own that die, lose the broker, lose the database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lane_bus import CLOSED, OPENED, WORKER, Bus, effects, lane, waiting_in
from sqlalchemy import make_url, text

from chassis import outbox
from chassis.events import encode, event
from chassis.frames import address
from chassis.testing import ServiceDatabase
from chassis.testing_messages import FailingProxy, Program, eventually

pytestmark = [pytest.mark.postgres, pytest.mark.broker]


def workers(database: ServiceDatabase) -> set[int]:
    with database.lane() as session:
        return set(session.scalars(text("SELECT DISTINCT pid FROM effects")))


def test_events_are_applied_in_order_and_acknowledged(
    lane_database: ServiceDatabase, urls: dict[str, str], bus: Bus
) -> None:
    for _ in range(60):
        bus.publish("a")
        bus.publish("b", key=CLOSED)
    with lane(urls["intake"], lane_database.lane_url) as working:
        eventually(lambda: len(effects(lane_database)) == 120)
        assert effects(lane_database, "a") == list(range(1, 61))
        assert effects(lane_database, "b") == list(range(1, 61))
        figures = working.ask(do="figures")
        assert (figures["applied"], figures["doubles"], figures["is_ready"]) == (120, 0, True)
    eventually(lambda: waiting_in("intake.inbox", urls) == 0)


def test_a_death_between_commit_and_acknowledgement_doubles_nothing(
    lane_database: ServiceDatabase, urls: dict[str, str], bus: Bus, tmp_path: Path
) -> None:
    crash = tmp_path / "crash"
    crash.touch()
    for _ in range(10):
        bus.publish("a")
    with lane(urls["intake"], lane_database.lane_url, crash_once=str(crash)) as doomed:
        eventually(lambda: doomed.ended)
    assert effects(lane_database, "a")
    with lane(urls["intake"], lane_database.lane_url) as working:
        bus.publish("a")
        eventually(lambda: effects(lane_database, "a") == list(range(1, 12)))
        assert working.ask(do="figures")["doubles"] > 0
    eventually(lambda: waiting_in("intake.inbox", urls) == 0)


def test_a_connection_that_breaks_again_and_again_loses_doubles_and_reorders_nothing(
    lane_database: ServiceDatabase, urls: dict[str, str], bus: Bus
) -> None:
    where = address(urls["intake"])
    proxy = FailingProxy(host=where.host, port=where.port)
    url = urls["intake"].replace(f"{where.host}:{where.port}", f"127.0.0.1:{proxy.port}")
    with lane(url, lane_database.lane_url) as working:
        for number in range(120):
            bus.publish("a")
            if number % 30 == 29:
                proxy.cut()
        eventually(lambda: len(effects(lane_database, "a")) == 120)
        assert working.ask(do="figures")["reconnects"] >= 1
    proxy.close()
    assert effects(lane_database, "a") == list(range(1, 121))


def test_what_was_published_twice_has_one_effect(
    lane_database: ServiceDatabase, urls: dict[str, str], bus: Bus
) -> None:
    first = bus.publish("a")
    bus.publish("a", id=first, version=1)
    bus.publish("a")
    bus.publish("a", id=first, version=1)
    bus.publish("b")
    with lane(urls["intake"], lane_database.lane_url):
        eventually(lambda: effects(lane_database, "b") == [1])
    assert effects(lane_database, "a") == [1, 2]


def test_of_two_lanes_one_works_and_the_other_takes_over(
    lane_database: ServiceDatabase, urls: dict[str, str], bus: Bus
) -> None:
    with lane(urls["intake"], lane_database.lane_url) as first:
        eventually(lambda: first.ask(do="figures")["is_ready"])
        with lane(urls["intake"], lane_database.lane_url) as second:
            eventually(lambda: second.ask(do="figures")["is_ready"])
            for _ in range(20):
                bus.publish("a")
            eventually(lambda: len(effects(lane_database)) == 20)
            assert workers(lane_database) == {first.pid}
            first.kill()
            for _ in range(20):
                bus.publish("a")
            eventually(lambda: len(effects(lane_database)) == 40)
            assert workers(lane_database) == {first.pid, second.pid}
    assert effects(lane_database, "a") == list(range(1, 41))


def test_what_cannot_be_read_goes_to_the_dead_letters_and_the_lane_flows(
    lane_database: ServiceDatabase, urls: dict[str, str], bus: Bus
) -> None:
    foreign = encode(event(CLOSED, subject="a", data={}), source="cases", version=9, traceparent=None)
    bus.publish("a")
    for body in (b"", b"{", b"[]", b'{"specversion":"1.0"}', foreign):
        bus.publish_body(body)
    bus.publish("a")
    with lane(urls["intake"], lane_database.lane_url) as working:
        eventually(lambda: effects(lane_database, "a") == [1, 2])
        assert working.ask(do="figures")["undecodable"] == 5
        eventually(lambda: waiting_in("icm.dead", urls) == 5)


def test_a_poisoned_subject_is_parked_while_others_flow_and_replayed_in_order(
    lane_database: ServiceDatabase, urls: dict[str, str], bus: Bus
) -> None:
    with lane_database.owner.begin() as connection:
        connection.execute(text("INSERT INTO poison VALUES ('a')"))
    with lane(urls["intake"], lane_database.lane_url) as working:
        for _ in range(3):
            bus.publish("a")
            bus.publish("b")
        eventually(lambda: effects(lane_database, "b") == [1, 2, 3])
        eventually(lambda: working.ask(do="figures")["parked"] == 3)
        eventually(lambda: waiting_in("intake.inbox", urls) == 0)
        bus.publish("a")
        eventually(lambda: working.ask(do="figures")["parked"] == 4)
        with lane_database.owner.begin() as connection:
            connection.execute(text("DELETE FROM poison"))
            connection.execute(text("UPDATE parked_events SET replay_requested_at = now()"))
        eventually(lambda: effects(lane_database, "a") == [1, 2, 3, 4])
        bus.publish("a")
        eventually(lambda: effects(lane_database, "a") == [1, 2, 3, 4, 5])
        assert working.ask(do="figures")["replayed"] == 4


def test_while_the_database_is_away_the_lane_waits_and_parks_nothing(
    lane_database: ServiceDatabase, urls: dict[str, str], bus: Bus
) -> None:
    real = make_url(lane_database.lane_url)
    proxy = FailingProxy(host=real.host or "127.0.0.1", port=real.port or 5432)
    through = real.set(host="127.0.0.1", port=proxy.port).render_as_string(hide_password=False)
    with lane(urls["intake"], through) as working:
        bus.publish("a")
        eventually(lambda: effects(lane_database, "a") == [1])
        proxy.refuse(refusing=True)
        proxy.cut()
        for _ in range(5):
            bus.publish("a")
        eventually(lambda: working.ask(do="figures")["database_away"])
        assert not working.ask(do="figures")["is_ready"]
        proxy.refuse(refusing=False)
        eventually(lambda: effects(lane_database, "a") == [1, 2, 3, 4, 5, 6])
        figures = eventually(lambda: (told := working.ask(do="figures"))["is_ready"] and told)
        assert figures["parked"] == 0
    proxy.close()


def test_from_outbox_to_effect_nothing_is_lost_doubled_or_reordered_while_all_parts_are_killed(
    lane_database: ServiceDatabase, urls: dict[str, str]
) -> None:
    """One database serves as the publisher's and the consumer's here; their tables do not touch."""
    relay_of = {
        "part": "relay", "service": "cases", "amqp_url": urls["cases"], "database_url": lane_database.lane_url,
    }  # fmt: skip
    written = 0
    for _ in range(3):
        with (
            Program([WORKER, json.dumps(relay_of)]) as relay,
            lane(urls["intake"], lane_database.lane_url) as applying,
        ):
            for _ in range(30):
                with lane_database.door.begin() as session:
                    happened = [event(OPENED, subject=subject, data={}) for subject in ("a", "b", "a")]
                    outbox.append(session, happened, source="cases", traceparent=None)
                written += 1
            relay.kill()
            applying.kill()
    with Program([WORKER, json.dumps(relay_of)]), lane(urls["intake"], lane_database.lane_url):
        eventually(lambda: len(effects(lane_database)) >= 3 * written)
    assert effects(lane_database, "a") == list(range(1, 2 * written + 1))
    assert effects(lane_database, "b") == list(range(1, written + 1))

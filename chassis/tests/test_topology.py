"""Queues, bindings and permissions, on a real broker."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import amqp
import pytest

from chassis import topology
from chassis.testing_messages import connect, eventually, fresh_vhost, management, passwords, server
from chassis.topology import SERVICES, USERS, definitions
from chassis.topology_import import apply

EVENTS = {
    "cases.case.opened.v1": {"consumers": ["intake", "consent"]},
    "cases.case.closed.v1": {"consumers": []},
}
pytestmark = pytest.mark.broker


@pytest.fixture(scope="module")
def urls() -> Iterator[dict[str, str]]:
    with fresh_vhost(events=EVENTS) as made:
        yield made


def publish(url: str, *, exchange: str, key: str) -> None:
    with connect(url) as connection:
        channel = connection.channel()
        channel.confirm_select()
        channel.basic_publish_confirm(
            amqp.Message(b"{}"), exchange=exchange, routing_key=key, confirm_timeout=10
        )


def count(queue: str, urls: dict[str, str]) -> int:
    with connect(urls["admin"]) as connection:
        return int(connection.channel().queue_declare(queue, passive=True).message_count)


def test_the_committed_definitions_are_those_that_the_contracts_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ICM_CONTRACTS", raising=False)  # other tests add contracts of a sample service
    committed = Path(__file__).parents[2] / topology.COMMITTED
    assert committed.read_text() == topology.committed_definitions(), "run: make definitions"


def test_no_password_is_committed() -> None:
    committed = json.loads((Path(__file__).parents[2] / topology.COMMITTED).read_text())
    assert {user["name"]: user["password_hash"] for user in committed["users"]} == {
        user: f"${{ICM_RABBITMQ_PASSWORD_{user.upper()}}}" for user in USERS
    }


def test_rendering_names_every_password_that_is_missing() -> None:
    with pytest.raises(KeyError, match="ICM_RABBITMQ_PASSWORD_AUDIT, ICM_RABBITMQ_PASSWORD_ADMIN"):
        topology.passwords_from_environment(
            {f"ICM_RABBITMQ_PASSWORD_{user.upper()}": "x" for user in USERS if user not in ("audit", "admin")}
        )


def test_rendered_definitions_hold_hashes_that_open_the_door(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for user in USERS:
        monkeypatch.setenv(f"ICM_RABBITMQ_PASSWORD_{user.upper()}", f"secret of {user}")
    assert topology.main(["render"]) == 0
    rendered = json.loads(capsys.readouterr().out)
    assert "secret" not in json.dumps(rendered)
    for user in rendered["users"]:
        stored = base64.b64decode(user["password_hash"])
        assert stored[4:] == hashlib.sha256(stored[:4] + f"secret of {user['name']}".encode()).digest()


def test_an_unknown_consumer_in_a_contract_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown consumers billing"):
        definitions({}, events={"cases.case.opened.v1": {"consumers": ["billing"]}})


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_publishes_events_under_its_own_first_word(urls: dict[str, str], service: str) -> None:
    publish(urls[service], exchange="icm.events", key=f"{service}.access.recorded.v1")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_refused_under_the_word_of_another(urls: dict[str, str], service: str) -> None:
    other = next(each for each in SERVICES if each != service)
    with pytest.raises(amqp.AccessRefused):
        publish(urls[service], exchange="icm.events", key=f"{other}.access.recorded.v1")


@pytest.mark.parametrize("user", [*SERVICES, "gateway", "auditor"])
def test_nobody_may_put_a_message_straight_into_a_queue(urls: dict[str, str], user: str) -> None:
    with pytest.raises(amqp.AccessRefused):
        publish(urls[user], exchange="", key="cases.inbox")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_not_call_the_doors_of_another(urls: dict[str, str], service: str) -> None:
    other = next(each for each in SERVICES if each != service)
    with pytest.raises(amqp.AccessRefused):
        publish(urls[service], exchange="icm.rpc", key=f"{other}.read")


@pytest.mark.parametrize("user", [*SERVICES, "gateway", "auditor"])
def test_the_inbox_of_another_cannot_be_read(urls: dict[str, str], user: str) -> None:
    other = next(each for each in SERVICES if each != user)
    with connect(urls[user]) as connection, pytest.raises(amqp.AccessRefused):
        connection.channel().basic_get(f"{other}.inbox")


def test_a_service_may_not_take_the_calls_of_another(urls: dict[str, str]) -> None:
    with connect(urls["cases"]) as connection:
        channel = connection.channel()
        channel.queue_declare("cases.rpc", auto_delete=True)
        with pytest.raises(amqp.AccessRefused):
            channel.queue_bind("cases.rpc", "icm.rpc", routing_key="intake.#")


@pytest.mark.parametrize("user", [*SERVICES, "gateway", "auditor"])
def test_nobody_declares_queues_or_exchanges_beside_the_topology(urls: dict[str, str], user: str) -> None:
    with connect(urls[user]) as connection, pytest.raises(amqp.AccessRefused):
        connection.channel().queue_declare("mine")
    with connect(urls[user]) as connection, pytest.raises(amqp.AccessRefused):
        connection.channel().exchange_declare("mine", "topic")


def test_the_gateway_calls_doors_and_publishes_no_events(urls: dict[str, str]) -> None:
    publish(urls["gateway"], exchange="icm.rpc", key="cases.read")
    with pytest.raises(amqp.AccessRefused):
        publish(urls["gateway"], exchange="icm.events", key="cases.case.opened.v1")


def test_an_event_reaches_its_consumers_and_no_others(urls: dict[str, str]) -> None:
    before = {service: count(f"{service}.inbox", urls) for service in SERVICES}
    publish(urls["cases"], exchange="icm.events", key="cases.case.opened.v1")
    expected = {each: before[each] + (each in ("intake", "consent")) for each in SERVICES}
    eventually(lambda: {each: count(f"{each}.inbox", urls) for each in SERVICES} == expected)


def test_an_event_that_nobody_consumes_is_routable_all_the_same(urls: dict[str, str]) -> None:
    with connect(urls["cases"]) as connection:
        channel = connection.channel()
        channel.confirm_select()
        returned: list[str] = []
        channel.events["basic_return"].add(lambda _error, _exchange, key, _message: returned.append(key))
        for key in ("cases.case.closed.v1", "cases.no.such_event.v1"):
            message = amqp.Message(b"{}")
            channel.basic_publish_confirm(message, "icm.events", key, mandatory=True, confirm_timeout=10)
    assert returned == ["cases.no.such_event.v1"]


def test_the_auditor_reads_the_stream_of_sealed_entries(urls: dict[str, str]) -> None:
    publish(urls["audit"], exchange="icm.audit", key="entry")
    heard: list[amqp.Message] = []
    with connect(urls["auditor"]) as connection:
        channel = connection.channel()
        channel.basic_qos(0, 10, False)
        first = {"x-stream-offset": "first"}
        channel.basic_consume("icm.audit", callback=heard.append, arguments=first)
        while not heard:
            connection.drain_events(timeout=10)
    with pytest.raises(amqp.AccessRefused):
        publish(urls["cases"], exchange="icm.audit", key="entry")


def test_importing_again_changes_nothing_but_removes_what_no_contract_names() -> None:
    with fresh_vhost(events=EVENTS) as urls:
        vhost = urls["admin"].rsplit("/", 1)[1]
        where = server("ICM_TEST_MANAGEMENT_URL")
        again = apply(where, definitions(passwords(), events=EVENTS), vhost=vhost)
        fewer = {"cases.case.opened.v1": {"consumers": ["intake"]}}
        removed = apply(where, definitions(passwords(), events=fewer), vhost=vhost)
        keys = {
            (each["destination"], each["routing_key"])
            for each in management("GET", f"bindings/{vhost}")
            if each["source"] == "icm.events"
        }
    assert (again, removed) == (0, 2)
    assert keys == {("audit.inbox", "*.access.recorded.v1"), ("intake.inbox", "cases.case.opened.v1")}

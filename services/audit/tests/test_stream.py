"""Sealed entries on the RabbitMQ stream `icm.audit`, read by a stock AMQP client (AU-5)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import amqp
import orjson
import pytest
from sqlalchemy import text

from audit.log.encoding import base64_of
from audit.stream.queries import STREAM, confirm, unsent
from audit.verifier import FORMAT, verify
from chassis.testing_messages import passwords
from chassis.topology import definitions
from chassis.topology_import import apply
from services.audit.tests.builders import an_access
from services.audit.tests.wire import Wire

pytestmark = [pytest.mark.postgres, pytest.mark.broker]

FEEDING = Path(__file__).with_name("feeding.py")


@pytest.fixture(scope="module")
def vhost() -> str:
    """A virtual host of its own with the house's own topology and users."""
    name = f"audit-{uuid4().hex[:8]}"
    apply(os.environ["ICM_TEST_MANAGEMENT_URL"], definitions(passwords()), vhost=name)
    return name


@pytest.fixture(autouse=True)
def _an_empty_stream(vhost: str, database) -> None:
    """The stream begins with the log: one that outlives its log would hold another one's entries."""
    admin = urlsplit(os.environ["ICM_TEST_AMQP_URL"])
    with connected(vhost, admin.username or "") as connection:
        channel = connection.channel()
        channel.queue_delete(STREAM)
        channel.queue_declare(STREAM, durable=True, auto_delete=False, arguments={"x-queue-type": "stream"})
        channel.queue_bind(STREAM, STREAM, "#")


def connected(vhost: str, user: str) -> amqp.Connection:
    where = urlsplit(os.environ["ICM_TEST_AMQP_URL"])
    return amqp.Connection(f"{where.hostname}:{where.port}", user, passwords()[user], virtual_host=vhost)


@pytest.fixture
def feeding(vhost: str, database) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """`feeding()` starts a process that feeds the stream."""
    where = urlsplit(os.environ["ICM_TEST_AMQP_URL"])
    started: list[subprocess.Popen[bytes]] = []

    def start(*, port: int | None = None) -> subprocess.Popen[bytes]:
        url = f"amqp://audit:{passwords()['audit']}@{where.hostname}:{port or where.port}/{vhost}"
        environment = {**os.environ, "LANE_URL": database.lane_url, "AMQP_URL": url}
        started.append(subprocess.Popen([sys.executable, str(FEEDING)], env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def read(vhost: str, *, until: int, offset: Any = "first", wait_s: float = 20) -> list[amqp.Message]:
    """What a read-only auditor gets from the stream, up to a position."""
    got: list[amqp.Message] = []
    with connected(vhost, "auditor") as connection:
        channel = connection.channel()
        channel.basic_qos(0, 100, False)

        def take(message: amqp.Message) -> None:
            got.append(message)
            channel.basic_ack(message.delivery_tag)

        channel.basic_consume(STREAM, callback=take, arguments={"x-stream-offset": offset})
        ends = monotonic() + wait_s
        while not got or got[-1].headers["position"] < until:
            assert monotonic() < ends, f"only {len(got)} messages came"
            try:
                connection.drain_events(timeout=1)
            except TimeoutError:
                continue
    return got


def in_order(messages: list[amqp.Message]) -> list[dict[str, Any]]:
    """The lines of the log, as a reader takes them: the next position, or the checkpoint over all it has."""
    lines: list[dict[str, Any]] = []
    position = -1
    for message in messages:
        line = orjson.loads(message.body)
        if "sealed" in line:
            if line["sealed"].split("\n")[1] == str(position + 1) and line not in lines:
                lines.append(line)
        elif message.headers["position"] == position + 1:
            position += 1
            lines.append(line)
    return lines


def test_a_stock_client_reads_every_sealed_entry_in_order_and_verifies_it(
    vhost, feeding, told, sealed, public_keys
) -> None:
    told(*(an_access() for _ in range(20)))
    sealed()
    feeding()
    told(*(an_access() for _ in range(10)))
    sealed()
    lines = in_order(read(vhost, until=29))
    assert [each["position"] for each in lines if "position" in each] == list(range(30))
    header = {"format": FORMAT, "kind": "range", "from": 0, "left": []}
    note = [each["sealed"] for each in lines if "sealed" in each][-1]
    footer = {"end": True, "to": 30, "right": [], "checkpoint": note}
    verdict = verify([orjson.dumps(each).decode() for each in (header, *lines, footer)], keys=public_keys)
    assert verdict.sound, verdict.findings
    assert verdict.entries == 30


def test_a_feed_that_is_killed_while_it_sends_leaves_no_gap(vhost, feeding, told, sealed, database) -> None:
    def sent() -> int:
        with database.lane() as session:
            return session.scalar(text("SELECT max(sent) FROM stream_cursors")) or 0

    for _ in range(3):
        told(*(an_access() for _ in range(800)))
        sealed()
        before, ends = sent(), monotonic() + 20
        feeder = feeding()
        while sent() == before:
            assert monotonic() < ends, "nothing was sent"
        feeder.kill()
        feeder.wait()
    feeding()
    lines = in_order(read(vhost, until=2_399))
    assert [each["position"] for each in lines if "position" in each] == list(range(2_400))


def test_a_feed_whose_connection_is_cut_again_and_again_leaves_no_gap(
    vhost, feeding, told, sealed, database
) -> None:
    where = urlsplit(os.environ["ICM_TEST_AMQP_URL"])
    with Wire(where.hostname, where.port) as wire:
        feeding(port=wire.port)
        for cut in range(4):
            told(*(an_access() for _ in range(600)))
            sealed()
            wire.cut_after(bytes_through=100_000 * (cut + 1))
        lines = in_order(read(vhost, until=2_399, wait_s=60))
    assert [each["position"] for each in lines if "position" in each] == list(range(2_400))


def test_an_entry_that_is_not_sealed_is_not_sent(database, told, sealed) -> None:
    told(an_access(), an_access())
    sealed()
    told(an_access())
    with database.lane.begin() as session:
        assert [position for position, kind, _ in unsent(session, 100) if kind == "entry"] == [0, 1]
        confirm(session, 1)
        assert unsent(session, 100) == []


def test_an_erased_entry_leaves_its_leaf_on_the_stream(database, told, sealed) -> None:
    told(an_access(), an_access())
    sealed()
    with database.superuser.connect() as superuser:
        superuser.execute(text("DELETE FROM entries WHERE position = 0"))
        leaf = superuser.execute(text("SELECT commitment FROM leaves WHERE position = 0")).scalar()
    with database.lane.begin() as session:
        first = orjson.loads(unsent(session, 1)[0][2])
    assert first["erased"] is True
    assert first["leaf"] != base64_of(leaf), "the leaf is the hash, the commitment stays inside"
    assert set(first) == {"position", "leaf", "erased"}


def test_the_auditors_user_can_read_and_nothing_else(vhost, feeding, told, sealed) -> None:
    told(an_access())
    sealed()
    feeding()
    assert read(vhost, until=0)
    for attempt in (
        lambda channel: channel.basic_publish_confirm(amqp.Message(b"{}"), STREAM, "entry"),
        lambda channel: channel.queue_delete(STREAM),
        lambda channel: channel.queue_declare("mine"),
        lambda channel: channel.basic_consume("audit.inbox"),
        lambda channel: channel.basic_get("icm.dead"),
        lambda channel: channel.basic_publish_confirm(
            amqp.Message(b"{}"), "icm.events", "audit.access.recorded.v1"
        ),
        lambda channel: channel.basic_publish_confirm(amqp.Message(b"{}"), "", "audit.inbox"),
        lambda channel: channel.queue_bind(STREAM, "icm.events", "#"),
        lambda channel: channel.exchange_declare("mine", "topic"),
    ):
        with connected(vhost, "auditor") as connection, pytest.raises(amqp.AccessRefused):
            attempt(connection.channel())


def test_a_subscriber_comes_back_at_its_offset(vhost, feeding, told, sealed) -> None:
    told(*(an_access() for _ in range(10)))
    sealed()
    feeding()
    first = read(vhost, until=9)
    later = read(vhost, until=9, offset=first[4].headers["x-stream-offset"] + 1)
    assert [each.headers["position"] for each in later][:5] == [5, 6, 7, 8, 9]

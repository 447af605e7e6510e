"""Over a crash of the broker a reader of the stream comes back where it was and misses nothing (AU-5, OP-3)."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlsplit

import amqp
import pytest
from sqlalchemy import text

from audit.stream.queries import STREAM
from chassis.testing_messages import passwords
from services.audit.tests.builders import an_access
from services.audit.tests.private_broker import VHOST, PrivateBroker

pytestmark = [pytest.mark.postgres, pytest.mark.broker, pytest.mark.timeout(240)]

FEEDING = Path(__file__).with_name("feeding.py")
PATIENCE_S = 90.0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[PrivateBroker]:
    with PrivateBroker(tmp_path) as running:
        yield running


@pytest.fixture
def feeding(broker: PrivateBroker, database) -> Iterator[None]:
    """A process that feeds the stream, as the service does."""
    environment = {**os.environ, "LANE_URL": database.lane_url, "AMQP_URL": broker.url("audit")}
    process = subprocess.Popen([sys.executable, str(FEEDING)], env=environment)
    yield
    process.kill()
    process.wait()


@pytest.fixture
def writing(told, sealed) -> Iterator[Callable[[], int]]:
    """Somebody who writes entries all the while; `writing()` ends it and tells how many were written."""
    over, written = threading.Event(), 0

    def write() -> None:
        nonlocal written
        while not over.is_set():
            told(*(an_access() for _ in range(20)))
            sealed()
            written += 20
            over.wait(0.02)

    writer = threading.Thread(target=write)
    writer.start()

    def end() -> int:
        over.set()
        writer.join()
        return written

    yield end
    end()


class Reader(threading.Thread):
    """A stock client by the guide: it takes the entry that follows, passes over others, comes back at its offset."""

    def __init__(self, broker: PrivateBroker) -> None:
        super().__init__()
        self._broker = broker
        self._offset: int | None = None
        self._over = False
        self.taken: list[int] = []
        self.passed_over: list[int] = []
        self.connections = 0

    def run(self) -> None:
        """Read until told to stop, over as many connections as it takes."""
        while not self._over:
            try:
                self._follow()
            except (OSError, amqp.AMQPError):
                sleep(0.1)

    def stop(self) -> None:
        """Come to an end."""
        self._over = True
        self.join()

    def _follow(self) -> None:
        where = urlsplit(self._broker.url("auditor"))
        with amqp.Connection(
            f"{where.hostname}:{where.port}", "auditor", passwords()["auditor"], virtual_host=VHOST
        ) as connection:
            channel = connection.channel()
            channel.basic_qos(0, 100, False)
            channel.basic_consume(
                STREAM,
                callback=lambda message: self._take(channel, message),
                arguments={"x-stream-offset": "first" if self._offset is None else self._offset},
            )
            self.connections += 1
            while not self._over:
                try:
                    connection.drain_events(timeout=0.5)
                except TimeoutError:
                    connection.send_heartbeat()

    def _take(self, channel: amqp.Channel, message: amqp.Message) -> None:
        self._offset = message.headers["x-stream-offset"]
        channel.basic_ack(message.delivery_tag)
        if message.type != "entry":
            return
        position = message.headers["position"]
        follows = position == (self.taken[-1] + 1 if self.taken else 0)
        (self.taken if follows else self.passed_over).append(position)


def until(what: str, holds: Callable[[], bool]) -> None:
    ends = monotonic() + PATIENCE_S
    while not holds():
        assert monotonic() < ends, f"waited in vain until {what}"
        sleep(0.02)


@pytest.mark.usefixtures("feeding")
def test_a_broker_that_crashes_while_entries_are_written_costs_a_reader_nothing(
    broker: PrivateBroker, writing: Callable[[], int], database
) -> None:
    def sent() -> int:
        with database.lane() as session:
            return session.scalar(text("SELECT max(sent) FROM stream_cursors")) or 0

    reader = Reader(broker)
    reader.start()
    try:
        until("the reader has some", lambda: len(reader.taken) >= 200)
        broker.crash()
        before = sent()
        broker.start()
        until("the feed goes on", lambda: sent() >= before + 500)
        written = writing()
        assert written > before + 500, "entries were written all the while"
        until("the reader has all", lambda: len(reader.taken) >= written)
    finally:
        reader.stop()
    assert reader.connections >= 2
    assert reader.taken == list(range(written)), "each position once, none left out"
    assert all(position < written for position in reader.passed_over)

"""Feeds a RabbitMQ stream from a table, in order: at least once, never with a gap (AU-5, rule 6).

The service says what is unsent and remembers how far it is; the mechanism is here. A reader of the stream takes a
message when its `position` header is the one that follows what it has, and passes over the others: they are
repetitions after a crash or a refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import eventlet
import structlog
from eventlet.event import Event
from nameko.extensions import Entrypoint
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from chassis.broker import Link
from chassis.doors import declared_by
from chassis.frames import Connection
from chassis.wire import PERSISTENT, Publisher, properties

log = structlog.get_logger(__name__)

BATCH = 500
IDLE_S = 0.2
PATIENCE_S = 5.0
LONGEST_PAUSE_S = 3.0
_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext(:name))")

Unsent = Callable[[Session, int], Sequence[tuple[int, str, bytes]]]


@dataclass(frozen=True)
class Feed:
    """What a service sends to a stream.

    `unsent(session, limit)` gives the next messages in order: position, kind, body. Several messages may share a
    position. `confirm(session, position)` remembers that the stream has everything up to and with a position.
    """

    exchange: str
    unsent: Unsent
    confirm: Callable[[Session, int], None]


def feed(exchange: str, *, unsent: Unsent, confirm: Callable[[Session, int], None]) -> Any:
    """Declare a feed in a service class: `to_stream = feed("icm.audit", unsent=…, confirm=…)`."""
    return Feed(exchange=exchange, unsent=unsent, confirm=confirm)


def feeds_of(service: type) -> dict[str, Feed]:
    """The feeds that a service class declares, by name."""
    return declared_by(service, Feed)


class Refused(Exception):
    """The broker did not take every message of a batch: it is sent again, whole."""


class StreamFeed(Entrypoint):
    """Sends what is unsent for as long as it runs; of several replicas one sends at a time.

    A batch is read, published, confirmed by the broker and remembered under one lock, in one transaction. A crash
    before the end repeats the batch. Works bound to a nameko container and without one.
    """

    def __init__(
        self, *, amqp_url: str, service: str, factory: sessionmaker[Session], declared: Feed
    ) -> None:
        super().__init__()
        self._feed = declared
        self._factory = factory
        self._link = Link(
            url=amqp_url, name=f"{service}.stream", on_open=self._set_up, on_down=self._lose_the_broker
        )
        self._flight: _Flight | None = None
        self._publisher: Publisher | None = None
        self._thread: Any = None
        self._stopping = False
        self._published = 0
        self._failures = 0

    @property
    def ready(self) -> bool:
        """Whether the broker is reachable."""
        return self._link.up

    def figures(self) -> dict[str, float]:
        """Counters since the start."""
        return {
            "published": float(self._published),
            "failures": float(self._failures),
            "reconnects": float(self._link.reconnects),
        }

    def start(self) -> None:
        """Begin to feed, in the background."""
        if self._thread is None:
            self._link.start()
            self._thread = eventlet.spawn(self._run)

    def stop(self) -> None:
        """Finish the batch that is in the air, then stop."""
        self._stopping = True
        if self._thread is not None:
            with eventlet.Timeout(PATIENCE_S, False):
                self._thread.wait()
        self.kill()

    def kill(self) -> None:
        """Stop at once; what was not remembered is sent again by the next one."""
        self._stopping = True
        if self._thread is not None:
            eventlet.kill(self._thread)
        self._link.close(timeout_s=0.5)

    def _run(self) -> None:
        pause = IDLE_S
        while not self._stopping:
            if not self._link.wait_ready(timeout_s=1.0):
                continue
            try:
                sent = self._send_a_batch()
                pause = IDLE_S
                eventlet.sleep(0 if sent >= BATCH else IDLE_S)
            except (SQLAlchemyError, Refused, ConnectionError) as lost:
                self._failures += 1
                log.warning(
                    "stream_feed_interrupted", exchange=self._feed.exchange, cause=type(lost).__name__
                )
                eventlet.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)
            except Exception:
                self._failures += 1
                log.exception("stream_feed_failed", exchange=self._feed.exchange)
                eventlet.sleep(LONGEST_PAUSE_S)

    def _send_a_batch(self) -> int:
        with self._factory.begin() as session:
            if not session.scalar(_LOCK, {"name": f"stream feed {self._feed.exchange}"}):
                return 0
            messages = self._feed.unsent(session, BATCH)
            if not messages:
                return 0
            self._publish(messages)
            self._feed.confirm(session, messages[-1][0])
        self._published += len(messages)
        return len(messages)

    def _publish(self, messages: Sequence[tuple[int, str, bytes]]) -> None:
        """Send all messages in one go and wait until the broker has taken each; raises Refused otherwise."""
        publisher, flight = self._publisher, self._flight
        if publisher is None or flight is None:
            raise Refused()
        flight.take_off(len(messages))
        frames = [
            publisher.frames(kind, body, _described(position, kind)) for position, kind, body in messages
        ]
        self._link.send(b"".join(frames))
        if not flight.landed(timeout_s=PATIENCE_S):
            self._link.break_off()  # answers that come later must not count for the next batch
            raise Refused()

    def _set_up(self, connection: Connection) -> None:
        channel = connection.channel()
        channel.confirm_select()
        flight = _Flight()
        channel.events["basic_ack"].add(flight.taken)
        channel.events["basic_nack"].add(lambda _tag, _multiple: flight.fail())
        channel.events["basic_return"].add(lambda *_what: flight.fail())
        self._publisher = Publisher(channel, exchange=self._feed.exchange, mandatory=True)
        self._flight = flight

    def _lose_the_broker(self) -> None:
        self._publisher = None
        if self._flight is not None:
            self._flight.fail()
        self._flight = None


class _Flight:
    """The messages of one batch on one channel, until the broker has answered for all of them."""

    def __init__(self) -> None:
        self._sent = 0
        self._answered = 0
        self._apart: set[int] = set()  # answered before an earlier one was
        self._failed = False
        self._end = Event()

    def take_off(self, messages: int) -> None:
        self._sent += messages
        if self._end.ready():
            self._end = Event()

    def taken(self, tag: int, multiple: bool) -> None:
        if multiple:
            self._answered = max(self._answered, tag)
        else:
            self._apart.add(tag)
        while self._answered + 1 in self._apart:
            self._answered += 1
        self._apart = {each for each in self._apart if each > self._answered}
        if self._answered == self._sent and not self._end.ready():
            self._end.send(None)

    def fail(self) -> None:
        self._failed = True
        if not self._end.ready():
            self._end.send(None)

    def landed(self, *, timeout_s: float) -> bool:
        """Wait for all answers; whether every message was taken."""
        if self._answered < self._sent and not self._failed:
            with eventlet.Timeout(timeout_s, False):
                self._end.wait()
        return not self._failed and self._answered == self._sent


def _described(position: int, kind: str) -> tuple[int, bytes]:
    return properties(
        headers={"position": position}, mode=PERSISTENT, content_type="application/json", kind=kind
    )

"""Publishes the outbox: one active relay per database, confirms in a pipeline, order kept (rules 3, 6)."""

from __future__ import annotations

from time import monotonic
from typing import Any
from uuid import UUID

import eventlet
import psycopg
import structlog
from eventlet.event import Event
from nameko.extensions import Entrypoint
from opentelemetry.trace import SpanKind

from chassis import moment
from chassis.broker import Link
from chassis.frames import Connection
from chassis.outbox_flight import Flight, Row
from chassis.outbox_pace import POLL_S, Pace
from chassis.outbox_table import OutboxTable
from chassis.telemetry import current_traceparent, span, tracing_is_on
from chassis.topology import EVENTS
from chassis.wire import PERSISTENT, Publisher, properties

log = structlog.get_logger(__name__)

STANDBY_S = 0.5
MOST_HELD = 1_000
BROKER_PATIENCE_S = 5.0
MEASURE_EVERY_S = 5.0
LONGEST_PAUSE_S = 3.0
FULL_BATCH = 100
GATHER_S = 0.003
LOOK_S = 0.02
FLIGHT_WATCH_S = 0.2


class Relay(Entrypoint):
    """Moves committed events from the outbox to `icm.events`, at least once each, for as long as it runs.

    Of all relays on a database the one that holds the advisory lock works; the others stand by. A row is
    deleted after the broker has confirmed it. A message without a queue stays, is counted and tried again
    with growing pauses; it holds back later events of its own subject and no others. Works bound to a
    nameko container and without one.
    """

    def __init__(self, *, amqp_url: str, database_url: str, service: str) -> None:
        super().__init__()
        self._service = service
        self._database_url = database_url
        self._link = Link(
            url=amqp_url, name=f"{service}.relay", on_open=self._set_up, on_down=self._lose_the_broker
        )
        self._flight = Flight()
        self._pace = Pace()
        self._publisher: Publisher | None = None
        self._thread: Any = None
        self._wake = Event()
        self._stopping = False
        self._active = False
        self._depth = 0
        self._oldest: Any = None
        self._counts = {"published": 0, "returned": 0, "refused": 0, "database_errors": 0}

    @property
    def ready(self) -> bool:
        """Whether the broker is reachable."""
        return self._link.up

    @property
    def active(self) -> bool:
        """Whether this relay holds the lock of its database."""
        return self._active

    def figures(self) -> dict[str, float]:
        """Counters since the start; depth and age (seconds) of the outbox as the active relay measured them."""
        age = (moment.now() - self._oldest).total_seconds() if self._oldest else 0.0
        return {
            **self._counts,
            "active": float(self._active),
            "depth": float(self._depth),
            "oldest_age_s": max(0.0, age),
            "in_flight": float(self._flight.in_air),
            "unroutable_keys": float(len(self._flight.resting_keys)),
            "reconnects": float(self._link.reconnects),
        }

    def start(self) -> None:
        """Begin to relay, in the background."""
        if self._thread is None:
            self._link.start()
            self._thread = eventlet.spawn(self._run)

    def stop(self) -> None:
        """Finish what is in the air, then stop; another relay takes over."""
        self._stopping = True
        self._rouse()
        if self._thread is not None:
            with eventlet.Timeout(BROKER_PATIENCE_S, False):
                self._thread.wait()
            eventlet.kill(self._thread)
        self._link.close()

    def kill(self) -> None:
        """Stop at once. What was confirmed and not deleted is published again; consumers drop the double."""
        self._stopping = True
        if self._thread is not None:
            eventlet.kill(self._thread)
        self._link.close(timeout_s=0.1)

    def _run(self) -> None:
        pause = 0.1
        while not self._stopping:
            if not self._link.wait_ready(timeout_s=POLL_S):
                continue
            try:
                with OutboxTable(self._database_url, name=f"icm relay {self._service}") as table:
                    pause = 0.1
                    if self._stand_by(table):
                        log.info("relay_active", service=self._service)
                        self._work(table)
            except psycopg.Error as lost:
                self._counts["database_errors"] += 1
                log.warning("relay_lost_database", service=self._service, cause=type(lost).__name__)
                eventlet.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)
            except (Exception, eventlet.Timeout):
                log.exception("relay_failed", service=self._service)
                eventlet.sleep(LONGEST_PAUSE_S)
            finally:
                self._active = False

    def _stand_by(self, table: OutboxTable) -> bool:
        """Wait for the lock; False when there is no point in waiting any longer."""
        while not table.take_the_lock():
            if self._stopping or not self._link.up:
                return False
            eventlet.sleep(STANDBY_S)
        return True

    def _work(self, table: OutboxTable) -> None:
        """Move messages while this relay holds the lock and the broker is there."""
        self._flight.drop()  # what was held before the lock was ours may be out of date
        self._active = True
        measured, seen = -MEASURE_EVERY_S, monotonic()
        while not self._stopping or self._flight.in_air or self._flight.done:
            now = monotonic()
            if self._link.ready:
                seen = now
            elif self._stopping or now - seen > BROKER_PATIENCE_S:
                return  # perhaps a relay elsewhere still reaches the broker
            else:
                self._link.wait_ready(timeout_s=0.2)
                continue
            if now - measured >= MEASURE_EVERY_S:
                measured = now
                self._depth, self._oldest = table.measure()
            self._move(table)

    def _move(self, table: OutboxTable) -> None:
        """Delete what was published, read what is new, send what may fly; wait for a reason to do so again."""
        flight = self._flight
        self._send(flight, flight.rested(now=monotonic()))
        self._wake = Event()
        published = flight.take_done()
        room = 0 if self._stopping else MOST_HELD - len(flight.held)
        rows = table.exchange(published, held=list(flight.held), resting=list(flight.resting_keys), room=room)
        flight.forget(published)
        self._counts["published"] += len(published)
        if flight is not self._flight:
            return  # the connection was lost meanwhile: these rows are read again
        self._send(flight, flight.admit(rows))
        self._pace.found(len(rows), now=monotonic())
        self._wait(table, flight)

    def _wait(self, table: OutboxTable, flight: Flight) -> None:
        busy = self._pace.busy(now=monotonic())
        if table.hushed and not busy:
            table.unhush()
        elif busy and table.hush():
            pass  # what was rung for meanwhile is read at once
        elif busy:
            eventlet.sleep(GATHER_S if flight.in_air > FULL_BATCH else LOOK_S)
        elif flight.done:
            eventlet.sleep(0)
        elif flight.in_air:
            self._wake.wait(timeout=FLIGHT_WATCH_S)
        elif not self._stopping:
            patience = self._pace.patience()
            table.wait_for_news(timeout_s=flight.next_event(now=monotonic(), at_most=patience))

    def _send(self, flight: Flight, rows: list[Row]) -> None:
        publisher = self._publisher
        if flight is not self._flight or publisher is None:
            return
        frames = []
        for row in rows:
            flight.sent(row)
            frames.append(publisher.frames(row.key, row.body, _described(row)))
        if frames:
            try:
                self._link.send(b"".join(frames))
            except ConnectionError:
                self._link.break_off()  # the flight starts anew, from the table

    def _set_up(self, connection: Connection) -> None:
        channel = connection.channel()
        channel.confirm_select()
        flight = Flight()

        def returned(_error: Exception, _exchange: str, key: str, message: Any) -> None:
            self._counts["returned"] += 1
            log.warning("event_unroutable", service=self._service, key=key)
            flight.returned(UUID(message.properties["message_id"]))

        def confirmed(tag: int, multiple: bool) -> None:
            self._send(flight, flight.confirmed(tag, multiple=multiple, now=monotonic()))
            self._rouse()

        def refused(tag: int, multiple: bool) -> None:
            self._counts["refused"] += flight.refused(tag, multiple=multiple, now=monotonic())
            self._rouse()

        channel.events["basic_return"].add(returned)
        channel.events["basic_ack"].add(confirmed)
        channel.events["basic_nack"].add(refused)
        self._publisher = Publisher(channel, exchange=EVENTS, mandatory=True)
        self._flight = flight

    def _lose_the_broker(self) -> None:
        self._publisher = None
        self._flight = Flight()
        self._rouse()

    def _rouse(self) -> None:
        if not self._wake.ready():
            self._wake.send(None)


def _described(row: Row) -> tuple[int, bytes]:
    traceparent = row.traceparent
    if tracing_is_on():
        with span(f"publish {row.key}", kind=SpanKind.PRODUCER, traceparent=row.traceparent):
            traceparent = current_traceparent()
    return properties(
        headers={} if traceparent is None else {"traceparent": traceparent},
        mode=PERSISTENT,
        content_type="application/cloudevents+json",
        message_id=str(row.event_id),
    )

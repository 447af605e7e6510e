"""The service's side of a call: take it from `<service>.rpc`, run the door, reply, acknowledge (GW-1, OP-3)."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, time
from typing import Any

import amqp
import eventlet
import structlog
from nameko.extensions import Entrypoint
from opentelemetry.trace import SpanKind

from chassis.broker import Link
from chassis.errors import DeadlineExceeded, InternalFault, Problem
from chassis.frames import Connection
from chassis.rpc.messages import CALLS, REPLIES, Call, Reply, queue_of
from chassis.telemetry import span
from chassis.wire import TRANSIENT, Incoming, Publisher, ack_frame, properties

log = structlog.get_logger(__name__)

GRACE_S = 10.0
DEFAULT_WORKERS = 10


class DoorServer(Entrypoint):
    """Runs `handle(call) -> Reply` for each call still in time, in at most `max_workers` greenthreads.

    A call is acknowledged after its reply was sent: when this replica dies before, another takes the call,
    which is safe because commands carry idempotency keys. A call past its deadline is dropped, not
    executed; one that reaches its deadline while it runs gets an eventlet.Timeout, so `handle` must leave
    nothing half done on BaseException. Works bound to a nameko container and without one.
    """

    def __init__(
        self,
        *,
        amqp_url: str,
        service: str,
        handle: Callable[[Call], Reply],
        max_workers: int = DEFAULT_WORKERS,
    ) -> None:
        super().__init__()
        self._service = service
        self._handle = handle
        self._max_workers = max_workers
        self._link = Link(url=amqp_url, name=f"{service}.doors", on_open=self._set_up)
        self._running: set[int] = set()
        self._stopping = False
        self._channel: Any = None
        self._publisher: Publisher | None = None
        self._life = 0
        self._counts = {"handled": 0, "expired": 0, "timed_out": 0, "failed": 0, "malformed": 0}

    @property
    def ready(self) -> bool:
        """Whether calls can arrive now."""
        return self._link.up and not self._stopping

    def figures(self) -> dict[str, float]:
        """Counters since the start, the calls now running, and the room for more."""
        return {
            **self._counts,
            "running": len(self._running),
            "workers": self._max_workers,
            "reconnects": self._link.reconnects,
        }

    def start(self) -> None:
        """Begin to take calls, as soon as the broker is there."""
        self._link.start()

    def stop(self) -> None:
        """Take no more calls, let those that run finish and reply, then close."""
        if self._stopping:
            return
        self._stopping = True
        if self._channel is not None and self._link.up:
            try:
                self._channel.basic_cancel(self._service, nowait=True)
            except (OSError, amqp.AMQPError):
                self._link.break_off()
        ends = monotonic() + GRACE_S
        while self._running and monotonic() < ends:
            eventlet.sleep(0.01)
        self._link.close()

    def kill(self) -> None:
        """Stop without grace; the broker gives unfinished calls to another replica."""
        self._stopping = True
        self._link.close(timeout_s=0.1)

    def _set_up(self, connection: Connection) -> None:
        channel = connection.channel()
        queue = queue_of(self._service)
        channel.queue_declare(queue, durable=False, auto_delete=True)
        channel.queue_bind(queue, CALLS, routing_key=f"{self._service}.#")
        channel.basic_qos(0, self._max_workers, False)
        self._life += 1
        self._channel = channel
        self._publisher = Publisher(channel, exchange=REPLIES, mandatory=False)
        if not self._stopping:
            channel.consume(queue, tag=self._service, on_message=self._arrived)

    def _arrived(self, message: Incoming) -> None:
        if self._stopping:
            return  # not acknowledged: another replica takes it when this channel closes
        tag, headers = message.delivery_tag, message.headers
        deadline_ms = headers.get("deadline")
        if not isinstance(deadline_ms, int) or not message.reply_to:
            self._counts["malformed"] += 1
            self._send(self._life, ack_frame(self._channel, tag))
            return
        left = deadline_ms / 1000 - time()
        if left <= 0:
            self._counts["expired"] += 1
            self._send(self._life, ack_frame(self._channel, tag))
            return
        self._running.add(id(message))
        eventlet.spawn_n(self._run, self._life, message, headers, deadline_ms)

    def _run(self, life: int, message: Incoming, headers: dict[str, Any], deadline_ms: int) -> None:
        try:
            reply = self._reply_to(message, headers, deadline_ms)
            try:
                answer = self._reply_frames(message, reply)
            except Exception as fault:
                # Unanswered it would stay unacknowledged, and take a worker's place until the connection ends.
                log.error("door_reply_unsendable", service=self._service, fault=type(fault).__name__)
                answer = self._reply_frames(message, Reply.of(InternalFault()))
            self._send(life, answer + ack_frame(self._channel, message.delivery_tag))
        finally:
            self._running.discard(id(message))

    def _reply_to(self, message: Incoming, headers: dict[str, Any], deadline_ms: int) -> Reply:
        door = message.routing_key.partition(".")[2]
        call = Call(door=door, body=message.body, headers=headers, deadline_ms=deadline_ms)
        limit = eventlet.Timeout(max(0.0, deadline_ms / 1000 - time()))
        try:
            name = f"{self._service}.{door}"
            with span(name, kind=SpanKind.SERVER, traceparent=headers.get("traceparent")):
                reply = self._handle(call)
            self._counts["handled"] += 1
        except eventlet.Timeout as passed:
            if passed is not limit:
                log.error("door_timeout_escaped", service=self._service, door=door)
            self._counts["timed_out"] += 1
            reply = Reply.of(DeadlineExceeded(retry_after=1))
        except Problem as problem:
            self._counts["handled"] += 1
            reply = Reply.of(problem)
        except Exception as fault:
            # The text of an exception may hold what a person said; only its class is safe to keep.
            self._counts["failed"] += 1
            log.error("door_failed", service=self._service, door=door, fault=type(fault).__name__)
            reply = Reply.of(InternalFault())
        finally:
            limit.cancel()
        return reply

    def _reply_frames(self, message: Incoming, reply: Reply) -> bytes:
        headers: dict[str, Any] = {"status": reply.status, "http": reply.http, **reply.headers}
        if reply.etag is not None:
            headers["etag"] = reply.etag
        described = properties(headers=headers, mode=TRANSIENT, correlation_id=message.correlation_id)
        assert self._publisher is not None  # noqa: S101 - a call arrived, so the link was set up
        return self._publisher.frames(message.reply_to, reply.body, described)

    def _send(self, life: int, frames: bytes) -> None:
        """Send on the connection that brought the call; once that is gone, another replica has the call."""
        if life != self._life:
            return
        try:
            self._link.send(frames)
        except ConnectionError:
            log.warning("door_reply_lost", service=self._service)

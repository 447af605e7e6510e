"""The gateway's side of a call: one channel, one reply queue, pending calls by number (GW-1, OP-3)."""

from __future__ import annotations

from itertools import count
from time import time
from typing import Any
from uuid import uuid4

import eventlet
import orjson
from eventlet.event import Event
from opentelemetry.trace import SpanKind

from chassis.broker import Link
from chassis.errors import DeadlineExceeded, Unavailable
from chassis.frames import Connection
from chassis.rpc.messages import CALLS, OK, REPLIES, Reply, key_of
from chassis.telemetry import current_traceparent, span
from chassis.wire import TRANSIENT, Incoming, Publisher, properties

LINK_PATIENCE_S = 0.25
RETRY_PAUSES_S = (0.02, 0.05, 0.1, 0.15)

_RETURNED = object()
_LOST = object()


class Client:
    """Calls doors. Safe to use from many greenthreads; connects by itself, at the first call or at `start`.

    A call ends within its deadline, always: with a Reply, with the Problem that the door told, with
    Unavailable when no replica takes calls or the broker is away, or with DeadlineExceeded. After the last
    two the call may have been carried out; that is what idempotency keys are for.
    """

    def __init__(self, amqp_url: str, *, name: str = "gateway") -> None:
        self._name = name
        self._link = Link(url=amqp_url, name=f"{name}.rpc", on_open=self._set_up, on_down=self._has_gone_down)
        self._numbers = count(1)
        self._pending: dict[str, Event] = {}
        self._publisher: Publisher | None = None
        self._reply_queue = ""
        self._counts = {"calls": 0, "returned": 0, "timeouts": 0, "late_replies": 0, "lost": 0}

    @property
    def ready(self) -> bool:
        """Whether calls can be sent now."""
        return self._link.ready

    def figures(self) -> dict[str, float]:
        """Counters since the start, and the calls now waiting for a reply."""
        return {**self._counts, "pending": len(self._pending), "reconnects": self._link.reconnects}

    def start(self) -> None:
        """Connect in the background."""
        self._link.start()

    def stop(self) -> None:
        """Close the connection; calls still waiting get Unavailable."""
        self._link.close()
        self._has_gone_down()

    def call(
        self,
        service: str,
        door: str,
        body: bytes | dict[str, Any],
        *,
        token: str | None = None,
        deadline_s: float = 2.0,
        idempotency_key: str | None = None,
        if_match: str | None = None,
        purpose: str | None = None,
        origin: str | None = None,
    ) -> Reply:
        """Call a door and wait for its reply, for `deadline_s` seconds at most.

        While no replica of the service takes calls the call is offered again at short intervals for the
        first half of the time. Raises the Problem that the door told, Unavailable or DeadlineExceeded.
        """
        began = time()
        deadline = began + deadline_s
        arguments = body if isinstance(body, bytes) else orjson.dumps(body)
        headers: dict[str, Any] = {"deadline": int(deadline * 1000)}
        for name, value in (
            ("token", token),
            ("idempotency_key", idempotency_key),
            ("if_match", if_match),
            ("purpose", purpose),
            ("origin", origin),
        ):
            if value is not None:
                headers[name] = value
        self._counts["calls"] += 1
        with span(f"{service}.{door}", kind=SpanKind.CLIENT):
            traceparent = current_traceparent()
            if traceparent is not None:
                headers["traceparent"] = traceparent
            reply = self._offer(
                key_of(service, door), arguments, headers, deadline, give_up=began + deadline_s / 2
            )
            reply.raise_problem()
        return reply

    def _offer(
        self, key: str, body: bytes, headers: dict[str, Any], deadline: float, give_up: float
    ) -> Reply:
        pauses = iter(RETRY_PAUSES_S)
        pause = 0.0
        while True:
            reply = self._attempt(key, body, headers, deadline)
            if reply is not _RETURNED:
                return reply
            self._counts["returned"] += 1
            pause = next(pauses, RETRY_PAUSES_S[-1])
            if time() + pause > give_up:
                raise Unavailable("no replica of the service takes calls", retry_after=1)
            eventlet.sleep(pause)

    def _attempt(self, key: str, body: bytes, headers: dict[str, Any], deadline: float) -> Any:
        link = self._link
        left = deadline - time()
        if not link.ready:
            link.start()
            if not link.wait_ready(timeout_s=min(LINK_PATIENCE_S, left)):
                raise Unavailable("the broker is not reachable", retry_after=1)
            left = deadline - time()
        if left <= 0:
            raise DeadlineExceeded(retry_after=1)
        number = str(next(self._numbers))
        answered = self._pending[number] = Event()
        described = properties(
            headers=headers,
            mode=TRANSIENT,
            correlation_id=number,
            reply_to=self._reply_queue,
            expiration=str(max(1, int(left * 1000))),
        )
        try:
            assert self._publisher is not None  # noqa: S101 - a ready link has been set up
            link.send(self._publisher.frames(key, body, described))
            answer = answered.wait(timeout=left)
        except ConnectionError:
            raise Unavailable("the broker is not reachable", retry_after=1) from None
        finally:
            self._pending.pop(number, None)
        if answer is None:
            self._counts["timeouts"] += 1
            raise DeadlineExceeded(retry_after=1)
        if answer is _LOST:
            self._counts["lost"] += 1
            raise Unavailable("the connection to the broker was lost", retry_after=1)
        return answer

    def _set_up(self, connection: Connection) -> None:
        channel = connection.channel()
        # A new name for every connection: the broker may still hold the old exclusive queue.
        queue = f"{self._name}.replies.{uuid4().hex}"
        channel.queue_declare(queue, durable=False, exclusive=True, auto_delete=True)
        channel.queue_bind(queue, REPLIES, routing_key=queue)
        channel.events["basic_return"].add(self._is_returned)
        channel.consume(queue, tag="replies", on_message=self._is_answered, no_ack=True)
        self._reply_queue = queue
        self._publisher = Publisher(channel, exchange=CALLS, mandatory=True)

    def _has_gone_down(self) -> None:
        for waiting in list(self._pending.values()):
            if not waiting.ready():
                waiting.send(_LOST)

    def _is_returned(self, _error: Exception, _exchange: str, _key: str, message: Any) -> None:
        self._answer(message.properties.get("correlation_id", ""), _RETURNED)

    def _is_answered(self, message: Incoming) -> None:
        headers = message.headers
        self._answer(
            message.correlation_id,
            Reply(
                body=message.body,
                status=headers.get("status", OK),
                http=int(headers.get("http", 200)),
                etag=headers.get("etag"),
                headers=headers,
            ),
        )

    def _answer(self, number: str, answer: Any) -> None:
        waiting = self._pending.get(number)
        if waiting is None or waiting.ready():
            self._counts["late_replies"] += 1
            return
        waiting.send(answer)

"""A connection to the broker that calls doors as the gateway does, past the gateway."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import amqp

DEADLINE_S = 3.0
WHOLE_S = 20.0


@dataclass(frozen=True)
class Call:
    """One call of a door, with the headers that the gateway would send."""

    key: str
    body: bytes
    headers: dict[str, str]


@dataclass
class Line:
    """A connection to the broker that calls doors as the gateway does."""

    connection: amqp.Connection
    channel: amqp.Channel
    queue: str

    def call(self, key: str, body: bytes, *, late: bool = False, **headers: Any) -> dict[str, Any] | None:
        """The reply with its status under `http`; None when nobody replied in time."""
        replies: dict[str, amqp.Message] = {}
        number = uuid4().hex
        tag = self.channel.basic_consume(
            self.queue,
            no_ack=True,
            callback=lambda message: replies.update({message.correlation_id: message}),
        )
        deadline = time.time() + (-1 if late else DEADLINE_S)
        self.channel.basic_publish(
            amqp.Message(
                body,
                application_headers={"deadline": int(deadline * 1000), **headers},
                correlation_id=number,
                reply_to=self.queue,
            ),
            exchange="icm.rpc",
            routing_key=key,
        )
        ends = time.time() + DEADLINE_S
        while number not in replies and time.time() < ends:
            try:
                self.connection.drain_events(timeout=0.2)
            except TimeoutError:
                continue
        self.channel.basic_cancel(tag)
        if number not in replies:
            return None
        return _read(replies[number])

    def call_all(self, calls: list[Call], *, at_once: int = 32) -> list[dict[str, Any]]:
        """The replies to many calls, some of them on their way at the same time; raises when one does not come."""
        replies: dict[str, dict[str, Any]] = {}
        tag = self.channel.basic_consume(
            self.queue,
            no_ack=True,
            callback=lambda message: replies.update({message.correlation_id: _read(message)}),
        )
        numbers = [uuid4().hex for _ in calls]
        for sent, (number, call) in enumerate(zip(numbers, calls, strict=True), start=1):
            deadline = {"deadline": int((time.time() + WHOLE_S) * 1000)}
            message = amqp.Message(
                call.body,
                application_headers={**deadline, **call.headers},
                correlation_id=number,
                reply_to=self.queue,
            )
            self.channel.basic_publish(message, exchange="icm.rpc", routing_key=call.key)
            self._until(lambda sent=sent: len(replies) > sent - at_once)
        self._until(lambda: len(replies) == len(calls))
        self.channel.basic_cancel(tag)
        return [replies[number] for number in numbers]

    def _until(self, enough: Callable[[], bool]) -> None:
        ends = time.monotonic() + WHOLE_S
        while not enough():
            assert time.monotonic() < ends, "a door does not reply"
            try:
                self.connection.drain_events(timeout=0.2)
            except TimeoutError:
                continue


def _read(message: amqp.Message) -> dict[str, Any]:
    told = message.body if isinstance(message.body, str) else message.body.decode()
    return {"http": message.headers["http"], **json.loads(told)}


@contextmanager
def connected_as_administrator() -> Iterator[amqp.Connection]:
    """A connection with the administrator's login, as somebody has who broke into the house."""
    where = urlsplit(os.environ["ICM_ADMIN_AMQP_URL"])
    connection = amqp.Connection(
        f"{where.hostname}:{where.port}",
        userid=unquote(where.username or ""),
        password=unquote(where.password or ""),
        virtual_host=unquote(where.path[1:]),
    )
    connection.connect()
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def opened() -> Iterator[Line]:
    """A line with the administrator's login."""
    with connected_as_administrator() as connection:
        channel = connection.channel()
        queue = f"gateway.replies.{uuid4().hex}"
        channel.queue_declare(queue, exclusive=True, auto_delete=False)
        channel.queue_bind(queue, "icm.replies", routing_key=queue)
        yield Line(connection=connection, channel=channel, queue=queue)

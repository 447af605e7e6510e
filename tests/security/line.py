"""A connection to the broker that calls doors as the gateway does, past the gateway."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import amqp

DEADLINE_S = 3.0


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
        answer = replies[number]
        told = answer.body if isinstance(answer.body, str) else answer.body.decode()
        return {"http": answer.headers["http"], **json.loads(told)}


@contextmanager
def opened() -> Iterator[Line]:
    """A line with the administrator's login, as somebody has who broke into the house."""
    where = urlsplit(os.environ["ICM_ADMIN_AMQP_URL"])
    connection = amqp.Connection(
        f"{where.hostname}:{where.port}",
        userid=unquote(where.username or ""),
        password=unquote(where.password or ""),
        virtual_host=unquote(where.path[1:]),
    )
    connection.connect()
    channel = connection.channel()
    queue = f"gateway.replies.{uuid4().hex}"
    channel.queue_declare(queue, exclusive=True, auto_delete=False)
    channel.queue_bind(queue, "icm.replies", routing_key=queue)
    try:
        yield Line(connection=connection, channel=channel, queue=queue)
    finally:
        connection.close()

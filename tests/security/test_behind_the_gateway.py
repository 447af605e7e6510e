"""A service trusts no gateway: whoever reaches the broker as the gateway still needs a caller's own valid token."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import amqp
import pytest
import requests

pytestmark = pytest.mark.platform

PERSON = {"names": [{"kind": "alias", "given": "the girl"}]}
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


@pytest.fixture
def line() -> Iterator[Line]:
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
    yield Line(connection=connection, channel=channel, queue=queue)
    connection.close()


def tokens(subject: str, **asked: str) -> dict[str, str]:
    answer = requests.post(
        os.environ["ICM_TOKEN_URL"],
        data={"grant_type": os.environ["ICM_TOKEN_GRANT"], "subject": subject, **asked},
        timeout=10,
    )
    answer.raise_for_status()
    given: dict[str, str] = answer.json()
    return given


def problem(reply: dict[str, Any] | None) -> tuple[int, str]:
    assert reply is not None, "nobody replied"
    return reply["http"], reply.get("code", "")


def test_a_door_opens_to_a_valid_token_only(line: Line) -> None:
    body = json.dumps(PERSON).encode()
    for headers in (
        {},
        {"token": ""},
        {"token": "a.b.c"},
        {"token": tokens("intake-worker")["id_token"]},
        {"token": tokens("intake-worker", lifetime="-60")["access_token"]},
        {"token": tokens("intake-worker", audience="elsewhere")["access_token"]},
    ):
        assert problem(line.call("intake.record_person", body, **headers)) == (401, "unauthenticated"), (
            headers
        )
    good = {"token": tokens("intake-worker")["access_token"], "idempotency_key": uuid4().hex}
    assert problem(line.call("intake.record_person", body, **good)) == (200, "")


def test_a_door_asks_for_the_permission_itself(line: Line) -> None:
    headers = {"token": tokens("auditor")["access_token"]}
    reply = line.call("intake.record_person", json.dumps(PERSON).encode(), **headers)
    assert problem(reply) == (403, "permission_missing")


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"\xff", b'{"names": 7}', b"[" * 2000])
def test_a_door_checks_the_shape_itself(line: Line, body: bytes) -> None:
    headers = {"token": tokens("intake-worker")["access_token"]}
    http, _ = problem(line.call("intake.record_person", body, **headers))
    assert http in (400, 422)


def test_a_door_that_does_not_exist_is_not_there(line: Line) -> None:
    headers = {"token": tokens("intake-worker")["access_token"]}
    for door in ("nothing", "__init__", "name", "record_person.more", "on_case_closed"):
        assert problem(line.call(f"intake.{door}", b"{}", **headers)) == (404, "not_found")


def test_a_call_past_its_deadline_is_not_carried_out(line: Line) -> None:
    headers = {"token": tokens("intake-worker")["access_token"], "idempotency_key": uuid4().hex}
    assert line.call("intake.record_person", json.dumps(PERSON).encode(), late=True, **headers) is None

"""Whoever has one user of the broker has that user's words and queues, and nothing of another's (rule 2, CO-9)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import amqp
import pytest

from tests.security.sign_ins import eventually

pytestmark = pytest.mark.platform

SERVICES = ("intake", "cases", "consent", "portal", "audit")
USERS = (*SERVICES, "gateway", "auditor")


def connected(user: str) -> amqp.Connection:
    where = urlsplit(os.environ["ICM_ADMIN_AMQP_URL"])
    secrets = json.loads((Path(os.environ["ICM_HOME"]) / "layout.json").read_text())["secrets"]
    password = unquote(where.password or "") if user == "admin" else secrets[f"broker-{user}"]
    connection = amqp.Connection(
        f"{where.hostname}:{where.port}",
        userid=user,
        password=password,
        virtual_host=unquote(where.path[1:]),
    )
    connection.connect()
    return connection


@pytest.fixture
def line() -> Iterator[Callable[[str], amqp.Channel]]:
    """A channel of a user's own."""
    opened: list[amqp.Connection] = []

    def channel(user: str) -> amqp.Channel:
        opened.append(connected(user))
        return opened[-1].channel()

    yield channel
    for connection in opened:
        connection.close()


def published(channel: amqp.Channel, body: bytes, *, exchange: str, key: str) -> None:
    channel.confirm_select()
    channel.basic_publish_confirm(amqp.Message(body, delivery_mode=2), exchange, key, confirm_timeout=10)


def waiting(queue: str) -> int:
    with connected("admin") as connection:
        return int(connection.channel().queue_declare(queue, passive=True).message_count)


def others(user: str) -> list[str]:
    return [each for each in SERVICES if each != user]


@pytest.mark.parametrize("user", USERS)
def test_an_event_under_the_first_word_of_another_is_refused(user: str, line: Any) -> None:
    for other in others(user):
        for key in (f"{other}.access.recorded.v1", f"{other}.heartbeat.sent.v1", other, "#", ""):
            with pytest.raises(amqp.AccessRefused):
                published(line(user), b"{}", exchange="icm.events", key=key)


@pytest.mark.parametrize("user", USERS)
def test_nothing_is_put_into_a_queue_or_an_exchange_that_is_not_ones_own(user: str, line: Any) -> None:
    straight = [("", f"{other}.inbox") for other in others(user)]
    straight += [("", "icm.dead"), ("", "icm.audit"), ("", "icm.unclaimed"), ("icm.dead", "")]
    straight += [("amq.topic", "x"), ("amq.fanout", ""), ("amq.headers", "")]
    straight += [] if user == "audit" else [("icm.audit", "entry")]
    straight += [] if user in SERVICES else [("icm.replies", "gateway.replies.x")]
    straight += [] if user == "gateway" else [("icm.rpc", f"{other}.health") for other in others(user)]
    for exchange, key in straight:
        with pytest.raises(amqp.AccessRefused):
            published(line(user), b"{}", exchange=exchange, key=key)


@pytest.mark.parametrize("user", USERS)
def test_nobody_reads_empties_or_deletes_a_queue_of_another(user: str, line: Any) -> None:
    queues = [f"{other}.inbox" for other in others(user)] + ["icm.dead", "icm.unclaimed"]
    for queue in queues:
        for attempt in ("basic_get", "queue_purge", "queue_delete"):
            with pytest.raises(amqp.AccessRefused):
                getattr(line(user), attempt)(queue)
        with pytest.raises(amqp.AccessRefused):
            line(user).basic_consume(queue)
    if user in SERVICES:
        with pytest.raises(amqp.AccessRefused):
            line(user).queue_delete(f"{user}.inbox")


@pytest.mark.parametrize("user", USERS)
def test_nobody_changes_what_goes_where(user: str, line: Any) -> None:
    own = "gateway.replies.mine" if user == "gateway" else f"{user}.rpc"
    if user != "auditor":
        # A queue that one may declare hears nothing of events, entries or the dead.
        line(user).queue_declare(own, auto_delete=True) if user == "gateway" else None
        for exchange in ("icm.events", "icm.dead"):
            with pytest.raises(amqp.AccessRefused):
                line(user).queue_bind(own, exchange, routing_key="#")
    for queue in ("cases.inbox", "consent.inbox", "icm.audit"):
        with pytest.raises(amqp.AccessRefused):
            line(user).queue_bind(queue, "icm.events", routing_key="#")
        with pytest.raises(amqp.AccessRefused):
            line(user).queue_unbind(queue, "icm.events", routing_key="intake.person.recorded.v1")
    for exchange in ("icm.events", "icm.rpc", "icm.audit"):
        with pytest.raises(amqp.AccessRefused):
            line(user).exchange_delete(exchange)
        with pytest.raises(amqp.AccessRefused):
            line(user).exchange_bind("icm.dead", exchange, routing_key="#")


def forged(key: str, *, source: str, subject: str, **data: Any) -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "id": str(uuid4()),
            "source": source,
            "type": f"org.openicm.{key}",
            "subject": subject,
            "subjectversion": 1,
            "time": datetime.now(UTC).isoformat(),
            "data": data,
        }
    ).encode()


@pytest.mark.parametrize(
    ("key", "source", "kind"),
    [
        ("cases.case.closed.v1", "/services/consent", None),
        ("cases.case.closed.v1", "cases", None),
        ("cases.case.closed.v1", "/services/cases", "consent.consent.given.v1"),
        ("cases.case.closed.v1", "", None),
    ],
    ids=["source-of-another", "source-without-its-place", "type-of-another", "no-source"],
)
def test_an_event_that_says_it_is_of_another_goes_to_the_dead_letters(
    key: str, source: str, kind: str | None, line: Any
) -> None:
    before = waiting("icm.dead")
    subject = str(uuid4())
    body = forged(kind or key, source=source, subject=subject, case_id=subject, person_ids=[], reason="other")
    published(line("cases"), body, exchange="icm.events", key=key)
    # Of each consumer one copy, and none of them counts the subject of another.
    eventually("the consumers refuse it", lambda: True if waiting("icm.dead") > before else None)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe", b"1e999999", b'"' + b"x" * 2_000_000 + b'"'],
    ids=["empty", "cut", "deep-list", "deep-object", "no-text", "huge-number", "long"],
)
def test_what_no_service_can_read_stops_none_of_them(body: bytes, line: Any) -> None:
    before = waiting("icm.dead")
    published(line("cases"), body, exchange="icm.events", key="cases.case.closed.v1")
    eventually("it is put aside", lambda: True if waiting("icm.dead") > before else None)
    eventually("the lanes flow", lambda: True if waiting("intake.inbox") == 0 else None)

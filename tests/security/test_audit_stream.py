"""The stream `icm.audit` of the running platform, read by a stock AMQP client as the auditor (AU-5)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp
import orjson
import pytest
import requests

from audit.verifier import FORMAT, Key, read_keys, verify

pytestmark = [pytest.mark.platform, pytest.mark.timeout(180)]

STREAM = "icm.audit"


def an_auditor() -> dict[str, str]:
    asked = {"grant_type": os.environ["ICM_TOKEN_GRANT"], "subject": "auditor"}
    answer = requests.post(os.environ["ICM_TOKEN_URL"], data=asked, timeout=10)
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def asked(path: str) -> dict[str, Any]:
    answer = requests.get(f"{os.environ['ICM_BASE_URL']}/api/v1{path}", headers=an_auditor(), timeout=10)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture(scope="module", autouse=True)
def _a_log_with_something_in_it() -> None:
    """On a platform that has just begun nobody has looked at anything yet: thirty looks, and a checkpoint over them."""
    for _ in range(30):
        asked("/audit/entries?limit=1")
    ends = time.monotonic() + 60
    while True:
        answer = requests.get(
            f"{os.environ['ICM_BASE_URL']}/api/v1/audit/checkpoint", headers=an_auditor(), timeout=10
        )
        if answer.status_code == 200 and answer.json()["size"] >= 30:
            return
        assert time.monotonic() < ends, answer.text
        time.sleep(0.1)


@pytest.fixture
def keys() -> list[Key]:
    return read_keys("\n".join(asked("/audit/checkpoint")["keys"]))


@contextmanager
def connected() -> Iterator[amqp.Channel]:
    where = urlsplit(os.environ["ICM_AUDITOR_AMQP_URL"])
    vhost = unquote(where.path.removeprefix("/")) or "/"
    with amqp.Connection(
        f"{where.hostname}:{where.port}",
        unquote(where.username or ""),
        unquote(where.password or ""),
        virtual_host=vhost,
    ) as connection:
        yield connection.channel()


def read(*, offset: Any, enough: Callable[[list[amqp.Message]], bool]) -> list[amqp.Message]:
    """What the stream gives from an offset on, until it is enough."""
    got: list[amqp.Message] = []
    with connected() as channel:
        channel.basic_qos(0, 200, False)

        def take(message: amqp.Message) -> None:
            got.append(message)
            channel.basic_ack(message.delivery_tag)

        channel.basic_consume(STREAM, callback=take, arguments={"x-stream-offset": offset})
        ends = time.monotonic() + 60
        while not enough(got):
            assert time.monotonic() < ends, f"only {len(got)} messages came"
            try:
                channel.connection.drain_events(timeout=1)
            except TimeoutError:
                continue
    return got


def up_to(position: int) -> Callable[[list[amqp.Message]], bool]:
    """Until a checkpoint covers the position."""

    def covered(got: list[amqp.Message]) -> bool:
        if not got:
            return False
        line = orjson.loads(got[-1].body)
        return "sealed" in line and int(line["sealed"].split("\n")[1]) > position

    return covered


def newest() -> int:
    """The position of an entry that has just been made: our own look at the log."""
    asked("/audit/entries")
    return int(asked("/audit/entries?limit=1")["items"][0]["position"])


def test_the_whole_log_is_read_from_the_first_message_and_proves_itself(keys: list[Key]) -> None:
    got = read(offset="first", enough=up_to(newest()))
    lines: list[dict[str, Any]] = []
    position, sealed = -1, ""
    for message in got:
        line = orjson.loads(message.body)
        if "sealed" in line:
            if line["sealed"].split("\n")[1] == str(position + 1) and line["sealed"] != sealed:
                sealed = line["sealed"]
                lines.append(line)
        elif message.headers["position"] == position + 1:
            position += 1
            lines.append(line)
    origin = sealed.split("\n", 1)[0]
    while "sealed" not in lines[-1]:
        lines.pop()
    header = {"format": FORMAT, "kind": "range", "origin": origin, "from": 0, "left": [], "keys": []}
    size = int(sealed.split("\n")[1])
    footer = {"end": True, "to": size, "right": [], "checkpoint": sealed}
    verdict = verify([orjson.dumps(each).decode() for each in (header, *lines, footer)], keys=keys)
    assert verdict.sound, verdict.findings
    assert verdict.size == size > 0

    entry = next(each for each in lines if "entry" in each)
    entry["entry"]["outcome"] = "denied" if entry["entry"]["outcome"] == "permitted" else "permitted"
    assert not verify([orjson.dumps(each).decode() for each in (header, *lines, footer)], keys=keys).sound


def test_a_reader_who_was_away_goes_on_at_an_offset_and_misses_nothing() -> None:
    first = read(offset="first", enough=lambda got: len(got) >= 20)
    offset = first[9].headers["x-stream-offset"]
    later = read(offset=offset, enough=lambda got: len(got) >= 11)
    assert [message.body for message in later[:11]] == [message.body for message in first[9:20]]


def test_a_reader_may_begin_at_a_time() -> None:
    position = newest()
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    got = read(offset=hour_ago, enough=up_to(position))
    assert position in {message.headers["position"] for message in got}
    fresh = newest()
    assert read(offset="last", enough=up_to(fresh))


def refused(attempt: Callable[[amqp.Channel], Any]) -> bool:
    """Whether the broker refuses access to an attempt (403), and nothing else."""
    with connected() as channel:
        with pytest.raises(amqp.exceptions.AccessRefused):
            attempt(channel)
            channel.connection.drain_events(timeout=5)
        return True


@pytest.mark.parametrize("exchange", ["icm.audit", "icm.events", "icm.rpc", "icm.dead", ""])
def test_the_auditor_publishes_nothing_anywhere(exchange: str) -> None:
    message = amqp.Message(b"{}")
    assert refused(lambda channel: channel.basic_publish(message, exchange=exchange, routing_key=STREAM))


@pytest.mark.parametrize("queue", ["cases.inbox", "audit.inbox", "consent.inbox", "icm.dead"])
def test_the_auditor_reads_no_other_queue(queue: str) -> None:
    assert refused(lambda channel: channel.basic_consume(queue))
    assert refused(lambda channel: channel.basic_get(queue))


@pytest.mark.parametrize(
    "attempt",
    [
        lambda channel: channel.queue_declare("mine", durable=True, auto_delete=False),
        lambda channel: channel.queue_delete(STREAM),
        lambda channel: channel.queue_purge("cases.inbox"),
        lambda channel: channel.queue_bind(STREAM, "icm.events", "#"),
        lambda channel: channel.queue_unbind(STREAM, STREAM, "#"),
        lambda channel: channel.exchange_declare("mine", "topic"),
        lambda channel: channel.exchange_delete("icm.audit"),
    ],
    ids=["declare", "delete", "purge", "bind", "unbind", "declare exchange", "delete exchange"],
)
def test_the_auditor_changes_nothing_of_the_broker(attempt: Callable[[amqp.Channel], Any]) -> None:
    assert refused(attempt)

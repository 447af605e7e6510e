"""What is said of a family stands in its records and nowhere else: logs, metrics, traces, the broker (rule 4, AU-1).

A whole family is recorded while somebody listens at every place where words could end up by the way.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import amqp
import psycopg
import pytest
import requests

from tests.security.family import Family, cast
from tests.security.line import connected_as_administrator
from tests.security.sign_ins import eventually
from tests.security.world import built
from tests.traces.collector import Collector

pytestmark = [pytest.mark.platform, pytest.mark.timeout(180)]

SERVICES = ("intake", "cases", "consent", "portal", "audit")
# Words that no mark holds and that are as personal.
PLAIN = ("250 555 0133", "250 555 0177", "250 555 0151")


@dataclass(frozen=True)
class Heard:
    """A family, and what was to be heard while it was recorded: events with their headers, and spans."""

    family: Family
    events: list[tuple[str, str]]
    spans: list[str]

    def words_in(self, text: str) -> set[str]:
        """Which of the family's words stand in a text."""
        text = text.casefold()
        names = (f"zz{self.family.name}", f"zy{self.family.name}")
        words = (*self.family.marks.values(), *names, *PLAIN)
        return {word for word in words if word.casefold() in text}


@pytest.fixture(scope="module")
def heard() -> Iterator[Heard]:
    with listening() as channel, traced() as collector:
        family = built("heard", cast("heard"), account="client", place="heard")
        events = drained(channel)
        yield Heard(family, events, [] if collector is None else [str(each) for each in collector.spans])


@contextmanager
def listening() -> Iterator[amqp.Channel]:
    """A queue of the administrator's that is told of every event and every entry of the log."""
    with connected_as_administrator() as connection:
        channel = connection.channel()
        queue = channel.queue_declare("", exclusive=True).queue
        channel.queue_bind(queue, "icm.events", routing_key="#")
        channel.listening = queue
        yield channel


def drained(channel: amqp.Channel) -> list[tuple[str, str]]:
    """What came, once each service has told of something."""
    found: list[tuple[str, str]] = []

    def everybody_spoke() -> bool | None:
        while (message := channel.basic_get(channel.listening, no_ack=True)) is not None:
            body = message.body if isinstance(message.body, str) else message.body.decode()
            found.append((message.delivery_info["routing_key"], f"{body} {message.headers}"))
        return True if {key.split(".")[0] for key, _ in found} >= set(SERVICES) - {"audit"} else None

    eventually("each service tells of what happened", everybody_spoke)
    return found


@contextmanager
def traced() -> Iterator[Collector | None]:
    """The collector that the platform sends its spans to, where it was started with one."""
    endpoint = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    if not endpoint:
        yield None
        return
    with Collector(port=urlsplit(endpoint).port or 4318) as collector:
        yield collector


def test_no_event_says_what_was_said(heard: Heard) -> None:
    """Ids, codes and times only: brokers remember."""
    assert len(heard.events) > 30
    assert {key: words for key, body in heard.events if (words := heard.words_in(body))} == {}


def test_nothing_that_waits_to_be_published_or_applied_says_it(heard: Heard) -> None:
    said = {}
    for service in SERVICES:
        url = os.environ[f"ICM_{service.upper()}_OWNER_URL"].replace("+psycopg", "")
        with psycopg.connect(url) as connection:
            for table in ("outbox", "parked_events"):
                rows = connection.execute(
                    f"SELECT t::text || encode(body, 'escape') FROM {table} t"
                ).fetchall()
                if words := heard.words_in(" ".join(row for (row,) in rows)):
                    said[service, table] = words
    assert said == {}


def test_no_log_of_any_process_says_it(heard: Heard) -> None:
    """Of the services, the gateway, the broker, the databases, the sign-in and the witness."""
    said, seen = {}, set()
    for file in (Path(os.environ["ICM_HOME"]) / "logs").iterdir():
        text = file.read_text(errors="replace")
        if text:
            seen.add(file.stem)
        if words := heard.words_in(text):
            said[file.name] = words
    assert said == {}
    assert seen >= {*SERVICES, "gateway", "rabbitmq", "postgres-intake"}


def test_no_metric_and_no_status_says_it(heard: Heard) -> None:
    places = [f"{os.environ['ICM_GATEWAY_HEALTH_URL']}/metrics", f"{os.environ['ICM_BASE_URL']}/status"]
    places += [f"{os.environ[f'ICM_{service.upper()}_HEALTH_URL']}/metrics" for service in SERVICES]
    ids = {each for name, each in heard.family.ids.items() if name.endswith("_id")}
    for place in places:
        answer = requests.get(place, timeout=10)
        assert answer.ok and answer.text, place
        assert heard.words_in(answer.text) == set(), place
        assert {each for each in ids if each in answer.text} == set(), place


def test_no_span_says_it(heard: Heard) -> None:
    assert {each[:200]: words for each in heard.spans if (words := heard.words_in(each))} == {}
    traced_here = bool(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"))
    assert bool(heard.spans) == traced_here


def test_the_words_would_have_been_found(heard: Heard) -> None:
    """They are said to whoever reads the records: whoever looks for what was never said finds nothing anywhere."""
    ids = heard.family.ids
    told = "".join(
        heard.family[name].get(path).text
        for name, path in (
            ("desk", f"/people/{ids['person_id']}"),
            ("desk", f"/referrals/{ids['referral_id']}"),
            ("mentor", f"/cases/{ids['case_id']}/plan"),
            ("mentor", f"/consents/{ids['consent_id']}"),
            ("carers-worker", f"/invoices/{ids['invoice_id']}"),
        )
    )
    assert len(heard.words_in(told)) > 6
    assert heard.words_in(json.dumps(told)) == heard.words_in(told)

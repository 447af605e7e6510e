"""Two real requests, each one trace from the browser to the last consumer, edge by edge (OP-2).

browser → gateway → call → door → statements
                              ↳ publish → apply → statements
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.traces.collector import CollectedSpan, Collector
from tests.traces.walk import SAID, logged, walk

CHECKOUT = Path(__file__).resolve().parents[2]
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

# What a span of ours may say. A key outside this list needs a reason, and a look at what stands under it.
ATTRIBUTES = {
    "http.request.method", "http.route", "http.response.status_code", "url.scheme",
    "rpc.system", "rpc.service", "rpc.method",
    "db.system.name", "db.namespace", "db.operation.name", "db.collection.name",
    "messaging.system", "messaging.operation.type", "messaging.destination.name", "messaging.batch.message_count",
    "error.type", "icm.outcome",
}  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]


@dataclass(frozen=True)
class Trace:
    """One request's spans, and the span of the browser that sent it."""

    trace_id: str
    browser_span: str
    told: str
    entry: str
    collector: Collector

    @property
    def spans(self) -> list[CollectedSpan]:
        return self.collector.trace(self.trace_id)

    def one(self, name: str, *, service: str, kind: str) -> CollectedSpan:
        """The only span of this name, service and kind; waits until it has been sent."""

        def wanted(spans: list[CollectedSpan]) -> list[CollectedSpan]:
            return [
                span
                for span in spans
                if (span.trace_id, span.name, span.service, span.kind) == (self.trace_id, name, service, kind)
            ]

        found = wanted(self.collector.wait_for(lambda spans: bool(wanted(spans))))
        assert len(found) == 1, f"{len(found)} spans {name} of {service}"
        return found[0]

    def follower(self, publishing: CollectedSpan, *, service: str) -> CollectedSpan:
        """The span in which a service applied what was published: its child, or linked to it when in a batch."""

        def wanted(spans: list[CollectedSpan]) -> list[CollectedSpan]:
            edge = (publishing.trace_id, publishing.span_id)
            return [
                span
                for span in spans
                if (span.service, span.kind) == (service, "consumer")
                and (edge == (span.trace_id, span.parent_id) or edge in span.links)
            ]

        found = wanted(self.collector.wait_for(lambda spans: bool(wanted(spans))))
        assert len(found) == 1
        return found[0]

    def statements_in(self, parent: CollectedSpan) -> list[CollectedSpan]:
        return [
            span
            for span in self.collector.trace(parent.trace_id)
            if span.parent_id == parent.span_id and span.attributes.get("db.system.name") == "postgresql"
        ]


@dataclass(frozen=True)
class Walked:
    referral: Trace
    consent: Trace
    logged: dict[str, list[str]]


@pytest.fixture(scope="module")
def walked() -> Iterator[Walked]:
    """The two requests, sent to the platform that runs with our collector, else to one started for it."""
    endpoint = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    running = bool(endpoint and os.environ.get("ICM_BASE_URL"))
    port = (urlsplit(endpoint).port or 4318) if running and endpoint else 0
    with Collector(port=port) as collector:
        told = (
            {"walked": walk(), "logged": logged()} if running else _walk_on_a_platform_of_its_own(collector)
        )
        traces = {name: Trace(collector=collector, **each) for name, each in told["walked"].items()}
        yield Walked(**traces, logged=told["logged"])


def _walk_on_a_platform_of_its_own(collector: Collector) -> dict[str, Any]:
    icm = [sys.executable, "-m", "icm", "with-platform", "--"]
    done = subprocess.run(
        [*icm, sys.executable, "-m", "tests.traces.walk"],
        cwd=CHECKOUT,
        env={**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    printed = [line for line in done.stdout.splitlines() if line.startswith("{")]
    told: dict[str, Any] = json.loads(printed[-1])
    return told


def door_of(trace: Trace, *, route: str, service: str, door: str) -> CollectedSpan:
    """Follow a request from the browser to the door, each span the child of the one before; the door's span."""
    gateway = trace.one(f"POST {route}", service="gateway", kind="server")
    assert gateway.parent_id == trace.browser_span
    assert gateway.attributes["http.route"] == route
    call = trace.one(f"{service}.{door}", service="gateway", kind="client")
    assert call.parent_id == gateway.span_id
    opened = trace.one(f"{service}.{door}", service=service, kind="server")
    assert opened.parent_id == call.span_id
    return opened


def test_a_referral_is_one_trace_from_the_browser_to_the_audit_log(walked: Walked) -> None:
    trace = walked.referral
    door = door_of(trace, route="/api/v1/referrals", service="intake", door="receive_referral")
    publishing = trace.one("publish intake.access.recorded.v1", service="intake", kind="producer")
    assert publishing.parent_id == door.span_id
    applying = trace.follower(publishing, service="audit")

    inserted = {span.name for span in trace.statements_in(door)}
    assert {"INSERT referrals", "INSERT outbox"} <= inserted
    assert trace.statements_in(applying)


def test_a_consent_is_one_trace_from_the_browser_to_the_grant_in_cases(walked: Walked) -> None:
    trace = walked.consent
    door = door_of(trace, route="/api/v1/consents", service="consent", door="record_consent")
    publishing = trace.one("publish consent.consent.given.v1", service="consent", kind="producer")
    assert publishing.parent_id == door.span_id
    applying = trace.follower(publishing, service="cases")

    assert "INSERT consents" in {span.name for span in trace.statements_in(door)}
    assert "INSERT grants" in {span.name for span in trace.statements_in(applying)}


def test_answer_and_audit_entry_name_the_trace_of_their_request(walked: Walked) -> None:
    assert walked.referral.told == walked.referral.trace_id
    assert walked.consent.told == walked.consent.trace_id
    assert (walked.referral.entry, walked.consent.entry) == (
        "intake.receive_referral",
        "consent.record_consent",
    )


def test_no_log_of_the_platform_holds_what_was_said(walked: Walked) -> None:
    assert walked.logged == {}


def test_no_span_of_a_trace_hangs_in_the_air(walked: Walked) -> None:
    for trace in (walked.referral, walked.consent):
        known = {span.span_id for span in trace.spans} | {trace.browser_span}
        loose = [f"{span.service}: {span.name}" for span in trace.spans if span.parent_id not in known]
        assert not loose


def test_nothing_personal_is_in_any_span(walked: Walked) -> None:
    for span in walked.consent.collector.spans:
        assert set(span.attributes) <= ATTRIBUTES, f"{span.service}: {span.name}"
        told = repr((span.name, span.attributes))
        assert not UUID.search(told), told
        assert not any(words in told for words in SAID), told
        assert "eyJ" not in told, "an access token"

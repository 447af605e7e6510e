"""Traces cross greenthreads and processes, cost nothing when off, and hold nothing personal (OP-2)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from time import process_time
from timeit import timeit

import pytest
from opentelemetry.trace import INVALID_SPAN

from chassis import telemetry
from tests.traces.collector import Collector

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


def run_green(program: str, *, endpoint: str = "", **more: str) -> dict[str, object]:
    """Run a program in a process of its own, patched by eventlet as a service is; what it printed last, as
    JSON.
    """
    head = "import eventlet; eventlet.monkey_patch()\nimport json, os\nfrom chassis import telemetry\n"
    environment = {**os.environ, "ENDPOINT": endpoint, "PSYCOPG_WAIT_FUNC": "wait_select", **more}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", head + textwrap.dedent(program)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return printed


MANY_SPANS = """
    telemetry.start(service="intake", endpoint=os.environ["ENDPOINT"])
    from time import monotonic
    gap, last, going = 0.0, monotonic(), True
    def tick():
        global gap, last
        while going:
            eventlet.sleep(0.005)
            gap, last = max(gap, monotonic() - last), monotonic()
    ticking = eventlet.spawn(tick)
    def one(number):
        with telemetry.span("outer", attributes={"number": number}):
            eventlet.sleep(0.001 * (number % 7))
            with telemetry.span("inner", attributes={"number": number}):
                eventlet.sleep(0.001)
    for each in [eventlet.spawn(one, number) for number in range(100)]:
        each.wait()
    began = monotonic()
    telemetry.stop()
    going = False
    print(json.dumps({"gap": gap, "stopped_in": monotonic() - began}))
"""


def test_a_slow_collector_holds_up_no_greenthread_and_gets_every_span() -> None:
    with Collector(delay_s=1.0) as collector:
        measured = run_green(MANY_SPANS, endpoint=collector.endpoint)
        spans = collector.wait_for(lambda spans: len(spans) == 200)

    assert float(str(measured["gap"])) < 0.5
    assert {span.service for span in spans} == {"intake"}


def test_spans_of_greenthreads_that_take_turns_do_not_mix() -> None:
    with Collector() as collector:
        run_green(MANY_SPANS, endpoint=collector.endpoint)
        spans = collector.wait_for(lambda spans: len(spans) == 200)

    outer = {span.span_id: span for span in spans if span.name == "outer"}
    for inner in (span for span in spans if span.name == "inner"):
        parent = outer[inner.parent_id]
        assert (parent.trace_id, parent.attributes) == (inner.trace_id, inner.attributes)


def test_a_collector_that_is_gone_costs_the_process_nothing_but_a_short_stop() -> None:
    with Collector() as collector:
        endpoint = collector.endpoint
    measured = run_green(MANY_SPANS, endpoint=endpoint)

    assert float(str(measured["gap"])) < 0.5
    assert float(str(measured["stopped_in"])) < 10


def test_a_span_is_the_child_of_the_traceparent_it_is_given_and_passes_on_its_own() -> None:
    program = f"""
        telemetry.start(service="cases", endpoint=os.environ["ENDPOINT"], environment="test")
        with telemetry.span("open_case", traceparent="{PARENT}"):
            told = telemetry.current_traceparent()
        telemetry.stop()
        print(json.dumps({{"told": told}}))
    """
    with Collector() as collector:
        told = str(run_green(program, endpoint=collector.endpoint)["told"])
        [span] = collector.wait_for(lambda spans: len(spans) == 1)

    assert (span.trace_id, span.parent_id) == (TRACE_ID, "b7ad6b7169203331")
    assert told == f"00-{TRACE_ID}-{span.span_id}-01"
    assert span.resource["service.name"] == "cases"
    assert span.resource["deployment.environment.name"] == "test"


def test_a_trace_that_its_caller_does_not_record_is_not_recorded_further() -> None:
    program = f"""
        telemetry.start(service="cases", endpoint=os.environ["ENDPOINT"])
        with telemetry.span("open_case", traceparent="{PARENT[:-2]}00"):
            unrecorded = telemetry.current_trace_id()
        with telemetry.span("close_case"):
            pass
        telemetry.stop()
        print(json.dumps({{"trace_id": unrecorded}}))
    """
    with Collector() as collector:
        assert run_green(program, endpoint=collector.endpoint)["trace_id"] == TRACE_ID
        spans = collector.wait_for(lambda spans: len(spans) >= 1)

    assert [span.name for span in spans] == ["close_case"]


def test_a_span_that_serves_several_traces_is_linked_to_the_others() -> None:
    other = PARENT.replace("0af7", "1bf8").replace("b7ad", "c8be")
    program = f"""
        telemetry.start(service="audit", endpoint=os.environ["ENDPOINT"])
        with telemetry.span("apply", traceparent="{PARENT}", links=["{other}", None, "x"]):
            pass
        telemetry.stop()
        print("{{}}")
    """
    with Collector() as collector:
        run_green(program, endpoint=collector.endpoint)
        [span] = collector.wait_for(lambda spans: len(spans) == 1)

    assert span.trace_id == TRACE_ID
    assert span.links == ((other[3:35], other[36:52]),)


def test_a_refusal_marks_its_span_by_code_and_a_fault_by_class_and_neither_by_text() -> None:
    program = """
        from chassis.errors import AccessDenied
        telemetry.start(service="cases", endpoint=os.environ["ENDPOINT"])
        for raised in (AccessDenied("words"), ValueError("words")):
            try:
                with telemetry.span("read_case"):
                    raise raised
            except Exception:
                pass
        telemetry.stop()
        print("{}")
    """
    with Collector() as collector:
        run_green(program, endpoint=collector.endpoint)
        refused, broken = collector.wait_for(lambda spans: len(spans) == 2)

    assert (refused.attributes["error.type"], refused.failed) == ("access_denied", False)
    assert (broken.attributes["error.type"], broken.failed) == ("ValueError", True)
    assert "words" not in repr([refused, broken])


@pytest.mark.postgres
def test_statements_within_a_span_become_its_children_and_show_no_value() -> None:
    program = """
        from sqlalchemy import create_engine, text
        telemetry.start(service="intake", endpoint=os.environ["ENDPOINT"])
        engine = create_engine(os.environ["DATABASE"])
        telemetry.watch_statements(engine)
        with engine.connect() as connection:
            connection.execute(text("SELECT 1 FROM pg_class WHERE relname = :name"), {"name": "the girl"})
            with telemetry.span("read"):
                connection.execute(text("SELECT 2 FROM pg_class WHERE relname = :name"), {"name": "the girl"})
                try:
                    connection.execute(text("SELECT 'the girl'::int FROM pg_type"))
                except Exception:
                    pass
        telemetry.stop()
        print("{}")
    """
    url = os.environ["ICM_TEST_POSTGRES_URL"].replace("postgresql://", "postgresql+psycopg://", 1)
    with Collector() as collector:
        run_green(program, endpoint=collector.endpoint, DATABASE=url)
        spans = collector.wait_for(lambda spans: any(span.name == "read" for span in spans))

    [reading] = [span for span in spans if span.name == "read"]
    statements = [span for span in spans if span.kind == "client"]
    assert [span.name for span in statements] == ["SELECT pg_class", "SELECT pg_type"]
    assert {span.parent_id for span in statements} == {reading.span_id}
    assert [span.failed for span in statements] == [False, True]
    assert "girl" not in repr(spans)


@pytest.mark.parametrize(
    ("statement", "summary"),
    [
        ("SELECT people.id FROM people WHERE people.id = %(id)s", ("SELECT", "people")),
        ("INSERT INTO referrals (id) VALUES (%(id)s)", ("INSERT", "referrals")),
        ('UPDATE ONLY "clocks" SET met_at = %(at)s', ("UPDATE", "clocks")),
        ("DELETE FROM grants WHERE id = %(id)s", ("DELETE", "grants")),
        ("SELECT set_config('icm.now', %(now)s, true)", ("SELECT", "")),
        ("/* hint */ select 1", ("SELECT", "")),
        ("WITH seen AS (SELECT 1 FROM people) SELECT * FROM seen", ("SELECT", "people")),
        (
            "WITH counted AS (INSERT INTO subject_versions AS v (n) VALUES (1) ON CONFLICT (n) DO UPDATE SET n = 2 "
            "RETURNING n), kept AS (INSERT INTO outbox (n) SELECT n FROM counted) SELECT pg_notify('a', 'b')",
            ("INSERT", "outbox"),
        ),
    ],
)
def test_a_statement_is_told_by_verb_and_table(statement: str, summary: tuple[str, str]) -> None:
    assert telemetry.summary_of(statement) == summary


def test_while_tracing_is_off_trace_ids_still_travel() -> None:
    with telemetry.request_span("POST", route="/api/v1/referrals", traceparent=None):
        passed_on = telemetry.current_traceparent()
        trace_id = telemetry.current_trace_id()

    with telemetry.following(passed_on):
        assert telemetry.current_trace_id() == trace_id
        assert telemetry.current_traceparent() == passed_on
    assert telemetry.current_trace_id() is None


def test_while_tracing_is_off_the_callers_trace_is_followed() -> None:
    with telemetry.request_span("GET", route="/api/v1/cases/{id}", traceparent=PARENT):
        assert telemetry.current_traceparent() == PARENT


@pytest.mark.parametrize(
    "traceparent",
    [
        None,
        "",
        "x",
        PARENT + "-1",
        PARENT.replace("00-", "ff-", 1),
        f"00-{'0' * 32}-{'0' * 16}-01",
        PARENT.upper(),
    ],
)
def test_a_traceparent_that_is_none_starts_a_new_trace(traceparent: str | None) -> None:
    with telemetry.following(traceparent):
        assert telemetry.current_traceparent() is None

    with telemetry.request_span("GET", route="/", traceparent=traceparent):
        assert telemetry.current_trace_id() not in (None, TRACE_ID)


def test_while_tracing_is_off_a_span_costs_under_forty_microseconds_of_computing() -> None:
    def one() -> None:
        with telemetry.span("read", traceparent=PARENT, attributes={"rpc.method": "read"}) as span:
            assert span is not INVALID_SPAN

    assert min(timeit(one, number=1_000, timer=process_time) for _ in range(9)) / 1_000 < 40e-6

"""Traces: one from the browser through gateway, call, door, statement, outbox, event and consumer (OP-2).

Spans leave by OTLP over HTTP when `OTEL_EXPORTER_OTLP_ENDPOINT` is set. Without it nothing is recorded, yet
trace ids still travel (`following`), so that a problem document, a log line and an audit entry of one
request name the same id. A span holds codes, names of doors and tables, and times: never a value from a
statement, a body or an address.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import uuid_utils
from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
)
from sqlalchemy import Engine
from sqlalchemy import event as engine_events

from chassis.errors import Problem

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_FLUSH_MS = 3_000
_SEND_EVERY_MS = "1000"
_VERB = re.compile(r"\s*(?:/\*.*?\*/\s*)*([A-Za-z]+)", re.DOTALL)
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|TABLE)\s+(?:ONLY\s+)?\"?([A-Za-z_][A-Za-z0-9_.]*)", re.IGNORECASE)
_CHANGE = re.compile(
    r"\b(INSERT|UPDATE|DELETE)\s+(?:INTO\s+|FROM\s+)?(?:ONLY\s+)?\"?(?!SET\b)([A-Za-z_][A-Za-z0-9_.]*)",
    re.IGNORECASE,
)

_collecting = False


def start(*, service: str, endpoint: str | None, environment: str = "development") -> None:
    """Send the spans of this process to a collector at `endpoint`, under `service.name`; None leaves
    tracing off.

    Call it once, after eventlet has patched the standard library: the thread that sends is then a
    greenthread, and a collector that is slow or gone delays nobody. What does not fit the queue is dropped.
    """
    global _collecting
    if not endpoint or _collecting:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    os.environ.setdefault("OTEL_BSP_SCHEDULE_DELAY", _SEND_EVERY_MS)
    resource = Resource.create(
        {
            "service.name": service,
            "service.namespace": "openicm",
            "service.instance.id": f"{service}-{os.getpid()}",
            "deployment.environment.name": environment,
        }
    )
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=5)
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    _collecting = True


def stop() -> None:
    """Send what is left, for three seconds at most. Part of a graceful stop."""
    provider = trace.get_tracer_provider()
    if _collecting:
        provider.force_flush(_FLUSH_MS)  # type: ignore[attr-defined]
        provider.shutdown()  # type: ignore[attr-defined]


def tracing_is_on() -> bool:
    """Whether spans of this process are recorded."""
    return _collecting


def current_traceparent() -> str | None:
    """The W3C traceparent of the span that is current here, recorded or only followed."""
    return traceparent_of(trace.get_current_span().get_span_context())


def current_trace_id() -> str | None:
    """The trace id, 32 hexadecimal digits, that a log line, an audit entry or a problem document should
    name.
    """
    span = trace.get_current_span().get_span_context()
    return f"{span.trace_id:032x}" if span.is_valid else None


def traceparent_of(span: SpanContext) -> str | None:
    """A span as W3C traceparent, None for an invalid one."""
    if not span.is_valid:
        return None
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{int(span.trace_flags):02x}"


def context_of(traceparent: str | None) -> Context | None:
    """The context that a traceparent of version 00 names; None for anything else, which then starts a new
    trace.
    """
    named = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if named is None:
        return None
    span = SpanContext(
        trace_id=int(named[1], 16),
        span_id=int(named[2], 16),
        is_remote=True,
        trace_flags=TraceFlags(int(named[3], 16)),
    )
    return trace.set_span_in_context(NonRecordingSpan(span), Context()) if span.is_valid else None


def new_traceparent() -> str:
    """A traceparent for a request that came without one and that nobody records; drawn without a system call."""
    return f"00-{uuid_utils.uuid4().hex}-{uuid_utils.uuid4().hex[:16]}-00"


@contextmanager
def following(traceparent: str | None) -> Iterator[None]:
    """Let the block belong to the trace that is named, without a span of its own; two microseconds."""
    context = context_of(traceparent)
    if context is None:
        yield
        return
    token = contexts.attach(context)
    try:
        yield
    finally:
        contexts.detach(token)


@contextmanager
def span(
    name: str,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    traceparent: str | None = None,
    attributes: Mapping[str, str | int | float | bool] | None = None,
    links: Iterable[str | None] = (),
) -> Iterator[Span]:
    """A span around the block, child of `traceparent` where given, else of the current span.

    `links` are traceparents of other traces that the same block serves, as when a batch is applied together.

    A problem or a fault that leaves the block marks the span with its code or class, never with its text.
    While tracing is off the block only follows the trace.
    """
    if not _collecting:
        with following(traceparent):
            yield trace.get_current_span()
        return
    tracer = trace.get_tracer("chassis")
    with tracer.start_as_current_span(
        name,
        context=context_of(traceparent),
        kind=kind,
        attributes=attributes,
        links=[
            Link(trace.get_current_span(each).get_span_context()) for each in map(context_of, links) if each
        ],
        record_exception=False,
        set_status_on_exception=False,
    ) as opened:
        try:
            yield opened
        except Problem as refusal:
            opened.set_attribute("error.type", refusal.code)
            if refusal.status >= 500:
                opened.set_status(Status(StatusCode.ERROR))
            raise
        except BaseException as fault:
            opened.set_attribute("error.type", type(fault).__name__)
            opened.set_status(Status(StatusCode.ERROR))
            raise


@contextmanager
def request_span(
    method: str, *, route: str, traceparent: str | None, attributes: Mapping[str, str | int] | None = None
) -> Iterator[Span]:
    """The gateway's span around one HTTP request; `route` is the template, never the path with its ids."""
    if not _collecting:
        with following(traceparent if context_of(traceparent) is not None else new_traceparent()):
            yield trace.get_current_span()
        return
    described = {"http.request.method": method, "http.route": route, **(attributes or {})}
    with span(
        f"{method} {route}", kind=SpanKind.SERVER, traceparent=traceparent, attributes=described
    ) as opened:
        yield opened


def watch_statements(engine: Engine) -> None:
    """Give each statement of the engine a span, where one is being recorded around it: verb and table, no
    values.

    Does nothing while tracing is off. Statements outside a recorded span, such as a relay's polling, get
    none.
    """
    if not _collecting:
        return
    tracer = trace.get_tracer("chassis.database")
    namespace = engine.url.database or ""

    def begin(_connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, many: bool) -> None:
        if context is None or not trace.get_current_span().is_recording():
            return
        verb, table = summary_of(statement)
        described: dict[str, str | bool] = {
            "db.system.name": "postgresql",
            "db.namespace": namespace,
            "db.operation.name": verb,
        }
        if table:
            described["db.collection.name"] = table
        name = f"{verb} {table}" if table else verb
        context.icm_span = tracer.start_span(name, kind=SpanKind.CLIENT, attributes=described)

    def end(_connection: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
        opened = getattr(context, "icm_span", None)
        if opened is not None:
            opened.end()

    def failed(told: Any) -> None:
        opened = getattr(told.execution_context, "icm_span", None)
        if opened is not None:
            opened.set_attribute("error.type", type(told.original_exception).__name__)
            opened.set_status(Status(StatusCode.ERROR))
            opened.end()

    engine_events.listen(engine, "before_cursor_execute", begin)
    engine_events.listen(engine, "after_cursor_execute", end)
    engine_events.listen(engine, "handle_error", failed)


@lru_cache(maxsize=2_000)
def summary_of(statement: str) -> tuple[str, str]:
    """What a statement does and to which table, which says what happens without saying to whom.

    A statement that begins with WITH is told by the last change that it makes.
    """
    begins = _VERB.match(statement)
    verb = begins[1].upper() if begins else "SQL"
    if verb == "WITH":
        changes = _CHANGE.findall(statement)
        if changes:
            return changes[-1][0].upper(), changes[-1][1]
        verb = "SELECT"
    table = _TABLE.search(statement)
    return verb, table[1] if table else ""

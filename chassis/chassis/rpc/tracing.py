"""Spans of calls and the `traceparent` header (OP-2). Costs nothing while no tracer is configured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import ProxyTracerProvider, Span, SpanContext, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_propagator = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("chassis.messages")


def tracing_is_on() -> bool:
    """Whether somebody collects spans in this process."""
    return not isinstance(trace.get_tracer_provider(), ProxyTracerProvider | trace.NoOpTracerProvider)


def traceparent_now() -> str | None:
    """The W3C traceparent of the span that is current, if there is one."""
    return traceparent_of(trace.get_current_span().get_span_context())


def traceparent_of(span: SpanContext) -> str | None:
    """The W3C traceparent of a span, None for an invalid one."""
    if not span.is_valid:
        return None
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{int(span.trace_flags):02x}"


def context_of(traceparent: str | None) -> Context | None:
    """The remote context that a traceparent names, None when it names none."""
    return _propagator.extract({"traceparent": traceparent}) if traceparent else None


@contextmanager
def traced_call(service: str, door: str, headers: MutableMapping[str, Any]) -> Iterator[None]:
    """A client span around a call; puts its traceparent into the headers."""
    if not tracing_is_on():
        yield
        return
    with _tracer.start_as_current_span(
        f"{service}.{door}",
        kind=SpanKind.CLIENT,
        attributes={"rpc.system": "nameko", "rpc.service": service, "rpc.method": door},
        record_exception=False,
    ) as span:
        traceparent = traceparent_of(span.get_span_context())
        if traceparent is not None:
            headers["traceparent"] = traceparent
        yield


@contextmanager
def traced_door(service: str, door: str, headers: Mapping[str, Any]) -> Iterator[Span | None]:
    """A server span around the handling of a call, child of the caller's span."""
    if not tracing_is_on():
        yield None
        return
    with _tracer.start_as_current_span(
        f"{service}.{door}",
        context=context_of(headers.get("traceparent")),
        kind=SpanKind.SERVER,
        attributes={"rpc.system": "nameko", "rpc.service": service, "rpc.method": door},
        record_exception=False,
    ) as span:
        yield span

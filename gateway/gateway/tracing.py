"""One span and one line of figures a request, named by the route's template: no identifiers, no query (OP-1, OP-2)."""

from __future__ import annotations

import secrets
import time

import structlog
from flask import Flask, Response, g, request
from opentelemetry import trace
from opentelemetry.trace import StatusCode

from chassis import metrics, telemetry

UNMATCHED = "unmatched"

log = structlog.get_logger("gateway")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def trace_id() -> str:
    """The trace that this request belongs to, 32 hexadecimal digits."""
    return telemetry.current_trace_id() or secrets.token_hex(16)


def route_template() -> str:
    """The route as it is written in the API document, or a fixed word for an unknown address."""
    rule = request.url_rule
    return rule.rule if rule is not None else UNMATCHED


def watch_requests(app: Flask) -> None:
    """Span, counters and duration for every request of the app. Register it first: it then sees everything."""
    app.before_request(_begin)
    app.after_request(_note_status)
    app.teardown_request(_end)


def _begin() -> None:
    g.began = time.perf_counter()
    g.status = 500
    g.span = telemetry.request_span(
        request.method,
        route=route_template(),
        traceparent=request.headers.get("traceparent"),
        attributes={"url.scheme": request.scheme},
    )
    g.span.__enter__()


def _note_status(response: Response) -> Response:
    g.status = response.status_code
    span = trace.get_current_span()
    span.set_attribute("http.response.status_code", response.status_code)
    if response.status_code >= 500:
        span.set_status(StatusCode.ERROR)
    return response


def _end(_: BaseException | None) -> None:
    span = g.pop("span", None)
    if span is None:
        return
    # An invented method is counted as OTHER, so that labels stay few.
    method = request.method if request.method in _METHODS else "OTHER"
    seconds = time.perf_counter() - g.began
    metrics.request_answered(method, route=route_template(), code=g.status, seconds=seconds)
    tell = log.warning if g.status >= 500 else log.debug
    tell(
        "request_answered",
        method=method,
        route=route_template(),
        status=g.status,
        ms=round(seconds * 1000, 1),
    )
    span.__exit__(None, None, None)

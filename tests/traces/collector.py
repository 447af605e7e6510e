"""A small OTLP/HTTP collector for tests: takes spans as any collector would and keeps them in memory
(OP-2).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

_KINDS = {1: "internal", 2: "server", 3: "client", 4: "producer", 5: "consumer"}


@dataclass(frozen=True)
class CollectedSpan:
    """One span as it arrived. Ids are lower-case hexadecimal; `parent_id` is empty for a root."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: str
    service: str
    attributes: dict[str, Any] = field(hash=False)
    resource: dict[str, Any] = field(hash=False)
    links: tuple[tuple[str, str], ...] = ()
    failed: bool = False


class Collector:
    """Listens on this machine while it is entered, on a free port unless told; `delay_s` makes it a slow one."""

    def __init__(self, *, port: int = 0, delay_s: float = 0.0) -> None:
        self._delay_s = delay_s
        self._arrived = threading.Condition()
        self._spans: list[CollectedSpan] = []
        self.posts = 0
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(collector._delay_s)
                if urlsplit(self.path).path != "/v1/traces":
                    self.send_error(404)
                    return
                collector._take(ExportTraceServiceRequest.FromString(body))
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def endpoint(self) -> str:
        """What to give a process as OTEL_EXPORTER_OTLP_ENDPOINT."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Collector:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def spans(self) -> list[CollectedSpan]:
        """All spans that have arrived."""
        with self._arrived:
            return list(self._spans)

    def trace(self, trace_id: str) -> list[CollectedSpan]:
        """The spans of one trace that have arrived."""
        return [span for span in self.spans if span.trace_id == trace_id]

    def wait_for(
        self, enough: Callable[[list[CollectedSpan]], bool], *, timeout_s: float = 15.0
    ) -> list[CollectedSpan]:
        """The spans, as soon as there are enough; raises TimeoutError naming those that came."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: enough(self._spans), timeout_s):
                named = sorted({f"{span.service}: {span.name}" for span in self._spans})
                raise TimeoutError(f"not enough spans within {timeout_s} s; came: {named}")
            return list(self._spans)

    def _take(self, request: ExportTraceServiceRequest) -> None:
        taken = []
        for of_resource in request.resource_spans:
            resource = _plain(of_resource.resource.attributes)
            for of_scope in of_resource.scope_spans:
                taken += [
                    CollectedSpan(
                        trace_id=span.trace_id.hex(),
                        span_id=span.span_id.hex(),
                        parent_id=span.parent_span_id.hex(),
                        name=span.name,
                        kind=_KINDS.get(span.kind, "unspecified"),
                        service=str(resource.get("service.name", "")),
                        attributes=_plain(span.attributes),
                        resource=resource,
                        links=tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
                        failed=span.status.code == 2,
                    )
                    for span in of_scope.spans
                ]
        with self._arrived:
            self.posts += 1
            self._spans += taken
            self._arrived.notify_all()


def _plain(attributes: Any) -> dict[str, Any]:
    return {each.key: _value(each.value) for each in attributes}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    return getattr(value, kind) if kind else None

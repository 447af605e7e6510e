"""The audit log as a file, page by page, and its newest checkpoint as a note: what an offline verifier needs (AU-4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import orjson
import structlog
from flask import Response, stream_with_context

from chassis.errors import Problem
from gateway.asking import admitted, ask

PAGE = 500
REPORT_PAGE = 200

log = structlog.get_logger("gateway")


def export() -> Response:
    """The whole log up to now, one JSON object a line."""
    return _file("export_entries", {"limit": PAGE}, name="audit-log.ndjson")


def export_report(person_id: UUID) -> Response:
    """Who opened a person's record, with the proofs, one JSON object a line (AU-6)."""
    about = {"person_id": str(person_id), "limit": REPORT_PAGE}
    return _file("export_report", about, name="access-report.ndjson")


def checkpoint_note() -> Response:
    """The newest checkpoint, as the signed note that witnesses and verifiers read."""
    found = ask(admitted(), "audit", "read_checkpoint", {})
    return Response(found["note"], mimetype="text/plain")


def _file(door: str, about: dict[str, Any], *, name: str) -> Response:
    """The pages of a door as one file. The first page is asked for before anything is answered."""
    caller = admitted()

    def page(**more: Any) -> dict[str, Any]:
        return ask(caller, "audit", door, {**about, **more})

    response = Response(stream_with_context(_lines(page, page(first=True))), mimetype="application/x-ndjson")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(ask: Callable[..., dict[str, Any]], page: dict[str, Any]) -> Iterator[bytes]:
    while True:
        yield b"".join(orjson.dumps(line) + b"\n" for line in page["lines"])
        if page["next"] is None:
            return
        try:
            so_far = {"before": page["before"]} if "before" in page else {}
            page = ask(start=page["next"], size=page["size"], first=False, **so_far)
        except Problem as refused:
            # The status is sent already: the file ends without its footer, and no verifier accepts it.
            log.warning("export_broken_off", code=refused.code)
            return

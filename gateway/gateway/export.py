"""The audit log as a file, page by page, and its newest checkpoint as a note: what an offline verifier needs (AU-4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import orjson
import structlog
from flask import Response, request

from chassis.errors import Problem
from gateway.callers import Caller
from gateway.house import House, house

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
    keeper = house()
    found = _call(keeper, keeper.gate.admit(request), "read_checkpoint", {})
    return Response(found["note"], mimetype="text/plain")


def _file(door: str, about: dict[str, Any], *, name: str) -> Response:
    """The pages of a door as one file. The first page is asked for before anything is answered."""
    keeper = house()
    caller = keeper.gate.admit(request)

    def page(**more: Any) -> dict[str, Any]:
        return _call(keeper, caller, door, {**about, **more})

    response = Response(_lines(page, page(first=True)), mimetype="application/x-ndjson")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(ask: Callable[..., dict[str, Any]], page: dict[str, Any]) -> Iterator[bytes]:
    while True:
        yield b"".join(orjson.dumps(line) + b"\n" for line in page["lines"])
        if page["next"] is None:
            return
        try:
            page = ask(start=page["next"], size=page["size"], first=False)
        except Problem as refused:
            # The status is sent already: the file ends without its footer, and no verifier accepts it.
            log.warning("export_broken_off", code=refused.code)
            return


def _call(keeper: House, caller: Caller, door: str, asked: dict[str, Any]) -> dict[str, Any]:
    reply = keeper.client.call(
        "audit",
        door,
        orjson.dumps(asked),
        token=caller.token,
        deadline_s=keeper.settings.deadline_s,
        purpose=caller.purpose,
        origin=caller.origin,
    )
    found: dict[str, Any] = orjson.loads(reply.body)
    return found

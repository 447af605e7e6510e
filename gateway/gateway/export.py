"""The audit log as a file, page by page, and its newest checkpoint as a note: what an offline verifier needs (AU-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import structlog
from flask import Response, request

from chassis.errors import Problem
from gateway.callers import Caller
from gateway.house import House, house

PAGE = 500

log = structlog.get_logger("gateway")


def export() -> Response:
    """The whole log up to now, one JSON object a line. The first page is asked for before anything is answered."""
    keeper = house()
    caller = keeper.gate.admit(request)
    first = _page(keeper, caller, {"start": 0, "limit": PAGE, "first": True})
    response = Response(_lines(keeper, caller, first), mimetype="application/x-ndjson")
    response.headers["Content-Disposition"] = 'attachment; filename="audit-log.ndjson"'
    return response


def checkpoint_note() -> Response:
    """The newest checkpoint, as the signed note that witnesses and verifiers read."""
    keeper = house()
    found = _call(keeper, keeper.gate.admit(request), "read_checkpoint", {})
    return Response(found["note"], mimetype="text/plain")


def _lines(keeper: House, caller: Caller, page: dict[str, Any]) -> Iterator[bytes]:
    while True:
        yield b"".join(orjson.dumps(line) + b"\n" for line in page["lines"])
        if page["next"] is None:
            return
        asked = {"start": page["next"], "size": page["size"], "limit": PAGE, "first": False}
        try:
            page = _page(keeper, caller, asked)
        except Problem as refused:
            # The status is sent already: the file ends without its footer, and no verifier accepts it.
            log.warning("export_broken_off", code=refused.code)
            return


def _page(keeper: House, caller: Caller, asked: dict[str, Any]) -> dict[str, Any]:
    return _call(keeper, caller, "export_entries", asked)


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

"""Files that come in parts as they are, and what became of their rows as a file (IN-9)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import orjson
import structlog
from flask import Request, Response, request

from chassis.errors import FieldError, InvalidInput, Problem, TooLarge
from gateway.asking import misshapen
from gateway.callers import Caller
from gateway.conditions import idempotency_key
from gateway.house import House, house
from gateway.problems import UnsupportedMediaType
from gateway.replies import answered

PAGE = 2_000
_MEDIA_TYPES = {"text/csv", "application/octet-stream"}
_SEND = "intake.upload.send"

log = structlog.get_logger("gateway")


def put_part(upload_id: UUID, number: int) -> Response:
    """One part of a file: its bytes go on to the door unread."""
    keeper = house()
    caller = keeper.gate.admit(request)
    arguments: dict[str, Any] = {"upload_id": str(upload_id), "number": number}
    with misshapen(caller, "intake", "put_upload_part"):
        if caller.actor.may(_SEND):
            arguments["content"] = base64.b64encode(_bytes(request)).decode()
        key = idempotency_key(request)
    # A caller without the permission is sent on all the same: the door refuses, and writes the denial down.
    reply = keeper.client.call(
        "intake",
        "put_upload_part",
        orjson.dumps(arguments),
        token=caller.token,
        deadline_s=keeper.settings.deadline_s,
        idempotency_key=key,
        purpose=caller.purpose,
        origin=caller.origin,
    )
    return answered(reply, status=200, located=None, reads=False)


def export_results(upload_id: UUID) -> Response:
    """What became of each row, as a CSV file. The first page is asked for before anything is answered."""
    keeper = house()
    caller = keeper.gate.admit(request)
    first = _page(keeper, caller, upload_id, after=0)
    response = Response(_lines(keeper, caller, upload_id, first), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="upload-results.csv"'
    return response


def _bytes(asked: Request) -> bytes:
    """The body. Raises UnsupportedMediaType, TooLarge, InvalidInput when there is none."""
    if asked.mimetype not in _MEDIA_TYPES:
        raise UnsupportedMediaType("Send the bytes of the file as text/csv.")
    if asked.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("Send the body without compression.")
    raw = asked.get_data(cache=False)
    if asked.content_length is None and len(raw) >= (asked.max_content_length or len(raw) + 1):
        raise TooLarge()  # of a body without a stated length Werkzeug reads up to the limit and says nothing
    if not raw:
        raise InvalidInput(errors=[FieldError("", "required", "A part holds at least one byte.")])
    return raw


def _lines(keeper: House, caller: Caller, upload_id: UUID, page: dict[str, Any]) -> Iterator[bytes]:
    while True:
        yield "".join(f"{line}\r\n" for line in page["lines"]).encode()
        if page["next"] is None:
            return
        try:
            page = _page(keeper, caller, upload_id, after=page["next"])
        except Problem as refused:
            # The status is sent already: the file ends here, and says so.
            log.warning("export_broken_off", code=refused.code)
            yield b"broken off,,,,\r\n"
            return


def _page(keeper: House, caller: Caller, upload_id: UUID, *, after: int) -> dict[str, Any]:
    reply = keeper.client.call(
        "intake",
        "export_upload_rows",
        orjson.dumps({"upload_id": str(upload_id), "after": after, "limit": PAGE}),
        token=caller.token,
        deadline_s=keeper.settings.deadline_s,
        purpose=caller.purpose,
        origin=caller.origin,
    )
    found: dict[str, Any] = orjson.loads(reply.body)
    return found

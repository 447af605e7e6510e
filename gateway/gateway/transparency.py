"""`/log`: the audit log as static resources that any reader of transparency logs understands (AU-4, C2SP tlog-tiles).

Open to all: a checkpoint, hashes and salted commitments say that something was logged and nothing of what. Entries
themselves are the auditors', by export. Not part of the API: the layout is that of the specification.
"""

from __future__ import annotations

import base64
from typing import Any

import orjson
from flask import Blueprint, Response, request

from gateway.house import house

blueprint = Blueprint("transparency", __name__, url_prefix="/log")

_FOR_EVER = "public, max-age=31536000, immutable"
_A_MOMENT = "public, max-age=1"


@blueprint.get("/checkpoint")
def checkpoint() -> Response:
    """The newest published checkpoint, with the cosignatures of the witnesses."""
    note = _read("read_published", {})["note"]
    response = Response(note, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = _A_MOMENT
    return response


@blueprint.get("/tile/<level>/<path:path>")
def tile(level: str, path: str) -> Response:
    """A tile of hashes, or for the level `entries` a bundle of leaves. Neither ever changes."""
    content = base64.b64decode(_read("read_tile", {"level": level, "path": path})["content"])
    response = Response(content, content_type="application/octet-stream")
    response.headers["Cache-Control"] = _FOR_EVER
    return response


def _read(door: str, asked: dict[str, Any]) -> dict[str, Any]:
    keeper = house()
    keeper.gate.count_stranger(request)
    reply = keeper.client.call("audit", door, orjson.dumps(asked), deadline_s=keeper.settings.deadline_s)
    found: dict[str, Any] = orjson.loads(reply.body)
    return found

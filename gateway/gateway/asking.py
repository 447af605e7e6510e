"""Asking a door on behalf of the request, for views that make something else of the answer than its bytes."""

from __future__ import annotations

from typing import Any

import orjson
from flask import request

from gateway.callers import Caller
from gateway.house import house


def admitted() -> Caller:
    """Who calls, by the token of the request."""
    return house().gate.admit(request)


def ask(caller: Caller, service: str, door: str, asked: dict[str, Any]) -> dict[str, Any]:
    """The door's answer. Raises what the door refuses with."""
    keeper = house()
    reply = keeper.client.call(
        service,
        door,
        orjson.dumps(asked),
        token=caller.token,
        deadline_s=keeper.settings.deadline_s,
        purpose=caller.purpose,
        origin=caller.origin,
    )
    found: dict[str, Any] = orjson.loads(reply.body)
    return found

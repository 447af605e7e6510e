"""Asking a door on behalf of the request, for views that make something else of the answer than its bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from flask import request

from chassis.errors import Problem, Unauthenticated
from gateway.callers import Caller
from gateway.house import house


def admitted() -> Caller:
    """Who calls, by the token of the request."""
    return house().gate.admit(request)


# No door takes it: it is refused for its shape, unless the caller is refused first.
_NOTHING = b"null"


@contextmanager
def misshapen(caller: Caller, service: str, door: str) -> Iterator[None]:
    """What is wrong with the shape of a request is told to whose sign-in counts; the others learn that theirs does not.

    The gateway knows no sign-in that counts no more: it asks the door, which also writes the attempt down. A door that
    does not answer keeps nobody from learning about a mistake.
    """
    try:
        yield
    except Problem as mistake:
        try:
            _call(caller, service, door, _NOTHING)
        except Unauthenticated:
            raise
        except Problem:
            raise mistake from None
        raise


def ask(caller: Caller, service: str, door: str, asked: dict[str, Any]) -> dict[str, Any]:
    """The door's answer. Raises what the door refuses with."""
    found: dict[str, Any] = orjson.loads(_call(caller, service, door, orjson.dumps(asked)))
    return found


def _call(caller: Caller, service: str, door: str, body: bytes) -> bytes:
    keeper = house()
    reply = keeper.client.call(
        service,
        door,
        body,
        token=caller.token,
        deadline_s=keeper.settings.deadline_s,
        purpose=caller.purpose,
        origin=caller.origin,
    )
    return reply.body

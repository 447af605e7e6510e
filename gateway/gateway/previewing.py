"""The preview of a consent: what consent says of it, and what each service that keeps records would show (CO-7).

Services never call each other, so the gateway asks each of them, side by side. One that does not answer leaves its part
`unknown`; nothing is guessed in its place.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import orjson
from flask import Response

from chassis.errors import PermissionMissing, Problem
from chassis.rpc import Reply
from gateway.callers import Caller
from gateway.house import House, house
from gateway.operations import Operation

SERVICES = ("intake", "cases", "portal")
PATIENCE_S = 2.0


class Previewed(Operation):
    """The preview as consent tells it, with `shared`: the answer of every service, as the caller."""

    def response_to(self, reply: Reply, *, caller: Caller, arguments: dict[str, Any]) -> Response:
        """What consent said, and beside it what each service would show. What consent refuses is refused whole."""
        keeper, asked = house(), orjson.dumps(arguments)
        told = orjson.loads(reply.body)
        # Those who ask side by side have no request at hand: the parts and the caller are handed to them.
        told["shared"] = keeper.all_at_once(partial(_shared, keeper, caller, asked), SERVICES)
        return Response(orjson.dumps(told), status=self.success, content_type="application/json")


def _shared(keeper: House, caller: Caller, asked: bytes, service: str) -> dict[str, Any]:
    try:
        reply = keeper.client.call(
            service,
            "preview",
            asked,
            token=caller.token,
            deadline_s=min(PATIENCE_S, keeper.settings.deadline_s),
            purpose=caller.purpose,
            origin=caller.origin,
        )
    except Problem as refused:
        state = "not_told" if refused.code == PermissionMissing.code else "unknown"
        return {"service": service, "state": state, "shows": None}
    return {"service": service, "state": "told", "shows": orjson.loads(reply.body)}

"""A door's reply as an HTTP response: its bytes as they came, with ETag, Location and the link to the next page."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import orjson
from flask import Response, request

from chassis.rpc import Reply
from gateway.conditions import holds_copy

_PARAMETER = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")


def answered(reply: Reply, *, status: int, located: str | None, reads: bool) -> Response:
    """The response to a good reply. `located` is the route of what was made; `reads` allows 304 and pages."""
    if reads and reply.etag and holds_copy(request, reply.etag):
        unchanged = Response(status=304)
        unchanged.headers["ETag"] = reply.etag
        return unchanged
    response = Response(reply.body, status=status, content_type="application/json")
    if reply.etag:
        response.headers["ETag"] = reply.etag
    if located:
        response.headers["Location"] = _address(located, reply.body)
    if reads and b'"next_cursor":"' in reply.body[-600:]:
        response.headers["Link"] = _next_page(reply.body)
    return response


def _address(route: str, body: bytes) -> str:
    made = orjson.loads(body)
    return _PARAMETER.sub(lambda part: str(made.get(part.group(1)) or made.get("id")), route)


def _next_page(body: bytes) -> str:
    cursor = orjson.loads(body)["next_cursor"]
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    return f'<{request.path}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'

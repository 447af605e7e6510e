"""Conditions that a request states in headers: the version it read, the copy it holds, the key of its retry (GW-1)."""

from __future__ import annotations

import re

from flask import Request

from chassis.errors import Malformed, VersionRequired
from chassis.ids import new_id

_KEY = re.compile(r'^"?([\x21\x23-\x5b\x5d-\x7e]{1,200})"?$')
_ENTITY_TAG = re.compile(r'^(?:W/)?"[\x21\x23-\x7e]*"$')


def idempotency_key(request: Request) -> str:
    """The client's Idempotency-Key, else a fresh one, so that a retry inside the house never acts twice."""
    given = request.headers.get("Idempotency-Key")
    if given is None:
        return new_id().hex
    matched = _KEY.match(given.strip())
    if matched is None:
        raise Malformed("Idempotency-Key must be 1 to 200 visible characters.")
    return matched.group(1)


def if_match(request: Request) -> str | None:
    """The one ETag in If-Match, None when the header is absent.

    `*` would overwrite whatever is there, which nobody may: it counts as no version.
    """
    given = request.headers.get("If-Match")
    if given is None:
        return None
    given = given.strip()
    if given == "*":
        raise VersionRequired("If-Match must name the version that you read, not any.")
    if not _ENTITY_TAG.match(given):
        raise Malformed("If-Match must hold one ETag in quotes.")
    return given


def holds_copy(request: Request, etag: str) -> bool:
    """Whether If-None-Match names this ETag (weak comparison), so that the client's own copy will do."""
    held = request.headers.get("If-None-Match")
    if held is None:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in held.split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags

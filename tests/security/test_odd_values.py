"""Values that no field can hold, straight to the doors past the gateway: told by name, and never a fault (GW-1).

The gateway refuses most of them before a service hears of it. A service trusts no gateway, so each is sent to the
service itself, in each argument that the document knows, alone among good ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from uuid import uuid4

import pytest

from tests.security.bodies import leaves, placed
from tests.security.family import Family, cast
from tests.security.good_bodies import good_body
from tests.security.line import Call, Line
from tests.security.operations import Route, names_at, routes
from tests.security.restricted import may
from tests.security.sign_ins import Actor
from tests.security.world import built, the_family

pytestmark = [pytest.mark.platform, pytest.mark.timeout(180)]

NUL = "a\0b"
# A line end after a code, a name or a language, which `$` of a regular expression overlooks.
ENDED = "abc\n"
SHAPED = ("^[a-z", "^[A-Z", "^[0-9", "^[\\x21", "^(worker")
FAR = ("0001-01-01", "9999-12-31")
FAR_MOMENTS = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
HUGE = (2**63 - 1, -(2**63), 2**31, 1.5)
# By the kind of an argument: what is sent in its place.
ODD: dict[str, tuple[Any, ...]] = {
    "string": (NUL,),
    "shaped": (NUL, ENDED),
    "uuid": (NUL,),
    "email": (NUL,),
    "decimal": (NUL, "1e400", "NaN", "9" * 400, "-0"),
    "date": FAR,
    "date-time": FAR_MOMENTS,
    "integer": HUGE,
    "number": HUGE,
}
# Given by the gateway itself and no argument of a door.
OF_HTTP = {"Idempotency-Key", "If-Match", "If-None-Match", "Purpose-Of-Use", "traceparent", "Last-Event-ID"}


@cache
def family() -> Family:
    """A family that nobody looks at afterwards: what is sent may be taken."""
    odd = built("odd", cast("odd"), account="client", place="odd")
    odd.ids = {**the_family().ids, **odd.ids, "question": "healthy"}
    return odd


def doors() -> list[Route]:
    """Each operation that one door answers."""
    return [each for each in routes() if "x-door" in each.raw and (each.body is not None or each.query)]


def asking(route: Route) -> Actor | None:
    return next((actor for actor in family().cast.values() if may(actor, route)), None)


def good(route: Route) -> dict[str, Any]:
    """Arguments that the door would take, as the gateway gives them to it."""
    known = names_at(route, family().ids)
    body = good_body(family(), str(route), ()) or route.good_body(known) or {}
    return {**{name: known[name] for name in route.names}, **route.good_query(known), **body}


def arguments(route: Route) -> Iterator[tuple[str, Any]]:
    """The name of each argument with what stands in its place, one odd value at a time."""
    given = good(route)
    for each in route.parameters:
        if each["in"] in ("query", "path") and each["name"] not in OF_HTTP:
            for value in ODD.get(kind(route, each["schema"]), ()):
                yield each["name"], {**given, each["name"]: value}
    known = names_at(route, family().ids)
    for path, schema in (leaves(route) if route.body is not None else {}).items():
        for value in ODD.get(kind(route, schema), ()):
            sent = placed(route, good_body(family(), str(route), path), path, value, ids=known)
            yield "/".join(path), {**{name: given[name] for name in route.names}, **sent}


def kind(route: Route, schema: Mapping[str, Any]) -> str:
    """What sort of value it takes."""
    schema = route.followed(schema)
    if str(schema.get("pattern", "")).startswith(SHAPED):
        return "shaped"
    sorts = schema.get("type", "string")
    plain = sorts if isinstance(sorts, str) else next((each for each in sorts if each != "null"), "string")
    return str(schema.get("format", plain)) if plain == "string" else plain


def call(route: Route, actor: Actor, body: bytes) -> Call:
    token = str(actor.session.headers["Authorization"]).removeprefix("Bearer ")
    headers = {"token": token, "idempotency_key": uuid4().hex, "if_match": '"1.00000000"'}
    return Call(route.raw["x-door"], body, headers)


def test_an_odd_value_is_told_by_name_and_never_a_fault(line: Line) -> None:
    asked: list[tuple[str, str, Any]] = []
    calls: list[Call] = []
    for route in doors():
        if (actor := asking(route)) is None:
            continue
        for name, sent in arguments(route):
            asked.append((str(route), name, sent))
            calls.append(call(route, actor, json.dumps(sent).encode()))
    replies = line.call_all(calls)
    # Of so many writes to one record at once some may be told to come again; asked alone, none is.
    busy = [number for number, reply in enumerate(replies) if reply["http"] == 503]
    alone = line.call_all([calls[number] for number in busy], at_once=1)
    for number, reply in zip(busy, alone, strict=True):
        replies[number] = reply
    wrong = []
    for (route, name, sent), reply in zip(asked, replies, strict=True):
        held = any(json.dumps(each)[1:-1] in json.dumps(sent) for each in (NUL, ENDED))
        if reply["http"] >= 500:
            wrong.append((route, name, reply["http"], reply["code"], sent))
        elif held and reply["http"] == 422:
            named = {part for each in reply.get("errors", []) for part in each["pointer"].split("/")}
            if name.split("/")[0] not in named:
                wrong.append((route, name, "not named", sorted(named)))
        elif held:
            wrong.append((route, name, "taken", reply["http"], reply.get("code")))
    assert not wrong, f"{len(wrong)}\n" + "\n".join(str(each)[:300] for each in wrong[:60])
    assert len(asked) > 1000


@pytest.mark.parametrize(
    "body",
    [b'{"x":"\\ud800"}', b'{"\\ud800":1}', b'{"x":1e400}', b'{"x":' + b"9" * 5000 + b"}", b'{"x":NaN}',
     b'{"x":' + b"[" * 900 + b"]" * 900 + b"}", b'{"x":' * 900 + b"1" + b"}" * 900, b'{"x":"\xff"}',
     b'{"a\\u0000":1}'],
    ids=["surrogate", "surrogate-name", "huge", "long-number", "nan", "deep-list", "deep-object", "latin", "nul-name"],
)  # fmt: skip
def test_what_is_no_text_no_number_or_too_deep_is_refused_by_every_door(line: Line, body: bytes) -> None:
    told = {}
    asked = [route for route in doors() if asking(route) is not None]
    calls = [call(route, asking(route), body) for route in asked]  # type: ignore[arg-type]
    for route, reply in zip(asked, line.call_all(calls), strict=True):
        if reply["http"] not in (400, 422):
            told[str(route)] = reply["http"], reply.get("code")
    assert told == {}

"""Bodies made to break whoever reads them, at every operation that takes one: refused, and the platform stays well.

`gateway/tests/test_bad_input.py` looks at the gateway by itself; here each operation of the document is asked, with a
sign-in that holds its permission, and every service is asked afterwards whether it is well (GW-1).
"""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.security.operations import Route, names_at, routes
from tests.security.restricted import may
from tests.security.sign_ins import Actor
from tests.security.world import everybody, the_family

pytestmark = [pytest.mark.platform, pytest.mark.timeout(180)]

SERVICES = ("INTAKE", "CASES", "CONSENT", "PORTAL", "AUDIT")
JSON = {"Content-Type": "application/json"}
LIMIT = 1024 * 1024


def nested(depth: int) -> bytes:
    return b'{"x":' + b"[" * depth + b"]" * depth + b"}"


def objects(depth: int) -> bytes:
    return b'{"x":' * depth + b"1" + b"}" * depth


def in_pieces(body: bytes) -> Iterator[bytes]:
    """So that its length is not told beforehand."""
    yield from (body[at : at + 65_536] for at in range(0, len(body), 65_536))


# What is sent, with which headers, and what it is answered.
Sent = tuple[Callable[[bytes], Any], dict[str, str], set[tuple[int, str]]]
MALFORMED, UNSUPPORTED = {(400, "malformed")}, {(415, "unsupported_media_type")}
BREAKING: dict[str, Sent] = {
    "deep lists": (lambda good: nested(100_000), JSON, MALFORMED),
    "deep objects": (lambda good: objects(20_000), JSON, MALFORMED),
    "a little too deep": (lambda good: nested(40), JSON, MALFORMED),
    "gzip": (gzip.compress, {**JSON, "Content-Encoding": "gzip"}, UNSUPPORTED),
    "a bomb": (
        lambda good: gzip.compress(b"0" * 5_000_000),
        {**JSON, "Content-Encoding": "gzip"},
        UNSUPPORTED,
    ),
    "deflate": (zlib.compress, {**JSON, "Content-Encoding": "deflate"}, UNSUPPORTED),
    "two encodings": (lambda good: good, {**JSON, "Content-Encoding": "identity, gzip"}, UNSUPPORTED),
    "cut": (lambda good: good[:-1], JSON, MALFORMED),
    "a form": (lambda good: good, {"Content-Type": "application/x-www-form-urlencoded"}, UNSUPPORTED),
    "pieces too deep": (lambda good: in_pieces(nested(100_000)), JSON, MALFORMED),
}


def taking() -> list[tuple[Route, Actor, bytes]]:
    """Each operation with a JSON body, with somebody who may and a good body."""
    found = []
    for route in routes():
        if route.body is not None:
            actor = next(each for each in everybody().values() if may(each, route))
            known = names_at(route, the_family().ids)
            found.append((route, actor, json.dumps(route.good_body(known)).encode()))
    return found


def problem(answer: requests.Response) -> tuple[int, str]:
    """The status and the code of a refusal, in the form that every refusal has."""
    if answer.ok:
        return answer.status_code, ""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    said = answer.json()
    assert said["status"] == answer.status_code and len(said["trace_id"]) == 32
    return answer.status_code, said["code"]


def sent(route: Route, actor: Actor, body: Any, headers: dict[str, str]) -> requests.Response:
    version = {"If-Match": '"1.00000000"'} if route.versioned else {}
    address = route.address(names_at(route, the_family().ids))
    return actor.ask(route.method.upper(), address, headers={**version, **headers}, content=body)


def everybody_is_well() -> None:
    for service in SERVICES:
        answer = requests.get(f"{os.environ[f'ICM_{service}_HEALTH_URL']}/readyz", timeout=10)
        assert answer.status_code == 200, (service, answer.text)
    assert requests.get(f"{os.environ['ICM_GATEWAY_HEALTH_URL']}/readyz", timeout=10).status_code == 200


@pytest.mark.parametrize("what", BREAKING)
def test_a_body_made_to_break_its_reader_is_refused_at_every_operation(what: str) -> None:
    made, headers, refusals = BREAKING[what]
    asked = taking()
    wrong = []
    for route, actor, good in asked:
        told = problem(sent(route, actor, made(good), headers))
        if told not in refusals:
            wrong.append((str(route), told))
    assert wrong == []
    assert len(asked) > 90
    everybody_is_well()


def test_a_body_over_the_limit_is_refused_whatever_it_is_for_and_however_its_length_is_told() -> None:
    """One operation of each service and method: the body is refused before anybody looks what it is for."""
    kinds = {
        (route.raw["x-door"].split(".")[0], route.method): (route, actor) for route, actor, _ in taking()
    }
    assert len(kinds) > 8
    whole = b'{"x":"' + b"y" * LIMIT + b'"}'
    for route, actor in kinds.values():
        assert problem(sent(route, actor, whole, JSON)) == (413, "too_large"), str(route)
        assert problem(sent(route, actor, in_pieces(whole), JSON)) == (413, "too_large"), str(route)
    everybody_is_well()


def test_of_a_member_that_stands_twice_the_last_counts_for_the_gateway_and_the_service() -> None:
    """Were the two to differ, what the gateway checked would not be what the service does."""
    desk, ids = the_family()["desk"], the_family().ids
    names = {"names": [{"kind": "alias", "given": "Twice"}]}
    good, wrong = json.dumps(names)[1:-1], '"names":7'
    route = next(each for each in routes() if str(each) == "POST /api/v1/people")
    first, last = (f"{{{one},{other}}}".encode() for one, other in ((good, wrong), (wrong, good)))
    assert problem(sent(route, desk, first, JSON)) == (422, "invalid_input")
    assert sent(route, desk, last, JSON).status_code == 201

    unknown, person = "00000000-0000-4000-8000-00000000000b", ids["person_id"]
    asked = next(each for each in routes() if str(each) == "POST /api/v1/people/candidates")
    twice = [
        f'{{"given":"x","person_id":"{one}","person_id":"{other}"}}'.encode()
        for one, other in ((person, unknown), (unknown, person))
    ]
    assert [sent(asked, desk, each, JSON).status_code for each in twice] == [404, 200]


def test_a_good_body_in_pieces_is_as_good_as_in_one() -> None:
    desk = the_family()["desk"]
    route = next(each for each in routes() if str(each) == "POST /api/v1/people")
    body = json.dumps({"names": [{"kind": "alias", "given": "In pieces"}]}).encode()
    assert sent(route, desk, (body[at : at + 7] for at in range(0, len(body), 7)), JSON).status_code == 201

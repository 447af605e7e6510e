"""What is written into a request stays what it is: no SQL, no header, no list, no field of its own (CO-9, GW-1)."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.security.family import SINCE
from tests.security.operations import Route, names_at, routes
from tests.security.sign_ins import RUN, Actor, token_for
from tests.security.world import the_family

pytestmark = [pytest.mark.platform, pytest.mark.timeout(600)]

PAYLOADS = (
    "' OR '1'='1",
    "'; DROP TABLE grants; --",
    "1); SELECT pg_sleep(9); --",
    "$$ || pg_sleep(9) || $$",
    "\\'; SELECT set_config('icm.grantees','{role:privacy_officer}',false); --",
    "%s %(x)s {0} ${jndi:ldap://x}",
    'x"},{"role:privacy_officer',
    "\u02bc OR 1=1 \ufe6b \u2028 \u202e",
    "../../../etc/passwd",
    "\U0001f600" * 3,
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
)
# Members that no caller sets, whatever the command.
NEVER_TAKEN = {
    "id": "00000000-0000-4000-8000-00000000000a",
    "version": 99,
    "withheld": [],
    "recorded_by": "somebody",
    "recorded_at": "2020-01-01T00:00:00Z",
    "created_at": "2020-01-01T00:00:00Z",
    "approved": True,
    "approved_by": "somebody",
    "state": "approved",
    "roles": ["privacy_officer"],
    "permissions": ["*"],
    "grants": [{"grantee": "worker:x"}],
    "__class__": "x",
    "__proto__": {"admin": True},
    "constructor": {"prototype": {"admin": True}},
}


def holders(route: Route) -> Actor:
    """Somebody whose role holds the permission of the route."""
    from tests.security.test_ownership import ROLES

    return next(
        actor for actor in the_family().cast.values() if route.permission in ROLES[actor.role]["permissions"]
    )


def changing() -> list[Route]:
    return [route for route in routes() if route.method != "get" and route.body is not None]


def test_members_that_no_caller_sets_are_refused_and_named() -> None:
    taken = []
    for route in changing():
        known = {*(route.body or {}).get("properties", {}), *route.names}
        extra = {name: value for name, value in NEVER_TAKEN.items() if name not in known}
        given = names_at(route, the_family().ids)
        answer = route.ask(holders(route), given, body={**(route.good_body(given) or {}), **extra})
        named = {each["pointer"].strip("/") for each in answer.json().get("errors", [])}
        if answer.status_code != 422 or not extra.keys() <= named:
            taken.append((str(route), answer.status_code, sorted(extra.keys() - named)))
    assert taken == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_a_search_is_a_word_that_nobody_has(payload: str) -> None:
    desk = the_family()["desk"]
    for path, body in (
        ("/people/searches", {"name": payload}),
        ("/people/candidates", {"given": payload, "family": payload}),
        ("/directory/searches", {"name": payload, "born_on": SINCE}),
    ):
        answer = desk.post(path, body)
        assert answer.status_code in (200, 422), answer.text
        if answer.ok:
            assert answer.json()["items"] == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_a_query_is_refused_or_finds_nothing_of_others(payload: str) -> None:
    family = the_family()
    for route in routes():
        if route.method != "get" or route.names or not route.query or "audit" in route.path:
            continue
        actor = holders(route)
        for name in route.query:
            answer = route.ask(actor, names_at(route, family.ids), query={name: payload})
            assert answer.status_code < 500, (str(route), name, answer.text)


@pytest.mark.parametrize("typed", ["%", "_", "%%", "a%", "_______", "\\", "*", ".", "%25"])
def test_a_wildcard_in_a_name_finds_nobody(typed: str) -> None:
    answer = the_family()["desk"].post("/people/searches", {"name": typed})
    assert answer.status_code == 422 or all("Zq" not in str(each) for each in answer.json()["items"])


@pytest.mark.parametrize(
    "name",
    [
        'x"},{"role:privacy_officer',
        'x","role:privacy_officer',
        "x\\",
        "x}",
        "{}",
        "NULL",
        "x,role:auditor",
        '"',
        "%",
    ],
)
def test_a_name_in_a_token_is_one_name_and_no_list(name: str) -> None:
    """Grants go to names; a name that looks like a list of names is still one that no grant has."""
    ids = the_family().ids
    for claims in (
        {"sub": name},
        {"sub": f"x-{RUN}", "organisation": name},
        {"sub": f"x-{RUN}", "teams": [name]},
    ):
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {token_for(roles=['practitioner'], **claims)}"
        odd = Actor("odd", "practitioner")
        odd.session = session
        for path in (f"/cases/{ids['case_id']}", f"/consents/{ids['consent_id']}"):
            assert odd.get(path).status_code in (401, 403), (claims, path)
        listed = odd.get("/cases")
        assert listed.status_code == 401 or listed.json()["items"] == []


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Purpose-Of-Use", "care'; DROP TABLE grants; --"),
        ("Purpose-Of-Use", "oversight"),
        ("Idempotency-Key", "'; SELECT pg_sleep(9); --"),
        ("If-None-Match", "\"x', *"),
        ("Accept", "text/html; q='"),
        ("Accept-Language", "../../etc/passwd"),
        ("traceparent", "00-' OR 1=1-x-01"),
    ],
)
def test_a_payload_in_a_header_is_no_command(header: str, value: str) -> None:
    desk, ids = the_family()["desk"], the_family().ids
    answers: list[Any] = [
        desk.ask("GET", f"/people/{ids['person_id']}", headers={header: value}),
        desk.ask("POST", "/people/searches", {"name": "Nobody"}, headers={header: value}),
    ]
    for answer in answers:
        assert answer.status_code < 500 and value not in str(answer.headers), answer.text
    assert desk.get(f"/people/{ids['person_id']}").ok

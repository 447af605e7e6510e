"""A restricted family is not there for whoever has no authority: each answer is that of an id nobody has (CO-5).

The family has a record of each kind, and the same helpers as the other one had until it was restricted. Whatever they
ask by an id of hers, in the path, the query or the body, is answered as the same question with an invented id: status,
body and headers, but for times, traces and the ids themselves. That the same work is done for both, so that time tells
nothing either, is counted in chassis/tests/test_restricted.py.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from uuid import UUID, uuid5

import pytest
import requests

from tests.security.operations import Route, names_at, routes
from tests.security.world import Family, the_family, the_hidden

pytestmark = [pytest.mark.platform, pytest.mark.timeout(600)]

# Who keeps a relation to her record that reaches restricted records, or watches over it.
WITH_AUTHORITY = {"privacy", "auditor", "other-client"}
NORMAL = (
    "mentor",
    "colleague",
    "recipient",
    "desk",
    "social-worker",
    "team-lead",
    "carers-worker",
    "contracts",
)
# What a provider, a system and the audit hold of their own is not her record: it names no person to them.
NOT_HERS = re.compile(
    r"^/api/v1/(providers|invoices|payments|audit|alerts|involvement-uploads|accredited-systems)"
)
# A report as a document is computed for seconds; the same door answers the other forms of it.
SLOW = "/access-report/document"
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T[0-9:.]+(Z|[+-]\d{2}:\d{2})")
_OWN_HEADERS = {"Date", "Trace-Id", "Traceparent"}


@cache
def hidden() -> Family:
    return the_hidden()


@cache
def invented() -> dict[str, str]:
    """For each id of hers one that nobody has, of the same form."""
    return {
        name: str(uuid5(UUID(int=7), value)) if _ID.fullmatch(value) else value
        for name, value in hidden().ids.items()
    }


def told(answer: requests.Response) -> tuple[int, str, dict[str, str]]:
    """An answer without what differs between any two."""
    body = _TIME.sub("<time>", _ID.sub("<id>", answer.text))
    body = re.sub(r'"trace_id":"[0-9a-f]+"', "", body)
    headers = {
        name: _ID.sub("<id>", value) for name, value in answer.headers.items() if name not in _OWN_HEADERS
    }
    return answer.status_code, body, headers


def about_a_person(route: Route) -> bool:
    """Whether the route names something of a person, in its path, query or body."""
    if NOT_HERS.match(route.path) or SLOW in route.path:
        return False
    named = {*route.names, *route.query, *((route.body or {}).get("properties", {}))}
    return any(name in hidden().ids for name in named) or "/why/" in route.path


def difference(route: Route, name: str) -> Any:
    """How the answers differ between her ids and invented ones; None when nobody could tell."""
    actor = hidden()[name]
    query = {each: hidden().ids[each] for each in route.query if each in hidden().ids}
    none = {each: invented()[each] for each in query}
    of_her = told(route.ask(actor, names_at(route, hidden().ids), query=query))
    of_nobody = told(route.ask(actor, names_at(route, invented()), query=none))
    return None if of_her == of_nobody else (str(route), name, of_her[:2], of_nobody[:2])


@pytest.mark.parametrize("name", NORMAL)
def test_by_her_ids_nobody_learns_that_she_is_there(name: str) -> None:
    asked = [route for route in routes() if about_a_person(route) and route.reads]
    assert len(asked) > 30
    assert [found for route in asked if (found := difference(route, name))] == []


@pytest.mark.parametrize("name", ("mentor", "desk", "contracts"))
def test_nobody_changes_what_is_hers_nor_learns_by_trying(name: str) -> None:
    asked = [route for route in routes() if about_a_person(route) and not route.reads and route.names]
    assert len(asked) > 30
    assert [found for route in asked if (found := difference(route, name))] == []


def test_no_list_search_or_export_holds_a_word_or_an_id_of_hers() -> None:
    found = []
    hers = {value for value in hidden().ids.values() if _ID.fullmatch(value)} - set(the_family().ids.values())
    for route in routes():
        if not route.reads or route.names or NOT_HERS.match(route.path) or "/why/" in route.path:
            continue
        for name in NORMAL:
            limit = {"limit": 100} if "limit" in route.query else {}
            answer = route.ask(hidden()[name], names_at(route, the_family().ids), query=limit)
            text = f"{answer.text} {answer.headers}"
            found += [(str(route), name, each) for each in hers if each in text]
            found += [
                (str(route), name, sort)
                for sort, word in hidden().marks.items()
                if word.casefold() in text.casefold()
            ]
    # What each keeps of their own doing: a message that they wrote themselves.
    assert [each for each in found if each[1:] != ("mentor", "mediation")] == []


@pytest.mark.parametrize("name", ("desk", "mentor"))
def test_by_name_she_is_found_as_little_as_somebody_who_is_not_there(name: str) -> None:
    actor, word = hidden()[name], hidden().mark("identity")
    nobody = word[:-3] + "qqq"
    born = {"year": 2001}
    for path, body in (
        ("/people/searches", lambda typed: {"name": typed}),
        ("/people/candidates", lambda typed: {"given": typed, "family": typed, "born": born}),
        ("/directory/searches", lambda typed: {"name": typed, "born_on": "2011-01-04"}),
    ):
        of_her, of_nobody = (told(actor.post(path, body(typed))) for typed in (word, nobody))
        assert of_her == of_nobody, path


def test_a_cursor_forged_from_her_id_turns_the_page_as_any_other() -> None:
    from base64 import urlsafe_b64encode

    def cursor(record: str) -> str:
        return urlsafe_b64encode(UUID(record).bytes).rstrip(b"=").decode()

    for name, path in (
        ("desk", "/referrals"),
        ("mentor", "/cases"),
        ("mentor", "/consents"),
        ("desk", "/checklists"),
    ):
        pages = []
        for record in (hidden().ids["person_id"], hidden().ids["referral_id"], invented()["referral_id"]):
            answer = hidden()[name].get(path, cursor=cursor(record), limit=100)
            assert answer.ok, answer.text
            pages.append(all(value not in answer.text for value in (hidden().ids["person_id"],)))
        assert pages == [True, True, True]


def test_she_reads_her_own_record_and_the_custodian_her_restriction() -> None:
    """So the records were there to be hidden."""
    ids = hidden().ids
    assert hidden()["other-client"].get(f"/people/{ids['person_id']}").ok
    assert hidden()["other-client"].get(f"/assessments/{ids['assessment_id']}").ok
    assert hidden()["privacy"].get(f"/people/{ids['person_id']}/access-report").ok

"""A restricted person is invisible to normal roles: in lists, searches, counts, exports, at every address (CO-5)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.security.family import Family
from tests.security.operations import Route, names_at, routes
from tests.security.restricted import may, of_the_log, the_hidden
from tests.security.test_ownership import READERS, SLOW, record_at

pytestmark = [pytest.mark.platform, pytest.mark.timeout(300)]

# Who is still told of which of her records, and why. Everybody else is answered as of an id that nobody has.
STILL_SEES: dict[str, tuple[set[str], str]] = {
    "links": ({"desk", "other-desk", "social-worker"}, "the link here is between two others, who are not restricted"),
    "report": ({"privacy"}, "a person may ask the custodian who opened their record, by statute"),
    "person trail": ({"privacy", "auditor"}, "who watches sees what was done about her, by ids and codes (0066)"),
    "upload": (
        {"feed", "other-feed"},
        "a file is of the system that sent it, and another's to other systems; what it said of her is no longer shown",
    ),
    "case": ({"mentor", "colleague"}, "the case of her family goes on for the others in it, without her (CA-1)"),
    "case trail": ({"mentor", "privacy", "auditor"}, "as for the case, and for her own trail"),
    "consent": ({"privacy"}, "the custodian keeps the key"),
    "restriction": ({"privacy"}, "who placed it lifts it"),
    "emergency": (
        {"social-worker", "privacy", "mentor", "client"},
        "of whoever opened it, and the custodian; the others learn that it is another's, and not of whom",
    ),
    "provider": (
        {"carers-admin", "carers-worker", "rivals-admin", "rivals-worker", "contracts", "approver", "releaser"},
        "what is owed stays payable; for whom it was is withheld",
    ),
    "log": ({"privacy", "auditor"}, "who watches sees that she was reached for, by ids and codes"),
}  # fmt: skip
# Which sorts of words of her family may still be read, and by whom: those of records above.
STILL_READ: dict[str, set[str]] = {
    "case": {"mentor"},
    "plan": {"mentor"},
    "relative": {"desk", "other-desk", "mentor", "client", "privacy"},
    "upload": {"feed"},
    "invoice": {"carers-worker", "carers-admin", "contracts", "approver", "releaser"},
    "emergency": {"social-worker", "privacy"},
    "consent": {"privacy"},
}
# Ids of hers that others are still told, as parts of the records above.
STILL_TOLD = {
    "relative_id", "other_record_id", "link_id", "case_id", "membership_id", "goal_id", "action_id", "meeting_id",
    "provider_id", "other_provider_id", "authorisation_id", "invoice_id", "paid_invoice_id", "payment_id",
    "upload_id", "emergency_id",
}  # fmt: skip
# At her own sign-in nothing is hidden from her: she is not asked here.
HERSELF = {"other-client"}
# Lists that hold more since she was recorded: of her family, of what is owed, and of what was sent.
GROWN = {
    ("GET /api/v1/involvement-uploads", "feed"): "the file that it sent",
    ("GET /api/v1/cases", "mentor"): "the case of her family goes on for the others in it",
    ("GET /api/v1/authorisations", "carers-worker"): "what is owed stays payable",
    **{
        (f"GET /api/v1/{owed}", name): "what is owed stays payable"
        for owed, names in (
            ("invoices", ("carers-worker", "contracts", "approver", "releaser")),
            ("payments", ("carers-worker", "approver", "releaser")),
        )
        for name in names
    },
}


@cache
def hers() -> Family:
    return the_hidden().family


def is_id(value: str) -> bool:
    return len(value) == 36 and value.count("-") == 4


@cache
def nobodys() -> dict[str, str]:
    """An id that nobody has in the place of each of hers."""
    return {name: str(uuid4()) if is_id(value) else value for name, value in hers().ids.items()}


def told(answer: requests.Response, ids: dict[str, str]) -> tuple[int, str]:
    """What an answer tells, without what differs between any two."""
    kinds = ("application/json", "application/problem+json")
    said: Any = answer.json() if answer.headers.get("Content-Type") in kinds else answer.text
    if isinstance(said, dict):
        said = {name: value for name, value in said.items() if name not in ("trace_id", "at")}
    text = json.dumps(said, sort_keys=True)
    for each in ids.values():
        text = text.replace(each, "-")
    return answer.status_code, text


def words_in(answer: requests.Response, name: str) -> set[str]:
    """Words and ids of hers in an answer that whoever asked may not be told."""
    text = f"{answer.text} {answer.headers}".casefold()
    words = {
        sort
        for sort, word in hers().marks.items()
        if word.casefold() in text and name not in STILL_READ.get(sort, set()) | HERSELF
    }
    shared = set(the_hidden().others.values())
    ids = {
        what
        for what, each in hers().ids.items()
        if is_id(each) and each not in shared and what not in STILL_TOLD and each in text
    }
    return words | (set() if name in HERSELF | {"privacy", "auditor", "mediator"} else ids)


def at_her_addresses(*, reading: bool) -> Iterator[tuple[Route, str]]:
    """Each route that names a record, with all who would reach it if she were not restricted, and one stranger."""
    for route in routes():
        record = record_at(route)
        if not route.names or record is None or route.reads != reading or str(route) in SLOW:
            continue
        asking = [name for name in hers().cast if may(hers()[name], route)]
        strangers = [name for name in asking if name not in READERS[record]][:1]
        yield from ((route, name) for name in asking if name in {*READERS[record], *strangers} - HERSELF)


def test_at_each_of_her_addresses_is_what_there_is_at_an_unknown_one() -> None:
    differ, seen = [], set()
    asked = [*at_her_addresses(reading=True), *at_her_addresses(reading=False)]
    for route, name in asked:
        record = str(record_at(route))
        sees = name in STILL_SEES.get(record, (set(), ""))[0]
        if sees and not route.reads:
            continue  # what they do would end what is looked at here
        answer = route.ask(hers()[name], names_at(route, hers().ids))
        of_her = told(answer, hers().ids)
        of_nobody = told(route.ask(hers()[name], names_at(route, nobodys())), nobodys())
        if of_her != of_nobody and sees:
            seen.add((record, name))
        elif of_her != of_nobody:
            differ.append((str(route), name, of_her, of_nobody))
        if words := words_in(answer, name):
            differ.append((str(route), name, "tells", sorted(words)))
    assert not differ, "\n".join(map(str, differ))
    assert len(asked) > 300
    assert {record for record, _ in seen} == STILL_SEES.keys() - {"restriction", "links"}


def test_no_list_search_or_export_tells_of_her() -> None:
    found, looked = [], 0
    ids = hers().ids
    for route in routes():
        if route.names or not route.reads or of_the_log(route):
            continue
        about = {name: ids[name] for name in ("person_id", "case_id", "provider_id") if name in route.query}
        for name, actor in hers().cast.items():
            if not may(actor, route):
                continue
            for query in [{}, about] if about else [{}]:
                limit = {"limit": 100} if "limit" in route.query else {}
                answer = route.ask(actor, names_at(route, ids), query={**query, **limit})
                assert answer.status_code < 500, answer.text
                looked += 1
                if words := words_in(answer, name):
                    found.append((str(route), name, query, sorted(words)))
    assert not found, "\n".join(map(str, found))
    assert looked > 200


def test_nobody_finds_her_by_what_is_known_of_her() -> None:
    person = {
        "given": hers().mark("identity"),
        "family": f"Zz{hers().marks['identity'][len('Zqidentity') :]}",
    }
    searches: list[tuple[str, str, dict[str, Any]]] = [
        ("desk", "/people/searches", {"name": " ".join(person.values())}),
        ("desk", "/people/searches", {"phone": "250 555 0133"}),
        ("desk", "/people/candidates", person),
        ("desk", "/people/candidates", {**person, "address": {"street": hers().mark("contact")}}),
        ("social-worker", "/people/candidates", person),
        ("mentor", "/directory/searches", {"name": " ".join(person.values()), "born_on": hers().born}),
        ("team-lead", "/directory/searches", {"name": " ".join(person.values()), "born_on": hers().born}),
    ]
    for name, path, body in searches:
        answer = hers()[name].post(path, body)
        assert answer.ok, (path, answer.text)
        assert words_in(answer, name) == set(), (name, path)
        assert hers().ids["person_id"] not in answer.text


def test_lists_count_as_if_nothing_had_been_recorded_of_her() -> None:
    before, after = the_hidden().before, the_hidden().after
    changed = {each for each, count in before.items() if after[each] != count}
    assert changed <= GROWN.keys()
    # A list that is full already tells nothing; those of the people who work with her are not.
    assert {each for each in GROWN if each[1] in ("mentor", "carers-worker", "feed")} <= changed
    assert len(before) > 60


def test_why_tells_nobody_that_she_is_there() -> None:
    kinds = (("cases", "assessment", "assessment_id"), ("consent", "consent", "consent_id"),
             ("intake", "referral", "referral_id"), ("intake", "person", "person_id"))  # fmt: skip
    for service, kind, what in kinds:
        for name in ("mentor", "desk", "team-lead", "social-worker"):
            told_of = [
                told(hers()[name].get(f"/why/{service}", kind=kind, id=ids[what]), ids)
                for ids in (hers().ids, nobodys())
            ]
            assert told_of[0] == told_of[1], (service, kind, name)

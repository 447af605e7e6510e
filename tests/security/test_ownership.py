"""Every route with everybody, for records of one family: who reaches them, and which words of theirs come out (CO-9).

The table says who reads a record of the family; whoever is not named there is refused, on every route that names the
record, whatever their role may do elsewhere. A route that the table does not know turns a test red.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest
import requests

from chassis import contracts
from tests.security.family import Family
from tests.security.operations import Route, names_at, routes
from tests.security.world import the_family

pytestmark = [pytest.mark.platform, pytest.mark.timeout(600)]

ROLES: dict[str, Any] = contracts.access_list("roles")

# Whose records these are: the girl's own sign-in, those who work with her, and those who answer for all by statute.
READERS: dict[str, set[str]] = {
    "person": {"desk", "other-desk", "mentor", "client"},
    "links": {"desk", "other-desk", "privacy"},
    "referral": {"desk", "team-lead", "client"},
    "checklist": {"desk", "team-lead", "client"},
    "waiting": {"desk", "team-lead"},
    "directory": {
        "mentor", "colleague", "stranger", "recipient", "desk", "other-desk", "social-worker", "team-lead", "client",
    },
    "upload": {"feed"},
    "mediation": {"mediator"},
    "case": {"mentor"},
    "assessment": {"mentor", "client", "recipient"},
    "consent": {"mentor", "client", "privacy"},
    "emergency": {"social-worker", "client", "privacy"},
    "provider": {"carers-admin", "carers-worker", "contracts", "approver", "releaser"},
    "report": {"client", "privacy"},
    "case trail": {"mentor", "client", "privacy", "auditor"},
    "person trail": {"client", "privacy", "auditor"},
    "log": {"privacy", "auditor"},
    "restriction": {"privacy"},
    "dispute": {"desk", "other-desk", "feed"},
}  # fmt: skip

# Which record an address names; the longest beginning counts.
RECORD_AT = {
    "/people/{person_id}": "person",
    "/people/{person_id}/links": "links",
    "/people/{person_id}/distinctions": "links",
    "/people/{person_id}/access-report": "report",
    "/distinctions/{judgement_id}": "links",
    "/links/{link_id}": "links",
    "/referrals/{referral_id}": "referral",
    "/referrals/{referral_id}/waiting": "waiting",
    "/referral-links/{link_id}": "referral",
    "/checklists/{checklist_id}": "checklist",
    "/wait-list/{entry_id}": "waiting",
    "/outreach-contacts/{contact_id}": "person",
    "/directory/{person_id}": "directory",
    "/involvement-uploads/{upload_id}": "upload",
    "/involvement-disputes/{dispute_id}": "dispute",
    "/mediations/{request_id}": "mediation",
    "/cases/{case_id}": "case",
    "/actions/{action_id}": "case",
    "/assessments/{assessment_id}": "assessment",
    "/consents/{id}": "consent",
    "/withdrawals/{id}": "consent",
    "/cases/{case_id}/trail": "case trail",
    "/people/{person_id}/trail": "person trail",
    "/representatives/{id}": "consent",
    "/prior-decisions/{id}": "consent",
    "/emergency-accesses/{id}": "emergency",
    "/restrictions/{id}": "restriction",
    "/providers": "provider",
    "/authorisations/{id}": "provider",
    "/invoices/{id}": "provider",
    "/payments/{id}": "provider",
    "/audit/entries/{id}": "log",
    "/alerts/{id}": "log",
    "/audit/holds/{id}": "log",
}

# Addresses that name no record of a person: whoever has the permission asks of all of them.
OF_NOBODY = {
    "/accredited-systems/{system}": "which systems may tell; the custodian decides",
    "/agencies/{organisation}": "how to reach an agency at work; a system writes for its own only (below)",
    "/practitioners/{worker}": "how to reach a practitioner at work; a system writes for its own only",
    "/agreements/{id}": "between organisations; both parties' workers read what they may share",
    "/checklist-forms/{form}": "a published form",
    "/forms/{form}": "a published form",
    "/competences/{competence_id}": "what a worker may decide",
    "/programs/{program}": "a program; the people in its line stand under their own grants",
    "/services/{service_id}": "the public directory of services",
    "/service-corrections/{correction_id}": "a proposal to it",
    "/service-imports/{import_id}": "a file of it",
    "/held-rows/{held_row_id}": "the whole front desk says who is meant, by statute",
}

# Reading a list of one's own with a person in the address: nobody is refused, and nobody sees another's.
OWN_LISTS = {
    "GET /api/v1/directory/{person_id}/disputes",
    "GET /api/v1/people/{person_id}/consents/fhir",
}
# The report on paper is computed for seconds; the same door answers the other forms of it.
SLOW = {"GET /api/v1/people/{person_id}/access-report/document"}

# Who may ever read a word of each sort, whatever they ask.
SEERS: dict[str, set[str]] = {
    "identity": {*READERS["directory"], "privacy", "mediator", "feed"},
    "relative": {"desk", "other-desk", "mentor", "client", "privacy"},
    "contact": {"desk", "mentor", "client"},
    "family": {"desk", "mentor", "client"},
    "judgement": READERS["links"],
    "referral": READERS["referral"],
    "waiting": READERS["waiting"],
    "checklist": READERS["checklist"],
    "outreach": {"desk"},
    "case": {"mentor"},
    "notes": {"mentor"},
    "plan": {"mentor"},
    "housing": {"mentor", "client", "recipient"},
    "health": {"mentor", "client"},
    "familyanswer": {"mentor", "client"},
    "consent": READERS["consent"],
    "concealed": {"feed", "mediator"},
    "dispute": {"desk", "feed"},
    "mediation": {"mentor", "mediator"},
    "upload": {"feed"},
    "invoice": {"carers-worker", "carers-admin", "contracts", "approver", "releaser"},
    "emergency": READERS["emergency"],
}


def record_at(route: Route) -> str | None:
    """The record that an address names, None where it names none."""
    path = route.path.removeprefix("/api/v1")
    known = [each for each in (*RECORD_AT, *OF_NOBODY) if path.startswith(each)]
    return RECORD_AT.get(max(known, key=len)) if known else None


@cache
def family() -> Family:
    return the_family()


def naming() -> list[Route]:
    """The routes that name a record."""
    return [each for each in routes() if each.names and str(each) not in SLOW]


def code(answer: requests.Response) -> str:
    return "" if answer.ok else str(answer.json().get("code", ""))


def may(name: str, route: Route) -> bool:
    """Whether the role holds the permission; where it does not, tests/security/test_authorisation_matrix.py asks."""
    return route.permission in ROLES[family()[name].role]["permissions"]


def words_in(answer: requests.Response) -> set[str]:
    """Which sorts of words of the family stand in an answer, its headers included."""
    told = f"{answer.text} {answer.headers}".casefold()
    return {sort for sort, word in family().marks.items() if word.casefold() in told}


def strangers(route: Route) -> Iterable[str]:
    """Those who do not reach the record of the route, whether or not their role has the permission."""
    record = record_at(route)
    return [] if record is None else [name for name in family().cast if name not in READERS[record]]


def test_the_table_knows_every_route_that_names_a_record() -> None:
    unknown = [
        str(route)
        for route in naming()
        if not any(route.path.removeprefix("/api/v1").startswith(each) for each in (*RECORD_AT, *OF_NOBODY))
    ]
    assert unknown == [], "say in the table whose the record is"


def test_whoever_the_table_does_not_name_reads_nothing_and_everybody_reads_no_foreign_word() -> None:
    let_in, told = [], []
    for route in naming():
        if not route.reads:
            continue
        given = names_at(route, family().ids)
        for name, actor in family().cast.items():
            if not may(name, route):
                continue
            answer = route.ask(actor, given)
            assert answer.status_code < 500, (str(route), answer.text)
            if (
                name in strangers(route)
                and str(route) not in OWN_LISTS
                and answer.status_code not in (403, 404)
            ):
                let_in.append((str(route), name, answer.status_code))
            told += [(str(route), name, sort) for sort in words_in(answer) if name not in SEERS[sort]]
    assert (let_in, told) == ([], [])


def test_whoever_the_table_does_not_name_changes_nothing() -> None:
    """With a good request: it is refused for whose the record is, not for its shape."""
    let_in, told = [], []
    for route in naming():
        if route.reads:
            continue
        given = names_at(route, family().ids)
        for name in filter(lambda each, asked=route: may(each, asked), strangers(route)):
            answer = route.ask(family()[name], given)
            if answer.status_code not in (403, 404, 422):
                let_in.append((str(route), name, answer.status_code, code(answer)))
            told += [(str(route), name, sort) for sort in words_in(answer) if name not in SEERS[sort]]
    assert (let_in, told) == ([], [])


def test_lists_and_searches_tell_everybody_their_own_words_only() -> None:
    told = []
    ids = family().ids
    narrowed = {
        "person_id": ids["person_id"],
        "provider_id": ids["provider_id"],
        "case_id": ids["case_id"],
    }
    for route in routes():
        if not route.reads or route.names or route.path.startswith("/api/v1/audit/"):
            continue
        query = {name: value for name, value in narrowed.items() if name in route.query}
        for name, actor in family().cast.items():
            if not may(name, route):
                continue
            for asked in [{}, query] if query else [{}]:
                answer = route.ask(
                    actor,
                    names_at(route, ids),
                    query={"limit": 100, **asked} if "limit" in route.query else asked,
                )
                told += [(str(route), name, sort) for sort in words_in(answer) if name not in SEERS[sort]]
    assert told == []


def test_a_consent_for_one_category_opens_that_one_and_names_the_others() -> None:
    ids = family().ids
    part = family()["recipient"].get(f"/assessments/{ids['assessment_id']}").json()
    assert {each["category"] for each in part["answers"]} == {"housing"}
    assert set(part["withheld"]) == {"health", "family"}


def test_no_word_of_the_family_is_in_the_log() -> None:
    """Neither in its entries nor in their exports: ids and codes only (AU-1)."""
    auditor, ids = family()["auditor"], family().ids
    for path in ("/audit/entries", "/audit/exports", "/alerts", "/audit/holds"):
        answer = auditor.get(path, limit=100)
        assert answer.ok and words_in(answer) == set(), path
    answer = auditor.get("/audit/entries", person_id=ids["person_id"], limit=100)
    assert answer.json()["items"] and words_in(answer) == set()
    assert words_in(auditor.get("/audit/exports/file")) == set()


def test_the_words_are_there_to_be_found() -> None:
    """Each sort of word is read by somebody: a test that looks for what was never there proves nothing."""
    seen: set[str] = set()
    ids = family().ids
    looks: list[tuple[str, str]] = [
        ("desk", f"/people/{ids['person_id']}"),
        ("desk", f"/people/{ids['person_id']}/links"),
        ("desk", f"/referrals/{ids['referral_id']}"),
        ("desk", f"/wait-list/{ids['entry_id']}"),
        ("desk", f"/checklists/{ids['checklist_id']}"),
        ("desk", "/outreach-contacts"),
        ("desk", f"/directory/{ids['person_id']}/disputes"),
        ("mentor", f"/cases/{ids['case_id']}"),
        ("mentor", f"/cases/{ids['case_id']}/contacts"),
        ("mentor", f"/cases/{ids['case_id']}/plan"),
        ("mentor", f"/assessments/{ids['assessment_id']}"),
        ("mentor", f"/consents/{ids['consent_id']}"),
        ("mediator", f"/mediations/{ids['request_id']}"),
        ("feed", f"/involvement-uploads/{ids['upload_id']}"),
        ("carers-worker", f"/invoices/{ids['invoice_id']}"),
        ("social-worker", f"/emergency-accesses/{ids['emergency_id']}"),
    ]
    for name, path in looks:
        answer: Any = family()[name].get(path)
        assert answer.ok, (name, path, answer.text)
        seen |= words_in(answer)
    assert family().marks.keys() - seen <= {"concealed"}

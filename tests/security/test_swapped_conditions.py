"""Another's id, cursor, ETag or key around a body: in filters, pages, conditions, retries it opens nothing (CO-9)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests

from tests.security.family import Family
from tests.security.operations import Route, names_at, routes
from tests.security.restricted import LOOKING, may, of_the_log, the_hidden
from tests.security.sign_ins import Actor
from tests.security.test_ownership import READERS, SLOW, record_at
from tests.security.world import the_family, the_others

pytestmark = [pytest.mark.platform, pytest.mark.timeout(300)]

# What a filter means by its name, where that is no name of `Family.ids`.
MEANT = {"request_id": "referral_id", "item_id": "goal_id", "grants": "consent_id"}
# Filters that name a sign-in, an organisation or a team: whatever stands there, the list is narrowed, never widened.
NAMES = {
    "worker",
    "owner",
    "team",
    "recipient",
    "organisation",
    "with_organisation",
    "actor",
    "made_by",
    "recorded_by",
    "source",
}
# Parameters that name nobody and no record.
OF_NOBODY = {
    "age", "at", "availability", "because", "bucket", "clock", "competence", "cursor", "due_before", "earlier",
    "escalated", "expiring_within_days", "first", "form_version", "full", "held_only", "kind", "lang", "language",
    "later", "limit", "locality", "need", "on", "open_at", "open_now", "open_only", "outcome", "overdue", "place",
    "position", "priority", "program", "purpose", "referred", "removed_now", "reviewed", "rule", "service", "settled",
    "severity", "since", "size", "stage", "stale", "standing", "start", "state", "status", "undone", "until", "version",
    "which", "why", "within_days", "words",
}  # fmt: skip
# Who finds another family's by its id: those who answer for all of a kind by statute.
BY_STATUTE = {
    "referrals": {"team-lead"},
    "checklists": {"team-lead"},
    "authorisations": {"contracts"},
    "invoices": {"contracts", "approver", "releaser"},
    "payments": {"approver", "releaser"},
}
FINDS = {(f"GET /api/v1/{listed}", who) for listed, those in BY_STATUTE.items() for who in those}


def by_statute(route: Route, who: str) -> bool:
    """Whether somebody lists everybody's of this kind."""
    return who in BY_STATUTE.get(route.path.removeprefix("/api/v1/"), set())


@cache
def ours() -> Family:
    return the_family()


def told(answer: requests.Response, *values: str) -> tuple[int, str]:
    """What an answer tells, without what differs between any two."""
    text = answer.text
    if "json" in answer.headers.get("Content-Type", "") and text.startswith("{"):
        said = json.loads(text) if "\n" not in text.strip() else {}
        text = json.dumps({key: value for key, value in said.items() if key not in ("trace_id", "at")})
    for each in values:
        text = text.replace(each, "-")
    return answer.status_code, text


def filters() -> Iterator[tuple[Route, str]]:
    """Each parameter of a query that names a record."""
    for route in routes():
        for name in route.query if route.method == "get" and not of_the_log(route) else ():
            if name not in OF_NOBODY | NAMES | {"id", "service_id"}:
                yield route, name


def test_asking_why_of_another_s_record_tells_that_it_is_there_and_nothing_of_it() -> None:
    """It explains what is told at the record's own address (0001); of a restricted one another file asks."""
    for service, kind, what in (
        ("cases", "case", "case_id"),
        ("intake", "referral", "referral_id"),
        ("consent", "consent", "consent_id"),
    ):
        for who in ("mentor", "recipient", "social-worker"):
            answer = ours()[who].get(f"/why/{service}", kind=kind, id=the_others().ids[what])
            said = answer.json()
            assert answer.status_code == 200 and not said["permitted"], answer.text
            assert the_others().told_in(answer.text) == []
            assert {each["grantee"] for each in said["grants"]} <= {*said["considered"]}


def looking(route: Route) -> list[str]:
    return [name for name in LOOKING if may(ours()[name], route)]


def test_every_parameter_of_a_query_is_known_to_these_tests() -> None:
    known = OF_NOBODY | NAMES | {"id", *MEANT, "person_id", "case_id", "provider_id", "service_id"}
    assert {name for route in routes() for name in route.query} - known == set()


def test_a_filter_finds_nothing_of_another_family_and_tells_no_restricted_person_from_none() -> None:
    wrong, found, asked = [], set(), 0
    for route, name in filters():
        meant = MEANT.get(name, name)
        for who in looking(route):
            answers = {}
            for whose in ("nobody", "hidden", "theirs"):
                value = str(uuid4()) if whose == "nobody" else FAMILIES[whose]().ids[meant]
                if value == ours().ids[meant]:
                    value = str(uuid4())  # the provider of both families
                query = [value] if name == "grants" else value
                answer = route.ask(ours()[who], names_at(route, ours().ids), query={name: query})
                answers[whose] = told(answer, value)
                asked += 1
                if (str(route), who) not in FINDS and the_others().told_in(answer.text):
                    wrong.append((str(route), name, who, the_others().told_in(answer.text)))
            if answers["hidden"] != answers["nobody"]:
                wrong.append((str(route), name, who, answers["nobody"], answers["hidden"]))
            if answers["theirs"] != answers["nobody"]:
                found.add((str(route), who))
    assert not wrong, "\n".join(str(each)[:600] for each in wrong)
    assert found == FINDS, "say by which statute, or that it is found no more"
    assert asked > 150


FAMILIES = {"hidden": lambda: the_hidden().family, "theirs": the_others}


def test_an_order_and_other_parameters_that_no_list_has_are_refused_by_name() -> None:
    """No list is ordered by what a caller names, so that no order tells of what is withheld."""
    taken = []
    for route in routes():
        if route.method != "get" or not route.query or "audit/stream" in route.path:
            continue
        who = next((name for name in ours().cast if may(ours()[name], route)), None)
        for name in ("sort", "order", "order_by", "fields", "filter") if who else ():
            answer = route.ask(ours()[str(who)], names_at(route, ours().ids), query={name: "person_id"})
            pointers = (
                {each["pointer"] for each in answer.json().get("errors", [])} if not answer.ok else set()
            )
            if answer.status_code != 422 or f"query/{name}" not in pointers:
                taken.append((str(route), name, answer.status_code))
    assert taken == []


def test_a_cursor_at_another_s_record_turns_the_page_and_shows_nothing_of_it() -> None:
    wrong, turned = [], 0
    for route in routes():
        if "cursor" not in route.query or route.names or of_the_log(route):
            continue
        for who in looking(route):
            own = route.ask(ours()[who], names_at(route, ours().ids), query={"limit": 100})
            at = {
                whose: route.ask(
                    ours()[who], names_at(route, ours().ids), query={"limit": 100, "cursor": cursor(id)}
                )
                for whose, id in (
                    ("theirs", the_others().ids["person_id"]),
                    ("hidden", the_hidden().family.ids["person_id"]),
                    ("beside", str(UUID(int=UUID(the_hidden().family.ids["person_id"]).int + 1))),
                )
            }
            turned += 1
            if at["hidden"].text.partition('"trace_id"')[0] != at["beside"].text.partition('"trace_id"')[0]:
                wrong.append((str(route), who, "a restricted record is told from one that is not there"))
            for whose, answer in at.items():
                foreign = {*the_others().ids.values(), *the_hidden().family.ids.values()}
                found = (ids_in(answer) & foreign) - ids_in(own)
                if by_statute(route, who):
                    found = set()
                if answer.status_code not in (200, 422) or found:
                    wrong.append((str(route), who, whose, answer.status_code, sorted(found)))
    assert not wrong, "\n".join(map(str, wrong))
    assert turned > 60


def cursor(record: str) -> str:
    """A cursor at a record, as whoever has seen one can make it."""
    return base64.urlsafe_b64encode(UUID(record).bytes).rstrip(b"=").decode()


def ids_in(answer: requests.Response) -> set[str]:
    items = answer.json().get("items", []) if answer.ok else []
    return {str(each["id"]) for each in items if "id" in each}


def addresses(*, reading: bool) -> Iterator[tuple[Route, Actor, Family]]:
    """Routes that name a record of others, with one of us who may ask and does not reach it, and whose it is."""
    for route in routes():
        record = record_at(route)
        if not route.names or record is None or route.reads != reading or str(route) in SLOW:
            continue
        asking = [name for name in LOOKING if may(ours()[name], route)]
        for name in [each for each in asking if each not in READERS[record]][:1]:
            yield route, ours()[name], the_others()
            yield route, ours()[name], the_hidden().family


def test_an_etag_of_another_s_record_is_never_told_to_be_the_right_one() -> None:
    """Neither by 304 where it is read nor by 412 where it is changed: refused as without any (GW-1)."""
    wrong, asked = [], 0
    for route, actor, whose in addresses(reading=True):
        etag = etag_of(route, whose)
        known = names_at(route, whose.ids)
        plain = told(route.ask(actor, known))
        for held in ("*", etag, f"W/{etag}"):
            answer = route.ask(actor, known, headers={"If-None-Match": held})
            asked += 1
            if told(answer) != plain or ("ETag" in answer.headers and answer.status_code >= 400):
                wrong.append((str(route), actor.name, held, plain, told(answer)))
    for route, actor, whose in addresses(reading=False):
        if route.versioned:
            known = names_at(route, whose.ids)
            answers = {
                told(route.ask(actor, known, headers={"If-Match": held}))
                for held in (etag_of(route, whose), '"1.00000000"', '"77.00000000"')
            }
            asked += 1
            if len(answers) != 1 or next(iter(answers))[0] not in (403, 404):
                wrong.append((str(route), actor.name, answers))
    assert not wrong, "\n".join(map(str, wrong))
    assert asked > 40


def etag_of(route: Route, whose: Family) -> str:
    """The ETag that somebody who reaches the record is given at this address, or at the one it belongs to."""
    record = str(record_at(route))
    known = names_at(route, whose.ids)
    for name in (each for each in READERS[record] if each in whose.cast):
        answer = whose[name].get(route.address(known))
        if answer.ok and "ETag" in answer.headers:
            return str(answer.headers["ETag"])
    return '"2.00000000"'


USED = {
    "POST /api/v1/people": ("desk", {"names": [{"kind": "alias", "given": "Somebody"}]}),
    "POST /api/v1/cases/{case_id}/plan/goals": (
        "mentor",
        {"wish": "w", "measure": "m", "target_on": "2099-01-01"},
    ),
    "POST /api/v1/withdrawals": ("mentor", {"recipient": "organisation:nowhere"}),
    "POST /api/v1/audit/holds": ("privacy", {"kind": "case", "because": "coroner", "reference": "REF-3"}),
}


@cache
def keys() -> dict[str, tuple[str, Any, Any]]:
    """Keys that the others used, by route: the key, what they sent, and what they were answered."""
    found = {}
    for route in routes():
        if str(route) in USED:
            name, body = USED[str(route)]
            sent = dict(body)
            if str(route).endswith("/withdrawals"):
                sent["person_id"] = the_others().ids["person_id"]
            if str(route).endswith("/holds"):
                sent["record_id"] = the_others().ids["case_id"]
            key = uuid4().hex
            answer = route.ask(
                the_others()[name],
                names_at(route, the_others().ids),
                body=sent,
                headers={"Idempotency-Key": key},
            )
            assert answer.ok, answer.text
            found[str(route)] = key, sent, answer.json()
    return found


def test_another_s_key_never_brings_their_reply() -> None:
    """On the same route with the same body, whoever sends it: it is their own request, as with a fresh key."""
    for route in routes():
        if str(route) not in USED:
            continue
        key, sent, theirs = keys()[str(route)]
        ours_too = route.ask(
            ours()[USED[str(route)][0]],
            names_at(route, the_others().ids),
            body=sent,
            headers={"Idempotency-Key": key},
        )
        if "{case_id}" in route.path:
            assert ours_too.status_code == 403, ours_too.text
        else:
            assert ours_too.ok and ours_too.json()["id"] != theirs["id"], ours_too.text


def test_a_used_key_opens_no_address_of_another_s() -> None:
    """On every route that changes something: the key of whoever reaches the record, sent by somebody who does not."""
    wrong, asked = [], 0
    used = [key for key, _, _ in keys().values()]
    for route, actor, whose in addresses(reading=False):
        known = names_at(route, whose.ids)
        fresh = told(route.ask(actor, known))
        for key in used[:2]:
            answer = route.ask(actor, known, headers={"Idempotency-Key": key})
            asked += 1
            if told(answer) != fresh:
                wrong.append((str(route), actor.name, fresh, told(answer)))
    assert not wrong, "\n".join(map(str, wrong))
    assert asked > 100


def test_a_key_is_of_one_route_and_one_body() -> None:
    """The caller's own key on another route is another request; with another body it is refused and brings nothing."""
    desk, mark = the_others()["desk"], the_others().mark("identity")
    key, sent, theirs = keys()["POST /api/v1/people"]
    again = desk.ask("POST", "/people", sent, headers={"Idempotency-Key": key})
    assert again.json()["id"] == theirs["id"]
    other = desk.ask("POST", "/people", {**sent, "pronouns": "they"}, headers={"Idempotency-Key": key})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    asked = {
        "person_id": the_others().ids["person_id"],
        "program": "autism_funding",
        "source": "self",
        "reason": "x",
    }
    elsewhere = desk.ask("POST", "/referrals", asked, headers={"Idempotency-Key": key})
    assert elsewhere.json().get("id") != theirs["id"]
    for answer in (other, elsewhere):
        assert theirs["id"] not in answer.text and mark not in answer.text

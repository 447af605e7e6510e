"""A preview is told by consent and by every service that keeps records; who is down is said to be unknown (CO-7)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

ASKED = {"recipient": "team:mentors", "categories": ["plan"], "purposes": ["care"]}


def test_a_preview_asks_every_service_and_says_who_did_not_answer(gateway: Any) -> None:
    person = str(uuid4())
    answer = gateway.post("/consents/previews", {**ASKED, "person_id": person})

    assert answer.status_code == 200
    shared = {each["service"]: each for each in answer.json()["shared"]}
    assert {name: each["state"] for name, each in shared.items()} == {
        "intake": "told",
        "cases": "told",
        "portal": "unknown",
    }
    assert shared["portal"]["shows"] is None
    assert person in str(shared["cases"]["shows"])


def test_what_consent_refuses_is_refused_whole(gateway: Any) -> None:
    answer = gateway.post(
        "/consents/previews", {**ASKED, "person_id": "00000404-0000-4000-8000-000000000000"}
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_period_that_ends_before_it_begins_is_pointed_at(gateway: Any) -> None:
    period = {"valid_from": "2026-03-04T17:00:00Z", "valid_until": "2026-03-04T17:00:00Z"}
    answer = gateway.post("/consents/previews", {**ASKED, **period, "person_id": str(uuid4())})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/valid_until")

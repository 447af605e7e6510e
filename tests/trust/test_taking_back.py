"""What was given is taken back in one step everywhere; an emergency is known and over at once (CO-1, CO-6)."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests
from fhir.resources.R4B.bundle import Bundle

from tests.story.client import Person
from tests.trust.conftest import Girl

pytestmark = [pytest.mark.platform, pytest.mark.timeout(120)]

# Within a second on a machine with nothing else to do (make bench-revocation measures that); a test shares its machine.
SOON_S = 5.0


def opened_to(girl: Girl, reader: Person, *, purpose: str | None = None) -> dict[str, Any]:
    """The record, once intake shows it to the reader."""
    return girl.platform.until(
        "intake has opened",
        lambda: answer.body if (answer := reader.get(f"/people/{girl.id}", purpose=purpose)).good else None,
    )


def seconds_until_closed(girl: Girl, reader: Person, *, purpose: str | None = None) -> float:
    since = time.monotonic()
    girl.platform.until(
        "intake has closed",
        lambda: True if reader.get(f"/people/{girl.id}", purpose=purpose).status == 403 else None,
        within_s=SOON_S,
    )
    return time.monotonic() - since


def test_all_is_taken_back_at_one_desk_whoever_recorded_it(girl: Girl) -> None:
    mine = girl.consents(to="worker:mentor", categories=["identity"])
    body = {
        "person_id": girl.id,
        "recipient": "worker:mentor",
        "categories": ["contact"],
        "purposes": ["care"],
        "form": "verbal",
        "explanation": {"text": "How to reach her.", "refusal_explained": True},
    }
    other = girl["social-worker"].post("/consents", body).expect().body
    seen = opened_to(girl, girl["mentor"])
    assert seen["names"]

    made = girl["intake-worker"].post("/withdrawals", {"person_id": girl.id}).expect().body

    assert seconds_until_closed(girl, girl["mentor"]) < SOON_S
    assert girl["intake-worker"].get(f"/consents/{mine['id']}").expect().body["state"] == "withdrawn"
    girl.platform.until(
        "the other worker's record says so",
        lambda: (
            True
            if girl["social-worker"].get(f"/consents/{other['id']}").expect().body["state"] == "withdrawn"
            else None
        ),
    )
    girl["social-worker"].get(f"/withdrawals/{made['id']}").expect(403)
    assert girl["intake-worker"].get(f"/withdrawals/{made['id']}").expect().body["categories"] == []


def test_the_collection_of_a_person_s_consents_holds_what_the_caller_may_see(girl: Girl) -> None:
    consent = girl.consents(to="organisation:young-carers", categories=["identity", "caring"])

    def fetched(reader: Person, person_id: str) -> Bundle:
        answer = requests.get(
            f"{reader.platform.base_url}/api/v1/people/{person_id}/consents/fhir",
            headers={"Authorization": f"Bearer {reader.token}"},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].startswith("application/fhir+json")
        return Bundle.model_validate_json(answer.content)

    (entry,) = fetched(girl["intake-worker"], girl.id).entry
    assert entry.resource.id == consent["id"]
    assert fetched(girl["privacy-officer"], girl.id).entry[0].resource.id == consent["id"]
    assert fetched(girl["mentor"], girl.id).entry is None
    assert fetched(girl["mentor"], "01931f0e-7c1a-7000-8000-0000000000ff").entry is None


def test_an_emergency_is_before_the_custodian_in_the_same_moment_and_over_when_found_not_justified(
    girl: Girl,
) -> None:
    mentor, officer = girl["mentor"], girl["privacy-officer"]
    asked = {
        "person_id": girl.id,
        "reason": "She wrote that she has taken pills and does not answer.",
        "categories": ["contact"],
        "hours": 1,
    }
    access = girl.once_known("the glass can be broken", "mentor", "/emergency-accesses", asked)

    # No waiting: the very next question of the custodian is answered with it.
    listed = officer.get("/emergency-accesses", reviewed="false", person_id=girl.id).expect().body["items"]
    assert [(each["id"], each["review_overdue"]) for each in listed] == [(access["id"], False)]
    opened_to(girl, mentor, purpose="emergency")

    found = {"finding": "not_justified", "review": "There was no such message."}
    officer.post(f"/emergency-accesses/{access['id']}/review", found).expect()

    assert seconds_until_closed(girl, mentor, purpose="emergency") < SOON_S
    mentor.get(f"/people/{girl.id}", purpose="emergency").expect(403)
    mentor.post(f"/emergency-accesses/{access['id']}/end").expect(409, code="emergency_over")

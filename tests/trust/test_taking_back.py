"""What was given is taken back in one step everywhere; an emergency is known and over at once (CO-1, CO-6)."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest
import requests
from fhir.resources.R4B.bundle import Bundle

from tests.story.client import Answer, Person
from tests.trust.conftest import Girl

pytestmark = [pytest.mark.platform, pytest.mark.timeout(120)]

IN_FORCE_S = 1.0
# An answer takes some hundredths of a second; one that takes this long tells of a machine that stands still.
STALLED_S = 0.25
ROUNDS = 3
NEVER_S = 30.0


def opened_to(girl: Girl, reader: Person, *, purpose: str | None = None) -> dict[str, Any]:
    """The record, once intake shows it to the reader."""
    return girl.platform.until(
        "intake has opened",
        lambda: answer.body if (answer := reader.get(f"/people/{girl.id}", purpose=purpose)).good else None,
    )


def closes_within_a_second(play: Callable[[], Callable[[], Answer]]) -> None:
    """What was opened is refused to everybody who asks more than a second after its end was acknowledged (CO-8).

    `play` opens, ends, and gives the look that must be refused. The second begins when the acknowledgement has been
    read, and a look belongs to the moment at which it is asked for, not to that of its answer: a test that is slow
    itself asks later and accuses nobody. Under load the platform needs half of that second (`make bench-revocation`).
    A round that was late while an answer took a quarter of a second says more of the machine than of the platform, so
    it is played again, twice at most; one that was late on a machine that answers is a stale permit.
    """
    for _ in range(ROUNDS):
        look = play()
        acknowledged, late, slowest = monotonic(), False, 0.0
        while True:
            asked = monotonic()
            answer = look()
            slowest = max(slowest, monotonic() - asked)
            if answer.status == 403:
                break
            late = late or asked - acknowledged > IN_FORCE_S
            assert asked - acknowledged < NEVER_S, "it never closed"
        if not late:
            return
        assert slowest > STALLED_S, "a stale permit"
    pytest.fail(f"late in each of {ROUNDS} rounds")


def test_all_is_taken_back_at_one_desk_whoever_recorded_it(girl: Girl) -> None:
    contact = {
        "person_id": girl.id,
        "recipient": "worker:mentor",
        "categories": ["contact"],
        "purposes": ["care"],
        "form": "verbal",
        "explanation": {"text": "How to reach her.", "refusal_explained": True},
    }
    mine: dict[str, Any] = {}
    other: dict[str, Any] = {}
    made: dict[str, Any] = {}

    def given_and_taken_back() -> Callable[[], Answer]:
        mine.update(girl.consents(to="worker:mentor", categories=["identity"]))
        other.update(girl["social-worker"].post("/consents", contact).expect().body)
        assert opened_to(girl, girl["mentor"])["names"]
        made.update(girl["intake-worker"].post("/withdrawals", {"person_id": girl.id}).expect().body)
        return lambda: girl["mentor"].get(f"/people/{girl.id}")

    closes_within_a_second(given_and_taken_back)

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
    access: dict[str, Any] = {}

    def broken_and_found_not_justified() -> Callable[[], Answer]:
        access.update(girl.once_known("the glass can be broken", "mentor", "/emergency-accesses", asked))
        # No waiting: the very next question of the custodian is answered with it.
        listed = officer.get("/emergency-accesses", reviewed="false", person_id=girl.id).expect().body
        assert [(each["id"], each["review_overdue"]) for each in listed["items"]] == [(access["id"], False)]
        opened_to(girl, mentor, purpose="emergency")
        found = {"finding": "not_justified", "review": "There was no such message."}
        officer.post(f"/emergency-accesses/{access['id']}/review", found).expect()
        return lambda: mentor.get(f"/people/{girl.id}", purpose="emergency")

    closes_within_a_second(broken_and_found_not_justified)

    mentor.get(f"/people/{girl.id}", purpose="emergency").expect(403)
    mentor.post(f"/emergency-accesses/{access['id']}/end").expect(409, code="emergency_over")

"""A sign-in linked to the wrong person is taken back: it opens nothing of hers, in any service (CO-9, AU-6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.story.client import Answer
from tests.trust.conftest import Girl

pytestmark = [pytest.mark.platform, pytest.mark.timeout(180)]

WRONG = "mother"
HOUSING = "organisation:housing"
# A second as a rule; a machine that does much else at the moment gets a little longer.
IN_FORCE_S = 5.0


@dataclass
class Wrong:
    """The sign-in that is taken for the girl's, and what it opens of hers in each service."""

    girl: Girl
    case: dict[str, Any]
    link: dict[str, Any] = field(default_factory=dict)

    def linked(self) -> None:
        body = {"account": WRONG, "relation": "self"}
        self.link = self.girl["intake-worker"].post(f"/people/{self.girl.id}/accounts", body).expect().body

    def unlinked(self) -> Answer:
        ending = f"/people/{self.girl.id}/accounts/{self.link['id']}/ending"
        return self.girl["intake-worker"].post(ending, {"because": "recorded_in_error"})

    def joins(self) -> None:
        body = {"worker": WRONG, "standing": "client", "role": "client", "for_member": self.girl.id}
        self.girl["youth-worker"].post(f"/cases/{self.case['id']}/team", body).expect()

    def consents(self, **said: Any) -> Answer:
        body = {
            "person_id": self.girl.id,
            "recipient": HOUSING,
            "categories": ["identity", "contact"],
            "purposes": ["care"],
            "form": "verbal",
            "explanation": {"text": "Who will see what, and what for.", "refusal_explained": True},
            **said,
        }
        return self.girl[WRONG].post("/consents", body)

    def opened(self) -> dict[str, bool]:
        """For each service, whether something of hers is open to it."""
        her, at = self.girl.id, self.girl[WRONG]
        asked = {"person_id": her, "recipient": HOUSING, "categories": ["finance"], "purposes": ["care"]}
        kinds = at.post("/previews/portal", asked).expect().body["opens"]
        return {
            "intake: her record": at.get(f"/people/{her}").good,
            "intake: its history": at.get(f"/people/{her}/history").good,
            "cases: her case": at.get(f"/cases/{self.case['id']}").good,
            "consent: her decisions": bool(at.get("/consents", person_id=her).expect().body["items"]),
            "portal: who sees her services": all(kind["already"] is not None for kind in kinds),
            "audit: who opened her record": at.get(f"/people/{her}/access-report").good,
            "audit: what was decided": at.get(f"/people/{her}/trail").good,
        }

    def until(self, what: str, all_of_it: Callable[[dict[str, bool]], bool]) -> None:
        self.girl.platform.until(
            what, lambda: True if all_of_it(self.opened()) else None, within_s=IN_FORCE_S
        )


def everything(opened: dict[str, bool]) -> bool:
    return all(opened.values())


def nothing(opened: dict[str, bool]) -> bool:
    return not any(opened.values())


@pytest.fixture
def wrong(girl: Girl) -> Wrong:
    """Her case is open, and she consented to something at the front desk."""
    girl.consents(to="worker:mentor", categories=["identity"])
    members = [{"person_id": girl.id, "relation": "young_person"}]
    opening = {"program": "youth_service", "role": "worker", "members": members}
    case = girl.once_known("the case can be opened", "youth-worker", "/cases", opening)
    wrong = Wrong(girl=girl, case=case)
    wrong.linked()
    wrong.joins()
    wrong.until("all of hers is open to the wrong sign-in", everything)
    return wrong


def every_page(wrong: Wrong, path: str, **asked: Any) -> list[dict[str, Any]]:
    """All that the privacy officer is told at an address, page by page."""
    told: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = wrong.girl["privacy-officer"].get(path, **asked, **cursor).expect().body
        told += page["items"]
        if page["next_cursor"] is None:
            return told
        cursor = {"cursor": page["next_cursor"]}


def test_it_opens_nothing_any_more_in_any_service_and_the_trail_shows_that_it_did_and_who_ended_it(
    wrong: Wrong,
) -> None:
    ended = wrong.unlinked().expect().body
    assert (ended["ended_by"], ended["ended_because"]) == ("intake-worker", "recorded_in_error")
    wrong.until("nothing of hers is open to the wrong sign-in", nothing)

    def steps() -> dict[str, str] | None:
        told = every_page(wrong, f"/people/{wrong.girl.id}/trail", which="accesses", limit=100)
        doors = {each["door"]: each["worker"] for each in told}
        return doors if {"link_account", "unlink_account", "read_person"} <= set(doors) else None

    doors = wrong.girl.platform.until("the trail tells of both", steps)
    assert (doors["link_account"], doors["unlink_account"]) == ("intake-worker", "intake-worker")
    report = every_page(wrong, f"/people/{wrong.girl.id}/access-report", limit=100)
    looked = [each["outcome"] for each in report if each["worker"] == WRONG]
    assert {"permitted", "denied"} <= set(looked)


def test_linked_again_it_opens_everything_but_the_place_on_the_team_which_is_given_anew(wrong: Wrong) -> None:
    wrong.unlinked().expect()
    wrong.until("nothing of hers is open to the wrong sign-in", nothing)
    wrong.linked()
    wrong.until("her case alone is closed", lambda opened: sum(opened.values()) == len(opened) - 1)
    wrong.joins()
    wrong.until("all of it is open", everything)
    history = wrong.girl["intake-worker"].get(f"/people/{wrong.girl.id}/accounts").expect().body["items"]
    assert [each["ended_because"] for each in history] == [None, "recorded_in_error"]


def test_what_was_consented_to_at_the_wrong_sign_in_is_closed_everywhere_and_hers_goes_on(
    wrong: Wrong,
) -> None:
    given = wrong.consents().expect().body
    officer = wrong.girl["housing-officer"]

    def reads() -> int:
        return officer.get(f"/people/{wrong.girl.id}").status

    wrong.girl.platform.until("the housing office sees her", lambda: True if reads() == 200 else None)
    wrong.unlinked().expect()
    wrong.girl.platform.until(
        "the housing office sees her no more", lambda: True if reads() == 403 else None, within_s=IN_FORCE_S
    )
    wrong.consents().expect(403)
    told = (
        wrong.girl["privacy-officer"]
        .get("/consents", person_id=wrong.girl.id, recorded_by=WRONG)
        .expect()
        .body["items"]
    )
    assert [(each["id"], each["state"], each["history"][-1]["reason"]) for each in told] == [
        (given["id"], "withdrawn", "account_unlinked")
    ]
    hers = (
        wrong.girl["privacy-officer"].get("/consents", person_id=wrong.girl.id, state="given").expect().body
    )
    assert [each["recipient"] for each in hers["items"]] == ["worker:mentor"]

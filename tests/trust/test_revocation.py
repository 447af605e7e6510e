"""Revocation through the running platform: real decisions, real broker, real lanes, processes paused and killed (CO-8).

What a model of a few lines says is held against what the services answer, after each step of a walk with a fixed seed.
How soon that is under load is the bench's figure (`make bench-revocation`); here a shared machine gets a little longer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import Any

import pytest
import requests

from tests.faults.targets import Target
from tests.trust.conftest import Girl, silent

pytestmark = [pytest.mark.platform, pytest.mark.timeout(600)]

SEED, STEPS = 20_260_304, 28
CONSENT_LIMIT_S = 10.0
HEARTBEAT_S = 2.0
IN_FORCE_S = 5.0
RECOVERY_S = 120.0
OFFICER, YOUTH_WORKER = "housing-officer", "youth-worker"
IDENTITY = ["identity", "housing"]


@dataclass
class Walk:
    """A girl, what was decided about her, and what must be seen of her.

    While she is restricted, those who decide here do not reach her: nothing else happens to her then.
    """

    girl: Girl
    case: str
    consents: dict[str, set[str]] = field(default_factory=dict)
    # What she agreed to with the lead, who opened the case: it is lent to the officer while on the team (ADR 0073).
    with_lead: str | None = None
    restricted: str | None = None
    emergency: str | None = None
    member: str | None = None

    # -- what is decided --------------------------------------------------------------------------------------------

    def give(self) -> None:
        if self.restricted is not None:
            return
        consent = self.girl.consents(to=f"worker:{OFFICER}", categories=IDENTITY)
        self.consents[consent["id"]] = set(IDENTITY)

    def withdraw(self) -> None:
        for consent in list(self.consents)[:1] if self.restricted is None else ():
            self._withdraw(consent, {})
            del self.consents[consent]

    def withdraw_identity(self) -> None:
        for consent, categories in self.consents.items():
            if "identity" in categories and self.restricted is None:
                self._withdraw(consent, {"categories": ["identity"]})
                categories.discard("identity")

    def _withdraw(self, consent: str, body: dict[str, Any]) -> None:
        self.girl["intake-worker"].post(f"/consents/{consent}/withdrawal", body).expect()

    def give_lead(self) -> None:
        if self.with_lead is None and self.restricted is None:
            self.with_lead = self.girl.consents(to=f"worker:{YOUTH_WORKER}", categories=IDENTITY)["id"]

    def withdraw_lead(self) -> None:
        if self.with_lead is not None and self.restricted is None:
            self._withdraw(self.with_lead, {})
            self.with_lead = None

    def refuse(self) -> None:
        if self.restricted is not None:
            return
        self.girl.consents(to=f"worker:{OFFICER}", categories=IDENTITY, decision="refused")
        self.consents.clear()

    def restrict(self) -> None:
        if self.restricted is None:
            body = {"person_id": self.girl.id, "reason": "By order of a court"}
            made = self.girl.once_known("restricted", "privacy-officer", "/restrictions", body)
            self.restricted = made["id"]

    def lift(self) -> None:
        if self.restricted is not None:
            body = {"reason": "The order has ended"}
            self.girl["privacy-officer"].post(f"/restrictions/{self.restricted}/lifting", body).expect()
            self.restricted = None

    def break_glass(self) -> None:
        if self.emergency is None and self.restricted is None:
            body = {
                "person_id": self.girl.id,
                "reason": "She is in danger tonight",
                "categories": ["contact"],
                "hours": 1,
            }
            self.emergency = self.girl.once_known("opened", OFFICER, "/emergency-accesses", body)["id"]

    def end_emergency(self) -> None:
        if self.emergency is not None and self.restricted is None:
            self.girl[OFFICER].post(f"/emergency-accesses/{self.emergency}/end").expect()
            self.emergency = None

    def join_team(self) -> None:
        if self.member is None and self.restricted is None:
            body = {
                "worker": OFFICER,
                "organisation": "housing",
                "standing": "staff",
                "role": "housing_support",
            }
            made = self.girl[YOUTH_WORKER].post(f"/cases/{self.case}/team", body).expect().body
            self.member = made["id"]

    def leave_team(self) -> None:
        if self.member is not None and self.restricted is None:
            path = f"/cases/{self.case}/team/{self.member}/end"
            self.girl[YOUTH_WORKER].post(path, {"reason": "other"}).expect()
            self.member = None

    # -- what must be seen --------------------------------------------------------------------------------------------

    def holds(self) -> None:
        """Within a moment every answer is what the model says, and stays so."""
        platform = self.girl.platform
        for what, look, wanted in self._expected():
            told = f"{what} is {wanted}"
            platform.until(
                told, lambda look=look, wanted=wanted: look() is wanted or None, within_s=IN_FORCE_S
            )
            for _ in range(3):
                assert look() is wanted, f"{told}, and then not"

    def _expected(self) -> Iterator[tuple[str, Callable[[], bool], bool]]:
        open_to_normal = self.restricted is None
        by_consent = any("identity" in categories for categories in self.consents.values())
        lent = self.with_lead is not None and self.member is not None
        yield "the record by consent", self.record, (by_consent or lent) and open_to_normal
        yield "the record for another purpose", lambda: self.record(purpose="coordination"), False
        yield (
            "the record by emergency",
            lambda: self.record(purpose="emergency"),
            self.emergency is not None and open_to_normal,
        )
        yield "the case by team", lambda: self.the_case(OFFICER), self.member is not None and open_to_normal
        yield "the case of the lead", lambda: self.the_case(YOUTH_WORKER), open_to_normal

    def record(self, *, purpose: str = "care") -> bool:
        return self.girl[OFFICER].get(f"/people/{self.girl.id}", purpose=purpose).good

    def the_case(self, subject: str) -> bool:
        return self.girl[subject].get(f"/cases/{self.case}").good


STEPS_OF_A_WALK = (
    "give", "give", "withdraw", "withdraw_identity", "refuse", "restrict", "lift", "lift", "break_glass",
    "end_emergency",
    "join_team", "join_team", "leave_team", "give_lead", "withdraw_lead", "kill consent", "kill intake", "kill cases",
)  # fmt: skip


@pytest.fixture
def walk(girl: Girl) -> Walk:
    body = {
        "program": "youth_service",
        "role": "youth_worker",
        "members": [{"person_id": girl.id, "relation": "young_person"}],
    }
    case = girl.once_known("the case can be opened", YOUTH_WORKER, "/cases", body)
    return Walk(girl=girl, case=case["id"])


def test_after_each_step_of_a_long_walk_every_service_shows_what_was_decided_last(walk: Walk) -> None:
    chance = Random(SEED)
    walk.give()
    walk.holds()
    for _ in range(STEPS):
        step = chance.choice(STEPS_OF_A_WALK)
        if step.startswith("kill "):
            _killed(walk, step.removeprefix("kill "))
        else:
            getattr(walk, step)()
        walk.holds()


def _killed(walk: Walk, service: str) -> None:
    """Kill a service, and decide while it is away: what was acknowledged holds once it is back."""
    Target(service, frozenset({service})).kill()
    walk.girl.platform.until("the record is answered", lambda: _answers(walk), within_s=RECOVERY_S)
    walk.give()
    walk.withdraw()


def _answers(walk: Walk) -> bool | None:
    """Whether each service takes requests again; the heartbeat may come a little later."""
    unknown = f"/why/consent?kind=consent&id={walk.case}"
    asked = (f"/people/{walk.girl.id}", f"/cases/{walk.case}", unknown)
    return all(_ask(walk.girl, YOUTH_WORKER, path).status_code < 500 for path in asked) or None


def _ask(girl: Girl, subject: str, path: str, **headers: str) -> requests.Response:
    """One request with its headers, not repeated."""
    token = {"Authorization": f"Bearer {girl[subject].token}", "Purpose-Of-Use": "care"}
    return requests.get(f"{girl.platform.base_url}/api/v1{path}", headers={**token, **headers}, timeout=10)


def test_while_consent_is_silent_what_rests_on_it_is_refused_with_a_reason_and_the_team_works_on(
    walk: Walk,
) -> None:
    girl, path = walk.girl, f"/people/{walk.girl.id}"
    walk.give()
    walk.holds()

    refused_at: float | None = None
    with silent("consent"):
        since = monotonic()
        while refused_at is None:
            assert walk.the_case(YOUTH_WORKER)
            if not _ask(girl, OFFICER, path).ok:
                refused_at = monotonic() - since
            assert monotonic() - since < CONSENT_LIMIT_S + HEARTBEAT_S + IN_FORCE_S, "a stale permit"
        answer = _ask(girl, OFFICER, path)
        told = answer.json()
        assert (answer.status_code, told["code"]) == (403, "consent_not_current")
        assert int(answer.headers["Retry-After"]) > 0
        why = _ask(girl, OFFICER, f"/why/intake?kind=person&id={girl.id}").json()
        assert (why["permitted"], why["because"]) == (False, "consent_not_current")
        assert _ask(girl, "mentor", path).json()["code"] == "access_denied"
        assert "Retry-After" not in _ask(girl, "mentor", path).headers
        assert walk.the_case(YOUTH_WORKER)

    girl.platform.until("consent counts again", lambda: walk.record() or None, within_s=RECOVERY_S)


def test_a_withdrawal_acknowledged_while_a_service_is_silent_holds_from_its_first_answer_after_the_limit(
    walk: Walk,
) -> None:
    walk.give()
    walk.holds()
    with silent("intake"):
        walk.girl["intake-worker"].post(f"/consents/{next(iter(walk.consents))}/withdrawal", {}).expect()
        since = monotonic()
        while monotonic() - since < CONSENT_LIMIT_S + 1:
            assert walk.the_case(YOUTH_WORKER)
    answers = [_ask(walk.girl, OFFICER, f"/people/{walk.girl.id}") for _ in range(20)]
    assert not any(answer.ok for answer in answers), "a stale permit"

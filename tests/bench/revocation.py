"""How soon a withdrawal is in force in every service, while others work (CO-8).

    icm with-platform -- python -m tests.bench.revocation

Each round a person consents to two recipients, which opens her record at intake, her assessment at cases, and who she
is in an authorisation at portal. Both consents end: withdrawn whole, category by category, or by a refusal, in turn.
Each service is asked again and again, by each way that shows something: the record itself, a list of records where the
recipient has one, and *why*. A figure is the time from the acknowledged end to the first round of answers of which none
shows anything any more; the three services are asked at the same time, and other clients write referrals all the while.
Audit is not among them: nothing there is opened by consent, only by statute and to oneself.

`stale_permits` counts rounds of answers of which one still showed something although they were asked for more than a
second after the end was acknowledged, and rounds that showed something again after one that did not. `checks` counts
the rounds.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any

from tests.bench.write import a_referral, access_token, environment, recorded_people
from tests.story.client import Person, Platform
from tests.story.money import provider_on_board
from tests.story.scene import ANSWERS, CONTENT

CLIENTS = 3
ROUNDS = 42
GRAINS = ("whole", "by category", "by refusal")
LIMIT_S = 1.0
AFTERWARDS = 5
PURPOSES = ["care", "coordination", "payment"]
RECIPIENTS = {
    "officer": ("worker:housing-officer", ["identity", "housing"]),
    "group": ("worker:carers-worker", ["identity"]),
}
OTHERS = {"connections": 4, "pause_s": 0.05}


@dataclass
class Family:
    """One person known to all services, and how each shows something of her to somebody she consented to."""

    platform: Platform
    person: str
    assessment: str
    authorisation: str

    def signed_in(self, subject: str) -> Person:
        """The sign-in with a connection of its own, so that threads do not wait for each other."""
        known = self.platform.person(subject)
        return Person(platform=self.platform, subject=subject, token=known.token)

    def looks(self) -> dict[str, Callable[[], bool]]:
        """For each service, whether it shows something of her now."""
        at_intake, at_cases = self.signed_in("housing-officer"), self.signed_in("housing-officer")
        at_portal = self.signed_in("carers-worker")

        def person() -> bool:
            record = at_intake.get(f"/people/{self.person}", purpose="care").good
            return record or _permitted(at_intake, "intake", kind="person", id=self.person)

        def assessment() -> bool:
            record = at_cases.get(f"/assessments/{self.assessment}", purpose="care").good
            return record or _permitted(at_cases, "cases", kind="assessment", id=self.assessment)

        def authorisation() -> bool:
            one = at_portal.get(f"/authorisations/{self.authorisation}").expect().body
            listed = at_portal.get("/authorisations", limit=100).expect().body["items"]
            return any(each.get("person_id") for each in [one, *listed] if each["id"] == self.authorisation)

        return {"intake": person, "cases": assessment, "portal": authorisation}


@dataclass
class Found:
    """What was measured, by all clients together."""

    ms: list[float] = field(default_factory=list)
    checks: int = 0
    stale: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *, ms: float, checks: int, stale: int) -> None:
        """One service's answer to one withdrawal."""
        with self._lock:
            self.ms.append(ms)
            self.checks += checks
            self.stale += stale


def a_family(platform: Platform, number: int, provider: str) -> Family:
    """A person with a case and an authorisation, whom the officer and the group see nothing of yet."""
    desk, youth = platform.person("intake-worker"), platform.person("youth-worker")
    named = {"names": [{"kind": "alias", "given": f"Revocation {number}"}]}
    person = desk.post("/people", named).expect().body["id"]
    opened = {
        "program": "youth_service",
        "role": "youth_worker",
        "members": [{"person_id": person, "relation": "young_person"}],
    }
    case = platform.until("the person is known to cases", lambda: _made(youth, "/cases", opened))
    assessment = _an_assessment(platform, person=person, case=case)
    today = datetime.now(UTC).date()
    wanted = {
        "provider_id": provider,
        "person_id": person,
        "service": "help_at_home",
        "unit": "hour",
        "rate": "38.5000",
        "units": "40.00",
        "starts_on": str(today - timedelta(days=14)),
        "ends_on": str(today + timedelta(days=90)),
    }
    contracts = platform.person("contracts-officer")
    authorisation = platform.until(
        "the person is known to portal", lambda: _made(contracts, "/authorisations", wanted)
    )
    return Family(platform=platform, person=person, assessment=assessment, authorisation=authorisation)


def _an_assessment(platform: Platform, *, person: str, case: str) -> str:
    """What the youth worker wrote down with her, by a consent that stands throughout."""
    desk, youth = platform.person("intake-worker"), platform.person("youth-worker")
    body = _consent_to(
        "worker:youth-worker", person=person, categories=CONTENT, purposes=["assessment", "care"]
    )
    consent = platform.until("the consent is recorded", lambda: _made(desk, "/consents", body))
    form = {"person_id": person, "form": "common_assessment", "answers": ANSWERS, "consent_id": consent}
    return platform.until(
        "the assessment is recorded", lambda: _made(youth, f"/cases/{case}/assessments", form)
    )


def measure(family: Family, found: Found) -> None:
    """One client's rounds."""
    desk, looks = family.signed_in("intake-worker"), family.looks()
    with ThreadPoolExecutor(max_workers=len(looks)) as pool:
        for number in range(ROUNDS):
            consents = [
                _consent(family, desk, to=to, categories=categories) for to, categories in RECIPIENTS.values()
            ]
            for service, look in looks.items():
                family.platform.until(f"{service} has opened", lambda look=look: look() or None)
            at = {}
            for recipient, consent in zip(RECIPIENTS, consents, strict=True):
                _end(family, desk, consent, recipient=recipient, grain=GRAINS[number % len(GRAINS)])
                at[recipient] = monotonic()
            since = {"intake": at["officer"], "cases": at["officer"], "portal": at["group"]}
            for done in [pool.submit(_watch, looks[service], since[service], found) for service in looks]:
                done.result()


def _end(family: Family, desk: Person, consent: str, *, recipient: str, grain: str) -> None:
    """The consent is taken back, in one of the ways in which that is said; returns when all of it is acknowledged."""
    to, categories = RECIPIENTS[recipient]
    if grain == "whole":
        desk.post(f"/consents/{consent}/withdrawal", {}).expect()
    elif grain == "by category":
        for category in categories:
            desk.post(f"/consents/{consent}/withdrawal", {"categories": [category]}).expect()
    else:
        said = _consent_to(to, person=family.person, categories=categories, purposes=PURPOSES)
        desk.post("/consents", {**said, "decision": "refused"}).expect()


def _permitted(by: Person, service: str, *, kind: str, id: str) -> bool:
    """Whether the service says itself that the record is open to who asks."""
    answer = by.get(f"/why/{service}", purpose="care", kind=kind, id=id)
    return answer.good and bool(answer.body["permitted"])


def _watch(look: Callable[[], bool], since: float, found: Found) -> None:
    checks = stale = 0
    while True:
        asked = monotonic()
        checks += 1
        if not look():
            ms = (monotonic() - since) * 1000
            break
        stale += asked - since > LIMIT_S
        if asked - since > 30:
            sys.exit("a withdrawal was not in force after 30 seconds")
    for _ in range(AFTERWARDS):
        checks += 1
        stale += look()
    found.add(ms=ms, checks=checks, stale=stale)


def _consent(family: Family, desk: Person, *, to: str, categories: list[str]) -> str:
    body = _consent_to(to, person=family.person, categories=categories, purposes=PURPOSES)
    return family.platform.until("the consent is recorded", lambda: _made(desk, "/consents", body))


def _consent_to(recipient: str, *, person: str, categories: list[str], purposes: list[str]) -> dict[str, Any]:
    return {
        "person_id": person,
        "recipient": recipient,
        "categories": categories,
        "purposes": purposes,
        "form": "verbal",
        "explanation": {
            "text": "Who will see what, and that it can be taken back.",
            "refusal_explained": True,
        },
    }


def _made(by: Person, path: str, body: dict[str, Any]) -> str | None:
    answer = by.post(path, body)
    return None if answer.status in (404, 409) else str(answer.expect().body["id"])


@contextmanager
def others_at_work() -> Iterator[None]:
    """Clients who write referrals until the measuring is over."""
    token = access_token("intake-worker")
    plan = {
        "url": f"{environment('ICM_BASE_URL')}/api/v1/referrals",
        "headers": {"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
        "bodies": [a_referral(person) for person in recorded_people(token)],
        "seconds": 3600,
        **OTHERS,
    }
    client = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.load"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert client.stdin is not None
        client.stdin.write(json.dumps(plan))
        client.stdin.close()
        yield
        if client.poll() is not None:
            sys.exit("the others gave up: the figures would be those of an idle platform")
    finally:
        client.kill()
        client.wait()


def main() -> None:
    """Measure and print."""
    platform = Platform(base_url=environment("ICM_BASE_URL"), token_url=environment("ICM_TOKEN_URL"))
    provider = provider_on_board(platform)
    families = [a_family(platform, number, provider) for number in range(CLIENTS)]
    found = Found()
    with others_at_work():
        sleep(2)
        with ThreadPoolExecutor(max_workers=CLIENTS) as pool:
            for done in [pool.submit(measure, family, found) for family in families]:
                done.result()
    ordered = sorted(found.ms)
    print(
        json.dumps(
            {
                "bench": "revocation",
                "p50_ms": round(ordered[len(ordered) // 2], 1),
                "p99_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 1),
                "stale_permits": found.stale,
                "checks": found.checks,
            }
        )
    )


if __name__ == "__main__":
    main()

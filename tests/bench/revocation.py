"""How soon a withdrawal is in force in every service, while others work (CO-8).

    icm with-platform -- python -m tests.bench.revocation [share]

The others are clients who write referrals. First they write as fast as they are answered: that is what this machine
carries. Then, while the measuring lasts, they write at half that rate, or at the `share` of it that is named; with a
share of 1 everybody queues for the processors, and a figure holds the time that the asking itself takes.

Each round a person consents to two recipients, which opens her record at intake, her assessment at cases, and who she
is in an authorisation at portal. Both consents end: withdrawn whole, category by category, or by a refusal, in turn.
Each service is then asked again and again, at the same time in each way that shows something: the record itself, a list
of records where the recipient has one, and *why*. A figure is the time from the acknowledged end to the first answer
that shows nothing any more, for one way at one service. Audit is not among them: nothing there is opened by consent,
only by statute and to oneself.

`stale_permits` counts answers that still showed something although they were asked for more than a second after the end
was acknowledged, and those that showed something again after one that did not. `checks` counts the answers.
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

from tests.bench.referrals import a_referral, access_token, environment, recorded_people
from tests.story.client import Person, Platform
from tests.story.money import provider_on_board
from tests.story.scene import ANSWERS, CONTENT

FAMILIES = 3
ROUNDS = 126
GRAINS = ("whole", "by category", "by refusal")
LIMIT_S = 1.0
AFTERWARDS = 5
PURPOSES = ["care", "coordination", "payment"]
RECIPIENTS = {
    "officer": ("worker:housing-officer", ["identity", "housing"]),
    "group": ("worker:carers-worker", ["identity"]),
}
LOOK_EVERY_S = 0.05
CONNECTIONS = 4
SHARE = 0.5
CARRIED_FOR_S = 15.0


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

    def looks(self) -> dict[tuple[str, str], Callable[[], bool]]:
        """By recipient and way, whether a service shows something of her now."""
        one, listed = self.signed_in("carers-worker"), self.signed_in("carers-worker")

        def authorisation() -> bool:
            return bool(one.get(f"/authorisations/{self.authorisation}").expect().body.get("person_id"))

        def authorisations() -> bool:
            items = listed.get("/authorisations", limit=100).expect().body["items"]
            return any(each.get("person_id") for each in items if each["id"] == self.authorisation)

        return {
            ("officer", "the record at intake"): self._officer_sees("people", self.person),
            ("officer", "why at intake"): self._officer_is_told_why("intake", kind="person", id=self.person),
            ("officer", "the assessment at cases"): self._officer_sees("assessments", self.assessment),
            ("officer", "why at cases"): self._officer_is_told_why(
                "cases", kind="assessment", id=self.assessment
            ),
            ("group", "the authorisation at portal"): authorisation,
            ("group", "the list at portal"): authorisations,
        }

    def _officer_sees(self, records: str, id: str) -> Callable[[], bool]:
        officer = self.signed_in("housing-officer")
        return lambda: officer.get(f"/{records}/{id}", purpose="care").good

    def _officer_is_told_why(self, service: str, *, kind: str, id: str) -> Callable[[], bool]:
        """Whether the service says itself that the record is open to them."""
        officer = self.signed_in("housing-officer")

        def permitted() -> bool:
            answer = officer.get(f"/why/{service}", purpose="care", kind=kind, id=id)
            return answer.good and bool(answer.body["permitted"])

        return permitted


@dataclass
class Found:
    """What was measured, by all clients together."""

    ms: list[float] = field(default_factory=list)
    checks: int = 0
    stale: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *, ms: float, checks: int, stale: int) -> None:
        """What one way showed after one withdrawal."""
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


def measure(families: list[Family], found: Found) -> None:
    """All rounds, of one family after the other."""
    desk = families[0].signed_in("intake-worker")
    ways = [(family, family.looks()) for family in families]
    with ThreadPoolExecutor(max_workers=len(ways[0][1])) as pool:
        for number in range(ROUNDS):
            family, looks = ways[number % len(ways)]
            grain = GRAINS[number // len(ways) % len(GRAINS)]
            consents = [
                _consent(family, desk, to=to, categories=categories) for to, categories in RECIPIENTS.values()
            ]
            for (_, way), look in looks.items():
                family.platform.until(f"{way} has opened", lambda look=look: look() or None)
            at = {}
            for recipient, consent in zip(RECIPIENTS, consents, strict=True):
                _end(family, desk, consent, recipient=recipient, grain=grain)
                at[recipient] = monotonic()
            for done in [
                pool.submit(_watch, look, at[recipient], found) for (recipient, _), look in looks.items()
            ]:
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
        sleep(max(0.0, LOOK_EVERY_S - (monotonic() - asked)))
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


@dataclass
class Others:
    """Clients who write referrals."""

    plan: dict[str, Any]

    def carried_per_s(self) -> float:
        """How many referrals a second the platform takes when they are written as fast as it answers."""
        with _client({**self.plan, "seconds": CARRIED_FOR_S}) as client:
            assert client.stdout is not None
            told = json.loads(client.stdout.read())
        return float(told["done"] / told["seconds"])

    @contextmanager
    def at_work(self, *, per_s: float) -> Iterator[None]:
        """They write so many a second until the block ends."""
        with _client({**self.plan, "seconds": 3600, "per_s": per_s}) as client:
            sleep(2)
            yield
            if client.poll() is not None:
                sys.exit("the others gave up: the figures would be those of an idle platform")


def others() -> Others:
    """Clients who write referrals about people of their own."""
    token = access_token("intake-worker")
    return Others(
        plan={
            "url": f"{environment('ICM_BASE_URL')}/api/v1/referrals",
            "headers": {"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
            "bodies": [a_referral(person) for person in recorded_people(token)],
            "connections": CONNECTIONS,
        }
    )


@contextmanager
def _client(plan: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    client = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.load"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert client.stdin is not None
        client.stdin.write(json.dumps(plan))
        client.stdin.close()
        yield client
    finally:
        client.kill()
        client.wait()


def main() -> None:
    """Measure and print."""
    platform = Platform(base_url=environment("ICM_BASE_URL"), token_url=environment("ICM_TOKEN_URL"))
    provider = provider_on_board(platform)
    families = [a_family(platform, number, provider) for number in range(FAMILIES)]
    found, writers = Found(), others()
    per_s = writers.carried_per_s() * float(sys.argv[1] if len(sys.argv) > 1 else SHARE)
    with writers.at_work(per_s=per_s):
        measure(families, found)
    ordered = sorted(found.ms)
    print(
        json.dumps(
            {
                "bench": "revocation",
                "p50_ms": round(ordered[len(ordered) // 2], 1),
                "p99_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 1),
                "stale_permits": found.stale,
                "checks": found.checks,
                "others_per_s": round(per_s, 1),
            }
        )
    )


if __name__ == "__main__":
    main()

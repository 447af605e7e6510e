"""Kills and pauses everything in turn while clients write and read, then counts what was lost, doubled or disordered.

    icm with-platform -- python -m tests.faults.run

Faults: SIGKILL, and SIGSTOP for a few seconds, of each service, each database, the gateway and the broker. What counts:

- **lost**: an acknowledged write that cannot be read back, whose event never came, or that has no entry in the log.
- **duplicated**: more records, or more entries for a record, than acknowledged writes.
- **reordered**: an event that did not come as the next of its subject.
- **unexpected**: an answer that is neither success nor a proper "come again" within four seconds, or any failed request
  to a service that no present fault may hurt.
- **availability**: the share of all requests, during faults too, that were answered as asked.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from urllib.parse import quote

import requests

from tests.faults.clients import Client, Diary, keep_contacting, keep_reading, keep_referring
from tests.faults.tap import Tap
from tests.faults.targets import Target, Window, every_target, resume

WRITES = 5_000
PAUSED_S = 3.0
QUIET_S = 1.0
AFTERMATH_S = 2.0
RECOVERY_S = 60.0
SETTLING_S = 120.0
REFERRERS, CONTACTERS, PEOPLE_EACH = 6, 4, 12

still = threading.Event()  # never set: waiting on it is how the drill lets time pass


@dataclass
class Drill:
    """The platform under drill and what is known of it."""

    base_url: str
    diary: Diary = field(default_factory=Diary)
    windows: list[Window] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    reads: dict[str, tuple[str, str]] = field(default_factory=dict)  # service → subject, path

    def token(self, subject: str) -> str:
        if subject not in self.tokens:
            asked = {"grant_type": os.environ["ICM_TOKEN_GRANT"], "subject": subject}
            answer = requests.post(os.environ["ICM_TOKEN_URL"], data=asked, timeout=10)
            answer.raise_for_status()
            self.tokens[subject] = answer.json()["access_token"]
        return self.tokens[subject]

    def client(self, subject: str, *, diary: Diary | None = None) -> Client:
        return Client(base_url=self.base_url, token=self.token(subject), diary=diary or self.diary)

    def post(self, subject: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """A write outside the drill."""
        made = self.client(subject, diary=Diary()).write("", path, body, give_up=_after(30))
        if made is None:
            sys.exit(f"{subject} could not POST {path}")
        return dict(made)

    def get(self, subject: str, path: str) -> dict[str, Any]:
        """A read outside the drill, tried until it is answered."""
        ends = monotonic() + 30
        while True:
            headers = {"Authorization": f"Bearer {self.token(subject)}"}
            answer = requests.get(f"{self.base_url}/api/v1{path}", headers=headers, timeout=10)
            if answer.ok:
                return dict(answer.json())
            if answer.status_code not in (429, 503) or monotonic() > ends:
                sys.exit(f"{subject} GET {path}: {answer.status_code} {answer.text[:300]}")
            still.wait(0.2)

    def pages(self, subject: str, path: str) -> list[dict[str, Any]]:
        items, cursor = [], ""
        while True:
            page = self.get(subject, f"{path}{'&' if '?' in path else '?'}limit=100{cursor}")
            items += page["items"]
            if not page["next_cursor"]:
                return items
            cursor = f"&cursor={page['next_cursor']}"


def _after(seconds: float) -> Callable[[], bool]:
    ends = monotonic() + seconds
    return lambda: monotonic() > ends


def a_scene(drill: Drill) -> tuple[list[list[str]], list[tuple[str, str]]]:
    """People for each who refers, a case for each who records contacts, and one thing to read of each service."""
    people = [
        [
            drill.post(
                "intake-worker", "/people", {"names": [{"kind": "alias", "given": f"Drill {group} {number}"}]}
            )["id"]
            for number in range(PEOPLE_EACH)
        ]
        for group in range(REFERRERS)
    ]
    cases = []
    for group in people[:CONTACTERS]:
        body = {"program": "youth_service", "role": "youth_worker", "members": [_member(group[0])]}
        cases.append((drill.post("youth-worker", "/cases", body)["id"], group[0]))
    consent = drill.post(
        "mentor",
        "/consents",
        {
            "person_id": people[0][0],
            "recipient": "worker:mentor",
            "categories": ["family"],
            "purposes": ["care"],
            "form": "verbal",
            "explanation": {"explained_by": "mentor", "text": "Who sees what.", "refusal_explained": True},
        },
    )
    provider = drill.post(
        "carers-admin",
        "/providers",
        {
            "organisation": "young-carers",
            "legal_name": "Young carers' group",
            "services": ["help_at_home"],
            "terms_accepted": "terms-2026",
        },
    )
    drill.reads = {
        "intake": ("intake-worker", f"/people/{people[0][0]}"),
        "cases": ("youth-worker", f"/cases/{cases[0][0]}"),
        "consent": ("mentor", f"/consents/{consent['id']}"),
        "portal": ("carers-admin", f"/providers/{provider['id']}"),
        "audit": ("auditor", "/audit/checkpoint"),
    }
    return people, cases


def _member(person: str) -> dict[str, str]:
    return {"person_id": person, "relation": "young_person"}


def hurt(drill: Drill, target: Target, kind: str) -> None:
    """One fault, from its beginning until every service that it may hurt answers again."""
    window = Window(target, kind, monotonic())
    drill.windows.append(window)
    if kind == "kill":
        target.kill()
    else:
        paused = target.pause()
        still.wait(PAUSED_S)
        resume(paused)
    ends = monotonic() + RECOVERY_S
    for service in sorted(target.may_hurt):
        subject, path = drill.reads[service]
        probe = drill.client(subject, diary=Diary())
        while not probe.read(service, path).good:
            if monotonic() > ends:
                sys.exit(f"{service} did not come back within {RECOVERY_S:g} s after {kind} of {target.name}")
            still.wait(0.05)
    took = monotonic() - window.began
    still.wait(AFTERMATH_S)
    window.ended = monotonic()
    print(f"{kind} {target.name}: answers again after {took:.1f} s", flush=True)


def unexpected(drill: Drill) -> Counter[str]:
    """Attempts that no client should have seen, by what they were."""
    found: Counter[str] = Counter()
    for each in drill.diary.attempts:
        excused = any(
            window.touches(each.service, began=each.began, ended=each.ended) for window in drill.windows
        )
        if each.good and (each.orderly or excused):
            continue
        at_the_door = any(
            window.target.name in ("gateway", "rabbitmq")
            and window.touches(each.service, began=each.began, ended=each.ended)
            for window in drill.windows
        )
        if not excused or (not each.orderly and not at_the_door):
            took = each.ended - each.began
            found[
                f"{'write' if each.writing else 'read'} {each.service} {each.status} {each.code} {took:.0f}s"
            ] += 1
    return found


def settled(drill: Drill, tap: Tap, since: str) -> tuple[Counter[str], Counter[str]]:
    """What is missing and what is there twice, once everything had time to arrive."""
    ends = monotonic() + SETTLING_S
    while True:
        missing, doubled = compare(drill, tap, since)
        if not missing or monotonic() > ends:
            return missing, doubled
        still.wait(1.0)


def compare(drill: Drill, tap: Tap, since: str) -> tuple[Counter[str], Counter[str]]:
    """Hold records, events and log entries against what was acknowledged.

    A reply that was told again to a repeated call is an entry of its own, and no second effect.
    """
    missing: Counter[str] = Counter()
    doubled: Counter[str] = Counter()
    told = {
        "referral": tap.ids_told("intake.referral.received.v1"),
        "contact": tap.ids_told("cases.contact.recorded.v1"),
    }
    entries = Counter(
        record["id"]
        for service, door in (("intake", "receive_referral"), ("cases", "record_contact"))
        for item in drill.pages(
            "auditor", f"/audit/entries?service={service}&outcome=permitted&since={since}"
        )
        if item["entry"]["door"] == door and item["entry"]["action"] == "write"
        for record in item["entry"]["records"]
        if record["kind"] in ("referral", "contact")
    )
    by_owner: dict[tuple[str, str], list[str]] = {}
    for kind, owner, made in drill.diary.acknowledged:
        by_owner.setdefault((kind, owner), []).append(made)
        missing["event"] += made not in told[kind]
        missing["entry"] += entries[made] == 0
        doubled["entry"] += max(0, entries[made] - 1)
    for (kind, owner), acknowledged in by_owner.items():
        if kind == "referral":
            kept = [each["id"] for each in drill.pages("intake-worker", f"/referrals?person_id={owner}")]
        else:
            kept = [each["id"] for each in drill.pages("youth-worker", f"/cases/{owner}/contacts")]
        missing["record"] += len(set(acknowledged) - set(kept))
        doubled["record"] += len(kept) - len(set(acknowledged))
    return +missing, +doubled


def main() -> None:
    """Drill and print."""
    drill = Drill(base_url=os.environ["ICM_BASE_URL"])
    tap = Tap(os.environ["ICM_ADMIN_AMQP_URL"])
    people, cases = a_scene(drill)
    since = quote(datetime.now(UTC).isoformat())
    over, no_more = threading.Event(), threading.Event()

    def enough() -> bool:
        return no_more.is_set() and len(drill.diary.acknowledged) >= WRITES

    threads = [
        threading.Thread(
            target=keep_referring,
            args=(drill.client("intake-worker"),),
            kwargs={"people": group, "diary": drill.diary, "enough": enough},
        )
        for group in people
    ]
    threads += [
        threading.Thread(
            target=keep_contacting,
            args=(drill.client("youth-worker"),),
            kwargs={
                "case": case,
                "person": person,
                "diary": drill.diary,
                "numbers": itertools.count(),
                "enough": enough,
            },
        )
        for case, person in cases
    ]
    readers = [
        threading.Thread(
            target=keep_reading,
            args=(drill.client(subject),),
            kwargs={"service": service, "path": path, "ended": over},
        )
        for service, (subject, path) in drill.reads.items()
    ]
    for thread in (*threads, *readers):
        thread.start()
    faults = 0
    try:
        for kind in ("kill", "pause"):
            for target in every_target():
                still.wait(QUIET_S)
                hurt(drill, target, kind)
                faults += 1
    finally:
        no_more.set()
        for thread in threads:
            thread.join(timeout=SETTLING_S)
        over.set()
        for thread in readers:
            thread.join(timeout=SETTLING_S)
    missing, doubled = settled(drill, tap, since)
    odd = unexpected(drill)
    reordered = tap.reordered()
    tap.close()
    for what, found in (("missing", missing), ("doubled", doubled), ("unexpected", odd)):
        for each, times in found.most_common(20):
            print(f"{what}: {each} × {times}", flush=True)  # noqa: RUF001
    attempts = drill.diary.attempts
    figures = {
        "bench": "faults",
        "writes": len(drill.diary.acknowledged),
        "faults": faults,
        "lost": sum(missing.values()),
        "duplicated": sum(doubled.values()),
        "unexpected": sum(odd.values()),
        "reordered": reordered,
        "availability": round(sum(each.good for each in attempts) / len(attempts), 4),
    }
    print(json.dumps(figures))
    right = not any(figures[name] for name in ("lost", "duplicated", "unexpected", "reordered"))
    sys.exit(0 if right and figures["writes"] >= WRITES else 1)


if __name__ == "__main__":
    main()

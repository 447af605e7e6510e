"""A consent ends at the moment that was agreed, in every service, though nobody is there to say so (CO-1, CO-8)."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.bench.revocation import Family, a_family
from tests.story.client import Person, Platform
from tests.story.money import provider_on_board
from tests.trust.conftest import silent

pytestmark = [pytest.mark.platform, pytest.mark.timeout(300)]

# Shorter than the silence after which no consent counts at all: what is refused here is refused because it is over.
SILENT_BEFORE_S = 4.0
WATCHED_AFTER_S = 3.0
LASTS_S = (8.0, 16.0, 32.0)
PURPOSES = ["care", "coordination", "payment"]


@dataclass(frozen=True)
class Seen:
    """One look: when it was asked for and answered, by the clock that all processes of this machine share."""

    asked: float
    answered: float
    shown: bool


@dataclass
class Everywhere:
    """Two persons, and every way in which a service shows something of them to somebody they consent to."""

    platform: Platform
    family: Family
    searched: str
    name: str

    def consent_until(self, moment: float) -> None:
        """What opens all of it, up to the moment."""
        self._consent("intake-worker", self.family.person, "worker:housing-officer", moment)
        self._consent("intake-worker", self.family.person, "worker:carers-worker", moment)
        self._consent("social-worker", self.searched, "worker:intake-worker", moment)

    def _consent(self, by: str, person: str, to: str, moment: float) -> None:
        body = {
            "person_id": person,
            "recipient": to,
            "categories": ["identity", "housing"],
            "purposes": PURPOSES,
            "form": "verbal",
            "explanation": {"text": "Who will see what, and until when.", "refusal_explained": True},
            "valid_until": datetime.fromtimestamp(moment, UTC).isoformat(),
        }

        def made() -> bool | None:
            answer = self.platform.person(by).post("/consents", body)
            return None if answer.status == 404 else answer.expect().good

        self.platform.until("the consent is recorded", made)

    def looks(self) -> dict[str, Callable[[], bool]]:
        """Every way, by name; each with a connection of its own."""
        person, family = self.family.person, self.family

        def permitted(service: str, **asked: Any) -> Callable[[], bool]:
            reader = family.signed_in("housing-officer")
            return lambda: bool(
                reader.get(f"/why/{service}", purpose="care", **asked).expect().body["permitted"]
            )

        def read(path: str) -> Callable[[], bool]:
            reader = family.signed_in("housing-officer")
            return lambda: reader.get(path, purpose="care").good

        def found() -> bool:
            answer = desk.post("/people/searches", {"name": self.name}, purpose="coordination").expect()
            return self.searched in [each["id"] for each in answer.body["items"]]

        def named_in(reader: Person, path: str, **query: Any) -> bool:
            told = reader.get(path, **query).expect().body
            listed = [each for each in told.get("items", [told]) if each["id"] == family.authorisation]
            return any(each.get("person_id") for each in listed)

        desk, group, lists = (
            family.signed_in(subject) for subject in ("intake-worker", "carers-worker", "carers-worker")
        )
        return {
            "a record at intake": read(f"/people/{person}"),
            "a search at intake": found,
            "why at intake": permitted("intake", kind="person", id=person),
            "a record at cases": read(f"/assessments/{family.assessment}"),
            "why at cases": permitted("cases", kind="assessment", id=family.assessment),
            "a record at portal": lambda: named_in(group, f"/authorisations/{family.authorisation}"),
            "a list at portal": lambda: named_in(lists, "/authorisations", limit=100),
        }


@pytest.fixture
def everywhere(platform: Platform) -> Everywhere:
    name = "Expiry " + "".join(secrets.choice("bcdfghklmnprstvz") for _ in range(8))
    named = {"names": [{"kind": "alias", "given": name}]}
    searched = platform.person("social-worker").post("/people", named).expect().body["id"]
    family = a_family(platform, secrets.randbelow(1_000_000), provider_on_board(platform))
    return Everywhere(platform=platform, family=family, searched=searched, name=name)


def test_every_service_shows_until_the_agreed_moment_and_not_after_it_while_consent_is_silent(
    everywhere: Everywhere,
) -> None:
    """Answered before the moment: shown. Asked for after it: not shown. What lies across it may be either."""
    looks = everywhere.looks()
    assert not [way for way, look in looks.items() if look()]
    ends = _opened_until(everywhere, looks)
    over = threading.Event()
    with ThreadPoolExecutor(max_workers=len(looks)) as pool:
        watching = {way: pool.submit(_watch, look, over) for way, look in looks.items()}
        try:
            _comes(everywhere, ends - SILENT_BEFORE_S)
            with silent("consent"):
                _comes(everywhere, ends + WATCHED_AFTER_S)
        finally:
            over.set()
    for way, watched in watching.items():
        seen = watched.result()
        before = [each.shown for each in seen if each.answered < ends]
        after = [each.shown for each in seen if each.asked >= ends]
        assert before and all(before), f"{way} closed too early"
        assert after and not any(after), f"{way} stayed open"


def _opened_until(everywhere: Everywhere, looks: dict[str, Callable[[], bool]]) -> float:
    """When it will be over; everything is open by now. Where opening takes too long, the next consent is longer."""
    for lasts in LASTS_S:
        ends = time.time() + lasts
        everywhere.consent_until(ends)
        still_shut = dict(looks)
        while still_shut and time.time() < ends - SILENT_BEFORE_S - 1:
            still_shut = {way: look for way, look in still_shut.items() if not look()}
        if not still_shut:
            return ends
    pytest.fail(f"not open in time: {', '.join(still_shut)}")


def _watch(look: Callable[[], bool], over: threading.Event) -> list[Seen]:
    seen = []
    while not over.is_set():
        asked = time.time()
        shown = look()
        seen.append(Seen(asked=asked, answered=time.time(), shown=shown))
    return seen


def _comes(everywhere: Everywhere, moment: float) -> None:
    everywhere.platform.until("the moment has come", lambda: time.time() >= moment or None, within_s=60)

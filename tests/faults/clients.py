"""Clients that write and read all the while. A write is repeated with its key until it is acknowledged."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import uuid4

import requests

LONGEST_ANSWER_S = 4.0
PATIENCE_S = 20.0
AGAIN = {429, 503}


@dataclass(frozen=True)
class Attempt:
    """One request and what came of it: a status, or 0 when the connection broke."""

    service: str
    writing: bool
    began: float
    ended: float
    status: int
    code: str

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def orderly(self) -> bool:
        """Whether a client is told properly what to do: success, or come again, and that in time."""
        told = self.good or self.status in AGAIN or self.code == "still_running"
        return told and self.ended - self.began < LONGEST_ANSWER_S


@dataclass
class Diary:
    """Every attempt of every client, and every acknowledged write."""

    attempts: list[Attempt] = field(default_factory=list)
    acknowledged: list[tuple[str, str, str]] = field(default_factory=list)  # kind, owner, id
    failures: Counter[str] = field(default_factory=Counter)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def note(self, attempt: Attempt) -> None:
        with self.guard:
            self.attempts.append(attempt)

    def acknowledge(self, kind: str, owner: str, made: str) -> None:
        with self.guard:
            self.acknowledged.append((kind, owner, made))


class Client:
    """One signed-in client with a connection of its own."""

    def __init__(self, *, base_url: str, token: str, diary: Diary) -> None:
        self._base_url = base_url
        self._diary = diary
        self._headers = {"Authorization": f"Bearer {token}"}
        self._session = requests.Session()

    def read(self, service: str, path: str) -> Attempt:
        """One read, noted."""
        return self._attempt("GET", path, service=service)[0]

    def write(self, service: str, path: str, body: dict[str, Any], *, give_up: Callable[[], bool]) -> Any:
        """Write until it is acknowledged, always under one key; the acknowledged answer, None when given up."""
        key = uuid4().hex
        pause = threading.Event()
        while not give_up():
            attempt, answer = self._attempt("POST", path, service=service, body=body, key=key)
            if attempt.good:
                return answer
            pause.wait(0.05 if attempt.status else 0.1)
        return None

    def _attempt(
        self,
        method: str,
        path: str,
        *,
        service: str,
        body: dict[str, Any] | None = None,
        key: str | None = None,
    ) -> tuple[Attempt, Any]:
        headers = dict(self._headers, **({"Idempotency-Key": key} if key else {}))
        began, status, code, answer = monotonic(), 0, "", None
        try:
            got = self._session.request(
                method, f"{self._base_url}/api/v1{path}", json=body, headers=headers, timeout=PATIENCE_S
            )
            status, answer = got.status_code, got.json()
            code = "" if got.ok else str(answer.get("code", ""))
        except (requests.RequestException, ValueError) as broken:
            code = type(broken).__name__
            self._session.close()
        attempt = Attempt(service, method != "GET", began, monotonic(), status, code)
        self._diary.note(attempt)
        return attempt, answer


def keep_referring(client: Client, *, people: list[str], diary: Diary, enough: Callable[[], bool]) -> None:
    """Write referrals for these people in turn until it is enough."""
    for person in itertools.cycle(people):
        if enough():
            return
        body = {
            "person_id": person,
            "program": "child_and_family_services",
            "source": "professional",
            "reason": "Help at home is asked for.",
        }
        made = client.write("intake", "/referrals", body, give_up=lambda: False)
        diary.acknowledge("referral", person, made["id"])


def keep_contacting(
    client: Client,
    *,
    case: str,
    person: str,
    diary: Diary,
    numbers: Iterator[int],
    enough: Callable[[], bool],
) -> None:
    """Record one contact after the other in a case, each with the next number in its note."""
    while not enough():
        body = {
            "person_id": person,
            "took_place_at": "2026-01-05T10:00:00-08:00",
            "means": "telephone",
            "place": "telephone",
            "in_community": False,
            "length_minutes": 5,
            "note": str(next(numbers)),
        }
        made = client.write("cases", f"/cases/{case}/contacts", body, give_up=lambda: False)
        diary.acknowledge("contact", case, made["id"])


def keep_reading(client: Client, *, service: str, path: str, ended: threading.Event) -> None:
    """Read one thing of one service, twenty times a second at most."""
    while not ended.wait(0.05):
        client.read(service, path)

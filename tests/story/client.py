"""People at their screens: each signs in as themselves and speaks plain HTTP to the platform."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import requests

DEVELOPMENT_GRANT = "urn:openicm:grant-type:development-sign-in"
REQUEST_TIMEOUT_S = 15.0
BUSY_FOR_S = 20.0

T = TypeVar("T")


class StoryBroken(AssertionError):
    """The platform did something else than the story tells."""


@dataclass(frozen=True)
class Answer:
    """What the platform answered, and in which trace."""

    asked: str
    status: int
    body: Any
    etag: str | None
    trace_id: str
    seconds: float

    @property
    def good(self) -> bool:
        return self.status < 300

    @property
    def code(self) -> str:
        """The code of the problem; empty when all went well."""
        return "" if self.good or not isinstance(self.body, dict) else str(self.body.get("code", ""))

    def expect(self, status: int | None = None, *, code: str | None = None) -> Answer:
        """This answer, if it has the status (any of success by default) and the problem's code."""
        right = self.good if status is None else self.status == status
        if not right or (code is not None and self.code != code):
            wanted = f"{status or 'success'} {code or ''}".strip()
            raise StoryBroken(f"{self.asked} should be {wanted}, but was {self.status}: {self.body}")
        return self


@contextmanager
def waiting_in_silence(what: str, bound_s: float) -> Iterator[None]:
    """How to wait when nobody watches."""
    yield


@dataclass
class Platform:
    """A running platform, the sign-in that it trusts, and how to show that one waits for something."""

    base_url: str
    token_url: str
    grant: str = DEVELOPMENT_GRANT
    waiting: Callable[[str, float], AbstractContextManager[None]] = waiting_in_silence
    traces: list[str] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)

    def person(self, subject: str) -> Person:
        """A demo sign-in, signed in once."""
        if subject not in self.people:
            asked = {"grant_type": self.grant, "subject": subject}
            answer = requests.post(self.token_url, data=asked, timeout=REQUEST_TIMEOUT_S)
            if answer.status_code != 200:
                raise StoryBroken(f"{subject} could not sign in: {answer.status_code} {answer.text}")
            self.people[subject] = Person(platform=self, subject=subject, token=answer.json()["access_token"])
        return self.people[subject]

    def until(self, what: str, look: Callable[[], T | None], *, within_s: float = 30.0) -> T:
        """What `look` finds, as soon as it finds something; StoryBroken when it has not within the bound."""
        ends, pause = time.monotonic() + within_s, 0.02
        with self.waiting(what, within_s):
            while True:
                found = look()
                if found is not None:
                    return found
                if time.monotonic() > ends:
                    raise StoryBroken(f"waited {within_s:g} s in vain until {what}")
                time.sleep(pause)
                pause = min(pause * 1.5, 0.25)


@dataclass
class Person:
    """Somebody who is signed in."""

    platform: Platform
    subject: str
    token: str
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, *, purpose: str | None = None, **query: Any) -> Answer:
        return self.ask("GET", path, query=query, purpose=purpose)

    def post(self, path: str, body: dict[str, Any] | None = None, *, purpose: str | None = None) -> Answer:
        return self.ask("POST", path, body=body or {}, purpose=purpose)

    def once_known(self, what: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request that waits until the news of a person has reached the service."""

        def made() -> dict[str, Any] | None:
            answer = self.post(path, body)
            return None if answer.status == 404 else answer.expect().body

        return self.platform.until(what, made)

    def put(self, path: str, body: dict[str, Any], *, if_match: str | None = None) -> Answer:
        return self.ask("PUT", path, body=body, if_match=if_match)

    def patch(self, path: str, body: dict[str, Any], *, if_match: str | None = None) -> Answer:
        return self.ask("PATCH", path, body=body, if_match=if_match)

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: dict[str, Any] | None = None,
        query: dict[str, Any] | None = None,
        if_match: str | None = None,
        purpose: str | None = None,
        key: str | None = None,
    ) -> Answer:
        """One request. A service that is busy says when to come again, and the same key makes that safe."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if method != "GET":
            headers["Idempotency-Key"] = key or secrets.token_hex(16)
        if if_match:
            headers["If-Match"] = if_match
        if purpose:
            headers["Purpose-Of-Use"] = purpose
        ends = time.monotonic() + BUSY_FOR_S
        while True:
            began = time.monotonic()
            answer = self.session.request(
                method,
                f"{self.platform.base_url}/api/v1{path}",
                json=body,
                params=query,
                headers=headers,
                timeout=REQUEST_TIMEOUT_S,
            )
            if answer.status_code != 503 or time.monotonic() > ends:
                return self._heard(method, path, answer, seconds=time.monotonic() - began)
            time.sleep(float(answer.headers.get("Retry-After", "1")))

    def _heard(self, method: str, path: str, answer: requests.Response, *, seconds: float) -> Answer:
        kind = answer.headers.get("Content-Type", "")
        trace_id = answer.headers.get("Trace-Id", "")
        if answer.ok or answer.status_code == 403:
            self.platform.traces.append(trace_id)
        return Answer(
            asked=f"{self.subject}: {method} {path}",
            status=answer.status_code,
            body=answer.json() if "json" in kind and "ndjson" not in kind else answer.text,
            etag=answer.headers.get("ETag"),
            trace_id=trace_id,
            seconds=seconds,
        )

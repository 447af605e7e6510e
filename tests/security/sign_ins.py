"""Who attacks: sign-ins made for one run with the development provider's own key, and what they ask over HTTP."""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests
from joserfc import jwt
from joserfc.jwk import ECKey

TIMEOUT_S = 60.0
BUSY_FOR_S = 60.0
RUN = "".join(secrets.choice("bcdfghklmnprstvz") for _ in range(7))


@cache
def _key() -> ECKey:
    written = (Path(os.environ["ICM_HOME"]) / "keys" / "openid.pem").read_text()
    key = ECKey.import_key(written)
    return ECKey.import_key({**key.as_dict(private=True), "kid": key.thumbprint()})


def token_for(**claims: Any) -> str:
    """An access token of the development provider that claims this."""
    now = int(time.time())
    head = {"alg": "ES256", "typ": "at+jwt", "kid": _key().kid}
    whole = {
        "iss": os.environ["ICM_OIDC_ISSUER"],
        "aud": os.environ.get("ICM_OIDC_AUDIENCE", "icm"),
        "client_id": "icm-scripts",
        "iat": now,
        "exp": now + 3600,
        "jti": str(uuid4()),
        **claims,
    }
    return jwt.encode(head, whole, _key())


@dataclass
class Actor:
    """Somebody with one role, known to nobody before this run."""

    name: str
    role: str
    organisation: str | None = None
    teams: tuple[str, ...] = ()
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self._signs_in()

    def renamed(self, name: str) -> None:
        """Somebody of the same role under another name."""
        self.name = name
        self._signs_in()

    def _signs_in(self) -> None:
        claims: dict[str, Any] = {"sub": self.subject, "roles": [self.role]}
        if self.organisation:
            claims["organisation"] = self.organisation
        if self.teams:
            claims["teams"] = list(self.teams)
        self.session.headers["Authorization"] = f"Bearer {token_for(**claims)}"

    @property
    def subject(self) -> str:
        """The subject of the sign-in."""
        return f"{self.name}-{RUN}"

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        content: Any = None,
    ) -> requests.Response:
        """One request; who is told to come again later, does."""
        ends = time.monotonic() + BUSY_FOR_S
        sent = {"Idempotency-Key": uuid4().hex, **(headers or {})} if method != "GET" else headers or {}
        while True:
            answer = self.session.request(
                method,
                f"{os.environ['ICM_BASE_URL']}/api/v1{path}",
                json=body if content is None else None,
                data=content,
                params=query,
                headers=sent,
                timeout=TIMEOUT_S,
            )
            if answer.status_code not in (429, 503) or time.monotonic() > ends:
                return answer
            time.sleep(float(answer.headers.get("Retry-After", "1")))

    def get(self, path: str, **query: Any) -> requests.Response:
        """Read."""
        return self.ask("GET", path, query=query)

    def post(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> requests.Response:
        """Make something, or take a step."""
        return self.ask("POST", path, body or {}, headers=headers)

    def made(self, path: str, body: dict[str, Any] | None = None, *, method: str = "POST") -> dict[str, Any]:
        """What was made, once every service that must know has heard of what it is made from."""
        return eventually(f"{self.name} {method} {path}", lambda: self._made(method, path, body or {}))

    def made_of(self, path: str, **query: Any) -> dict[str, Any]:
        """What stands at an address, once it does."""
        return eventually(f"{self.name} reads {path}", lambda: self._read(path, query))

    def _read(self, path: str, query: dict[str, Any]) -> dict[str, Any] | str:
        answer = self.ask("GET", path, query=query)
        if answer.ok:
            found: dict[str, Any] = answer.json()
            return found
        assert answer.status_code in (403, 404), f"{self.name} reads {path}: {answer.text}"
        return f"{answer.status_code} {answer.text}"

    def _made(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any] | str:
        answer = self.ask(method, path, body)
        if answer.ok:
            found: dict[str, Any] = answer.json()
            return found
        if answer.status_code in (403, 404, 409):
            return f"{answer.status_code} {answer.text}"
        raise AssertionError(f"{self.name}: {method} {path} {body}: {answer.status_code} {answer.text}")


def eventually(what: str, look: Any, *, within_s: float = 60.0) -> Any:
    """What `look` finds; text and None mean that it is not so yet."""
    ends, pause = time.monotonic() + within_s, 0.02
    while True:
        found = look()
        if found is not None and not isinstance(found, str):
            return found
        assert time.monotonic() < ends, f"waited in vain until: {what}: {found}"
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)

"""Tokens signed with the key of the development provider itself, as nobody outside the house can make them.

So a test can ask what a claim alone brings about: the signature holds, and only what the token says is odd.
"""

from __future__ import annotations

import base64
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests
from joserfc import jws
from joserfc.jwk import ECKey

from tests.security.line import Line

# A door of every service that asks for nothing but a permission, and the address that leads to it.
DOORS = {
    "intake.list_referrals": "/referrals",
    "cases.list_cases": "/cases",
    "consent.list_agreements": "/agreements",
    "portal.list_invoices": "/invoices",
    "audit.list_entries": "/audit/entries",
}
# One sign-in that has a permission at each of them; nobody in the field has so many roles.
ROLES = ["auditor", "intake_worker", "practitioner", "privacy_officer", "provider_user"]
_REGISTRY = jws.JWSRegistry(algorithms=["ES256", "HS256", "RS256"], strict_check_header=False)
_REGISTRY.max_header_length = 64 * 1024


def provider_key() -> ECKey:
    """The key with which the development provider signs."""
    pem = Path(os.environ["ICM_HOME"], "keys", "openid.pem").read_text()
    key = ECKey.import_key(pem)
    return ECKey.import_key({**key.as_dict(private=True), "kid": key.thumbprint()})


@dataclass(frozen=True)
class Signing:
    """A key, and the tokens that it signs."""

    key: ECKey

    def header(self, **changed: Any) -> dict[str, Any]:
        """The header of an access token; what is None is left out."""
        head = {"alg": "ES256", "typ": "at+jwt", "kid": self.key.kid, **changed}
        return {name: value for name, value in head.items() if value is not None}

    def claims(self, **changed: Any) -> dict[str, Any]:
        """The claims of an access token issued now; what is None is left out."""
        now = int(time.time())
        claims = {
            "iss": os.environ["ICM_OIDC_ISSUER"],
            "aud": os.environ["ICM_OIDC_AUDIENCE"],
            "sub": "signed-for-a-test",
            "client_id": "icm-web",
            "jti": uuid4().hex,
            "iat": now,
            "exp": now + 300,
            "roles": ROLES,
            "organisation": "ministry",
            "teams": [],
        }
        return {name: value for name, value in {**claims, **changed}.items() if value is not None}

    def token(self, *, header: dict[str, Any] | None = None, **changed: Any) -> str:
        """An access token with `changed` claims."""
        return self.signed(json.dumps(self.claims(**changed)).encode(), header=header)

    def signed(self, payload: bytes, *, header: dict[str, Any] | None = None) -> str:
        """These very bytes under the signature of the key."""
        return jws.serialize_compact(self.header(**(header or {})), payload, self.key, registry=_REGISTRY)


def encoded(part: bytes | dict[str, Any]) -> str:
    """One part of a token."""
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def knock(path: str, token: str | None, **more: Any) -> requests.Response:
    """Ask the gateway; who knocks in vain too often is told to wait, and does."""
    headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **more.pop("headers", {})}
    method = more.pop("method", "GET")
    while True:
        answer = requests.request(
            method, f"{os.environ['ICM_BASE_URL']}/api/v1{path}", headers=headers, timeout=10, **more
        )
        if answer.status_code not in (429, 503):
            return answer
        time.sleep(float(answer.headers["Retry-After"]))


def through_the_gateway(token: str) -> dict[str, tuple[int, str]]:
    """What each service's door answers to whoever comes by HTTP: status and code."""
    answers = {door: knock(path, token) for door, path in DOORS.items()}
    return {door: (each.status_code, each.json().get("code", "")) for door, each in answers.items()}


def past_the_gateway(line: Line, token: str | None) -> dict[str, tuple[int, str]]:
    """What each service's door answers to whoever reaches the broker: status and code."""
    headers = {} if token is None else {"token": token}
    told = {}
    for door in DOORS:
        reply = line.call(door, b"{}", **headers)
        assert reply is not None, f"{door} did not reply"
        told[door] = (reply["http"], reply.get("code", ""))
    return told


REFUSED = dict.fromkeys(DOORS, (401, "unauthenticated"))
OPEN = dict.fromkeys(DOORS, (200, ""))

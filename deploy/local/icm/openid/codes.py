"""Authorization codes: used once, within a minute, by who started the sign-in (PKCE)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
import time
from dataclasses import dataclass

LIFETIME = 60.0


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """What was asked for when the code was given out."""

    subject: str
    client: str
    redirect_uri: str
    challenge: str
    nonce: str | None = None
    scope: str = "openid"


class Codes:
    """Codes given out and not used yet."""

    def __init__(self) -> None:
        self._given: dict[str, tuple[float, SignIn]] = {}
        self._guard = threading.Lock()

    def give(self, sign_in: SignIn) -> str:
        """A new code for this sign-in."""
        code = secrets.token_urlsafe(32)
        now = time.monotonic()
        with self._guard:
            self._given = {known: kept for known, kept in self._given.items() if kept[0] > now}
            self._given[code] = (now + LIFETIME, sign_in)
        return code

    def take(self, code: str, *, client: str, redirect_uri: str, verifier: str) -> SignIn | None:
        """The sign-in behind a code, once; None when anything about it does not fit."""
        with self._guard:
            ends, sign_in = self._given.pop(code, (0.0, None))
        if sign_in is None or ends < time.monotonic():
            return None
        fits = (sign_in.client, sign_in.redirect_uri) == (client, redirect_uri)
        return sign_in if fits and hmac.compare_digest(sign_in.challenge, challenge_of(verifier)) else None


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()

"""Who is at the gate: the bearer token, and how often one subject or one address may knock (GW-1).

The token is verified here to answer forged ones early and to count by subject; the service behind the door verifies it
again, because a service trusts no gateway.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Request
from limits import RateLimitItem, parse

from chassis.errors import LogoutRefused, Malformed, TooMany, Unauthenticated
from chassis.identity import Actor, Verifier
from gateway.problems import NO_TOKEN

PURPOSE_HEADER = "Purpose-Of-Use"
_MOST_COUNTED = 100_000


@dataclass(frozen=True, kw_only=True)
class Caller:
    """An authenticated request: its actor, and the token that goes on to the door."""

    actor: Actor
    token: str
    purpose: str | None
    origin: str | None


class Gate:
    """Identifies callers and counts them. Each gateway process counts for itself."""

    def __init__(self, *, verifier: Verifier, rate_per_subject: str, rate_per_address: str) -> None:
        self._verifier = verifier
        self._per_subject = parse(rate_per_subject)
        self._per_address = parse(rate_per_address)
        self._counts = Counts()
        self.throttled = 0

    def admit(self, request: Request) -> Caller:
        """The caller of this request.

        Raises Unauthenticated without a valid token, and TooMany when the subject, or for requests without a valid
        token the address, has knocked too often.
        """
        origin = request.remote_addr
        purpose = _stated_purpose(request)
        try:
            token = _bearer(request)
            actor = self._verifier.actor(token, purpose=purpose, origin=origin)
        except Unauthenticated:
            self._count(self._per_address, "address", origin or "unknown")
            raise
        self._count(self._per_subject, "subject", actor.subject)
        return Caller(actor=actor, token=token, purpose=purpose, origin=origin)

    def expect_logout(self, request: Request, token: str) -> None:
        """Let a logout token of the sign-in provider pass; the service behind verifies it again.

        Raises LogoutRefused, and TooMany when the address has sent too many that do not hold.
        """
        try:
            self._verifier.logout(token)
        except LogoutRefused:
            self.count_stranger(request)
            raise

    def count_stranger(self, request: Request) -> None:
        """Count a request that needs no token, by its address. Raises TooMany."""
        self._count(self._per_address, "address", request.remote_addr or "unknown")

    def _count(self, rate: RateLimitItem, counted: str, key: str) -> None:
        wait = self._counts.hit(f"{counted} {key}", rate=rate)
        if wait is None:
            return
        self.throttled += 1
        raise TooMany(retry_after=max(1, math.ceil(wait)))


class Counts:
    """How often each key was hit in the present window, for this process; bounded.

    The storage that comes with `limits` starts a thread every hundredth of a second under load, which costs more than
    the request; its notation for rates is kept.
    """

    def __init__(self, *, most: int = _MOST_COUNTED, ticks: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._ticks = ticks
        self._windows: dict[str, tuple[float, int]] = {}

    def hit(self, key: str, *, rate: RateLimitItem) -> float | None:
        """Count one hit; None when it is within the rate, else the seconds until the window ends."""
        present = self._ticks()
        ends, count = self._windows.get(key, (0.0, 0))
        if ends <= present:
            if len(self._windows) >= self._most:
                self._forget(present)
            ends, count = present + rate.get_expiry(), 0
        self._windows[key] = (ends, count + 1)
        return None if count < rate.amount else ends - present

    def _forget(self, present: float) -> None:
        """Drop the windows that have ended; all of them when that does not make room."""
        self._windows = {key: window for key, window in self._windows.items() if window[0] > present}
        if len(self._windows) >= self._most:
            self._windows.clear()


def _bearer(request: Request) -> str:
    given = request.headers.getlist("Authorization")
    if not given:
        raise Unauthenticated(NO_TOKEN)
    scheme, _, token = given[0].partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Send one access token as Authorization: Bearer.")
    return token.strip()


def _stated_purpose(request: Request) -> str | None:
    stated = request.headers.get(PURPOSE_HEADER)
    if stated is None:
        return None
    if not stated.isascii() or len(stated) > 64:
        raise Malformed(f"{PURPOSE_HEADER} names no purpose that is known here.")
    return stated.strip()

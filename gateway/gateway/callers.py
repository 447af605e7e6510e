"""Who is at the gate: the bearer token, and how often one subject or one address may knock (GW-1).

The token is verified here to answer forged ones early and to count by subject; the service behind the door verifies it
again, because a service trusts no gateway.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from flask import Request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from chassis.errors import Malformed, TooMany, Unauthenticated
from chassis.identity import Actor, Verifier
from gateway.problems import NO_TOKEN

PURPOSE_HEADER = "Purpose-Of-Use"


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
        self._counts = FixedWindowRateLimiter(MemoryStorage())
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

    def _count(self, rate: RateLimitItem, counted: str, key: str) -> None:
        if self._counts.hit(rate, counted, key):
            return
        self.throttled += 1
        resets_at = self._counts.get_window_stats(rate, counted, key).reset_time
        raise TooMany(retry_after=max(1, math.ceil(resets_at - time.time())))


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

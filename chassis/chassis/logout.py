"""The sign-in provider's word that somebody signed out (OpenID Connect Back-Channel Logout 1.0)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chassis import moment
from chassis.tokens import SKEW, Refused, Signed, seconds, session_code

EVENT = "http://schemas.openid.net/event/backchannel-logout"
STILL_NEWS_S = 300.0
_TYPES = {"logout+jwt", "application/logout+jwt"}
_NAME = re.compile(r"\A[\x21-\x7e]{1,128}\Z")


@dataclass(frozen=True, kw_only=True)
class Logout:
    """Somebody signed out: of one `session` (a code), else of every sign-in of `worker` up to a moment.

    `token` tells a second delivery of the same word from a new one.
    """

    token: str
    worker: str | None
    session: str | None
    issued_until: datetime


def said_by(signed: Signed, *, issuer: str, clients: Collection[str]) -> Logout:
    """What a logout token says, section 2.6 of the specification.

    Its moment is that of the provider, who tells the time in access tokens too. Raises Refused.
    """
    claims = signed.claims
    kind = signed.header.get("typ")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise Refused("is no logout token.")
    if claims.get("iss") != issuer:
        raise Refused("is of another issuer.")
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if not any(isinstance(each, str) and each in clients for each in named):
        raise Refused("is meant for another client.")
    issued = _issued(claims)
    if "nonce" in claims:
        raise Refused("holds a nonce, as identity tokens do.")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise Refused("tells of no logout.")
    token_id = claims.get("jti")
    if not isinstance(token_id, str) or not 0 < len(token_id) <= 512:
        raise Refused("has no identifier.")
    return Logout(
        token=hashlib.sha256(token_id.encode("utf-8", "surrogatepass")).hexdigest(),
        worker=_worker(claims),
        session=_session(claims),
        issued_until=datetime.fromtimestamp(issued, UTC),
    )


def _issued(claims: dict[str, Any]) -> float:
    present = moment.now().timestamp()
    expires, issued = seconds(claims.get("exp")), seconds(claims.get("iat"))
    if expires is None or expires <= present:
        raise Refused("has expired.")
    if issued is None or not present - STILL_NEWS_S <= issued <= present + SKEW:
        raise Refused("is no news.")
    begins = seconds(claims.get("nbf", 0))
    if begins is None or begins > present + SKEW:
        raise Refused("is not valid yet.")
    return issued


def _worker(claims: dict[str, Any]) -> str | None:
    subject = claims.get("sub")
    if subject is None and "sid" in claims:
        return None
    if not isinstance(subject, str) or not _NAME.match(subject):
        raise Refused("names nobody.")
    return subject


def _session(claims: dict[str, Any]) -> str | None:
    if "sid" not in claims:
        return None
    session = claims["sid"]
    if not isinstance(session, str) or not session:
        raise Refused("names no session.")
    return session_code(session)

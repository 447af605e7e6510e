"""Who calls: an OpenID Connect access token becomes an Actor (GW-1, CO-9).

Each service verifies the caller's own token; it trusts no gateway. The checks follow RFC 9068 (access tokens)
and RFC 8725 (what attackers try): issuer, audience, type, expiry, a short list of algorithms, and a key that
is looked up by identifier in the provider's own set.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
import threading
import warnings
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import orjson
from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry

from chassis import contracts, moment
from chassis.errors import Malformed, Unauthenticated
from chassis.signing_keys import ALGORITHMS, SigningKeys

LARGEST_TOKEN = 8 * 1024
_REMEMBERED = 10_000
_SKEW = 30  # seconds by which the provider's clock may run ahead of ours
_NAME = re.compile(r"^[\x21-\x7e]{1,128}$")
_TOKEN = re.compile(r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$")
_ACCESS_TOKEN_TYPES = {"at+jwt", "application/at+jwt"}
_PURPOSE_WITHOUT_ROLE = "own_record"


@dataclass(frozen=True)
class Actor:
    """Who acts, with what, and what for. Holds codes only, no person's name."""

    subject: str
    organisation: str | None
    roles: frozenset[str]
    teams: frozenset[str]
    permissions: frozenset[str]
    client_id: str
    token_id: str
    purpose: str
    origin: str | None = None

    @property
    def grantees(self) -> list[str]:
        """Every name under which a grant can reach this actor."""
        named = [f"worker:{self.subject}"]
        if self.organisation:
            named.append(f"organisation:{self.organisation}")
        named += [f"team:{team}" for team in sorted(self.teams)]
        named += [f"role:{role}" for role in sorted(self.roles)]
        return named

    def may(self, permission: str) -> bool:
        """Whether a role of the actor holds the permission."""
        return permission in self.permissions


def anybody() -> Actor:
    """Whoever calls a door that is open to all: no sign-in, no role, no permission, and a name that no grant has."""
    return Actor(
        subject="",
        organisation=None,
        roles=frozenset(),
        teams=frozenset(),
        permissions=frozenset(),
        client_id="",
        token_id="",
        purpose="oversight",
    )


def system_actor(service: str) -> Actor:
    """The service itself, for what its lane and its clocks do; without permissions, no door is open to it."""
    return Actor(
        subject=f"service:{service}",
        organisation=None,
        roles=frozenset({"system"}),
        teams=frozenset(),
        permissions=frozenset(),
        client_id=service,
        token_id="",
        purpose="coordination",
    )


class KeySource(Protocol):
    """Where public keys come from."""

    def key_for(self, *, identifier: str, algorithm: str) -> Key | None:
        """The key of that identifier when it suits the algorithm."""

    def knows(self, identifier: str) -> bool:
        """Whether the key is still published."""


@dataclass(frozen=True)
class _Remembered:
    actor: Actor
    expires: float
    key: str


class Verifier:
    """Turns access tokens into actors. One per process; safe for green and real threads.

    A verified token is remembered by its hash until it expires or the provider withdraws its key; at most
    10,000 are remembered.
    """

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        jwks_url: str | None = None,
        roles: Mapping[str, Mapping[str, Any]] | None = None,
        keys: KeySource | None = None,
        remembered: int = _REMEMBERED,
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._roles = roles if roles is not None else contracts.access_list("roles")
        self._keys = keys or SigningKeys(issuer=issuer, jwks_url=jwks_url)
        self._registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
        self._limit = remembered
        self._verified: OrderedDict[bytes, _Remembered] = OrderedDict()
        self._guard = threading.Lock()

    def actor(self, token: str | None, *, purpose: str | None = None, origin: str | None = None) -> Actor:
        """The actor whom the token speaks for, acting for `purpose` (default: that of their first role).

        When a purpose is stated, only the roles that may work for it lend their permissions. Raises
        Unauthenticated; Malformed for a purpose that is not in contracts/access/purposes.yaml; Unavailable
        when the provider's keys were never readable.
        """
        verified = self._recalled(token) or self._verify(token)
        return self._acting(verified, purpose=purpose or None, origin=origin)

    def _recalled(self, token: str | None) -> Actor | None:
        if not token or len(token) > LARGEST_TOKEN:
            return None
        fingerprint = _fingerprint(token)
        with self._guard:
            known = self._verified.get(fingerprint)
            if known is None:
                return None
            if known.expires <= moment.now().timestamp() or not self._keys.knows(known.key):
                del self._verified[fingerprint]
                return None
            self._verified.move_to_end(fingerprint)
            return known.actor

    def _verify(self, token: str | None) -> Actor:
        if not token:
            raise Unauthenticated("An access token is needed.")
        if len(token) > LARGEST_TOKEN or not _TOKEN.match(token):
            raise Unauthenticated("The access token is malformed.")
        header = _header(token)
        claims = self._signed_claims(token, header=header)
        expires = self._check(claims, header=header)
        actor = self._described(claims, fingerprint=_fingerprint(token))
        with self._guard:
            self._verified[_fingerprint(token)] = _Remembered(actor=actor, expires=expires, key=header["kid"])
            while len(self._verified) > self._limit:
                self._verified.popitem(last=False)
        return actor

    def _signed_claims(self, token: str, *, header: dict[str, Any]) -> dict[str, Any]:
        algorithm, identifier = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS or "crit" in header:
            raise Unauthenticated("The access token is signed in a way that is not accepted.")
        if not isinstance(identifier, str) or not 0 < len(identifier) <= 256:
            raise Unauthenticated("The access token names no key.")
        key = self._keys.key_for(identifier=identifier, algorithm=algorithm)
        if key is None:
            raise Unauthenticated("The access token is signed with an unknown key.")
        try:
            with warnings.catch_warnings():
                # The notice on EdDSA asks for one named curve; ours is pinned to Ed25519 by the key.
                warnings.simplefilter("ignore", SecurityWarning)
                return jwt.decode(token, key, algorithms=[algorithm], registry=self._registry).claims
        except (JoseError, ValueError, TypeError):
            raise Unauthenticated("The signature of the access token is wrong.") from None

    def _check(self, claims: dict[str, Any], *, header: dict[str, Any]) -> float:
        """Check everything but the signature; the moment of expiry in epoch seconds."""
        if not _is_access_token(header, claims):
            raise Unauthenticated("This is not an access token.")
        if claims.get("iss") != self._issuer:
            raise Unauthenticated("The access token is of another issuer.")
        audience = claims.get("aud")
        if self._audience not in (audience if isinstance(audience, list) else [audience]):
            raise Unauthenticated("The access token is meant for another audience.")
        present = moment.now().timestamp()
        expires = _seconds(claims.get("exp"))
        if expires is None or expires <= present:
            raise Unauthenticated("The access token has expired.")
        for claim in ("nbf", "iat"):
            begins = _seconds(claims.get(claim, 0))
            if begins is None or begins > present + _SKEW:
                raise Unauthenticated("The access token is not valid yet.")
        return expires

    def _described(self, claims: dict[str, Any], *, fingerprint: bytes) -> Actor:
        subject = claims.get("sub")
        if not isinstance(subject, str) or not _NAME.match(subject):
            raise Unauthenticated("The access token names no subject.")
        organisation = claims.get("organisation")
        realm = claims.get("realm_access")
        claimed = claims.get("roles", realm.get("roles") if isinstance(realm, dict) else None)
        roles = _names(claimed) & self._roles.keys()
        client = claims.get("client_id", claims.get("azp"))
        token_id = claims.get("jti")
        return Actor(
            subject=subject,
            organisation=organisation if _names([organisation]) else None,
            roles=roles,
            teams=_names(claims.get("teams")),
            permissions=self._permissions(roles),
            client_id=client if isinstance(client, str) else "",
            token_id=token_id if isinstance(token_id, str) and _NAME.match(token_id) else fingerprint.hex(),
            purpose=next(
                (self._roles[role]["purpose"] for role in self._roles if role in roles), _PURPOSE_WITHOUT_ROLE
            ),
        )

    def _acting(self, actor: Actor, *, purpose: str | None, origin: str | None) -> Actor:
        if purpose is None:
            return replace(actor, origin=origin)
        if purpose not in contracts.access_list("purposes"):
            raise Malformed("Purpose-Of-Use names no purpose that is known here.")
        working = [role for role in actor.roles if purpose in self._roles[role]["purposes"]]
        return replace(actor, purpose=purpose, origin=origin, permissions=self._permissions(working))

    def _permissions(self, roles: Iterable[str]) -> frozenset[str]:
        return frozenset(permission for role in roles for permission in self._roles[role]["permissions"])


def _fingerprint(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _header(token: str) -> dict[str, Any]:
    encoded = token.partition(".")[0]
    try:
        header = orjson.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except ValueError:
        raise Unauthenticated("The access token is malformed.") from None
    if not isinstance(header, dict):
        raise Unauthenticated("The access token is malformed.")
    return header


def _is_access_token(header: dict[str, Any], claims: dict[str, Any]) -> bool:
    """RFC 9068's header type, or Keycloak's way of saying the same in the payload."""
    kind = header.get("typ")
    if isinstance(kind, str) and kind.lower() in _ACCESS_TOKEN_TYPES:
        return True
    return kind == "JWT" and claims.get("typ") == "Bearer"


def _seconds(claim: Any) -> float | None:
    if isinstance(claim, bool) or not isinstance(claim, int | float) or not math.isfinite(claim):
        return None
    return float(claim)


def _names(claim: Any) -> frozenset[str]:
    listed = claim if isinstance(claim, list) else []
    return frozenset(name for name in listed if isinstance(name, str) and _NAME.match(name))

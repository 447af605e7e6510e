"""Who calls: an OpenID Connect access token becomes an Actor (GW-1, CO-9).

Each service verifies the caller's own token; it trusts no gateway. The checks follow RFC 9068 (access tokens)
and RFC 8725 (what attackers try): issuer, audience, type, expiry, a short list of algorithms, and a key that
is looked up by identifier in the provider's own set.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from chassis import contracts, moment, tokens
from chassis.errors import LogoutRefused, Malformed, Unauthenticated
from chassis.logout import Logout, said_by
from chassis.signing_keys import SigningKeys
from chassis.tokens import LARGEST_TOKEN, LONGEST_LIFE, SKEW, KeySource, Refused, seconds, session_code

_REMEMBERED = 10_000
_NAME = re.compile(r"\A[\x21-\x7e]{1,128}\Z")
_ACCESS_TOKEN_TYPES = {"at+jwt", "application/at+jwt"}
_CLIENTS = frozenset({"icm-web"})
_PURPOSE_WITHOUT_ROLE = "own_record"


@dataclass(frozen=True)
class Actor:
    """Who acts, with what, and what for. Holds codes only, no person's name.

    `issued_at` is when the token says that it was issued, `session` a code for the session that it names, if any.
    """

    subject: str
    organisation: str | None
    roles: frozenset[str]
    teams: frozenset[str]
    permissions: frozenset[str]
    client_id: str
    token_id: str
    purpose: str
    origin: str | None = None
    issued_at: datetime | None = None
    session: str | None = None

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


@dataclass(frozen=True)
class _Remembered:
    actor: Actor
    expires: float
    key: str


class Verifier:
    """Turns access tokens into actors. One per process; safe for green and real threads.

    A verified token is remembered by its hash until it expires or the provider withdraws its key; at most
    10,000 are remembered. Whether its sign-in still counts is not known here but in each service's database, where the
    statement that begins every transaction asks for it (`sign_ins`).
    """

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        jwks_url: str | None = None,
        roles: Mapping[str, Mapping[str, Any]] | None = None,
        keys: KeySource | None = None,
        clients: Collection[str] = _CLIENTS,
        remembered: int = _REMEMBERED,
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._roles = roles if roles is not None else contracts.access_list("roles")
        self._keys = keys or SigningKeys(issuer=issuer, jwks_url=jwks_url)
        self._clients = frozenset(clients)
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

    def logout(self, token: str | None) -> Logout:
        """What a logout token of the provider says. Raises LogoutRefused; Unavailable when no key was ever readable."""
        try:
            return said_by(
                tokens.read(token or "", keys=self._keys), issuer=self._issuer, clients=self._clients
            )
        except Refused as refused:
            raise LogoutRefused(f"The logout token {refused.says}") from None

    def _verify(self, token: str | None) -> Actor:
        if not token:
            raise Unauthenticated("An access token is needed.")
        try:
            signed = tokens.read(token, keys=self._keys)
        except Refused as refused:
            raise Unauthenticated(f"The access token {refused.says}") from None
        expires = self._check(signed.claims, header=signed.header)
        actor = self._described(signed.claims, fingerprint=_fingerprint(token))
        with self._guard:
            self._verified[_fingerprint(token)] = _Remembered(actor=actor, expires=expires, key=signed.key)
            while len(self._verified) > self._limit:
                self._verified.popitem(last=False)
        return actor

    def _check(self, claims: dict[str, Any], *, header: dict[str, Any]) -> float:
        """Check everything but the signature; the moment of expiry in epoch seconds."""
        if not _is_access_token(header, claims):
            raise Unauthenticated("This is not an access token.")
        if claims.get("iss") != self._issuer:
            raise Unauthenticated("The access token is of another issuer.")
        audience = claims.get("aud")
        if self._audience not in (audience if isinstance(audience, list) else [audience]):
            raise Unauthenticated("The access token is meant for another audience.")
        if "cnf" in claims:
            # Bound to a key of its holder (RFC 9449, RFC 8705): whoever only carries it may have found it.
            raise Unauthenticated("The access token is bound to a key, and does not count as a bearer token.")
        return _period(claims)

    def _described(self, claims: dict[str, Any], *, fingerprint: bytes) -> Actor:
        subject = claims.get("sub")
        if not isinstance(subject, str) or not _NAME.match(subject):
            raise Unauthenticated("The access token names no subject.")
        organisation = claims.get("organisation")
        realm = claims.get("realm_access")
        claimed = claims.get("roles", realm.get("roles") if isinstance(realm, dict) else None)
        roles = _names(claimed) & self._roles.keys()
        client = claims.get("client_id", claims.get("azp"))
        session = claims.get("sid")
        if session is not None and (not isinstance(session, str) or not session):
            raise Unauthenticated("The access token names no proper session.")
        token_id = claims.get("jti")
        return Actor(
            subject=subject,
            issued_at=datetime.fromtimestamp(float(claims["iat"]), UTC),
            session=None if session is None else session_code(session),
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


def _is_access_token(header: dict[str, Any], claims: dict[str, Any]) -> bool:
    """RFC 9068's header type, or Keycloak's way of saying the same in the payload."""
    kind = header.get("typ")
    if isinstance(kind, str) and kind.lower() in _ACCESS_TOKEN_TYPES:
        return True
    return kind == "JWT" and claims.get("typ") == "Bearer"


def _period(claims: dict[str, Any]) -> float:
    """The moment of expiry in epoch seconds, when the token counts now."""
    present = moment.now().timestamp()
    expires, issued = seconds(claims.get("exp")), seconds(claims.get("iat"))
    if expires is None or expires <= present:
        raise Unauthenticated("The access token has expired.")
    for begins in (issued, seconds(claims.get("nbf", 0))):
        if begins is None or begins > present + SKEW:
            raise Unauthenticated("The access token is not valid yet.")
    if issued is None or expires - issued > LONGEST_LIFE.total_seconds() + SKEW:
        raise Unauthenticated("The access token lives for longer than a day.")
    return expires


def _names(claim: Any) -> frozenset[str]:
    listed = claim if isinstance(claim, list) else []
    return frozenset(name for name in listed if isinstance(name, str) and _NAME.match(name))

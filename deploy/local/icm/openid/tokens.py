"""Signs access tokens (RFC 9068) and ID tokens with one ES256 key, kept in a file."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from icm.layout import write_secret
from icm.openid.people import DemoPerson

ALGORITHM = "ES256"
AUDIENCE = "icm"
DEVELOPMENT_GRANT = "urn:openicm:grant-type:development-sign-in"
ACCESS_LIFETIME = 3600
ID_LIFETIME = 300
LOGOUT_LIFETIME = 120
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


class Signer:
    """The provider's key and everything signed with it; the key is made on first use."""

    def __init__(self, *, issuer: str, key_file: Path) -> None:
        if not key_file.exists():
            write_secret(key_file, ECKey.generate_key("P-256").as_pem(private=True).decode())
        key = ECKey.import_key(key_file.read_text())
        self._key = ECKey.import_key({**key.as_dict(private=True), "kid": key.thumbprint()})
        self._issuer = issuer
        self._beside: dict[str, dict[str, Any]] = {}

    @property
    def published_keys(self) -> dict[str, Any]:
        """The JWK set: the public halves only."""
        own = {**self._key.as_dict(private=False), "use": "sig", "alg": ALGORITHM}
        return {"keys": [own, *self._beside.values()]}

    def publish(self, key: dict[str, Any]) -> bool:
        """Publish a public key of somebody's own beside ours, as in a rotation; False when it is none."""
        try:
            public = ECKey.import_key({**key, "use": "sig", "alg": ALGORITHM}).as_dict(private=False)
        except (JoseError, ValueError, TypeError, KeyError):
            return False
        identifier = public.get("kid")
        if not isinstance(identifier, str) or identifier == self._key.kid:
            return False
        self._beside[identifier] = dict(public)
        return True

    def withdraw(self, identifier: str) -> bool:
        """Publish a key no more; False when it is ours, or unknown."""
        return self._beside.pop(identifier, None) is not None

    def access_token(
        self,
        person: DemoPerson,
        *,
        client: str,
        session: str,
        lifetime: int = ACCESS_LIFETIME,
        audience: str = AUDIENCE,
    ) -> str:
        """An access token of a session; `lifetime` in seconds, negative for one that has expired already."""
        now = int(time.time())
        issued = min(now, now + lifetime)
        claims = {
            "iss": self._issuer,
            "aud": audience,
            "sub": person.subject,
            "client_id": client,
            "sid": session,
            "iat": issued,
            "exp": now + lifetime,
            "jti": str(uuid.uuid4()),
            **person.claims,
        }
        return self._sign(claims, kind="at+jwt")

    def id_token(self, person: DemoPerson, *, client: str, session: str, nonce: str | None = None) -> str:
        """An ID token: tells a page who signed in, opens no door."""
        now = int(time.time())
        claims = {
            "iss": self._issuer,
            "aud": client,
            "sub": person.subject,
            "sid": session,
            "iat": now,
            "auth_time": now,
            "exp": now + ID_LIFETIME,
            "name": person.title,
            **person.claims,
        }
        if nonce:
            claims["nonce"] = nonce
        return self._sign(claims, kind="JWT")

    def logout_token(self, *, client: str, subject: str | None, session: str | None) -> str:
        """The word that a session, or without one everything of a subject, is over (Back-Channel Logout, 2.4)."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "aud": client,
            "iat": now,
            "exp": now + LOGOUT_LIFETIME,
            "jti": str(uuid.uuid4()),
            "events": {LOGOUT_EVENT: {}},
        }
        named = {"sub": subject, "sid": session}
        claims |= {claim: value for claim, value in named.items() if value is not None}
        return self._sign(claims, kind="logout+jwt")

    def session_of(self, id_token: str) -> tuple[str, str] | None:
        """Subject and session of an ID token of ours, also of one that has expired; else None."""
        try:
            claims = jwt.decode(id_token, self._key, algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError):
            return None
        return (claims["sub"], claims["sid"]) if {"sub", "sid", "auth_time"} <= claims.keys() else None

    def subject_of(self, token: str) -> str | None:
        """The subject of an unexpired access token of ours, else None."""
        try:
            decoded = jwt.decode(token, self._key, algorithms=[ALGORITHM])
        except (JoseError, ValueError):
            return None
        valid = decoded.header.get("typ") == "at+jwt" and decoded.claims.get("exp", 0) > time.time()
        return decoded.claims.get("sub") if valid else None

    def _sign(self, claims: dict[str, Any], *, kind: str) -> str:
        header = {"alg": ALGORITHM, "typ": kind, "kid": self._key.kid}
        return jwt.encode(header, claims, self._key)

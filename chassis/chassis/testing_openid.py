"""A sign-in provider on loopback for tests: discovery, key set, and tokens signed as asked, right or wrong.

Tests only: nothing that runs in production imports it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

from joserfc import jws, jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from chassis import moment

AUDIENCE = "icm"
CLIENT = "icm-web"
_REGISTRY = JWSRegistry(algorithms=["RS256", "ES256", "EdDSA", "PS256", "HS256"], strict_check_header=False)
_REGISTRY.max_header_length = 64 * 1024


def rsa_key(identifier: str, *, bits: int = 2048) -> RSAKey:
    """A fresh RSA signing key under that identifier."""
    return RSAKey.generate_key(bits, {"kid": identifier, "use": "sig"})


def ec_key(identifier: str) -> ECKey:
    """A fresh P-256 signing key under that identifier."""
    return ECKey.generate_key("P-256", {"kid": identifier, "use": "sig"})


def okp_key(identifier: str) -> OKPKey:
    """A fresh Ed25519 signing key under that identifier."""
    return OKPKey.generate_key("Ed25519", {"kid": identifier, "use": "sig"})


def _encoded(header: dict[str, Any], claims: dict[str, Any], key: Key) -> str:
    head = {name: value for name, value in header.items() if value is not None}
    return jwt.encode(head, claims, key, registry=_REGISTRY, default_type=None)


class Provider:
    """Publishes `keys` (JWKs); `requests` counts what was asked of it; `away` makes it answer 503."""

    def __init__(self, *, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.signer: Key = rsa_key("first")
        self.keys: list[dict[str, Any]] = [self.signer.as_dict(private=False)]
        self.requests: list[str] = []
        self.away = False
        self.claimed_issuer = self.issuer

    def publish(self, *keys: Key) -> None:
        """Let the key set hold these public keys and no other."""
        self.keys = [key.as_dict(private=False) for key in keys]

    def claims(self, **changed: Any) -> dict[str, Any]:
        """The claims of the mentor's access token, changed as asked; None leaves a claim out."""
        at = int(moment.now().timestamp())
        claims = {
            "iss": self.issuer, "aud": AUDIENCE, "sub": "mentor", "client_id": "icm-web", "jti": "token-1",
            "iat": at, "exp": at + 300,
            "roles": ["practitioner"], "organisation": "school", "teams": ["pastoral"],
        }  # fmt: skip
        return {name: value for name, value in {**claims, **changed}.items() if value is not None}

    def token(
        self,
        *,
        key: Key | None = None,
        algorithm: str = "RS256",
        header: dict[str, Any] | None = None,
        **changed: Any,
    ) -> str:
        """An access token with `changed` claims; a header of None is left out."""
        key = key or self.signer
        head = {"alg": algorithm, "typ": "at+jwt", "kid": key.kid, **(header or {})}
        return _encoded(head, self.claims(**changed), key)

    def logout_token(self, *, header: dict[str, Any] | None = None, **changed: Any) -> str:
        """The word that the mentor signed out, with `changed` claims; a header or claim of None is left out."""
        at = int(moment.now().timestamp())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": "mentor", "iat": at, "exp": at + 120, "jti": uuid4().hex,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }  # fmt: skip
        told = {name: value for name, value in {**claims, **changed}.items() if value is not None}
        head = {"alg": "RS256", "typ": "logout+jwt", "kid": self.signer.kid, **(header or {})}
        return _encoded(head, told, self.signer)

    def signed(self, payload: bytes, *, header: dict[str, Any] | None = None) -> str:
        """These very bytes under the provider's signature, as an access token."""
        head = {"alg": "RS256", "typ": "at+jwt", "kid": self.signer.kid, **(header or {})}
        return jws.serialize_compact(head, payload, self.signer, registry=_REGISTRY)

    def answer(self, path: str) -> tuple[int, dict[str, Any]]:
        """Status and document for a path; notes that it was asked."""
        self.requests.append(path)
        if self.away:
            return 503, {}
        if path == "/.well-known/openid-configuration":
            return 200, {"issuer": self.claimed_issuer, "jwks_uri": f"{self.issuer}/keys"}
        return (200, {"keys": self.keys}) if path == "/keys" else (404, {})


@contextmanager
def running_provider() -> Iterator[Provider]:
    """A provider that serves until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, document = provider.answer(self.path)
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Provider(port=server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""The public keys of the sign-in provider: discovered, refreshed with restraint, kept when it is away.

A key is found by its identifier and nothing else. What a token says about keys (`jku`, `jwk`, `x5u`) is never
followed, and a flood of tokens with invented identifiers costs the provider one request in ten seconds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import orjson
import requests
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey

from chassis.errors import Unavailable

# What each permitted algorithm asks of its key: a key of another kind is never tried (RFC 8725, 3.1).
_KEY_KIND: dict[str, type[Key]] = {"RS256": RSAKey, "ES256": ECKey, "EdDSA": OKPKey}
_CURVE = {"ES256": "P-256", "EdDSA": "Ed25519"}
_SMALLEST_RSA_BITS = 2048
_LARGEST_DOCUMENT = 256 * 1024
_PATIENCE = (1.0, 2.0)  # seconds to connect, and to wait for each piece of the answer

ALGORITHMS = tuple(_KEY_KIND)


class ProviderAway(Exception):
    """The provider could not be reached, or what it answered is not a key set."""


def fetch_json(url: str) -> Any:
    """The JSON document at `url`. Follows no redirect and reads at most 256 KiB; raises ProviderAway."""
    try:
        with requests.get(url, timeout=_PATIENCE, allow_redirects=False, stream=True) as answer:
            if answer.status_code != 200:
                raise ProviderAway(f"the provider answered {answer.status_code}")
            body = answer.raw.read(_LARGEST_DOCUMENT + 1, decode_content=True)
    except (requests.RequestException, OSError) as failed:
        raise ProviderAway(type(failed).__name__) from None
    if len(body) > _LARGEST_DOCUMENT:
        raise ProviderAway("the document is too large")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ProviderAway("the document is not JSON") from None


class SigningKeys:
    """The provider's public keys by identifier.

    `jwks_url` is asked when given, else the one that `issuer` publishes by discovery. Seconds: an unknown
    identifier makes us ask again at most every `restraint`; keys older than `freshness` are asked for anew,
    and while the provider is away the last good ones stay in use and it is tried every `patience`.
    """

    def __init__(
        self,
        *,
        issuer: str,
        jwks_url: str | None = None,
        fetch: Callable[[str], Any] = fetch_json,
        ticks: Callable[[], float] = time.monotonic,
        restraint: float = 10.0,
        freshness: float = 300.0,
        patience: float = 30.0,
    ) -> None:
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._fetch = fetch
        self._ticks = ticks
        self._restraint = restraint
        self._freshness = freshness
        self._patience = patience
        self._keys: Mapping[str, Key] = {}
        self._stale_at = float("-inf")
        self._ask_no_sooner = float("-inf")
        self._asking = threading.Lock()

    def key_for(self, *, identifier: str, algorithm: str) -> Key | None:
        """The key of that identifier when it suits the algorithm, else None.

        Raises Unavailable when no key was ever read: then nobody can tell a good token from a forged one.
        """
        if identifier not in self._keys:
            self._ask(wait=True)
        elif self._ticks() >= self._stale_at:
            # Somebody else may be asking: what we hold serves meanwhile.
            self._ask(wait=False)
        if not self._keys:
            raise Unavailable("The sign-in provider cannot be reached.", retry_after=2)
        key = self._keys.get(identifier)
        return key if key is not None and suits(key, algorithm=algorithm) else None

    def knows(self, identifier: str) -> bool:
        """Whether the provider still published this key when last asked."""
        return identifier in self._keys

    def _ask(self, *, wait: bool) -> None:
        if self._ticks() < self._ask_no_sooner or not self._asking.acquire(blocking=wait):
            return
        try:
            if self._ticks() >= self._ask_no_sooner:  # else another request asked while we waited
                self._read()
        finally:
            self._asking.release()

    def _read(self) -> None:
        try:
            keys = usable_keys(self._fetch(self._where()))
        except ProviderAway:
            # With keys in hand there is no hurry; without any we cannot work, so try again soon.
            self._ask_no_sooner = self._ticks() + (self._patience if self._keys else 1.0)
            self._stale_at = self._ask_no_sooner
            return
        self._keys = keys
        self._ask_no_sooner = self._ticks() + self._restraint
        self._stale_at = self._ticks() + self._freshness

    def _where(self) -> str:
        if self._jwks_url:
            return self._jwks_url
        described = self._fetch(self._issuer.rstrip("/") + "/.well-known/openid-configuration")
        if not isinstance(described, dict) or described.get("issuer") != self._issuer:
            raise ProviderAway("the discovery document is of another issuer")
        url = described.get("jwks_uri")
        if not isinstance(url, str) or not url.startswith(("https://", "http://")):
            raise ProviderAway("the discovery document names no key set")
        return url


def usable_keys(published: Any) -> dict[str, Key]:
    """The keys of a JWK set that may sign access tokens, by identifier; others are left out, not fatal.

    Left out: symmetric keys, encryption keys, RSA below 2,048 bits, keys without identifier, what is no key.
    Raises ProviderAway when the set is no set or nothing in it is usable.
    """
    listed = published.get("keys") if isinstance(published, dict) else None
    if not isinstance(listed, list):
        raise ProviderAway("the key set is malformed")
    keys: dict[str, Key] = {}
    for described in listed:
        key = _public_key(described)
        if key is not None and key.kid and key.kid not in keys:
            keys[key.kid] = key
    if not keys:
        raise ProviderAway("the key set holds no usable key")
    return keys


def _public_key(described: Any) -> Key | None:
    if not isinstance(described, dict) or described.get("use", "sig") != "sig":
        return None
    try:
        key = JWKRegistry.import_key(described)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key if any(suits(key, algorithm=algorithm) for algorithm in ALGORITHMS) else None


def suits(key: Key, *, algorithm: str) -> bool:
    """Whether the key may verify a signature of this algorithm: kind, curve, size, the key's own `alg`."""
    if not isinstance(key, _KEY_KIND[algorithm]):
        return False
    if key.get("alg") not in (None, algorithm):
        return False
    if isinstance(key, RSAKey):
        return key.public_key.key_size >= _SMALLEST_RSA_BITS
    return key.get("crv") == _CURVE[algorithm]

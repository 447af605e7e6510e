"""What a signed token says, once its signature holds: read strictly, as RFC 7515, 7519 and 8725 ask (GW-1).

Every kind of token passes here first: its form, its algorithm out of a short list, a key found by identifier in the
provider's own set, the signature. What the claims must say is each kind's own business.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
import warnings
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry

from chassis.signing_keys import ALGORITHMS

LARGEST_TOKEN = 8 * 1024
LONGEST_LIFE = timedelta(days=1)  # of an access token: what was issued longer ago counts nowhere
SKEW = 30  # seconds by which the provider's clock may run ahead of ours
_FORM = re.compile(r"\A[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\Z")
_REGISTRY = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
# Extensions that change how a token is to be read: whoever does not know them must not guess (RFC 7515, 4.1.11).
_CHANGES_THE_READING = frozenset({"crit", "zip", "enc", "b64"})


class Refused(Exception):
    """The token does not hold; `says` goes on after "The access token"."""

    def __init__(self, says: str) -> None:
        super().__init__(says)
        self.says = says


class KeySource(Protocol):
    """Where public keys come from."""

    def key_for(self, *, identifier: str, algorithm: str) -> Key | None:
        """The key of that identifier when it suits the algorithm."""

    def knows(self, identifier: str) -> bool:
        """Whether the key is still published."""


@dataclass(frozen=True)
class Signed:
    """A token whose signature holds: its header, its claims, and the identifier of the key that signed it."""

    header: dict[str, Any]
    claims: dict[str, Any]
    key: str


def read(token: str, *, keys: KeySource) -> Signed:
    """The token when it is one of ours in form and signature.

    Raises Refused; Unavailable when the provider's keys were never readable.
    """
    if len(token) > LARGEST_TOKEN or not _FORM.match(token):
        raise Refused("is malformed.")
    head, payload, signature = token.split(".")
    header = _members(_bytes(head))
    algorithm, identifier = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS or _CHANGES_THE_READING & header.keys() or _is_nested(header):
        raise Refused("is signed in a way that is not accepted.")
    if not isinstance(identifier, str) or not 0 < len(identifier) <= 256:
        raise Refused("names no key.")
    written, _ = _bytes(payload), _bytes(signature)
    key = keys.key_for(identifier=identifier, algorithm=algorithm)
    if key is None:
        raise Refused("is signed with an unknown key.")
    try:
        with warnings.catch_warnings():
            # The notice on EdDSA asks for one named curve; ours is pinned to Ed25519 by the key.
            warnings.simplefilter("ignore", SecurityWarning)
            jws.deserialize_compact(token, key, algorithms=[algorithm], registry=_REGISTRY)
    except (JoseError, ValueError, TypeError):
        raise Refused("has a wrong signature.") from None
    return Signed(header=header, claims=_members(written), key=identifier)


def session_code(identifier: str) -> str:
    """A session as a code: its own identifier is the sign-in provider's business and goes nowhere."""
    return hashlib.sha256(identifier.encode("utf-8", "surrogatepass")).hexdigest()


def seconds(claim: Any) -> float | None:
    """A moment in a claim as seconds since 1970; None when it is none."""
    if isinstance(claim, bool) or not isinstance(claim, int | float):
        return None
    try:
        told = float(claim)
    except OverflowError:
        return None
    return told if math.isfinite(told) else None


def _is_nested(header: dict[str, Any]) -> bool:
    content = header.get("cty")
    return content is not None and (not isinstance(content, str) or content.lower().endswith("jwt"))


def _bytes(encoded: str) -> bytes:
    """What a part of a token stands for; one spelling only, so that two tokens are never the same one."""
    try:
        raw = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except ValueError:
        raise Refused("is malformed.") from None
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != encoded:
        raise Refused("is malformed.")
    return raw


def _members(raw: bytes) -> dict[str, Any]:
    """A JSON object that names each member once: of two with one name, two readers may believe different ones."""
    try:
        told = json.loads(raw.decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Refused("is malformed.") from None
    if not isinstance(told, dict):
        raise Refused("is malformed.")
    return told


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) != len(pairs):
        raise ValueError("a member twice")
    return named

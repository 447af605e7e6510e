"""What a leaf commits to: an entry's exact words under a secret salt (AU-4, AU-8).

The tree holds only the commitment. Without entry and salt nobody can guess the entry back, so both may be
erased when the law asks for it, and the tree, its checkpoints and all proofs stay as they were.
"""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Any

import orjson

SALT_BYTES = 32
_DOMAIN = b"openicm.org/audit-entry/v1\n"


def canonical(entry: dict[str, Any]) -> bytes:
    """The one spelling of an entry: RFC 8785 for what entries hold, with field names in ASCII.

    Raises ValueError for a number with a fraction: it has no spelling that every language agrees on.
    """
    _refuse_fractions(entry)
    return orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)


def new_salt() -> bytes:
    """32 bytes that nobody can guess."""
    return secrets.token_bytes(SALT_BYTES)


def commitment(*, salt: bytes, entry: bytes) -> bytes:
    """The leaf data for a canonical entry. A salt's length is fixed, so the parts cannot be shifted."""
    if len(salt) != SALT_BYTES:
        raise ValueError("a salt has 32 bytes")
    return sha256(_DOMAIN + salt + entry).digest()


def _refuse_fractions(value: Any) -> None:
    """Entries come as JSON, so a value is of exactly one of these types: to ask for that costs least."""
    kind = type(value)
    if kind is float:
        raise ValueError("an entry holds no fractions")
    if kind is dict:
        for inner in value.values():
            _refuse_fractions(inner)
    elif kind is list:
        for inner in value:
            _refuse_fractions(inner)

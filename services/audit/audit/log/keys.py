"""The keys that sign checkpoints, from the environment: `ICM_AUDIT_KEY_FILE` and `ICM_AUDIT_ORIGIN`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from environs import Env

from audit.log.notes import SigningKey
from chassis.config import SettingsRefused, key_file

DEFAULT_ORIGIN = "openicm.local/audit"
_PEM = re.compile(rb"-----BEGIN [A-Z ]+-----.+?-----END [A-Z ]+-----\s*", re.DOTALL)


@cache
def signing_keys() -> tuple[SigningKey, ...]:
    """Every key of the key file, the present one first. All of them sign.

    To exchange a key: put the new one above the old one, restart, let readers learn the new public key, take
    the old one away. Raises SettingsRefused when the file holds no Ed25519 key.
    """
    path = key_file("ICM_AUDIT_KEY_FILE")
    return keys_in(path, origin=Env().str("ICM_AUDIT_ORIGIN", DEFAULT_ORIGIN))


def keys_in(path: Path, *, origin: str) -> tuple[SigningKey, ...]:
    """The Ed25519 keys of a PEM file, under the name of the log."""
    keys = []
    for block in _PEM.findall(path.read_bytes()):
        private = load_pem_private_key(block, password=None)
        if not isinstance(private, Ed25519PrivateKey):
            raise SettingsRefused(["ICM_AUDIT_KEY_FILE holds a key that is not Ed25519"])
        keys.append(SigningKey(name=origin, private=private))
    if not keys:
        raise SettingsRefused(["ICM_AUDIT_KEY_FILE holds no private key: make one with `icm audit keygen`"])
    return tuple(keys)

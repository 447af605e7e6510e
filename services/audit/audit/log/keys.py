"""The keys of the log, from the environment: `ICM_AUDIT_KEY_FILE` and `ICM_AUDIT_ORIGIN` (AU-4).

Beside the key file stands its history, `<key file>.history`: statements by which one key named the next, or said
until where another one's signatures count. Both files are read again when they change, so that a key is exchanged
without a restart.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from environs import Env

from audit.log.notes import SigningKey, VerifyingKey
from chassis.config import SettingsRefused, key_file

DEFAULT_ORIGIN = "openicm.local/audit"
_PEM = re.compile(rb"-----BEGIN [A-Z ]+-----.+?-----END [A-Z ]+-----\s*", re.DOTALL)


def signing_keys() -> tuple[SigningKey, ...]:
    """Every key of the key file, the present one first. All of them sign.

    Raises SettingsRefused when the file holds no Ed25519 key.
    """
    path = key_file("ICM_AUDIT_KEY_FILE")
    return _read_keys(path, path.stat().st_mtime_ns, Env().str("ICM_AUDIT_ORIGIN", DEFAULT_ORIGIN))


def key_history() -> list[str]:
    """The statements about keys, as signed notes, oldest first."""
    path = history_of(key_file("ICM_AUDIT_KEY_FILE"))
    return list(_read_history(path, path.stat().st_mtime_ns)) if path.is_file() else []


def known_keys() -> list[VerifyingKey]:
    """The keys that sign now, and those that signed before by the history that stands beside our private key."""
    return list(dict.fromkeys([*_present(), *(key for key, _ in _said_of_keys())]))


def keys_counting_at(size: int) -> list[VerifyingKey]:
    """The known keys whose signature counts for a checkpoint of so many entries.

    Those that sign now, and those that signed before unless they were ended at a smaller size: a log that has not grown
    since its key was exchanged stands under the signature of the old one.
    """
    ended = {key for key, after in _said_of_keys() if after is not None and after < size}
    ended.difference_update(_present())
    return [key for key in known_keys() if key not in ended]


def _present() -> list[VerifyingKey]:
    return [key.verifying for key in signing_keys()]


def _said_of_keys() -> list[tuple[VerifyingKey, int | None]]:
    """Each key that the history names, and until where it counts where a statement ends it."""
    said = []
    for note in key_history():
        lines = note.splitlines()
        for number, line in enumerate(lines):
            verb, _, key = line.partition(" ")
            if verb not in ("next", "end"):
                continue
            try:
                after = int(lines[number + 1].removeprefix("after ")) if verb == "end" else None
                said.append((VerifyingKey.parse(key), after))
            except (IndexError, ValueError):
                raise SettingsRefused(["the history of the audit keys holds something else"]) from None
    return said


def history_of(key_file: Path) -> Path:
    """Where the statements about the keys of a key file stand, a JSON text a line."""
    return key_file.with_name(key_file.name + ".history")


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


@lru_cache(maxsize=4)
def _read_keys(path: Path, _changed: int, origin: str) -> tuple[SigningKey, ...]:
    return keys_in(path, origin=origin)


@lru_cache(maxsize=4)
def _read_history(path: Path, _changed: int) -> tuple[str, ...]:
    return tuple(str(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line)

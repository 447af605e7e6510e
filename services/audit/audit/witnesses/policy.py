"""Which witnesses the log asks: a trust policy (C2SP tlog-policy) in the file that `ICM_AUDIT_POLICY_FILE` names.

The same file tells auditors whom to trust; only its witness lines with an address matter here. It is read again when
it changes.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from environs import Env

from chassis.config import SettingsRefused

_COSIGNATURE = b"\x04"
_LATEST = 2**63 - 1
_DASH = "\u2014 "


@dataclass(frozen=True)
class KnownWitness:
    """A witness that the log asks: its name in the policy, the name and key it signs with, its submission prefix."""

    name: str
    signs_as: str
    public: bytes
    url: str

    @property
    def key_id(self) -> bytes:
        """The key id of its cosignatures."""
        return sha256(self.signs_as.encode() + b"\n" + _COSIGNATURE + self.public).digest()[:4]

    def cosigned(self, answer: str, *, text: str) -> str | None:
        """The line of an answer in which this witness cosigns the checkpoint `text`; None when there is none.

        The line is published below our checkpoint, so it must be one that every reader takes: base64 in its one
        spelling, and a time that the specification allows.
        """
        for line in answer.split("\n"):
            signer, _, encoded = line.removeprefix(_DASH).partition(" ")
            try:
                raw = base64.b64decode(encoded, validate=True)
            except (binascii.Error, ValueError):
                continue
            if not line.startswith(_DASH) or signer != self.signs_as or raw[:4] != self.key_id:
                continue
            at = int.from_bytes(raw[4:12], "big")
            if len(raw) != 76 or at > _LATEST or base64.b64encode(raw).decode() != encoded:
                continue
            message = f"cosignature/v1\ntime {at}\n{text}".encode()
            try:
                Ed25519PublicKey.from_public_bytes(self.public).verify(raw[12:], message)
            except InvalidSignature:
                continue
            return line + "\n"
        return None


def known_witnesses() -> tuple[KnownWitness, ...]:
    """The witnesses that are to be asked; none when no policy is set. Raises SettingsRefused for a malformed one."""
    named = Env().str("ICM_AUDIT_POLICY_FILE", None)
    if not named:
        return ()
    path = Path(named)
    if not path.is_file():
        raise SettingsRefused(["ICM_AUDIT_POLICY_FILE must name a readable file"])
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(path: Path, _changed: int) -> tuple[KnownWitness, ...]:
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        words = line.split()
        if words[:1] == ["witness"] and len(words) == 4:
            found.append(_witness(words[1], words[2], words[3]))
    return tuple(found)


def _witness(name: str, vkey: str, url: str) -> KnownWitness:
    parts = vkey.split("+", 2)
    try:
        raw = base64.b64decode(parts[2], validate=True)
    except (IndexError, binascii.Error, ValueError):
        raw = b""
    if len(raw) != 33 or raw[:1] != _COSIGNATURE or urlsplit(url).scheme not in ("http", "https"):
        raise SettingsRefused([f"ICM_AUDIT_POLICY_FILE: the key or the address of {name} is malformed"])
    witness = KnownWitness(name=name, signs_as=parts[0], public=raw[1:], url=url.rstrip("/"))
    if witness.key_id.hex() != parts[1]:
        raise SettingsRefused([f"ICM_AUDIT_POLICY_FILE: the key id of {name} does not belong to its key"])
    return witness

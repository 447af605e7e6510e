"""Signed notes and checkpoints in the C2SP formats signed-note and tlog-checkpoint (AU-4).

A checkpoint is the note text `origin`, size, root. Several keys may sign one note: that is how a key is
exchanged for the next one, and where witnesses add their lines.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.log.merkle import HASH_BYTES

_ED25519 = b"\x01"
_DASH = "\u2014 "
_MOST_SIGNATURES = 64


class NoteRefused(ValueError):
    """The note is malformed, or no key that we trust has signed it."""


@dataclass(frozen=True)
class VerifyingKey:
    """A public key that may sign notes, under the name of who holds it."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def line(self) -> str:
        """The key as one line of text: name, key id, key (the form of Go's checksum database)."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"

    @staticmethod
    def parse(line: str) -> VerifyingKey:
        """The key that a line stands for. Raises NoteRefused when it is malformed or its key id is wrong."""
        parts = line.strip().split("+", 2)
        if len(parts) != 3:
            raise NoteRefused("a verifier key has three parts joined by +")
        name, key_id, encoded = parts
        key = _decoded(encoded)
        if len(key) != 33 or key[:1] != _ED25519 or not _is_name(name):
            raise NoteRefused("not an Ed25519 verifier key")
        found = VerifyingKey(name=name, public=key[1:])
        if found.key_id.hex() != key_id:
            raise NoteRefused("the key id does not belong to the key")
        return found

    def verifies(self, *, text: str, signature: bytes) -> bool:
        """Whether the signature over the note text is by this key."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class SigningKey:
    """A private key that signs notes under a name."""

    name: str
    private: Ed25519PrivateKey

    @property
    def verifying(self) -> VerifyingKey:
        """The public half."""
        return VerifyingKey(name=self.name, public=self.private.public_key().public_bytes_raw())

    def signature_line(self, text: str) -> str:
        """The line that this key adds to a note."""
        signed = self.verifying.key_id + self.private.sign(text.encode())
        return f"{_DASH}{self.name} {base64.b64encode(signed).decode()}\n"


@dataclass(frozen=True)
class Checkpoint:
    """The head of the log at one size."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The note text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @staticmethod
    def parse(text: str) -> Checkpoint:
        """The checkpoint that a note text stands for; extension lines are passed over.

        Raises NoteRefused when it is not a checkpoint.
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise NoteRefused("a checkpoint has an origin, a size and a root")
        origin, size, root = lines[0], lines[1], _decoded(lines[2])
        if not (size.isascii() and size.isdigit()) or str(int(size)) != size or len(root) != HASH_BYTES:
            raise NoteRefused("the size or the root of the checkpoint is malformed")
        return Checkpoint(origin=origin, size=int(size), root=root)


def sign(text: str, keys: Iterable[SigningKey]) -> str:
    """The note: the text, an empty line, and a signature line for each key."""
    return text + "\n" + "".join(key.signature_line(text) for key in keys)


def opened(note: str, *, trusted: Iterable[VerifyingKey]) -> tuple[str, list[VerifyingKey]]:
    """The text of a note and the trusted keys that signed it, at least one.

    Lines of unknown keys are passed over. Raises NoteRefused when the note is malformed, when a line of a
    trusted key does not verify, or when no trusted key has signed.
    """
    text, parted, below = note.rpartition("\n\n")
    if not parted or any(sign < " " and sign != "\n" for sign in note) or not below.endswith("\n"):
        raise NoteRefused("not a signed note")
    text += "\n"
    lines = below[:-1].split("\n")
    if len(lines) > _MOST_SIGNATURES:
        raise NoteRefused("too many signatures")
    known = {(key.name, key.key_id): key for key in trusted}
    signers = []
    for line in lines:
        name, blank, encoded = line.removeprefix(_DASH).partition(" ")
        signed = _decoded(encoded)
        if not line.startswith(_DASH) or not blank or not _is_name(name) or len(signed) < 5:
            raise NoteRefused("a signature line is malformed")
        key = known.get((name, signed[:4]))
        if key is None:
            continue
        if not key.verifies(text=text, signature=signed[4:]):
            raise NoteRefused("a signature does not verify")
        signers.append(key)
    if not signers:
        raise NoteRefused("no trusted key has signed the note")
    return text, signers


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(sign.isspace() for sign in name)


def _decoded(encoded: str) -> bytes:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise NoteRefused("not base64") from None
    if base64.b64encode(raw).decode() != encoded:
        raise NoteRefused("not canonical base64")
    return raw

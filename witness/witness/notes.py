"""Signed notes, checkpoints and cosignatures, as C2SP signed-note, tlog-checkpoint and tlog-cosignature say them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LOG_KEY, WITNESS_KEY = 0x01, 0x04
LARGEST_SIZE = 2**63 - 1
_DASH = "\u2014 "
_MOST_SIGNATURES = 64


class Malformed(ValueError):
    """The text is not in the format."""


class NotSigned(ValueError):
    """No key that is trusted has signed, or one of them falsely."""


@dataclass(frozen=True)
class LogKey:
    """A key that signs checkpoints of the log of its name."""

    origin: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return key_id(self.origin, LOG_KEY, self.public)


@dataclass(frozen=True)
class Head:
    """What a checkpoint says: the log `origin` had `size` entries and this root. `text` is what was signed."""

    origin: str
    size: int
    root: bytes
    text: str


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """The key id of signed-note: the first four bytes of a hash over name, kind and key."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def vkey(name: str, kind: int, public: bytes) -> str:
    """A public key as one line: name, key id, kind and key."""
    encoded = base64.b64encode(bytes([kind]) + public).decode()
    return f"{name}+{key_id(name, kind, public).hex()}+{encoded}"


def read_log_key(line: str) -> LogKey:
    """The key of a log in a vkey line. Raises Malformed."""
    parts = line.strip().split("+", 2)
    raw = from_base64(parts[2]) if len(parts) == 3 else b""
    if len(raw) != 33 or raw[0] != LOG_KEY:
        raise Malformed("not an Ed25519 key of a log in the form name+id+base64")
    key = LogKey(origin=parts[0], public=raw[1:])
    if key.key_id.hex() != parts[1]:
        raise Malformed("the key id does not belong to the key")
    return key


def read_head(note: str) -> Head:
    """What a checkpoint says, whoever signed it. Raises Malformed."""
    body, parted, _ = note.rpartition("\n\n")
    if not parted or any(sign < " " and sign != "\n" for sign in note):
        raise Malformed("not a signed note")
    lines = body.split("\n")
    if len(lines) < 3 or not all(lines):
        raise Malformed("a checkpoint has an origin, a size and a root")
    size, root = number(lines[1]), from_base64(lines[2])
    if len(root) != 32:
        raise Malformed("the root is not a hash")
    return Head(origin=lines[0], size=size, root=root, text=body + "\n")


def signed_by(note: str, head: Head, keys: Iterable[LogKey]) -> str:
    """The note with the signatures of these keys alone: a line of a stranger proves nothing, and anybody can add one.

    Raises NotSigned unless one of the keys has signed it, and none of them falsely.
    """
    lines = note.rpartition("\n\n")[2].split("\n")
    if lines[-1] or len(lines) - 1 > _MOST_SIGNATURES:
        raise Malformed("the signatures are malformed")
    known = {(key.origin, key.key_id): key for key in keys}
    signed: dict[str, None] = {}
    for line in lines[:-1]:
        name, blank, encoded = line.removeprefix(_DASH).partition(" ")
        raw = from_base64(encoded)
        if not line.startswith(_DASH) or not blank or len(raw) < 5:
            raise Malformed("a signature line is malformed")
        key = known.get((name, raw[:4]))
        if key is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(raw[4:], head.text.encode())
        except InvalidSignature:
            raise NotSigned("a signature does not verify") from None
        signed[line] = None
    if not signed:
        raise NotSigned("no key that is trusted for this log has signed")
    return f"{head.text}\n" + "".join(f"{line}\n" for line in signed)


def cosignature(head: Head, *, name: str, key: Ed25519PrivateKey, at: int) -> str:
    """The line by which a witness says: at this time (POSIX seconds) this was the largest I had seen, and it fits."""
    message = f"cosignature/v1\ntime {at}\n{head.text}".encode()
    public = key.public_key().public_bytes_raw()
    signed = key_id(name, WITNESS_KEY, public) + at.to_bytes(8, "big") + key.sign(message)
    return f"{_DASH}{name} {base64.b64encode(signed).decode()}\n"


def number(text: str) -> int:
    """A decimal without leading zeroes. Raises Malformed."""
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or str(int(text)) != text:
        raise Malformed("not a size")
    if int(text) > LARGEST_SIZE:
        raise Malformed("the size is too large")
    return int(text)


def from_base64(text: str) -> bytes:
    """Standard base64 in its one spelling. Raises Malformed."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("not base64") from None
    if base64.b64encode(raw).decode() != text:
        raise Malformed("not canonical base64")
    return raw

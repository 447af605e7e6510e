"""The published formats that an export is made of: strict JSON, base64, signed notes, checkpoints, cosignatures."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LOG, WITNESS = 0x01, 0x04
LATEST = 2**63 - 1
_DASH = "\u2014 "


class Unreadable(Exception):
    """The input is not what the format says; the message names the line or the part."""


@dataclass(frozen=True)
class Key:
    """A public key in the C2SP form `name+id+base64`; `kind` says whether a log or a witness signs with it."""

    name: str
    key_id: bytes
    public: bytes
    kind: int = LOG

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether this key has signed the message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class Head:
    """What a checkpoint says: the log `origin` had `size` entries and this root."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True)
class Note:
    """A signed note, taken apart: what was signed, and by whom it says that it was."""

    text: str
    signatures: tuple[tuple[str, bytes], ...]


def read_key(line: str) -> Key:
    """The key in a line of the form name+id+base64. Raises Unreadable."""
    parts = line.strip().split("+", 2)
    raw = from_base64(parts[2]) if len(parts) == 3 else b""
    if len(raw) != 33 or raw[0] not in (LOG, WITNESS):
        raise Unreadable("a key: not an Ed25519 key in the form name+id+base64")
    key_id = sha256(parts[0].encode() + b"\n" + raw).digest()[:4]
    if key_id.hex() != parts[1]:
        raise Unreadable("a key: the key id does not belong to the key")
    return Key(name=parts[0], key_id=key_id, public=raw[1:], kind=raw[0])


def key_line(name: str, public: bytes, *, kind: int = LOG) -> str:
    """A key as one line of text: name, key id, type and key (C2SP signed-note)."""
    raw = bytes([kind]) + public
    key_id = sha256(name.encode() + b"\n" + raw).digest()[:4]
    return f"{name}+{key_id.hex()}+{base64.b64encode(raw).decode()}"


def read_note(note: str) -> Note:
    """The parts of a signed note, nothing of it believed yet. Raises Unreadable."""
    body, parted, below = note.rpartition("\n\n")
    if not parted or not below.endswith("\n") or any(sign < " " and sign != "\n" for sign in note):
        raise Unreadable("a signed note is malformed")
    signatures = []
    for line in below[:-1].split("\n"):
        name, blank, encoded = line.removeprefix(_DASH).partition(" ")
        raw = from_base64(encoded)
        if not line.startswith(_DASH) or not name or not blank or len(raw) < 5:
            raise Unreadable("a signature line is malformed")
        signatures.append((name, raw))
    return Note(text=body + "\n", signatures=tuple(signatures))


def read_head(text: str) -> Head:
    """What the text of a checkpoint says. Raises Unreadable."""
    lines = text.split("\n")[:-1]
    if len(lines) < 3 or not all(lines):
        raise Unreadable("the checkpoint is malformed")
    root = from_base64(lines[2])
    if len(root) != 32 or not (lines[1].isascii() and lines[1].isdigit()) or str(int(lines[1])) != lines[1]:
        raise Unreadable("the checkpoint is malformed")
    return Head(origin=lines[0], size=int(lines[1]), root=root)


def cosigned_at(raw: bytes, *, key: Key, text: str) -> int | None:
    """When a witness cosigned this text (POSIX seconds), None when the signature is false (C2SP tlog-cosignature)."""
    if len(raw) != 76:
        return None
    at = int.from_bytes(raw[4:12], "big")
    if at > LATEST:
        return None
    message = f"cosignature/v1\ntime {at}\n{text}".encode()
    return at if key.verify(raw[12:], message) else None


def from_json(text: str) -> dict[str, Any]:
    """A line of the export. Raises Unreadable or ValueError for what has no one meaning."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise Unreadable("an object names a field twice")
        return found

    line = json.loads(text, object_pairs_hook=once, parse_float=_no_fraction, parse_constant=_no_fraction)
    if not isinstance(line, dict):
        raise Unreadable("a line is not a JSON object")
    return line


def from_base64(text: str) -> bytes:
    """Standard base64 in its one spelling. Raises Unreadable or ValueError."""
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise Unreadable("base64 is written in one way only")
    return raw


def text_of(line: dict[str, Any], name: str) -> str:
    """A text in a line. Raises Unreadable."""
    if not isinstance(line.get(name), str):
        raise Unreadable(f"the text {name!r} is missing")
    return str(line[name])


def number_of(line: dict[str, Any], name: str) -> int:
    """A number in a line, not negative. Raises Unreadable."""
    number = line.get(name)
    if type(number) is not int or number < 0:
        raise Unreadable(f"the number {name!r} is missing")
    return number


def hashes_of(line: dict[str, Any], name: str, count: int) -> list[bytes]:
    """So many hashes in a line. Raises Unreadable."""
    given = line.get(name)
    if not isinstance(given, list) or len(given) != count:
        raise Unreadable(f"{count} hashes are expected under {name!r}")
    hashes = [from_base64(text) for text in given if isinstance(text, str)]
    if [len(found) for found in hashes] != [32] * count:
        raise Unreadable(f"under {name!r} stands something that is no hash")
    return hashes


def _no_fraction(number: str) -> Any:
    raise Unreadable(f"a number with a fraction has no place in the log: {number}")

"""Check an export of the audit log with the public key alone: `python verifier.py EXPORT --key PUB` (AU-4).

This file stands by itself: Python 3.11 and the `cryptography` package are all it needs. It shares no line
with the service that wrote the log, and follows published formats only: RFC 6962 (tree), C2SP signed-note and
tlog-checkpoint (signatures), and docs/guides/auditor.md (the export). Copy it, read it, or write your own.

What it proves: every entry in the export is word for word what the signed checkpoint stands for, none is
missing, added, doubled or moved, and the log still begins as each earlier checkpoint said. What it cannot
prove: that the log was not cut back to an old state before you ever saw a newer one. Keep the checkpoints
you receive, and pass them as `--earlier`.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "openicm.org/audit-export/v1"
LEAF_DOMAIN = b"openicm.org/audit-entry/v1\n"
MOST_FINDINGS = 100


class Unreadable(Exception):
    """The input is not what the format says; the message names the line or the part."""


@dataclass(frozen=True)
class Key:
    """A public key in the C2SP form `name+id+base64`."""

    name: str
    key_id: bytes
    public: bytes


@dataclass(frozen=True)
class Head:
    """What a checkpoint says: the log `origin` had `size` entries and this root."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was sealed. `position` is the entry concerned, where that is known."""

    rule: str
    detail: str
    position: int | None = None


@dataclass
class Verdict:
    """The outcome: sound when there are no findings."""

    origin: str = ""
    size: int = 0
    root: str = ""
    entries: int = 0
    erased: int = 0
    withheld: int = 0
    checkpoints: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether everything in the export is what was sealed."""
        return not self.findings

    def headed(self, head: Head) -> None:
        """Keep what the signed checkpoint says."""
        self.origin, self.size, self.root = head.origin, head.size, base64.b64encode(head.root).decode()

    def find(self, rule: str, detail: str, *, position: int | None = None) -> None:
        """Keep a finding; after a hundred more would add nothing."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(rule, detail, position))


class Edge:
    """The right edge of a growing RFC 6962 tree: a stack of full subtrees, larger ones below."""

    def __init__(self) -> None:
        self.size = 0
        self._stack: list[tuple[int, bytes]] = []

    def add(self, level: int, subtree: bytes) -> None:
        """Put a full subtree of 2**level leaves at the right. Raises Unreadable where it cannot stand."""
        if self.size % (1 << level):
            raise Unreadable("a subtree does not fit where it is put")
        self.size += 1 << level
        while self._stack and self._stack[-1][0] == level:
            subtree = hashlib.sha256(b"\x01" + self._stack.pop()[1] + subtree).digest()
            level += 1
        self._stack.append((level, subtree))

    def root(self) -> bytes:
        """The root of the tree as it stands."""
        if not self._stack:
            return hashlib.sha256(b"").digest()
        root = self._stack[-1][1]
        for _, left in reversed(self._stack[:-1]):
            root = hashlib.sha256(b"\x01" + left + root).digest()
        return root


def read_keys(text: str) -> list[Key]:
    """The keys in a file, one a line; empty lines and lines with # are passed over."""
    keys = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.strip().split("+", 2)
        raw = _base64(parts[2]) if len(parts) == 3 else b""
        if len(raw) != 33 or raw[0] != 1:
            raise Unreadable("the key file: not an Ed25519 key in the form name+id+base64")
        key_id = hashlib.sha256(parts[0].encode() + b"\n" + raw).digest()[:4]
        if key_id.hex() != parts[1]:
            raise Unreadable("the key file: the key id does not belong to the key")
        keys.append(Key(name=parts[0], key_id=key_id, public=raw[1:]))
    if not keys:
        raise Unreadable("the key file holds no key")
    return keys


def key_line(name: str, public: bytes) -> str:
    """A key as one line of text: name, key id, type and key (C2SP signed-note)."""
    key_id = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]
    return f"{name}+{key_id.hex()}+{base64.b64encode(bytes([1]) + public).decode()}"


def read_checkpoint(note: str, keys: Iterable[Key]) -> Head:
    """What a checkpoint says, if a trusted key of the log's name has signed it; else raises Unreadable."""
    body, parted, signatures = note.rpartition("\n\n")
    lines = body.split("\n")
    if not parted or len(lines) < 3 or not lines[1].isdigit() or str(int(lines[1])) != lines[1]:
        raise Unreadable("the checkpoint is malformed")
    head = Head(origin=lines[0], size=int(lines[1]), root=_base64(lines[2]))
    if len(head.root) != 32:
        raise Unreadable("the checkpoint is malformed")
    known = {(key.name, key.key_id): key for key in keys if key.name == head.origin}
    signed = False
    for line in signatures.splitlines():
        name, _, encoded = line.removeprefix("\u2014 ").partition(" ")
        signature = _base64(encoded)
        key = known.get((name, signature[:4]))
        if key is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature[4:], (body + "\n").encode())
        except InvalidSignature:
            raise Unreadable("a signature on the checkpoint is false") from None
        signed = True
    if not signed:
        raise Unreadable(f"no key that you trust has signed the checkpoint of {head.origin}")
    return head


def leaf_of(line: dict[str, Any]) -> bytes:
    """The leaf hash that the entry and salt of a line lead to. Raises Unreadable when they are malformed."""
    salt, entry = _base64(_text(line, "salt")), line.get("entry")
    if len(salt) != 32 or not isinstance(entry, dict):
        raise Unreadable("the entry or its salt is malformed")
    words = json.dumps(
        entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()
    commitment = hashlib.sha256(LEAF_DOMAIN + salt + words).digest()
    return hashlib.sha256(b"\x00" + commitment).digest()


def verify(lines: Iterable[str], *, keys: list[Key], earlier: Iterable[str] = ()) -> Verdict:
    """Check an export, given as its lines of JSON. `earlier` are checkpoints received before, as notes.

    Never raises for what is in the export: whatever is wrong with it is a finding.
    """
    verdict = Verdict()
    try:
        _verify(iter(lines), keys=keys, earlier=list(earlier), verdict=verdict)
    except Unreadable as reason:
        verdict.find("unreadable", str(reason))
    except (UnicodeError, ValueError, RecursionError) as reason:
        verdict.find("unreadable", f"the export is not in the format ({type(reason).__name__})")
    return verdict


def _verify(lines: Iterator[str], *, keys: list[Key], earlier: list[str], verdict: Verdict) -> None:
    header = _json(next(lines, ""))
    if header.get("format") != FORMAT:
        raise Unreadable("the first line does not name the format " + FORMAT)
    old = [read_checkpoint(note, keys) for note in earlier]
    if header.get("kind") == "range":
        _Range(header, keys=keys, earlier=old, verdict=verdict).check(lines)
    elif header.get("kind") != "selection":
        raise Unreadable("the first line does not say what kind of export this is")
    elif old:
        raise Unreadable("single entries cannot be compared with an earlier checkpoint: take a whole export")
    else:
        _verify_selection(lines, header=header, keys=keys, verdict=verdict)


class _Range:
    """A gapless part of the log: its entries, between the hashes of what lies left and right of it."""

    def __init__(
        self, header: dict[str, Any], *, keys: list[Key], earlier: list[Head], verdict: Verdict
    ) -> None:
        self.keys, self.earlier, self.verdict = keys, earlier, verdict
        self.edge = Edge()
        self.seen: set[str] = set()
        self.roots: dict[int, bytes] = {}
        self.checked_to = _number(header, "from")
        self._add_neighbours(header, "left", _levels(0, self.checked_to))
        self._keep_root()

    def check(self, lines: Iterator[str]) -> None:
        footer: dict[str, Any] | None = None
        for line in map(_json, lines):
            if footer is not None:
                raise Unreadable("something follows the last line")
            if line.get("end") is True:
                footer = line
            elif "sealed" in line:
                self._compare(read_checkpoint(_text(line, "sealed"), self.keys))
            else:
                self._add_entry(line)
        if footer is None:
            raise Unreadable("the export is cut off: its last line is missing")
        self._close(footer)

    def _add_entry(self, line: dict[str, Any]) -> None:
        position, expected = _number(line, "position"), self.edge.size
        if position != expected:
            self.verdict.find("order", f"entry {position} stands where {expected} belongs", position=expected)
        self.edge.add(0, _checked_leaf(line, position=position, seen=self.seen, verdict=self.verdict))
        self._keep_root()

    def _add_neighbours(self, line: dict[str, Any], name: str, levels: list[int]) -> None:
        for level, subtree in zip(levels, _hashes(line, name, len(levels)), strict=True):
            self.edge.add(level, subtree)
            self._keep_root()

    def _keep_root(self) -> None:
        if any(head.size == self.edge.size for head in self.earlier):
            self.roots[self.edge.size] = self.edge.root()

    def _compare(self, head: Head) -> None:
        """A checkpoint inside the export narrows down where a change lies."""
        if head.size != self.edge.size:
            raise Unreadable(f"a checkpoint of {head.size} entries stands after {self.edge.size}")
        self.verdict.checkpoints += 1
        if head.root != self.edge.root():
            since = self.checked_to
            detail = f"the entries {since} to {head.size - 1} do not lead to the root that was signed"
            self.verdict.find("changed", detail, position=since)
        self.checked_to = self.edge.size

    def _close(self, footer: dict[str, Any]) -> None:
        head = read_checkpoint(_text(footer, "checkpoint"), self.keys)
        self.verdict.headed(head)
        end = self.edge.size
        if _number(footer, "to") != end:
            self.verdict.find("missing", f"the export reaches entry {end} and should reach {footer['to']}")
            return
        if end > head.size:
            raise Unreadable("the export holds more entries than its checkpoint stands for")
        self._add_neighbours(footer, "right", _levels(end, head.size))
        self._compare(head)
        for earlier in self.earlier:
            self._compare_earlier(earlier, head=head)

    def _compare_earlier(self, earlier: Head, *, head: Head) -> None:
        if earlier.origin != head.origin:
            raise Unreadable("an earlier checkpoint is of another log")
        self.verdict.checkpoints += 1
        if earlier.size > head.size:
            detail = f"the log had {earlier.size} entries before, and is said to have {head.size} now"
            self.verdict.find("cut_back", detail)
        elif earlier.size not in self.roots:
            raise Unreadable(f"only an export of all entries can be compared with the one of {earlier.size}")
        elif self.roots[earlier.size] != earlier.root:
            detail = f"the first {earlier.size} entries are not those of the earlier checkpoint"
            self.verdict.find("rewritten", detail)


def _checked_leaf(line: dict[str, Any], *, position: int, seen: set[str], verdict: Verdict) -> bytes:
    leaf = _base64(_text(line, "leaf"))
    if len(leaf) != 32:
        raise Unreadable(f"entry {position}: the leaf is not a hash")
    verdict.entries += 1
    if line.get("erased") is True:
        verdict.erased += 1
        return leaf
    if line.get("withheld") is True and "entry" not in line:
        verdict.withheld += 1
        return leaf
    if leaf_of(line) != leaf:
        verdict.find("changed", f"entry {position} is not what was sealed", position=position)
    name = str(line["entry"].get("entry_id"))
    if name in seen:
        verdict.find("doubled", f"entry {position} stands in the log before", position=position)
    seen.add(name)
    return leaf


def _verify_selection(
    lines: Iterator[str], *, header: dict[str, Any], keys: list[Key], verdict: Verdict
) -> None:
    """Single entries, each with its own inclusion proof, as in a person's own report."""
    head = read_checkpoint(_text(header, "checkpoint"), keys)
    verdict.headed(head)
    verdict.checkpoints = 1
    seen: set[str] = set()
    stated: int | None = None
    for line in map(_json, lines):
        if stated is not None:
            raise Unreadable("something follows the last line")
        if line.get("end") is True:
            stated = _number(line, "entries")
            continue
        position = _number(line, "position")
        leaf = _checked_leaf(line, position=position, seen=seen, verdict=verdict)
        if not is_included(leaf, position=position, head=head, proof=_proof(line)):
            verdict.find("changed", f"entry {position} is not in the log that was signed", position=position)
    if stated != verdict.entries:
        verdict.find("missing", "the selection is cut off")


def is_included(leaf: bytes, *, position: int, head: Head, proof: list[bytes]) -> bool:
    """RFC 9162, 2.1.3.2: whether the proof leads from the leaf to the root of the checkpoint."""
    if position >= head.size:
        return False
    node, last, root = position, head.size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            root = hashlib.sha256(b"\x01" + sibling + root).digest()
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = hashlib.sha256(b"\x01" + root + sibling).digest()
        node, last = node >> 1, last >> 1
    return last == 0 and root == head.root


def _levels(start: int, end: int) -> list[int]:
    """The levels of the fewest full subtrees that cover the leaves [start, end), from the left."""
    levels = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        levels.append(level)
        start += 1 << level
    return levels


def _json(text: str) -> dict[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise Unreadable("an object names a field twice")
        return found

    def no_fraction(number: str) -> Any:
        raise Unreadable(f"a number with a fraction has no place in the log: {number}")

    line = json.loads(text, object_pairs_hook=once, parse_float=no_fraction, parse_constant=no_fraction)
    if not isinstance(line, dict):
        raise Unreadable("a line is not a JSON object")
    return line


def _base64(text: str) -> bytes:
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise Unreadable("base64 is written in one way only")
    return raw


def _text(line: dict[str, Any], name: str) -> str:
    if not isinstance(line.get(name), str):
        raise Unreadable(f"the text {name!r} is missing")
    return str(line[name])


def _number(line: dict[str, Any], name: str) -> int:
    number = line.get(name)
    if type(number) is not int or number < 0:
        raise Unreadable(f"the number {name!r} is missing")
    return number


def _proof(line: dict[str, Any]) -> list[bytes]:
    proof = line.get("proof")
    return _hashes(line, "proof", len(proof) if isinstance(proof, list) and len(proof) <= 64 else 0)


def _hashes(line: dict[str, Any], name: str, count: int) -> list[bytes]:
    given = line.get(name)
    if not isinstance(given, list) or len(given) != count:
        raise Unreadable(f"{count} hashes are expected under {name!r}")
    hashes = [_base64(text) for text in given if isinstance(text, str)]
    if [len(found) for found in hashes] != [32] * count:
        raise Unreadable(f"under {name!r} stands something that is no hash")
    return hashes


def main(arguments: list[str] | None = None) -> int:
    """The command: 0 when the export is sound, 1 when it is not, 2 when a file cannot be read."""
    parser = argparse.ArgumentParser(description="Check an export of the audit log.")
    parser.add_argument("export", type=Path, help="the export (JSON lines)")
    parser.add_argument("--key", type=Path, required=True, help="the public key or keys of the log")
    parser.add_argument(
        "--earlier", type=Path, action="append", default=[], help="a checkpoint received before"
    )
    given = parser.parse_args(arguments)
    try:
        keys = read_keys(given.key.read_text(encoding="utf-8"))
        earlier = [path.read_text(encoding="utf-8") for path in given.earlier]
        with given.export.open(encoding="utf-8") as lines:
            verdict = verify(lines, keys=keys, earlier=earlier)
    except (OSError, Unreadable, ValueError) as reason:
        print(f"cannot read: {reason}", file=sys.stderr)  # noqa: T201 - this file is a command too
        return 2
    for line in report(verdict):
        print(line)  # noqa: T201
    return 0 if verdict.sound else 1


def report(verdict: Verdict) -> list[str]:
    """The verdict as lines for a reader."""
    said = [
        f"log {verdict.origin or '(unknown)'}, {verdict.size} entries sealed, root {verdict.root or '(none)'}"
    ]
    said.append(
        f"checked {verdict.entries} entries ({verdict.erased} erased, {verdict.withheld} withheld),"
        f" {verdict.checkpoints} checkpoints"
    )
    said += [f"FOUND {finding.rule}: {finding.detail}" for finding in verdict.findings]
    said.append("SOUND: the log is what was signed" if verdict.sound else "NOT SOUND")
    return said


if __name__ == "__main__":
    sys.exit(main())

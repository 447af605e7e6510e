"""Checking an export, line by line, with the keys alone. See `docs/guides/auditor.md` for the format."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from .formats import (
    Head,
    Key,
    Unreadable,
    from_base64,
    from_json,
    hashes_of,
    number_of,
    text_of,
)
from .memory import Doubles, Places
from .tree import Edge, is_included, levels
from .trust import EndedBefore, Trust

FORMAT = "openicm.org/audit-export/v1"
LEAF_DOMAIN = b"openicm.org/audit-entry/v1\n"
MOST_FINDINGS = 100


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was sealed. `position` is the entry concerned, where that is known."""

    rule: str
    detail: str
    position: int | None = None


@dataclass
class Verdict:
    """The outcome: sound when there are no findings.

    An export of a part holds the entries from `start` up to, not with, `end`, of the `size` that are sealed.
    """

    origin: str = ""
    size: int = 0
    root: str = ""
    entries: int = 0
    erased: int = 0
    unexplained: int = 0
    withheld: int = 0
    checkpoints: int = 0
    start: int = 0
    end: int = 0
    witnessed: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether everything in the export is what was sealed."""
        return not self.findings

    def headed(self, head: Head, witnessed: dict[str, int]) -> None:
        """Keep what the signed checkpoint says, and who cosigned it when (POSIX seconds)."""
        self.origin, self.size, self.root = head.origin, head.size, base64.b64encode(head.root).decode()
        self.witnessed = witnessed

    def find(self, rule: str, detail: str, *, position: int | None = None) -> None:
        """Keep a finding; after a hundred more would add nothing."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(rule, detail, position))


def verify(
    lines: Iterable[str],
    *,
    keys: list[Key] | None = None,
    trust: Trust | None = None,
    earlier: Iterable[str] = (),
    statements: Iterable[str] = (),
) -> Verdict:
    """Check an export, given as its lines of JSON, by the keys of the log or by a whole policy.

    `earlier` are checkpoints received before, from the log or from a witness; `statements` are statements about keys
    received by another way. Never raises for what is in the export: whatever is wrong with it is a finding.
    """
    verdict = Verdict()
    trust = deepcopy(trust) if trust is not None else Trust(keys=list(keys or []))
    try:
        trust.follow(statements)
        _verify(iter(lines), trust=trust, earlier=list(earlier), verdict=verdict)
    except Unreadable as reason:
        verdict.find("unreadable", str(reason))
    except (UnicodeError, ValueError, RecursionError) as reason:
        verdict.find("unreadable", f"the export is not in the format ({type(reason).__name__})")
    return verdict


def read_checkpoint(note: str, keys: Iterable[Key]) -> Head:
    """What a checkpoint says, if a trusted key of the log's name has signed it; else raises Unreadable."""
    return Trust(keys=list(keys)).checkpoint(note)[0]


def _verify(lines: Iterator[str], *, trust: Trust, earlier: list[str], verdict: Verdict) -> None:
    header = from_json(next(lines, ""))
    if header.get("format") != FORMAT:
        raise Unreadable("the first line does not name the format " + FORMAT)
    told = header.get("keys", [])
    if not isinstance(told, list) or not all(isinstance(each, str) for each in told):
        raise Unreadable("the statements about keys are malformed")
    trust.learn(told)
    old = [trust.checkpoint(note)[0] for note in earlier]
    if header.get("kind") == "range":
        _Range(header, trust=trust, earlier=old, verdict=verdict).check(lines)
    elif header.get("kind") != "selection":
        raise Unreadable("the first line does not say what kind of export this is")
    elif old:
        raise Unreadable("single entries cannot be compared with an earlier checkpoint: take a whole export")
    else:
        _verify_selection(lines, header=header, trust=trust, verdict=verdict)


class _Range:
    """A gapless part of the log: its entries, between the hashes of what lies left and right of it."""

    def __init__(
        self, header: dict[str, Any], *, trust: Trust, earlier: list[Head], verdict: Verdict
    ) -> None:
        self.trust, self.earlier, self.verdict = trust, earlier, verdict
        self.edge, self.doubles = Edge(), Doubles()
        self.erased, self.ordered = Places(), Places()
        self.roots: dict[int, bytes] = {}
        self.sizes = {head.size for head in earlier}
        self.start = self.checked_to = number_of(header, "from")
        self._add_neighbours(header, "left", levels(0, self.start))
        self._keep_root()

    def check(self, lines: Iterator[str]) -> None:
        """Read all lines up to the footer, which must be the last."""
        footer: dict[str, Any] | None = None
        for line in map(from_json, lines):
            if footer is not None:
                raise Unreadable("something follows the last line")
            if line.get("end") is True:
                footer = line
            elif "sealed" in line:
                self._compare_within(text_of(line, "sealed"))
            else:
                self._add_entry(line)
        if footer is None:
            raise Unreadable("the export is cut off: its last line is missing")
        self._close(footer)

    def _add_entry(self, line: dict[str, Any]) -> None:
        position, expected = number_of(line, "position"), self.edge.size
        if position != expected:
            self.verdict.find("order", f"entry {position} stands where {expected} belongs", position=expected)
        self.edge.add(0, checked_leaf(line, position=position, doubles=self.doubles, verdict=self.verdict))
        if line.get("withheld") is True:
            detail = (
                f"entry {position} is kept back: a report to a person may do so, an export of the log never"
            )
            self.verdict.find("withheld", detail, position=position)
        if line.get("erased") is True:
            self.erased.add(position, position)
        elif "entry" in line:
            for first, last in _ordered(line["entry"], position):
                self.ordered.add(first, last)
        self._keep_root()

    def _add_neighbours(self, line: dict[str, Any], name: str, found: list[int]) -> None:
        for level, subtree in zip(found, hashes_of(line, name, len(found)), strict=True):
            self.edge.add(level, subtree)
            self._keep_root()

    def _keep_root(self) -> None:
        if self.edge.size in self.sizes:
            self.roots[self.edge.size] = self.edge.root()

    def _compare_within(self, note: str) -> None:
        """Hold the entries so far against a checkpoint between them.

        Until a theft was known the log went on under the stolen key: what it signed beyond its end is passed over, and
        the next checkpoint that counts stands for these entries.
        """
        with suppress(EndedBefore):
            self._compare(self.trust.checkpoint(note)[0])

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
        head, witnessed = self.trust.checkpoint(text_of(footer, "checkpoint"))
        self.verdict.headed(head, witnessed)
        end = self.edge.size
        self.verdict.start, self.verdict.end = self.start, end
        if number_of(footer, "to") != end:
            self.verdict.find("missing", f"the export reaches entry {end} and should reach {footer['to']}")
            return
        if end > head.size:
            raise Unreadable("the export holds more entries than its checkpoint stands for")
        self._add_neighbours(footer, "right", levels(end, head.size))
        self._compare(head)
        _must_be_witnessed(self.trust, head, witnessed, self.verdict)
        for earlier in self.earlier:
            self._compare_earlier(earlier, head=head)
        self._explain_erasures(whole=self.start == 0 and end == head.size)
        for position in self.doubles.found():
            self.verdict.find("doubled", f"entry {position} stands in the log before", position=position)

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

    def _explain_erasures(self, *, whole: bool) -> None:
        """What is erased must have been ordered by an entry of the log itself, which a whole export holds."""
        for first, last in self.erased.without(self.ordered):
            self.verdict.unexplained += last - first + 1
            if whole:
                detail = f"the entries {first} to {last} are gone and no entry of the log has ordered it"
                self.verdict.find("erased_without_order", detail, position=first)


def _ordered(entry: Any, position: int) -> Iterator[tuple[int, int]]:
    """The stretches of earlier entries that this entry orders to be erased."""
    if not isinstance(entry, dict) or entry.get("service") != "audit" or entry.get("outcome") != "permitted":
        return
    erases = entry.get("erases", [])
    for stretch in erases if isinstance(erases, list) else []:
        if isinstance(stretch, list) and len(stretch) == 2 and all(type(each) is int for each in stretch):
            first, last = stretch
            if 0 <= first <= last < position:
                yield first, last


def checked_leaf(line: dict[str, Any], *, position: int, doubles: Doubles, verdict: Verdict) -> bytes:
    """The leaf of a line, held against its entry and salt where these are shown. Raises Unreadable."""
    leaf = from_base64(text_of(line, "leaf"))
    if len(leaf) != 32:
        raise Unreadable(f"entry {position}: the leaf is not a hash")
    verdict.entries += 1
    if line.get("erased") is True and "entry" not in line:
        verdict.erased += 1
        return leaf
    if line.get("withheld") is True and "entry" not in line:
        verdict.withheld += 1
        return leaf
    if leaf_of(line) != leaf:
        verdict.find("changed", f"entry {position} is not what was sealed", position=position)
    doubles.add(str(line["entry"].get("entry_id")), position)
    return leaf


def leaf_of(line: dict[str, Any]) -> bytes:
    """The leaf hash that the entry and salt of a line lead to. Raises Unreadable when they are malformed."""
    salt, entry = from_base64(text_of(line, "salt")), line.get("entry")
    if len(salt) != 32 or not isinstance(entry, dict):
        raise Unreadable("the entry or its salt is malformed")
    commitment = sha256(LEAF_DOMAIN + salt + _words(entry).encode()).digest()
    return sha256(b"\x00" + commitment).digest()


_words = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
).encode


def _verify_selection(
    lines: Iterator[str], *, header: dict[str, Any], trust: Trust, verdict: Verdict
) -> None:
    """Single entries, each with its own inclusion proof, as in a person's own report."""
    head, witnessed = trust.checkpoint(text_of(header, "checkpoint"))
    verdict.headed(head, witnessed)
    verdict.checkpoints = 1
    _must_be_witnessed(trust, head, witnessed, verdict)
    doubles = Doubles()
    stated: int | None = None
    before = -1
    for line in map(from_json, lines):
        if stated is not None:
            raise Unreadable("something follows the last line")
        if line.get("end") is True:
            stated = number_of(line, "entries")
            continue
        position = number_of(line, "position")
        if position <= before:
            verdict.find("order", f"entry {position} stands after entry {before}", position=position)
        before = position
        leaf = checked_leaf(line, position=position, doubles=doubles, verdict=verdict)
        if not is_included(leaf, position=position, head=head, proof=_proof(line)):
            verdict.find("changed", f"entry {position} is not in the log that was signed", position=position)
    if stated != verdict.entries:
        verdict.find("missing", "the selection is cut off")
    for position in doubles.found():
        verdict.find("doubled", f"entry {position} stands in the selection before", position=position)


def _must_be_witnessed(trust: Trust, head: Head, witnessed: dict[str, int], verdict: Verdict) -> None:
    if not trust.is_witnessed(witnessed):
        by = ", ".join(sorted(witnessed)) or "nobody"
        detail = f"the checkpoint of {head.size} was cosigned by {by}: your policy asks for {trust.quorum}"
        verdict.find("unwitnessed", detail)


def _proof(line: dict[str, Any]) -> list[bytes]:
    proof = line.get("proof")
    return hashes_of(line, "proof", len(proof) if isinstance(proof, list) and len(proof) <= 64 else 0)

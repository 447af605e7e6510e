"""`add-checkpoint` of C2SP tlog-witness: what is cosigned, what is refused, and with which answer (AU-4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from witness.notes import (
    Head,
    LogKey,
    Malformed,
    NotSigned,
    cosignature,
    from_base64,
    number,
    read_head,
    signed_by,
)
from witness.store import Seen, Store
from witness.tree import EMPTY_ROOT, begins

MOST_PROOF_LINES = 63
TEXT, SIZE = "text/plain; charset=utf-8", "text/x.tlog.size"


@dataclass(frozen=True)
class Answer:
    """What the log is told: an HTTP status, a kind of text, a text."""

    status: int
    body: str
    kind: str = TEXT


@dataclass(frozen=True)
class Submitted:
    """What a log sent: the size that it thinks we know, the proof from there, and the checkpoint."""

    old: int
    proof: list[bytes]
    note: str
    head: Head


@dataclass(frozen=True)
class Witness:
    """One witness: its name, key and memory, the log keys that it trusts at a moment, and its clock (POSIX seconds)."""

    name: str
    key: Ed25519PrivateKey
    store: Store
    log_keys: Callable[[], Iterable[LogKey]]
    clock: Callable[[], int]

    def add_checkpoint(self, body: str) -> Answer:
        """Cosign the checkpoint when it continues the largest one that we know of this log, else say why not."""
        try:
            given = _read(body)
            keys = [key for key in self.log_keys() if key.origin == given.head.origin]
            if not keys:
                return Answer(404, "this log is not known here\n")
            given = replace(given, note=signed_by(given.note, given.head, keys))
        except Malformed as fault:
            return Answer(400, f"{fault}\n")
        except NotSigned as fault:
            return Answer(403, f"{fault}\n")
        if given.old > given.head.size:
            return Answer(400, "the old size is larger than the checkpoint\n")
        with self.store.alone():
            return self._decide(given)

    def latest(self, origin: str) -> str | None:
        """The largest checkpoint of a log that was cosigned, with our line: what auditors compare with."""
        seen = self.store.latest(origin)
        return seen.note + seen.cosignature if seen else None

    def _decide(self, given: Submitted) -> Answer:
        head, seen = given.head, self.store.latest(given.head.origin)
        size, root = (seen.size, seen.root) if seen else (0, EMPTY_ROOT)
        if given.old != size:
            if seen is not None and head.size == size and head.root != root:
                self._keep(given, "fork")
            return Answer(409, f"{size}\n", SIZE)
        if head.size == size and head.root != root:
            self._keep(given, "fork")
            return Answer(422, "another checkpoint of this size was cosigned\n")
        if not begins(old=size, old_root=root, new=head.size, new_root=head.root, proof=given.proof):
            if head.size > size:
                self._keep(given, "not_proven")
            return Answer(422, "the proof does not show that the log only grew\n")
        at = max(self.clock(), seen.at if seen else 0)
        line = cosignature(head, name=self.name, key=self.key, at=at)
        self.store.remember(
            head.origin, Seen(size=head.size, root=head.root, note=given.note, cosignature=line, at=at)
        )
        # Whoever sends a true checkpoint with a false proof, before its log does, makes no evidence against the log.
        self.store.forget_refused(head.origin, text=head.text)
        return Answer(200, line)

    def _keep(self, given: Submitted, cause: str) -> None:
        self.store.keep_refused(given.head.origin, note=given.note, cause=cause, at=self.clock())


def _read(body: str) -> Submitted:
    top, parted, note = body.partition("\n\n")
    lines = top.split("\n")
    if not parted or not lines[0].startswith("old "):
        raise Malformed("send the old size, the proof, an empty line and the checkpoint")
    if len(lines) - 1 > MOST_PROOF_LINES:
        raise Malformed("the proof is too long")
    proof = [from_base64(line) for line in lines[1:]]
    if any(len(digest) != 32 for digest in proof):
        raise Malformed("a line of the proof is not a hash")
    return Submitted(old=number(lines[0].removeprefix("old ")), proof=proof, note=note, head=read_head(note))

"""A log as a witness sees it: checkpoints, proofs and signatures, made here from the words of the specifications."""

from __future__ import annotations

import base64
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from witness.notes import LOG_KEY, LogKey, key_id
from witness.protocol import Answer, Witness
from witness.store import Store

ORIGIN = "log.example/one"


def mth(leaves: list[bytes]) -> bytes:
    """The Merkle tree hash, by the definition of RFC 6962, 2.1."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def subproof(m: int, leaves: list[bytes], *, whole: bool = True) -> list[bytes]:
    """The consistency proof, by the definition of RFC 6962, 2.1.2."""
    n = len(leaves)
    if m == n:
        return [] if whole else [mth(leaves)]
    k = 1 << (n - 1).bit_length() - 1
    if m <= k:
        return [*subproof(m, leaves[:k], whole=whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], whole=False), mth(leaves[:k])]


class Log:
    """A log with a key; `fork` gives one that differs from an entry on."""

    def __init__(self, *, origin: str = ORIGIN, leaves: list[bytes] | None = None) -> None:
        self.origin = origin
        self.key = Ed25519PrivateKey.generate()
        self.leaves = leaves or [str(number).encode() for number in range(70)]

    mth = staticmethod(mth)
    subproof = staticmethod(subproof)

    @property
    def public(self) -> LogKey:
        return LogKey(origin=self.origin, public=self.key.public_key().public_bytes_raw())

    def fork(self, at: int) -> Log:
        other = Log(
            origin=self.origin, leaves=[*self.leaves[:at], *(b"x" + leaf for leaf in self.leaves[at:])]
        )
        other.key = self.key
        return other

    def note(self, size: int, *, keys: list[Ed25519PrivateKey] | None = None) -> str:
        text = f"{self.origin}\n{size}\n{base64.b64encode(mth(self.leaves[:size])).decode()}\n"
        return text + "\n" + "".join(self.line(text, key=key) for key in keys or [self.key])

    def line(self, text: str, *, key: Ed25519PrivateKey) -> str:
        public = key.public_key().public_bytes_raw()
        raw = key_id(self.origin, LOG_KEY, public) + key.sign(text.encode())
        return f"\u2014 {self.origin} {base64.b64encode(raw).decode()}\n"

    def body(self, old: int, size: int, *, note: str | None = None, proof: list[bytes] | None = None) -> str:
        if proof is None:
            proof = subproof(old, self.leaves[:size]) if 0 < old <= size else []
        lines = "".join(base64.b64encode(digest).decode() + "\n" for digest in proof)
        return f"old {old}\n{lines}\n{note or self.note(size)}"


@pytest.fixture
def another() -> type[Log]:
    """`another(origin=…)` is a log with a key of its own."""
    return Log


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store.sqlite")


@pytest.fixture
def witness(log: Log, store: Store) -> Witness:
    return Witness(
        name="witness.example/w",
        key=Ed25519PrivateKey.generate(),
        store=store,
        log_keys=lambda: [log.public],
        clock=lambda: 1_800_000_000,
    )


@pytest.fixture
def shown(log: Log, witness: Witness) -> Callable[[int, int], Answer]:
    """`shown(old, size)` submits a checkpoint with its true proof."""
    return lambda old, size: witness.add_checkpoint(log.body(old, size))

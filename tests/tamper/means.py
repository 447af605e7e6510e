"""What an attacker can do to the tables: look, write, and make the tree fit again, with or without the log's key."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from audit.log import leaves, tree
from audit.log.keys import DEFAULT_ORIGIN, signing_keys
from audit.log.merkle import Frontier, leaf_hash
from audit.log.notes import Checkpoint, SigningKey, sign


class Means:
    """A superuser's connection, and the knowledge of how the log is made."""

    def __init__(self, connection: Connection, *, random: Random) -> None:
        self.connection, self.random = connection, random

    def do(self, statement: str, **given: Any) -> Any:
        """Carry out a statement."""
        return self.connection.execute(text(statement), given)

    @property
    def size(self) -> int:
        """How many leaves there are now."""
        return int(self.do("SELECT coalesce(max(position) + 1, 0) FROM leaves").scalar_one())

    def place(self) -> int:
        """The position of an entry that still has its content."""
        found: list[int] = list(self.do("SELECT position FROM entries ORDER BY position").scalars())
        return self.random.choice(found)

    def words(self, position: int) -> dict[str, Any]:
        """What an entry says."""
        told: dict[str, Any] = orjson.loads(
            self.do("SELECT words FROM entries WHERE position = :p", p=position).scalar_one()
        )
        return told

    def say(self, position: int, told: dict[str, Any]) -> None:
        """Let an entry say something else."""
        self.do(
            "UPDATE entries SET words = :w WHERE position = :p", w=leaves.canonical(told).decode(), p=position
        )

    def rehash(self) -> None:
        """Make every leaf fit the content above it."""
        self.do(
            "UPDATE leaves l SET commitment = sha256(convert_to(E'openicm.org/audit-entry/v1\\n', 'UTF8')"
            " || e.salt || convert_to(e.words, 'UTF8')), entry_id = e.id FROM entries e WHERE e.position = l.position"
        )

    def move(
        self, places: Sequence[tuple[int, int]], *, tables: Sequence[str] = ("entries", "leaves")
    ) -> None:
        """Move rows from one position to another, all at once."""
        moved = [{"o": old, "n": -new - 1} for old, new in places]
        for table in tables:
            self.do(
                f"UPDATE {table} t SET position = g.n FROM json_to_recordset(CAST(:moved AS json))"
                " AS g (o bigint, n bigint) WHERE t.position = g.o", moved=orjson.dumps(moved).decode(),
            )  # fmt: skip
            self.do(f"UPDATE {table} SET position = -position - 1 WHERE position < 0")

    def drop(self, first: int, last: int, *, tables: Sequence[str] = ("entries", "leaves")) -> None:
        """Take rows out."""
        for table in tables:
            self.do(f"DELETE FROM {table} WHERE position BETWEEN :f AND :l", f=first, l=last)

    def close_gap(self, first: int, count: int) -> None:
        """Move everything behind a gap forward."""
        behind = [(each, each - count) for each in range(first + count, self.size)]
        self.move(behind)

    def slip_in(self, position: int, told: dict[str, Any], *, entry_id: str) -> None:
        """Put a forged entry at a position; what stood there and behind moves on."""
        self.move([(each, each + 1) for each in range(position, self.size)])
        salt, words = secrets.token_bytes(32), leaves.canonical(told)
        self.do(
            "INSERT INTO leaves VALUES (:p, :id, :c)",
            p=position, id=entry_id, c=leaves.commitment(salt=salt, entry=words),
        )  # fmt: skip
        self.do(
            "INSERT INTO entries (position, id, at, service, outcome, actor, persons, cases, words, salt)"
            " VALUES (:p, :id, :at, :service, :outcome, :actor, CAST(:persons AS uuid[]), CAST(:cases AS uuid[]),"
            " :words, :salt)",
            p=position, id=entry_id, at=told["at"], service=told["service"], outcome=told["outcome"],
            actor=told["actor"]["subject"], persons=told["persons"],
            cases=[each["id"] for each in told["records"] if each["kind"] == "case"],
            words=words.decode(), salt=salt,
        )  # fmt: skip

    def rebuild_tiles(self) -> None:
        """Make the tiles fit the leaves, as the service would have; over a gap there is nothing that fits."""
        if not self.is_gapless():
            return
        self.do("DELETE FROM tiles")
        with Session(self.connection, join_transaction_mode="create_savepoint") as session:
            tree.make_up(session, size=self.size)
            session.commit()

    def reseal(self, *, keys: Sequence[SigningKey] | None) -> None:
        """Make every checkpoint fit the tree: the roots, and the notes by these keys (None: only the text)."""
        self.do("DELETE FROM checkpoints WHERE size > :s", s=self.size)
        edge, hashes = Frontier(), self._leaf_hashes()
        for size, note in list(self.do("SELECT size, note FROM checkpoints ORDER BY size")):
            list(edge.grow(islice(hashes, size - edge.size)))
            self._write_checkpoint(size, edge.root(), was=note, keys=keys)

    def reseal_end(self, *, keys: Sequence[SigningKey]) -> None:
        """Sign a checkpoint over all that there is."""
        edge = Frontier()
        list(edge.grow(self._leaf_hashes()))
        was = self.do("SELECT note FROM checkpoints WHERE size = :s", s=edge.size).scalar_one_or_none()
        self._write_checkpoint(edge.size, edge.root(), was=was, keys=keys)

    def _leaf_hashes(self) -> Iterator[bytes]:
        rows = self.do("SELECT commitment FROM leaves ORDER BY position").scalars()
        return iter([leaf_hash(bytes(commitment)) for commitment in rows])

    def _write_checkpoint(
        self, size: int, root: bytes, *, was: str | None, keys: Sequence[SigningKey] | None
    ) -> None:
        said = Checkpoint(origin=DEFAULT_ORIGIN, size=size, root=root).text()
        if was is not None and was.rpartition("\n\n")[0] + "\n" == said:
            return
        kept = (was or "").rpartition("\n\n")[2]
        self.do(
            "INSERT INTO checkpoints VALUES (:s, :r, :n, now())"
            " ON CONFLICT (size) DO UPDATE SET root = excluded.root, note = excluded.note",
            s=size, r=root, n=sign(said, keys) if keys is not None else f"{said}\n{kept}",
        )  # fmt: skip

    def cover(self) -> None:
        """Hide the traces as far as the attacker goes this time: not at all, leaves, tiles, checkpoints, key."""
        depth = self.random.randrange(6)
        if depth >= 1:
            self.rehash()
        if depth >= 2 and self.is_gapless():
            self.rebuild_tiles()
            keys = {3: None, 4: [a_strangers_key()], 5: stolen_keys()}
            if depth >= 3:
                self.reseal(keys=keys[depth])
            if depth == 5:
                self.do("DELETE FROM witness_answers a WHERE size NOT IN (SELECT size FROM checkpoints)")

    def can_go_on(self) -> bool:
        """Whether there is enough left to attack."""
        left = "SELECT (SELECT count(*) FROM entries) > 5 AND (SELECT count(*) FROM checkpoints) > 1"
        return self.size > 10 and bool(self.do(left).scalar_one())

    def is_gapless(self) -> bool:
        """Whether positions run from 0 without a gap."""
        return bool(self.do("SELECT count(*) = coalesce(max(position) + 1, 0) FROM leaves").scalar_one())


def a_strangers_key() -> SigningKey:
    """A key of the attacker's own, under the name of the log."""
    return SigningKey(name=DEFAULT_ORIGIN, private=Ed25519PrivateKey.generate())


def stolen_keys() -> list[SigningKey]:
    """The log's own keys."""
    return list(signing_keys())

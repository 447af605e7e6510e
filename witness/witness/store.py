"""What a witness remembers: of each log the largest checkpoint that it cosigned, and those that it refused.

One SQLite file of its own. A change is on the disk before `remember` returns, so that no cosignature leaves that a
restarted witness would not know of.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MOST_REFUSALS = 1_000

_TABLES = """
CREATE TABLE IF NOT EXISTS latest (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL,
    cosignature TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS refusals (
    id INTEGER PRIMARY KEY, origin TEXT NOT NULL, note TEXT NOT NULL UNIQUE, cause TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
"""


@dataclass(frozen=True)
class Seen:
    """The largest checkpoint of a log that was cosigned."""

    size: int
    root: bytes
    note: str
    cosignature: str
    at: int


class Store:
    """The memory of one witness. One writer at a time, across threads and processes."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = DELETE")
        self._connection.execute("PRAGMA synchronous = EXTRA")
        self._connection.executescript(_TABLES)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One transaction: what is looked up in it and written in it cannot be parted by another one."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def latest(self, origin: str) -> Seen | None:
        """The largest checkpoint of this log that was cosigned, if any; never one that is not on the disk yet."""
        with self._lock:
            row = self._connection.execute(
                "SELECT size, root, note, cosignature, at FROM latest WHERE origin = ?", (origin,)
            ).fetchone()
        return Seen(*row) if row else None

    def remember(self, origin: str, seen: Seen) -> None:
        """Put this checkpoint in the place of the one before; call it within `alone`."""
        self._connection.execute(
            "INSERT OR REPLACE INTO latest VALUES (?, ?, ?, ?, ?, ?)",
            (origin, seen.size, seen.root, seen.note, seen.cosignature, seen.at),
        )

    def keep_refused(self, origin: str, *, note: str, cause: str, at: int) -> None:
        """Keep a checkpoint that the log signed and that does not fit: it may prove that the log misbehaved.

        So many of each cause: proofs that anybody can spoil never take the place of a fork.
        """
        self._connection.execute(
            "INSERT INTO refusals (origin, note, cause, at) SELECT ?, ?, ?, ?"
            " WHERE (SELECT count(*) FROM refusals WHERE cause = ?) < ?"
            " ON CONFLICT (note) DO UPDATE SET cause = 'fork' WHERE excluded.cause = 'fork'",
            (origin, note, cause, at, cause, MOST_REFUSALS),
        )

    def forget_refused(self, origin: str, *, text: str) -> None:
        """Let go of refusals of a checkpoint text that has been proven since; call it within `alone`."""
        self._connection.execute(
            "DELETE FROM refusals WHERE origin = ? AND substr(note, 1, ?) = ?", (origin, len(text), text)
        )

    def refusals(self) -> list[tuple[str, str, str, int]]:
        """Log, checkpoint, cause and time of what was refused, oldest first."""
        with self._lock:
            rows = self._connection.execute("SELECT origin, note, cause, at FROM refusals ORDER BY id")
            return list(rows.fetchall())

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

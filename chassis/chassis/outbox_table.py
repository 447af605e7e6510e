"""The relay's own connection to the outbox table: the lock, the rows, the bell (rule 3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from time import monotonic
from types import TracebackType

import psycopg
from psycopg.rows import class_row

from chassis.outbox import BELL, CHANNEL
from chassis.outbox_flight import Row

# One number in the whole house: advisory locks belong to a database, and each service has its own.
LOCK = 0x1C0_0B0C
_CONNECT = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "options": " -c ".join(
        (
            "",
            "timezone=UTC",
            "statement_timeout=30000",
            # A deletion that a crash undoes is a message published twice, which consumers drop: no need to wait for it.
            "synchronous_commit=off",
            # A generic plan would compare each row with each number that is held.
            "plan_cache_mode=force_custom_plan",
        )
    ),
}
_COLUMNS = "id, event_id, key, subject, subject_version, body, traceparent, created_at"
_EXCHANGE = f"""
    WITH gone AS (DELETE FROM outbox WHERE id = ANY(%(published)s::bigint[]))
    SELECT {_COLUMNS} FROM outbox AS o
    WHERE id > %(above)s AND NOT (id = ANY(%(published)s::bigint[] || %(held)s::bigint[])) {{resting}}
    ORDER BY id LIMIT %(room)s
"""  # noqa: S608 - column names are constants
_READ = _EXCHANGE.format(resting="")
_READ_AROUND = _EXCHANGE.format(
    resting="""
        AND NOT (key = ANY(%(resting)s))
        AND (subject_version IS NULL OR NOT EXISTS (
            SELECT 1 FROM outbox AS earlier
            WHERE earlier.subject = o.subject AND earlier.id < o.id
              AND earlier.subject_version IS NOT NULL AND earlier.key = ANY(%(resting)s)
        ))"""
)


class OutboxTable:
    """One autocommitting connection. Any method raises psycopg.Error when the database is away."""

    def __init__(self, database_url: str, *, name: str) -> None:
        self._connection = psycopg.connect(
            database_url.replace("postgresql+psycopg://", "postgresql://", 1),
            autocommit=True,
            application_name=name,
            **_CONNECT,  # type: ignore[arg-type]
        )
        self._listening = False
        self.hushed = False
        self._hush_not_before = 0.0

    def __enter__(self) -> OutboxTable:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def take_the_lock(self) -> bool:
        """Become the one relay of this database; the lock is held until the connection ends."""
        row = self._connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone()
        if row is None or not row[0]:
            return False
        if not self._listening:
            self._connection.execute(f"LISTEN {CHANNEL}")
            self._listening = True
        return True

    def exchange(
        self,
        published: Sequence[int],
        *,
        held: Sequence[int],
        resting: Sequence[str],
        room: int,
        above: int = 0,
    ) -> list[Row]:
        """Delete the published rows, read up to `room` others that are not held, by id; one round trip.

        Rows of a resting key are left out, and so are later ordered rows of their subjects.
        """
        with self._connection.cursor(row_factory=class_row(Row), binary=True) as cursor:
            cursor.execute(
                _READ_AROUND if resting else _READ,
                {
                    "published": _array(published),
                    "held": _array(held),
                    "resting": list(resting),
                    "room": room,
                    "above": above,
                },
            )
            return cursor.fetchall()

    def hush(self) -> bool:
        """Keep transactions from ringing: from now on this relay looks often. True when that has just begun.

        It cannot begin while an older transaction that would ring is open; then it is tried again a second later.
        """
        if self.hushed or monotonic() < self._hush_not_before:
            return False
        self._connection.execute("SET lock_timeout = 50")
        try:
            # To wait is to be seen waiting: transactions that come now do not ring any more.
            self._connection.execute("SELECT pg_advisory_lock(%s)", (BELL,))
            self.hushed = True
        except psycopg.errors.LockNotAvailable:
            self._hush_not_before = monotonic() + 1.0
        finally:
            self._connection.execute("RESET lock_timeout")
        return self.hushed

    def unhush(self) -> None:
        """Let transactions ring again. One that looked just before does not: look soon, by yourself."""
        self._connection.execute("SELECT pg_advisory_unlock(%s)", (BELL,))
        self.hushed = False

    def wait_for_news(self, *, timeout_s: float) -> None:
        """Return when a transaction has written to the outbox, or after `timeout_s` seconds."""
        for _ in self._connection.notifies(timeout=timeout_s, stop_after=1):
            pass

    def measure(self) -> tuple[int, datetime | None]:
        """How many rows wait, and since when the oldest does."""
        row = self._connection.execute("SELECT count(*), min(created_at) FROM outbox").fetchone()
        return (row[0], row[1]) if row else (0, None)


def _array(ids: Sequence[int]) -> str:
    """A bigint array as PostgreSQL reads it; far cheaper than adapting each number."""
    return "{" + ",".join(map(str, ids)) + "}"

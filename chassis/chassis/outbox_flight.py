"""Which messages of the outbox may be in the air at once: the relay's rules, without input or output.

A message of an ordered subject flies only when no other of its subject does; so a message that the broker
refuses cannot be overtaken by a later one of the same subject (rule 6). Messages without order fly freely.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

FIRST_REST_S = 0.5
LONGEST_REST_S = 30.0
REFUSED_REST_S = 0.2


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the outbox."""

    id: int
    event_id: UUID
    key: str
    subject: str
    subject_version: int | None
    body: bytes
    traceparent: str | None
    created_at: datetime

    @property
    def ordered(self) -> bool:
        """Whether order within the subject must be kept."""
        return self.subject_version is not None


class Flight:
    """Rows that were read from the outbox and are not yet deleted from it.

    Times are seconds of a monotonic clock, given by the caller.
    """

    def __init__(self) -> None:
        self._tag = 0
        self.drop()

    def drop(self) -> None:
        """Forget every row; answers that still come for them mean nothing. The channel counts on."""
        self.held: dict[int, Row] = {}
        self.resting_keys: dict[str, float] = {}
        self._air: dict[int, Row] = {}
        self._behind: dict[str, deque[Row]] = {}
        self._returned: set[UUID] = set()
        self._refused: deque[tuple[float, Row]] = deque()
        self._rests: dict[str, float] = {}
        self._done: list[int] = []

    @property
    def in_air(self) -> int:
        """Messages sent and not yet answered."""
        return len(self._air)

    @property
    def done(self) -> int:
        """Rows that are published and wait to be deleted."""
        return len(self._done)

    def next_event(self, *, now: float, at_most: float) -> float:
        """Seconds until a rest is over, `at_most` when none is sooner."""
        ends = [*self.resting_keys.values(), *(until for until, _ in self._refused)]
        return max(0.01, min([at_most, *(end - now for end in ends)]))

    def admit(self, rows: Iterable[Row]) -> list[Row]:
        """Take rows in order of id; returns those that may be sent now."""
        free = []
        for row in rows:
            self.held[row.id] = row
            if not row.ordered:
                free.append(row)
            elif row.subject in self._behind:
                self._behind[row.subject].append(row)
            else:
                self._behind[row.subject] = deque()
                free.append(row)
        return free

    def sent(self, row: Row) -> None:
        """The row was published as the next message of the channel."""
        self._tag += 1
        self._air[self._tag] = row

    def returned(self, event_id: UUID) -> None:
        """The broker found no queue for it. Its confirm follows."""
        self._returned.add(event_id)

    def confirmed(self, tag: int, *, multiple: bool, now: float) -> list[Row]:
        """The broker has answered for a message, and all before it when `multiple`; returns what may fly next."""
        free = []
        for row in self._landed(tag, multiple=multiple):
            if row.event_id in self._returned:
                self._returned.discard(row.event_id)
                self._rest(row, now=now)
                continue
            self._rests.pop(row.key, None)
            self._done.append(row.id)
            following = self._next_after(row)
            if following is not None:
                free.append(following)
        return free

    def refused(self, tag: int, *, multiple: bool, now: float) -> int:
        """The broker would not take the message (nack); it flies again after a rest. Returns how many."""
        rows = self._landed(tag, multiple=multiple)
        self._refused.extend((now + REFUSED_REST_S, row) for row in rows)
        return len(rows)

    def rested(self, *, now: float) -> list[Row]:
        """Refused rows whose rest is over: send them. Keys whose rest is over may be read again."""
        free = []
        while self._refused and self._refused[0][0] <= now:
            free.append(self._refused.popleft()[1])
        for key in [key for key, until in self.resting_keys.items() if until <= now]:
            del self.resting_keys[key]
        return free

    def take_done(self) -> list[int]:
        """Ids of published rows, to be deleted now."""
        done, self._done = self._done, []
        return done

    def forget(self, ids: Iterable[int]) -> None:
        """The rows are no longer in the table."""
        for each in ids:
            self.held.pop(each, None)

    def _landed(self, tag: int, *, multiple: bool) -> list[Row]:
        tags = [each for each in self._air if each <= tag] if multiple else [tag]
        return [row for row in (self._air.pop(each, None) for each in tags) if row is not None]

    def _next_after(self, row: Row) -> Row | None:
        if not row.ordered:
            return None
        behind = self._behind[row.subject]
        if behind:
            return behind.popleft()
        del self._behind[row.subject]
        return None

    def _rest(self, row: Row, *, now: float) -> None:
        """Let go of an unroutable row and of those behind it; they are read again after the rest of its key."""
        rest = self._rests.get(row.key, FIRST_REST_S)
        self._rests[row.key] = min(rest * 2, LONGEST_REST_S)
        self.resting_keys[row.key] = now + rest
        self.held.pop(row.id, None)
        if row.ordered:
            self.forget(each.id for each in self._behind.pop(row.subject, ()))

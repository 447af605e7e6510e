"""Applies events to a service's database: each once, in the order of its subject, effect and memory in one transaction.

Knows nothing of the broker (see inbox_lane) and decides nothing about retries (see inbox_course).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import psycopg
import sqlalchemy.exc
import structlog
from opentelemetry.trace import SpanKind
from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from chassis import inbox
from chassis.errors import Problem, Unavailable
from chassis.events import Received, decode
from chassis.inbox import BEHIND, OUT_OF_ORDER, ParkedEvent, Subject
from chassis.telemetry import span
from chassis.work import Work

log = structlog.get_logger(__name__)

OpenWork = Callable[[Sequence[Received]], AbstractContextManager[Work]]


class Subscribed(Protocol):
    """A subscription as `chassis.doors` declares it."""

    @property
    def pattern(self) -> str:
        """The event key; `*` stands for one word."""

    @property
    def do(self) -> Callable[..., object]:
        """`do(work, event=…)`, or `do(work, events=[…])` for a batch."""

    @property
    def batch(self) -> bool:
        """Whether neighbouring events go in one call."""


@dataclass(frozen=True, eq=False)
class Delivery:
    """One event as the broker brought it."""

    event: Received
    body: bytes
    tag: int = 0

    @cached_property
    def line(self) -> tuple[str, str]:
        """Events of one line must keep their order; an unordered event is alone in its line."""
        if self.event.version is None:
            return "", str(self.event.id)
        return self.event.source, self.event.subject


class HandlerFailed(Exception):
    """A handler could not apply one of these deliveries; nothing of the batch was kept."""

    def __init__(self, deliveries: Sequence[Delivery], *, reason: str) -> None:
        super().__init__(reason)
        self.deliveries = deliveries
        self.reason = reason


class DatabaseAway(Exception):
    """The database cannot be used just now; nothing was kept and nothing is wrong with the events."""


@dataclass
class Outcome:
    """What became of a batch."""

    applied: list[Received]
    doubles: int = 0
    parked: int = 0
    ignored: int = 0


class Applier:
    """Runs the handlers that `subscriptions` name, in transactions that `open_work(events)` gives."""

    def __init__(self, *, subscriptions: Sequence[Subscribed], open_work: OpenWork) -> None:
        self._subscriptions = [(each.pattern.split("."), each) for each in subscriptions]
        self._open_work = open_work
        self._by_key: dict[str, tuple[Subscribed, ...]] = {}

    def apply(self, deliveries: Sequence[Delivery]) -> Outcome:
        """Apply the deliveries in one transaction. Raises HandlerFailed or DatabaseAway; then nothing has happened."""
        step = _Step(self)
        try:
            with self._open_work([each.event for each in deliveries]) as work:
                step.run(work, deliveries)
        except (HandlerFailed, DatabaseAway):
            raise
        except Exception as failed:
            if step.unprepared or is_away(failed):
                raise DatabaseAway(type(failed).__name__) from None
            raise HandlerFailed(deliveries, reason=reason_of(failed)) from None
        return step.outcome

    def park(self, deliveries: Sequence[Delivery], *, reason: str, attempts: int) -> None:
        """Park the first delivery for `reason` and the others because they follow it. Raises DatabaseAway."""
        try:
            with self._open_work([each.event for each in deliveries]) as work:
                inbox.take_the_lane(work.session)
                standing = inbox.note(work.session, [each.event for each in deliveries])
                once = {each.event.id: (each.event, each.body) for each in reversed(deliveries)}
                new = [
                    once.pop(each.event.id)
                    for each in deliveries
                    if each.event.id in once.keys() & standing.fresh
                ]
                inbox.park(work.session, new[:1], reason=reason, attempts=attempts)
                inbox.park(work.session, new[1:], reason=BEHIND, attempts=0)
        except Exception as failed:
            raise DatabaseAway(type(failed).__name__) from None

    def replay_one(self) -> bool:
        """Apply the next parked event whose replay was asked for, if there is one; True when there may be more.

        When it fails again its request and those behind it in its subject are taken back. Raises
        DatabaseAway.
        """
        parked_id: int | None = None
        try:
            with self._open_work([]) as work:
                inbox.take_the_lane(work.session)
                row = work.session.scalars(_next_to_replay()).first()
                if row is None:
                    return False
                parked_id, key = row.id, row.key
                self._replay(work, row)
        except Exception as failed:
            if parked_id is None or is_away(failed):
                raise DatabaseAway(type(failed).__name__) from None
            reason = failed.reason if isinstance(failed, HandlerFailed) else reason_of(failed)
            self._take_back(parked_id, reason=reason)
            return True
        log.info("parked_event_replayed", key=key, parked_id=parked_id)
        return True

    def _replay(self, work: Work, row: ParkedEvent) -> None:
        event = decode(row.body)
        delivery = Delivery(event=event, body=row.body)
        asked_at = row.replay_requested_at
        step = _Step(self)
        for subscriptions, run in _runs([delivery], self.handlers_of):
            step.call(work, subscriptions, run)
        if event.version is not None:
            inbox.advance(work.session, {(event.source, event.subject): event.version})
        if inbox.in_line(row):
            following = (
                select(ParkedEvent.id)
                .where(ParkedEvent.source == row.source, ParkedEvent.subject == row.subject)
                .where(ParkedEvent.id > row.id, inbox.IN_LINE)
                .order_by(ParkedEvent.id)
                .limit(1)
            )
            # The subject was asked for: what was parked behind it since then follows too.
            work.session.execute(
                update(ParkedEvent)
                .where(ParkedEvent.id.in_(following), ParkedEvent.replay_requested_at.is_(None))
                .values(replay_requested_at=asked_at)
            )
        work.session.delete(row)

    def _take_back(self, parked_id: int, *, reason: str) -> None:
        try:
            with self._open_work([]) as work:
                inbox.take_the_lane(work.session)
                row = work.session.get(ParkedEvent, parked_id)
                if row is None:
                    return
                row.attempts += 1
                same = ParkedEvent.id == row.id
                if row.reason != OUT_OF_ORDER:
                    row.reason = reason
                if inbox.in_line(row):
                    same = (ParkedEvent.source == row.source) & (ParkedEvent.subject == row.subject)
                work.session.execute(update(ParkedEvent).where(same).values(replay_requested_at=None))
        except Exception as failed:
            raise DatabaseAway(type(failed).__name__) from None
        log.warning("replay_failed", parked_id=parked_id, reason=reason)

    def forget_old(self) -> int:
        """Forget events seen long ago. Raises DatabaseAway."""
        try:
            with self._open_work([]) as work:
                return inbox.forget_old(work.session)
        except Exception as failed:
            raise DatabaseAway(type(failed).__name__) from None

    def handlers_of(self, key: str) -> tuple[Subscribed, ...]:
        """The subscriptions that understand an event key, in the order in which they were declared."""
        known = self._by_key.get(key)
        if known is None:
            words = key.split(".")
            known = tuple(each for pattern, each in self._subscriptions if _matches(pattern, words))
            self._by_key[key] = known
        return known

    def tells_of_its_source(self, event: Received) -> bool:
        """Whether the event may be applied only when no earlier one of its source is in trouble."""
        return any(getattr(each.do, "tells_of_its_source", False) for each in self.handlers_of(event.key))


class _Step:
    """One transaction's worth of applying."""

    def __init__(self, applier: Applier) -> None:
        self._applier = applier
        self.outcome = Outcome(applied=[])
        self.unprepared = True

    def run(self, work: Work, deliveries: Sequence[Delivery]) -> None:
        session = work.session
        inbox.take_the_lane(session)
        standing = inbox.note(session, [each.event for each in deliveries])
        self.unprepared = False
        due, reached = self._sort_out(work, deliveries, standing)
        for subscriptions, run in _runs(due, self._applier.handlers_of):
            self.call(work, subscriptions, run)
        self.unprepared = True
        inbox.advance(session, reached)
        self.unprepared = False

    def _sort_out(
        self, work: Work, deliveries: Sequence[Delivery], standing: inbox.Standing
    ) -> tuple[list[Delivery], dict[Subject, int]]:
        """The deliveries to be applied, and how far their subjects are afterwards; parks those that may not be."""
        due: list[Delivery] = []
        reached: dict[Subject, int] = {}
        for delivery in deliveries:
            event = delivery.event
            if event.id not in standing.fresh:
                self.outcome.doubles += 1
                continue
            standing.fresh.discard(event.id)
            if event.version is not None:
                subject = (event.source, event.subject)
                reason = BEHIND if subject in standing.parked else ""
                if event.version <= reached.get(subject, standing.versions.get(subject, 0)):
                    reason = OUT_OF_ORDER
                if reason:
                    inbox.park(work.session, [(event, delivery.body)], reason=reason, attempts=0)
                    log.warning("event_parked", key=event.key, reason=reason)
                    self.outcome.parked += 1
                    continue
                reached[subject] = event.version
            due.append(delivery)
        return due, reached

    def call(self, work: Work, subscriptions: tuple[Subscribed, ...], run: Sequence[Delivery]) -> None:
        """Give one event, or a run of events of one batch subscription, to its handlers."""
        events = [each.event for each in run]
        if not subscriptions:
            self.outcome.ignored += len(events)
            return
        try:
            with span(f"apply {events[0].key}", kind=SpanKind.CONSUMER, traceparent=events[0].traceparent):
                for each in subscriptions:
                    if each.batch:
                        each.do(work, events=events)
                    else:
                        each.do(work, event=events[0])
                work.session.flush()  # so that a broken constraint is known to be this event's
        except Exception as failed:
            if is_away(failed):
                raise DatabaseAway(type(failed).__name__) from None
            raise HandlerFailed(run, reason=reason_of(failed)) from None
        self.outcome.applied += events


def _runs(
    deliveries: Iterable[Delivery], handlers_of: Callable[[str], tuple[Subscribed, ...]]
) -> Iterable[tuple[tuple[Subscribed, ...], list[Delivery]]]:
    """Neighbours that one batch subscription alone understands, together; all others one by one."""
    run: list[Delivery] = []
    collecting: tuple[Subscribed, ...] = ()
    for delivery in deliveries:
        subscriptions = handlers_of(delivery.event.key)
        together = len(subscriptions) == 1 and subscriptions[0].batch
        if run and together and subscriptions == collecting:
            run.append(delivery)
            continue
        if run:
            yield collecting, run
        run, collecting = [delivery], subscriptions if together else ()
        if not together:
            yield subscriptions, run
            run = []
    if run:
        yield collecting, run


def _matches(pattern: Sequence[str], words: Sequence[str]) -> bool:
    return len(pattern) == len(words) and all(
        wanted in ("*", word) for wanted, word in zip(pattern, words, strict=True)
    )


def _next_to_replay():  # type: ignore[no-untyped-def]  # the type of a select is longer than the select
    earlier = aliased(ParkedEvent)
    blocked = (
        select(earlier.id)
        .where(earlier.source == ParkedEvent.source, earlier.subject == ParkedEvent.subject)
        .where(earlier.id < ParkedEvent.id, earlier.version.is_not(None), earlier.reason != OUT_OF_ORDER)
        .exists()
    )
    first_of_its_line = ~inbox.IN_LINE | ~blocked
    return (
        select(ParkedEvent)
        .where(ParkedEvent.replay_requested_at.is_not(None), first_of_its_line)
        .order_by(ParkedEvent.id)
        .limit(1)
    )


def reason_of(failed: BaseException) -> str:
    """Why a handler failed, as a code: the problem's, else the class. Never a text, which may hold personal data."""
    if isinstance(failed, Problem):
        return failed.code
    original = getattr(failed, "orig", None)
    return type(original if isinstance(original, psycopg.Error) else failed).__name__


# Connection failures, too few resources, an operator's intervention, the system's own faults, and conflicts between
# transactions: none of them says anything about the event.
_AWAY_CLASSES = ("08", "53", "57P", "58", "40", "55P03")


def is_away(failed: BaseException) -> bool:
    """Whether the failure says that nothing can be applied just now, not that the event is wrong."""
    if isinstance(failed, DatabaseAway | ConnectionError | sqlalchemy.exc.TimeoutError | Unavailable):
        return True
    if isinstance(failed, sqlalchemy.exc.DBAPIError):
        if failed.connection_invalidated:
            return True
        failed = failed.orig or failed
    if isinstance(failed, psycopg.Error):
        if failed.sqlstate is None:
            return isinstance(failed, psycopg.OperationalError | psycopg.InterfaceError)
        return failed.sqlstate.startswith(_AWAY_CLASSES)
    return False


__all__ = ["Applier", "DatabaseAway", "Delivery", "HandlerFailed", "Outcome", "is_away", "reason_of"]

"""Applies events to a service's database: each once, in the order of its subject, effect and memory in one transaction.

Knows nothing of the broker (see inbox_lane), decides nothing about retries (see inbox_course), and leaves parked events
to inbox_replay.
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

from chassis import inbox
from chassis.errors import Problem, Unavailable
from chassis.events import Received
from chassis.inbox import BEHIND, CAME_TOO_OFTEN, OUT_OF_ORDER, UNREADABLE, Subject
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
    """One event as the broker brought it; `returned` is how often it was brought before and not settled.

    An `unreadable` one is a message that is no event, of a source of which none may be missed.
    """

    event: Received
    body: bytes
    tag: int = 0
    returned: int = 0
    unreadable: bool = False

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

    def take_aside(self, deliveries: Sequence[Delivery]) -> Outcome:
        """Park deliveries that came too often, in order, to be tried at once and each alone. Raises DatabaseAway.

        What is unreadable is parked with them, and tried when somebody asks.
        What came too often was under way when its process or its connection ended, again and again. It may be what
        ends the process, so nothing else may depend on it; most likely it only stood beside what does.
        """
        outcome = Outcome(applied=[])
        try:
            with self._open_work([each.event for each in deliveries]) as work:
                inbox.take_the_lane(work.session)
                standing = inbox.note(work.session, [each.event for each in deliveries])
                for each in deliveries:
                    event = each.event
                    if event.id not in standing.fresh:
                        outcome.doubles += 1
                        continue
                    standing.fresh.discard(event.id)
                    reason = UNREADABLE if each.unreadable else standing.why_not(event) or CAME_TOO_OFTEN
                    replay_from = work.now if reason == CAME_TOO_OFTEN else None
                    told = [(event, each.body)]
                    inbox.park(work.session, told, reason=reason, attempts=0, replay_from=replay_from)
                    if reason != OUT_OF_ORDER:
                        standing.has_parked(event)
                    outcome.parked += 1
        except Exception as failed:
            raise DatabaseAway(type(failed).__name__) from None
        return outcome

    def apply_parked(self, work: Work, delivery: Delivery) -> None:
        """Give an event that was parked to its handlers, within a transaction that is open. Raises HandlerFailed."""
        step = _Step(self)
        for subscriptions, run in _runs([delivery], self.handlers_of):
            step.call(work, subscriptions, run)

    @property
    def open_work(self) -> OpenWork:
        """Gives the transactions in which this applies events."""
        return self._open_work

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

    def is_told_of(self, source: str) -> bool:
        """Whether an event followed here tells that all of this source is known: then none of it may be missed."""
        return any(
            pattern[0] == source and getattr(each.do, "tells_of_its_source", False)
            for pattern, each in self._subscriptions
        )

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
                reason = standing.why_not(event)
                if reason:
                    inbox.park(work.session, [(event, delivery.body)], reason=reason, attempts=0)
                    log.warning("event_parked", key=event.key, reason=reason)
                    self.outcome.parked += 1
                    continue
                reached[event.source, event.subject] = event.version
                standing.reaches(event)
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

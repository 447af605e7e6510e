"""A service that follows consent: the house's own handlers, lane rules, predicate and policies on a database.

It is fed by a queue that can be cut, bring things twice, out of order, or after the process died, as often as it does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import psycopg
from consent_world import CLOCKS_DIFFER, KEYS, LIMIT, Known
from sqlalchemy import select, update

from chassis import consented, inbox, same_person
from chassis.access import Restriction
from chassis.doors import event
from chassis.errors import AccessDenied, NotFound, RuleBroken
from chassis.events import Received
from chassis.identity import Actor
from chassis.inbox import ParkedEvent
from chassis.inbox_apply import Applier, DatabaseAway, Delivery
from chassis.inbox_course import Course
from chassis.inbox_replay import Replay
from chassis.testing import Clock, ServiceDatabase
from chassis.trail import Trail
from chassis.transactions import door_work, lane_work
from chassis.work import Work

HANDLERS: dict[str, Callable[..., None]] = {
    **{kind: getattr(consented, kind) for kind in KEYS if kind not in ("expired", "linked")},
    "expired": consented.withdrawn,
    "linked": same_person.followed,
}


class Wrong(RuleBroken):
    code = "wrong"
    title = "The test forbids it"


class Died(BaseException):
    """The process ends here."""


@dataclass(frozen=True)
class Seen:
    """For each person of whom the doors show something, which categories; whom policies alone let through; refusals."""

    purpose: str
    shown: dict[UUID, set[str]]
    let_through: set[UUID]
    refusals: dict[UUID, str | None]


class Follower:
    """A service that follows: what it was brought, what it has applied, and what its doors show."""

    def __init__(self, database: ServiceDatabase, clock: Clock) -> None:
        self.database, self.clock, self.began = database, clock, clock.now
        self.queue: list[Delivery] = []
        self.done: list[Delivery] = []
        self.known = Known()
        self.teams: set[tuple[UUID, str]] = set()
        self.failing: set[UUID] = set()
        self.deadly: set[UUID] = set()
        self.cut = False
        self.fault: str | None = None
        self._pending: list[tuple[str, Received]] = []
        self.applier = Applier(
            subscriptions=[event(KEYS[kind], do=self._handler(kind)) for kind in HANDLERS],
            open_work=self._open_work,
        )
        self._taken = 0
        self._dies()

    def _handler(self, kind: str) -> Callable[..., None]:
        def do(work: Work, *, event: Received) -> None:
            if event.id in self.deadly:
                raise Died
            if event.id in self.failing:
                raise Wrong
            HANDLERS[kind](work, event=event)
            self._pending.append((kind, event))

        waits = getattr(HANDLERS[kind], "tells_of_its_source", False)
        return inbox.tells_of_its_source(do) if waits else do

    @contextmanager
    def _open_work(self, _events: Sequence[Received]) -> Iterator[Work]:
        self._pending = []
        fault, self.fault = (self.fault, None) if _events else (None, self.fault)
        with lane_work(self.database.lane, service="sample") as work:
            yield work
            if fault == "the database goes away":
                raise psycopg.OperationalError("the connection was lost")
            if fault == "the process dies":
                raise Died
        for kind, applied in self._pending:
            if kind != "heartbeat" or _believed(applied, now=self.clock.now):
                self.known.hear(kind, applied.data, subject=applied.subject, version=applied.version)
        if fault == "the commit is not answered":
            raise psycopg.OperationalError("the connection was lost")
        if fault == "the process dies after the commit":
            raise Died

    def _begin_anew(self) -> None:
        """The connection has ended: what was under way comes again, and the broker has counted that."""
        for place, each in enumerate(self.queue[: self._taken]):
            self.queue[place] = replace(each, returned=each.returned + 1)
        self.course, self._taken = Course(self.applier), 0

    def _dies(self) -> None:
        self.replay = Replay(self.applier)
        self._begin_anew()

    def restart(self) -> None:
        """Another process: other connections; what was not acknowledged is brought again."""
        for pool in (self.database.door, self.database.lane):
            pool.kw["bind"].dispose()
        self._dies()

    def hand_over(self) -> None:
        """Another replica becomes the active one while this one still holds a batch, and goes on with it."""
        if self.cut:
            return
        late = self.course
        late.take(self.queue[self._taken :])
        self._dies()
        self.flow()
        self._step(late)

    def flow(self) -> None:
        """Take what has come and apply what can be."""
        if self.cut:
            return
        for _ in range(200):
            self.course.take(self.queue[self._taken :])
            self._taken = len(self.queue)
            course = self.course
            self._step(course)
            settled, _ = course.take_settled()
            gone = {id(each) for each in settled}
            if course is self.course:
                self.done += settled
                self.queue = [each for each in self.queue if id(each) not in gone]
                self._taken = len(self.queue)
                self._replay_what_is_asked_for()
            if course is self.course and course.next_event(now=self._seconds, at_most=1.0) > 0:
                return

    def _step(self, course: Course) -> None:
        try:
            course.step(now=self._seconds)
        except DatabaseAway:
            return
        except Died:
            self._dies()

    def _replay_what_is_asked_for(self) -> None:
        try:
            while self.replay.one():
                pass
        except Died:
            self._dies()

    @property
    def _seconds(self) -> float:
        return (self.clock.now - self.began).total_seconds()

    def mend(self) -> None:
        """What failed can be applied now, and somebody asks for what was parked."""
        self.failing, self.deadly = set(), set()
        with self.database.lane.begin() as session:
            session.execute(update(ParkedEvent).values(replay_requested_at=self.clock.now))
        if not self.cut:
            self._replay_what_is_asked_for()

    @property
    def current(self) -> bool:
        """Whether this service may count consents, by the rule."""
        with self.database.lane() as session:
            if any(key.startswith("consent.") for key in session.scalars(select(ParkedEvent.key))):
                return False
        heard, now = self.known.heard, self.clock.now
        return heard is not None and now - LIMIT <= heard <= now + CLOCKS_DIFFER

    def expected(
        self, person: UUID, names: set[str], purpose: str, *, current: bool
    ) -> tuple[set[str], set[str], set[str]]:
        """The categories that the rule opens: by consent, otherwise, and by consent were it current."""
        now, known = self.clock.now, self.known
        otherwise = known.by_emergency(person, names, purpose, now=now)
        if known.is_restricted(person):
            return set(), otherwise, set()
        if any((person, name) in self.teams for name in names):
            otherwise = otherwise | {"health"}
        consents = known.by_consent(person, names, purpose, since=now, until=now)
        return (consents if current else set()), otherwise, consents

    def look(self, actor: Actor, visits: dict[UUID, UUID]) -> Seen:
        """What one caller sees, by the doors and by PostgreSQL alone, and how the rest is refused."""
        visit = sys.modules["sample"].Visit
        with self._at_the_door(actor) as work:
            rows = list(work.session.scalars(work.visible(visit)))
            shown = {row.person_id: each.categories for row, each in zip(rows, work.seen(rows), strict=True)}
            let_through = {row.person_id for row in work.session.scalars(select(visit))}
            refusals = {
                person: self._refusal(work, visit_id)
                for person, visit_id in visits.items()
                if person not in shown
            }
        return Seen(actor.purpose, shown, let_through, refusals)

    def _refusal(self, work: Work, visit_id: UUID) -> str | None:
        try:
            work.load(sys.modules["sample"].Visit, visit_id)
        except (AccessDenied, NotFound) as refused:
            return refused.code
        return None

    @contextmanager
    def _at_the_door(self, actor: Actor) -> Iterator[Work]:
        trail = Trail(service="sample", door="test", action="read")
        with door_work(
            self.database.door,
            service="sample",
            actor=actor,
            trail=trail,
            consent_limit_s=LIMIT.total_seconds(),
        ) as work:
            yield work

    def restricted_rows(self) -> set[UUID]:
        """The persons who are restricted here, linked ones included."""
        with self.database.lane() as session:
            return set(session.scalars(select(Restriction.person_id)))


def _believed(heartbeat: Received, *, now: datetime) -> bool:
    return datetime.fromisoformat(heartbeat.data["sent_at"]) <= now + CLOCKS_DIFFER


def a_visit(follower: Follower, *, person: UUID, visit: UUID) -> None:
    """The same record in a service's database."""
    with lane_work(follower.database.lane, service="sample") as work:
        row = sys.modules["sample"].Visit(id=visit, person_id=person, complaint="c", remark="r")
        work.session.add(row)

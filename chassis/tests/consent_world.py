"""A small world for the question whether any permit is stale: the consent service, the way to others, and two of them.

`Authority` decides and publishes as the consent service does: through an outbox in which one consent can be stuck while
others pass. `Follower` is a service: the house's own handlers, lane rules, predicate and policies on a database, fed by
a queue that can be cut, bring things twice, out of order, or after the process died. `Known` is the plain model that
reads what happened: all of it is the truth, the part that a follower has applied is what it may know.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import select, update

from chassis import consented, inbox, same_person
from chassis.access import Restriction
from chassis.doors import event
from chassis.errors import AccessDenied, NotFound, RuleBroken
from chassis.events import Event, Received, decode, encode
from chassis.identity import Actor
from chassis.ids import new_id
from chassis.inbox import ParkedEvent
from chassis.inbox_apply import Applier, DatabaseAway, Delivery
from chassis.inbox_course import Course
from chassis.testing import Clock, ServiceDatabase
from chassis.trail import Trail
from chassis.work import Work, door_work, lane_work

LIMIT = timedelta(seconds=10)
CLOCKS_DIFFER = timedelta(seconds=1)
BEAT = timedelta(seconds=2)
KEYS = {
    "given": "consent.consent.given.v1",
    "refused": "consent.consent.refused.v1",
    "withdrawn": "consent.consent.withdrawn.v1",
    "expired": "consent.consent.expired.v1",
    "restriction_placed": "consent.restriction.placed.v1",
    "restriction_lifted": "consent.restriction.lifted.v1",
    "emergency_opened": "consent.emergency.opened.v1",
    "emergency_ended": "consent.emergency.ended.v1",
    "heartbeat": "consent.heartbeat.sent.v1",
    "linked": "intake.person.linked.v1",
}
HANDLERS: dict[str, Callable[..., None]] = {
    **{kind: getattr(consented, kind) for kind in KEYS if kind not in ("expired", "linked")},
    "expired": consented.withdrawn,
    "linked": same_person.followed,
}
OPENS_AGAIN = ("given", "restriction_lifted", "emergency_opened")


class Wrong(RuleBroken):
    code = "wrong"
    title = "The test forbids it"


class Died(BaseException):
    """The process ends here."""


@dataclass
class Known:
    """What a row of events means, read plainly."""

    consents: dict[str, dict[str, Any]] = field(default_factory=dict)
    emergencies: dict[str, dict[str, Any]] = field(default_factory=dict)
    restricted: set[UUID] = field(default_factory=set)
    clusters: dict[UUID, frozenset[UUID]] = field(default_factory=dict)
    heard: datetime | None = None
    newest: dict[str, int] = field(default_factory=dict)

    def hear(self, kind: str, told: dict[str, Any], *, subject: str = "", version: int | None = None) -> None:
        """One event more; what opens and was overtaken by a later word of its subject means nothing."""
        overtaken = version is not None and version < self.newest.get(subject, 0)
        if version is not None:
            self.newest[subject] = max(version, self.newest.get(subject, 0))
        if not (overtaken and kind in OPENS_AGAIN):
            getattr(self, f"_{kind}")(told)

    def _given(self, told: dict[str, Any]) -> None:
        self.consents[told["consent_id"]] = {**told, "categories": set(told["categories"])}

    def _withdrawn(self, told: dict[str, Any]) -> None:
        self.consents.pop(told["consent_id"], None)

    _expired = _withdrawn

    def _refused(self, told: dict[str, Any]) -> None:
        for consent in self.consents.values():
            if (consent["recipient"], consent["person_id"]) == (told["recipient"], told["person_id"]):
                consent["categories"] = consent["categories"] - set(told["categories"])

    def _restriction_placed(self, told: dict[str, Any]) -> None:
        self.restricted.add(UUID(told["person_id"]))

    def _restriction_lifted(self, told: dict[str, Any]) -> None:
        self.restricted.discard(UUID(told["person_id"]))

    def _emergency_opened(self, told: dict[str, Any]) -> None:
        self.emergencies[told["emergency_id"]] = told

    def _emergency_ended(self, told: dict[str, Any]) -> None:
        self.emergencies.pop(told["emergency_id"], None)

    def _heartbeat(self, told: dict[str, Any]) -> None:
        sent_at = datetime.fromisoformat(told["sent_at"])
        self.heard = max(sent_at, self.heard or sent_at)

    def _linked(self, told: dict[str, Any]) -> None:
        for cluster in told["clusters"]:
            together = frozenset(UUID(each) for each in cluster["person_ids"])
            self.clusters.update(dict.fromkeys(together, together))

    def is_restricted(self, person: UUID) -> bool:
        """Whether a restriction stands on any record of the person."""
        return bool(self.restricted & self.clusters.get(person, frozenset({person})))

    def by_consent(
        self, person: UUID, names: set[str], purpose: str, *, since: datetime, until: datetime
    ) -> set[str]:
        """The categories that consents open at some moment between the two, restrictions aside."""
        return {
            category
            for consent in self.consents.values()
            if consent["recipient"] in names
            and consent["person_id"] == str(person)
            and purpose in consent["purposes"]
            and _overlaps(consent, since=since, until=until)
            for category in consent["categories"]
        }

    def by_emergency(self, person: UUID, names: set[str], purpose: str, *, now: datetime) -> set[str]:
        """The categories that a broken glass opens now."""
        return {
            category
            for access in self.emergencies.values()
            if f"worker:{access['worker']}" in names
            and access["person_id"] == str(person)
            and purpose == "emergency"
            and _overlaps(access, since=now, until=now)
            and (access["reaches_restricted"] or not self.is_restricted(person))
            for category in access["categories"]
        }


def _overlaps(told: dict[str, Any], *, since: datetime, until: datetime) -> bool:
    ends = told["valid_until"]
    begun = datetime.fromisoformat(told["valid_from"]) <= until
    return begun and (ends is None or datetime.fromisoformat(ends) > since)


@dataclass
class Authority:
    """The consent service, and the judge of links beside it."""

    clock: Clock
    followers: Sequence[Follower]
    known: Known = field(default_factory=Known)
    past: list[tuple[datetime, Known]] = field(default_factory=list)
    ahead: timedelta = timedelta(0)
    runs: bool = True
    keeps_clocks: bool = True
    stuck: set[str] = field(default_factory=set)
    broker_away: bool = False
    waiting: list[tuple[datetime, str, Delivery]] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)
    last_beat: datetime | None = None

    @property
    def now(self) -> datetime:
        """The time by the consent service's own clock."""
        return self.clock.now + self.ahead

    def say(self, kind: str, *, subject: str, **data: Any) -> None:
        """Decide and write it into the outbox."""
        self.versions[subject] = version = self.versions.get(subject, 0) + 1
        self.known.hear(kind, data)
        key = KEYS[kind]
        told = Event(key=key, subject=subject, data=data, time=self.now)
        body = encode(told, source=key.split(".", 1)[0], version=version, traceparent=None)
        self.waiting.append((self.now, kind, Delivery(event=decode(body), body=body)))

    def publish(self) -> None:
        """The relay: everything but what the broker refuses, and what waits behind that in its subject."""
        left = []
        for at, kind, delivery in self.waiting:
            if self.broker_away or delivery.event.subject in self.stuck:
                left.append((at, kind, delivery))
                continue
            for follower in self.followers:
                follower.queue.append(delivery)
        self.waiting = left

    def time_goes_on(self) -> None:
        """The timers that were due: what is over expires, then the heartbeat says up to when all is published."""
        at = self.now if self.last_beat is None else self.last_beat + BEAT
        if not self.runs:
            return
        while at <= self.now:
            if self.keeps_clocks:
                self.expire(until=at)
            decided = [when for when, kind, _ in self.waiting if kind not in ("heartbeat", "linked")]
            self.say("heartbeat", subject="consent", sent_at=min([at, *decided]).isoformat())
            self.last_beat, at = at, at + BEAT
            self.publish()

    def starts_again(self) -> None:
        """The timers begin anew, with the present."""
        self.runs, self.last_beat = True, None

    def expire(self, *, until: datetime) -> None:
        """Say of each consent whose period is over by this moment that it is."""
        for consent_id, consent in list(self.known.consents.items()):
            ends = consent["valid_until"]
            if ends is not None and datetime.fromisoformat(ends) <= until:
                self.end(consent_id, kind="expired")

    def end(self, consent_id: str, *, kind: str) -> None:
        """Close a consent whole."""
        person = self.known.consents[consent_id]["person_id"]
        self.say(kind, subject=consent_id, consent_id=consent_id, person_id=person, at=self.now.isoformat())

    def withdraw(self, consent_id: str, categories: set[str]) -> None:
        """Take back some categories: close all, then say anew what stays open, as the real one does."""
        consent = dict(self.known.consents[consent_id])
        kept = consent["categories"] - categories
        self.end(consent_id, kind="withdrawn")
        if kept:
            self.say("given", subject=consent_id, **{**consent, "categories": sorted(kept)})

    def remember(self) -> None:
        """This is the truth from now on, until something else is."""
        self.past.append((self.clock.now, deepcopy(self.known)))

    def lately(self, person: UUID, names: set[str], purpose: str) -> set[str]:
        """The categories that a consent opened in truth at any moment within the limit."""
        now = self.clock.now
        since = now - LIMIT - CLOCKS_DIFFER
        found: set[str] = set()
        ends = [*self.past, (now, self.known)]
        for (begins, known), (until, _) in pairwise(ends):
            if until >= since and person not in known.restricted:
                found |= known.by_consent(person, names, purpose, since=max(begins, since), until=until)
        return found


class Follower:
    """A service that follows: what it was brought, what it has applied, and what its doors show."""

    def __init__(self, database: ServiceDatabase, clock: Clock) -> None:
        self.database, self.clock, self.began = database, clock, clock.now
        self.queue: list[Delivery] = []
        self.done: list[Delivery] = []
        self.known = Known()
        self.teams: set[tuple[UUID, str]] = set()
        self.failing: set[UUID] = set()
        self.cut = False
        self.fault: str | None = None
        self._pending: list[tuple[str, Received]] = []
        self.applier = Applier(
            subscriptions=[event(KEYS[kind], do=self._handler(kind)) for kind in HANDLERS],
            open_work=self._open_work,
        )
        self._begin_anew()

    def _handler(self, kind: str) -> Callable[..., None]:
        def do(work: Work, *, event: Received) -> None:
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
        self.course, self._taken = Course(self.applier), 0

    def restart(self) -> None:
        """Another process: other connections; what was not acknowledged is brought again."""
        for pool in (self.database.door, self.database.lane):
            pool.kw["bind"].dispose()
        self._begin_anew()

    def hand_over(self) -> None:
        """Another replica becomes the active one while this one still holds a batch, and goes on with it."""
        if self.cut:
            return
        late = self.course
        late.take(self.queue[self._taken :])
        self._begin_anew()
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
                if course.next_event(now=self._seconds, at_most=1.0) > 0:
                    return

    def _step(self, course: Course) -> None:
        try:
            course.step(now=self._seconds)
        except DatabaseAway:
            return
        except Died:
            self._begin_anew()

    @property
    def _seconds(self) -> float:
        return (self.clock.now - self.began).total_seconds()

    def mend(self) -> None:
        """What failed can be applied now, and somebody asks for what was parked."""
        self.failing = set()
        with self.database.lane.begin() as session:
            session.execute(update(ParkedEvent).values(replay_requested_at=self.clock.now))
        while not self.cut and self.applier.replay_one():
            pass

    @property
    def current(self) -> bool:
        """Whether this service may count consents, by the rule."""
        with self.database.lane() as session:
            if any(key.startswith("consent.") for key in session.scalars(select(ParkedEvent.key))):
                return False
        heard, now = self.known.heard, self.clock.now
        return heard is not None and now - LIMIT <= heard <= now + CLOCKS_DIFFER

    def expected(self, person: UUID, names: set[str], purpose: str) -> tuple[set[str], set[str], set[str]]:
        """The categories that the rule opens: by consent, otherwise, and by consent were it current."""
        now, known = self.clock.now, self.known
        otherwise = known.by_emergency(person, names, purpose, now=now)
        if known.is_restricted(person):
            return set(), otherwise, set()
        if any((person, name) in self.teams for name in names):
            otherwise = otherwise | {"health"}
        consents = known.by_consent(person, names, purpose, since=now, until=now)
        return (consents if self.current else set()), otherwise, consents

    def shown(self, actor: Actor) -> tuple[dict[UUID, set[str]], set[UUID]]:
        """For each person of whom the doors show something, which categories; whom PostgreSQL alone would show."""
        visit = sys.modules["sample"].Visit
        with self._at_the_door(actor) as work:
            rows = list(work.session.scalars(work.visible(visit)))
            seen = {row.person_id: each.categories for row, each in zip(rows, work.seen(rows), strict=True)}
            let_through = {row.person_id for row in work.session.scalars(select(visit))}
        return seen, let_through

    def refusal(self, actor: Actor, visit_id: UUID) -> str | None:
        """The code with which one visit is refused; None when it is shown."""
        try:
            with self._at_the_door(actor) as work:
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


__all__ = ["BEAT", "LIMIT", "Authority", "Follower", "Known", "a_visit", "new_id"]

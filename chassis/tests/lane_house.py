"""A service of no meaning that events are applied in: it writes what it was told, refuses, dies, as a test wishes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from chassis.doors import event, events
from chassis.errors import RuleBroken
from chassis.events import Event, Received, decode, encode
from chassis.inbox import ParkedEvent
from chassis.inbox_apply import Applier, Delivery
from chassis.inbox_course import Course
from chassis.inbox_replay import Replay
from chassis.testing import ServiceDatabase
from chassis.transactions import lane_work
from chassis.work import Work

OPENED, CLOSED, ENTRY = "cases.case.opened.v1", "cases.case.closed.v1", "cases.access.recorded.v1"


class Poisoned(RuleBroken):
    code = "poisoned"
    title = "The test forbids it"


class Crash(BaseException):
    """The process ends here."""


def prepare(database: ServiceDatabase) -> None:
    """The tables that handlers write into, and those that say what they may not survive."""
    with database.owner.begin() as connection:
        effects = "n bigserial, event_id uuid, subject text, version bigint, call int, pid int"
        connection.execute(text(f"CREATE TABLE effects ({effects})"))
        connection.execute(text("CREATE TABLE poison (subject text)"))
        connection.execute(text("CREATE TABLE deadly (subject text)"))
        connection.execute(text("GRANT ALL ON effects, effects_n_seq, poison, deadly TO PUBLIC"))


def clear(database: ServiceDatabase) -> None:
    """Nothing has happened yet."""
    database.clear()
    with database.owner.begin() as connection:
        connection.execute(text("TRUNCATE effects, poison, deadly RESTART IDENTITY"))


class House:
    """A service whose handlers write a row for each event, refuse what is poisoned, and can be made to crash."""

    def __init__(self, database: ServiceDatabase) -> None:
        self.database = database
        self.poisoned: set[str] = set()
        self.deadly: set[str] = set()
        self.without_database: set[str] = set()
        self.calls = 0
        self.crash_before_commit = False
        self.crash_after_commit = False
        self.applier = Applier(
            subscriptions=[
                event(OPENED, do=self.one),
                event(CLOSED, do=self.one),
                events("*.access.*.v1", do=self.many),
            ],
            open_work=self.open_work,
        )
        self.replay = Replay(self.applier)

    def starts_again(self) -> None:
        """Another life of the process."""
        self.crash_before_commit = self.crash_after_commit = False
        self.replay = Replay(self.applier)

    @contextmanager
    def open_work(self, batch: list[Received]) -> Iterator[Work]:
        with lane_work(self.database.lane, service="intake") as work:
            yield work
            if self.crash_before_commit:
                raise Crash
        if self.crash_after_commit:
            raise Crash

    def one(self, work: Work, *, event: Received) -> None:
        self.many(work, events=[event])

    def many(self, work: Work, *, events: list[Received]) -> None:
        self.calls += 1
        for each in events:
            if each.subject in self.deadly:
                raise Crash
            if each.subject in self.without_database:
                work.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
            if each.subject in self.poisoned or each.data.get("poison"):
                raise Poisoned(f"a text that may name a person: {each.data}")
            work.session.execute(
                text("INSERT INTO effects (event_id, subject, version, call) VALUES (:e, :s, :v, :c)"),
                {"e": each.id, "s": each.subject, "v": each.version, "c": self.calls},
            )

    def effects(self) -> list[tuple[str, int | None]]:
        with self.database.lane() as session:
            return [
                tuple(row) for row in session.execute(text("SELECT subject, version FROM effects ORDER BY n"))
            ]

    def parked(self) -> list[tuple[str, int | None, str]]:
        with self.database.lane() as session:
            rows = session.query(ParkedEvent).order_by(ParkedEvent.id)
            return [(row.subject, row.version, row.reason) for row in rows]

    def ask_for_replay(self, subject: str) -> None:
        with self.database.lane.begin() as session:
            session.execute(
                text("UPDATE parked_events SET replay_requested_at = now() WHERE subject = :s"),
                {"s": subject},
            )

    def replay_all(self) -> None:
        while self.replay.one():
            pass


def brought(
    subject: str,
    version: int | None,
    *,
    key: str = OPENED,
    id: UUID | None = None,
    returned: int = 0,
    **data: Any,
) -> Delivery:
    """An event as the broker brings it, `returned` times already."""
    happened = Event(key=key, subject=subject, data=data, id=id or uuid4(), time=datetime.now(UTC))
    body = encode(happened, source="cases", version=version, traceparent=None)
    return Delivery(event=decode(body), body=body, returned=returned)


class Time:
    """Moves on as far as the course asks."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def run(self, course: Course) -> list[Delivery]:
        """Let the course settle all that it holds; tells in which order it did."""
        settled = []
        while course.waiting:
            pause = course.next_event(now=self.now, at_most=60.0)
            self.pauses.append(pause)
            self.now += pause
            course.step(now=self.now)
            settled += course.take_settled()[0]
        return settled

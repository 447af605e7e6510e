"""Publishing to a lane that runs in a process of its own, and seeing what it did."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import amqp
from sqlalchemy import text

from chassis.events import Event, encode
from chassis.inbox import ParkedEvent
from chassis.testing import ServiceDatabase
from chassis.testing_messages import Program, connect, eventually

WORKER = str(Path(__file__).parent / "messages_worker.py")
OPENED, CLOSED = "cases.case.opened.v1", "cases.case.closed.v1"
GIVEN, WITHDRAWN = "consent.consent.given.v1", "consent.consent.withdrawn.v1"
HEARTBEAT = "consent.heartbeat.sent.v1"
CONTRACTS = {key: {"consumers": ["intake"]} for key in (OPENED, CLOSED, GIVEN, WITHDRAWN, HEARTBEAT)}


class Bus:
    """Publishes for a service, each subject in order, waiting for the broker's confirm."""

    def __init__(self, url: str, *, source: str = "cases") -> None:
        self._connection = connect(url)
        self._channel = self._connection.channel()
        self._channel.confirm_select()
        self._source = source
        self._versions: dict[str, int] = {}

    def publish(
        self,
        subject: str,
        *,
        key: str = OPENED,
        id: UUID | None = None,
        version: int | None = None,
        **data: Any,
    ) -> UUID:
        """One event, of the next version of its subject unless another is named."""
        if version is None:
            version = self._versions[subject] = self._versions.get(subject, 0) + 1
        happened = Event(key=key, subject=subject, data=data, id=id or uuid4(), time=datetime.now(UTC))
        self.publish_body(encode(happened, source=self._source, version=version, traceparent=None), key=key)
        return happened.id

    def publish_body(self, body: bytes, *, key: str = OPENED) -> None:
        """Any bytes, as an event."""
        message = amqp.Message(body, delivery_mode=2)
        self._channel.basic_publish_confirm(message, "icm.events", key, mandatory=True, confirm_timeout=20)

    def close(self) -> None:
        """Publish no more."""
        self._connection.close()


def lane(url: str, database_url: str, **settings: str) -> Program:
    """A lane of intake in a process of its own."""
    given = {"part": "lane", "service": "intake", "amqp_url": url, "database_url": database_url, **settings}
    return Program([WORKER, json.dumps(given)])


def lives_until(done: Callable[[], bool], start: Callable[[], Program], *, at_most: int) -> int:
    """Start the program again whenever it has died, as a supervisor does, until all is done; how often it died."""
    for deaths in range(at_most + 1):
        with start() as living:
            eventually(lambda living=living: living.ended or done())
            if done():
                return deaths
    raise AssertionError(f"it died {at_most + 1} times, and what was waited for did not happen")


def effects(database: ServiceDatabase, subject: str | None = None) -> list[int]:
    """The versions that had an effect, in the order in which they had it."""
    query = "SELECT version FROM effects WHERE :s = '' OR subject = :s ORDER BY n"
    with database.lane() as session:
        return list(session.scalars(text(query), {"s": subject or ""}))


def parked(database: ServiceDatabase) -> list[tuple[str, int | None, str]]:
    """What stands aside, in order."""
    with database.lane() as session:
        rows = session.query(ParkedEvent).order_by(ParkedEvent.id)
        return [(row.subject, row.version, row.reason) for row in rows]


def ask_for_replay(database: ServiceDatabase) -> None:
    """Somebody wants all that is parked to be applied."""
    with database.owner.begin() as connection:
        connection.execute(text("UPDATE parked_events SET replay_requested_at = now()"))


def make_deadly(database: ServiceDatabase, subject: str) -> None:
    """From now on no process survives an event of the subject."""
    with database.owner.begin() as connection:
        connection.execute(text("INSERT INTO deadly VALUES (:s)"), {"s": subject})


def mend(database: ServiceDatabase) -> None:
    """Nothing is deadly any more, and somebody asks for what is parked."""
    with database.owner.begin() as connection:
        connection.execute(text("DELETE FROM deadly"))
    ask_for_replay(database)


def waiting_in(queue: str, urls: dict[str, str]) -> int:
    """Messages that are ready in a queue."""
    with connect(urls["admin"]) as connection:
        return int(connection.channel().queue_declare(queue, passive=True).message_count)

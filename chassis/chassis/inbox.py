"""What a service remembers of the events it was sent: which it has seen, how far each subject is, what is parked.

These tables are written in the transaction that applies the events, so that effect and memory cannot differ
(rule 6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, Identity, Index, Integer, Text, and_, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from chassis import moment
from chassis.database import Base
from chassis.events import Received

Subject = tuple[str, str]
Handler = TypeVar("Handler", bound=Callable[..., object])

LOCK = 0x1C0_1A4E
REMEMBER = timedelta(days=30)
PRUNE_AT_ONCE = 20_000

OUT_OF_ORDER = "out_of_order"
BEHIND = "behind_a_parked_event"
CAME_TOO_OFTEN = "came_too_often"
CRASHES = "crashes_consumer"
UNREADABLE = "unreadable"


class InboxSeen(Base):
    """An event that was applied or parked; the broker may bring it again."""

    __tablename__ = "inbox_seen"
    __at_the_door__ = ()
    __table_args__ = (Index("ix_inbox_seen_seen_at", "seen_at"),)

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]


class InboxSubject(Base):
    """The version of the last event of a subject that was applied."""

    __tablename__ = "inbox_subjects"
    __at_the_door__ = ()

    source: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)


class ParkedEvent(Base):
    """An event that could not be applied, or follows one of its subject that could not; in order of id."""

    __tablename__ = "parked_events"
    # Callers' transactions ask whether news of consent waits here, and nothing of what the news says (CO-8).
    __at_the_door__ = ("SELECT (key)",)
    __table_args__ = (Index("ix_parked_events_source_subject_id", "source", "subject", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    version: Mapped[int | None] = mapped_column(BigInteger)
    key: Mapped[str] = mapped_column(Text)
    event_id: Mapped[UUID]
    body: Mapped[bytes]
    reason: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer)
    parked_at: Mapped[datetime]
    replay_requested_at: Mapped[datetime | None]
    # Which life of a lane began to apply it and has not said how that ended; how many such lives have ended.
    begun_by: Mapped[UUID | None]
    crashes: Mapped[int] = mapped_column(Integer, server_default="0")


# Parked events that later ones of their subject must wait for. An event that came too late holds nobody up.
IN_LINE = and_(ParkedEvent.version.is_not(None), ParkedEvent.reason != OUT_OF_ORDER)


def in_line(row: ParkedEvent) -> bool:
    """Whether later events of the subject wait for this one."""
    return row.version is not None and row.reason != OUT_OF_ORDER


@dataclass
class Standing:
    """Where a batch of events meets what is known: which are new, how far subjects are, which are parked."""

    fresh: set[UUID] = field(default_factory=set)
    versions: dict[Subject, int] = field(default_factory=dict)
    parked: set[Subject] = field(default_factory=set)

    def why_not(self, event: Received) -> str:
        """The reason for which an event may not be applied now; empty when it may."""
        if event.version is None:
            return ""
        subject = (event.source, event.subject)
        if event.version <= self.versions.get(subject, 0):
            return OUT_OF_ORDER
        return BEHIND if subject in self.parked else ""

    def reaches(self, event: Received) -> None:
        """The event is as far as its subject has come."""
        if event.version is not None:
            self.versions[event.source, event.subject] = event.version

    def has_parked(self, event: Received) -> None:
        """The event waits, and later ones of its subject wait behind it."""
        if event.version is not None:
            self.parked.add((event.source, event.subject))


_NOTE = text(
    """
    WITH given AS (
        SELECT * FROM json_to_recordset(CAST(:events AS json)) AS g (id uuid, source text, subject text)
    ), subjects AS (
        SELECT DISTINCT source, subject FROM given
    ), fresh AS (
        INSERT INTO inbox_seen (event_id, seen_at)
        SELECT id, :now FROM given ON CONFLICT DO NOTHING
        RETURNING event_id
    ) SELECT 'fresh' AS what, event_id, NULL AS source, NULL AS subject, NULL AS version FROM fresh UNION
    ALL SELECT 'version', NULL, s.source, s.subject, s.version FROM inbox_subjects s JOIN subjects USING
    (source, subject) UNION ALL SELECT DISTINCT 'parked', CAST(NULL AS uuid), p.source, p.subject, CAST(NULL
    AS bigint)
        FROM parked_events p JOIN subjects USING (source, subject) WHERE p.version IS NOT NULL AND p.reason <>
        'out_of_order'
    """
)
_ADVANCE = text(
    """
    INSERT INTO inbox_subjects AS s (source, subject, version)
    SELECT * FROM json_to_recordset(CAST(:reached AS json)) AS g (source text, subject text, version bigint)
    ON CONFLICT (source, subject) DO UPDATE SET version = greatest(s.version, excluded.version)
    """
)
_PRUNE = text(
    """
    DELETE FROM inbox_seen WHERE event_id IN
        (SELECT event_id FROM inbox_seen WHERE seen_at < :before ORDER BY seen_at LIMIT :most)
    """
)


def tells_of_its_source(handler: Handler) -> Handler:
    """Mark a handler whose event says that all earlier ones of its source are known: it waits until they are (CO-8)."""
    handler.tells_of_its_source = True  # type: ignore[attr-defined]
    return handler


def overtaken(session: Session, event: Received) -> bool:
    """Whether a later event of the subject was applied here before this one, which somebody replays by hand."""
    if event.version is None:
        return False
    known = session.get(InboxSubject, (event.source, event.subject))
    return known is not None and known.version > event.version


def take_the_lane(session: Session) -> None:
    """Let nobody else apply events to this database until the transaction ends.

    The broker keeps one consumer active; this covers the moment when it has changed and the old one is not
    finished.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def note(session: Session, events: Sequence[Received]) -> Standing:
    """Remember the events as seen and tell how they stand; one round trip."""
    standing = Standing()
    rows = session.execute(
        _NOTE,
        {
            "events": orjson.dumps(
                [{"id": each.id, "source": each.source, "subject": each.subject} for each in events]
            ).decode(),
            "now": moment.now(),
        },
    )
    for what, event_id, source, subject, version in rows:
        if what == "fresh":
            standing.fresh.add(event_id)
        elif what == "version":
            standing.versions[source, subject] = version
        else:
            standing.parked.add((source, subject))
    return standing


def advance(session: Session, versions: dict[Subject, int]) -> None:
    """Remember how far these subjects are now."""
    if not versions:
        return
    reached = [
        {"source": source, "subject": subject, "version": version}
        for (source, subject), version in sorted(versions.items())
    ]
    session.execute(_ADVANCE, {"reached": orjson.dumps(reached).decode()})


def park(
    session: Session,
    events: Iterable[tuple[Received, bytes]],
    *,
    reason: str,
    attempts: int,
    replay_from: datetime | None = None,
) -> None:
    """Keep events, in order, for somebody to look at and replay; with `replay_from` the lane replays them by itself.

    `reason` is a code, never a text of a person.
    """
    now = moment.now()
    for event, body in events:
        session.add(
            ParkedEvent(
                source=event.source, subject=event.subject, version=event.version, key=event.key,
                event_id=event.id, body=body, reason=reason, attempts=attempts, parked_at=now,
                replay_requested_at=replay_from,
            )
        )  # fmt: skip
        session.flush()  # one by one: ids must grow in the order of the events


def forget_old(session: Session) -> int:
    """Forget events seen longer ago than any broker would bring them again; returns how many (at most a part)."""
    before = moment.now() - REMEMBER
    done = session.execute(_PRUNE, {"before": before, "most": PRUNE_AT_ONCE})
    return int(getattr(done, "rowcount", 0))

"""Events, written in the transaction that made them true, wait here until they are published (rule 3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, Identity, Index, Text
from sqlalchemy.orm import Mapped, Session, mapped_column

from chassis import moment
from chassis.database import Base, run
from chassis.events import Event, encode

CHANNEL = "icm_outbox"
# Transactions that notify commit one after the other, each waiting for the disk. So a busy relay, which looks by itself
# every few milliseconds, holds this lock; only while it is free does a transaction ring.
BELL = 0x1C0_BE11


class OutboxMessage(Base):
    """One event that is committed and not yet known to be published. Rows of a subject have growing ids."""

    __tablename__ = "outbox"
    # Callers' transactions write into it and read nothing of what others have written.
    __at_the_door__ = ("INSERT",)
    __table_args__ = (Index("ix_outbox_subject_id", "subject", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[UUID]
    key: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    subject_version: Mapped[int | None] = mapped_column(BigInteger)
    body: Mapped[bytes]
    traceparent: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]


class SubjectVersion(Base):
    """How many ordered events a subject has had; locked from an event to the end of its transaction."""

    __tablename__ = "subject_versions"
    __at_the_door__ = ("SELECT", "INSERT", "UPDATE")

    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)


# One round trip, however many events. Subjects are locked in one order, so that two transactions cannot wait
# for each other here; ids are taken after the lock, so a later event of a subject never has a lower id.
_APPEND = """
    WITH given AS (
        SELECT * FROM json_to_recordset(CAST(%(events)s AS json))
            AS g (place integer, event_id uuid, key text, subject text, ordered boolean, body text)
    ), counted AS (
        SELECT subject, count(*) AS events FROM given WHERE ordered GROUP BY subject ORDER BY subject
    ), counted_up AS (
        INSERT INTO subject_versions AS v (subject, version) SELECT subject, events FROM counted
        ON CONFLICT (subject) DO UPDATE SET version = v.version + excluded.version
        RETURNING subject, version
    ), numbered AS (
        SELECT g.*, u.version - c.events + row_number() OVER (PARTITION BY g.subject, g.ordered ORDER BY
        g.place)
            AS subject_version
        FROM given g
        LEFT JOIN counted c ON g.ordered AND c.subject = g.subject
        LEFT JOIN counted_up u ON u.subject = c.subject
    ), written AS (
        INSERT INTO outbox (event_id, key, subject, subject_version, body, traceparent, created_at)
        SELECT event_id, key, subject, subject_version,
            convert_to(
                CASE WHEN subject_version IS NULL THEN body
                     ELSE left(body, -1) || ',"subjectversion":' || subject_version || '}' END, 'UTF8'
            ),
            %(traceparent)s, %(written_at)s
        FROM numbered ORDER BY place
    )
    SELECT pg_notify(%(channel)s, '') WHERE pg_try_advisory_xact_lock_shared(%(bell)s)
"""


def append(session: Session, events: Sequence[Event], *, source: str, traceparent: str | None) -> None:
    """Write the events, in order, into the outbox of this transaction, in one statement.

    An ordered event gets the next version of its subject and keeps the subject locked until the transaction
    ends, so call this last. `source` is the service; `traceparent` is that of the span in which the events
    happened.
    """
    if not events:
        return
    given = [
        {
            "place": place,
            "event_id": each.id,
            "key": each.key,
            "subject": each.subject,
            "ordered": each.ordered,
            # The version is known to the statement only, which puts it in front of the closing brace.
            "body": encode(each, source=source, version=None, traceparent=traceparent).decode(),
        }
        for place, each in enumerate(events)
    ]
    run(
        session,
        _APPEND,
        {
            "events": orjson.dumps(given).decode(),
            "traceparent": traceparent,
            "written_at": moment.now(),
            "channel": CHANNEL,
            "bell": BELL,
        },
    )

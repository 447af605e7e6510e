"""Events, written in the transaction that made them true, wait here until they are published (rule 3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, Text, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from chassis import moment
from chassis.database import Base
from chassis.events import Event, encode

CHANNEL = "icm_outbox"


class OutboxMessage(Base):
    """One event that is committed and not yet known to be published. Rows of a subject have growing ids."""

    __tablename__ = "outbox"
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

    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)


# One round trip, however many events. Subjects are locked in one order, so that two transactions cannot wait
# for each other here; ids are taken after the lock, so a later event of a subject never has a lower id.
_APPEND = text(
    """
    WITH given AS (
        SELECT * FROM unnest(
            CAST(:ids AS uuid[]), CAST(:keys AS text[]), CAST(:subjects AS text[]),
            CAST(:ordered AS boolean[]), CAST(:bodies AS bytea[])
        ) WITH ORDINALITY AS g (event_id, key, subject, ordered, body, place)
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
            CASE WHEN subject_version IS NULL THEN body
                 ELSE substring(body FROM 1 FOR octet_length(body) - 1)
                      || convert_to(',"subjectversion":' || subject_version || '}', 'UTF8') END,
            :traceparent, :written_at
        FROM numbered ORDER BY place
    )
    SELECT pg_notify(:channel, '')
    """
)


def append(session: Session, events: Sequence[Event], *, source: str, traceparent: str | None) -> None:
    """Write the events, in order, into the outbox of this transaction, in one statement.

    An ordered event gets the next version of its subject and keeps the subject locked until the transaction
    ends, so call this last. `source` is the service; `traceparent` is that of the span in which the events
    happened.
    """
    if not events:
        return
    session.execute(
        _APPEND,
        {
            "ids": [each.id for each in events],
            "keys": [each.key for each in events],
            "subjects": [each.subject for each in events],
            "ordered": [each.ordered for each in events],
            # The version is known to the statement only: it puts it in front of the closing brace.
            "bodies": [encode(each, source=source, version=None, traceparent=traceparent) for each in events],
            "traceparent": traceparent,
            "written_at": moment.now(),
            "channel": CHANNEL,
        },
    )

"""What a service remembers of the events that it has applied, and those that it could not apply (rule 6)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from chassis import moment
from chassis.database import Base


class InboxSeen(Base):
    """An event that was applied or parked; a second delivery of it has no effect."""

    __tablename__ = "inbox_seen"

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(default=moment.now, index=True)


class InboxSubject(Base):
    """The version of the newest event applied of one subject of one source."""

    __tablename__ = "inbox_subjects"

    source: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)


class ParkedEvent(Base):
    """An event that failed, or that follows a failed one of its subject; kept in order until it is replayed."""

    __tablename__ = "parked_events"
    __table_args__ = (Index("ix_parked_events_source_subject", "source", "subject", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(unique=True)
    source: Mapped[str]
    subject: Mapped[str]
    version: Mapped[int | None] = mapped_column(BigInteger)
    key: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    reason: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    parked_at: Mapped[datetime] = mapped_column(default=moment.now)
    replay_requested_at: Mapped[datetime | None]

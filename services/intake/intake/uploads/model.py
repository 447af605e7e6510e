"""Uploads: a file on its way in, its parts, what became of each row, and rows that wait for a worker (IN-9)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database import Base, Protection
from chassis.ids import new_id

OPEN = ("receiving", "waiting", "applying")
OUTCOMES = ("applied", "unchanged", "superseded", "held", "unmatched", "refused")


class Upload(Base):
    """One file of one system: declared, received in parts, then applied in batches.

    `read_up_to` is the byte at which the next batch begins, always the first byte of a row, unless `skipping`: then
    it stands inside a row that is too long and whose end has not been found yet. `rows_read` and `lines_read` count
    what lies before, the header among the lines. Each batch moves all of it together with its effects, so that a
    crash repeats nothing. `failures` counts the batches in a row that could not be applied: each is tried again with
    fewer rows, until the row is alone that nobody foresaw.
    """

    __tablename__ = "uploads"
    __own_rows__ = "system"
    __table_args__ = (
        CheckConstraint(
            "state IN ('receiving', 'waiting', 'applying', 'done', 'refused', 'cancelled', 'expired')",
            name="state",
        ),
        CheckConstraint("(state IN ('receiving', 'waiting', 'applying')) = (ended_at IS NULL)", name="ended"),
        CheckConstraint("read_up_to BETWEEN 0 AND size", name="read_up_to"),
        Index(
            "ix_uploads_at_work",
            "worked_at",
            postgresql_where=text("state IN ('waiting', 'applying')"),
        ),
        Index(
            "uq_uploads_open",
            "system",
            "sha256",
            unique=True,
            postgresql_where=text("state IN ('receiving', 'waiting', 'applying')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    system: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    rows_declared: Mapped[int]
    columns_version: Mapped[int]
    columns: Mapped[list[str]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(default="receiving")
    because: Mapped[str | None]
    declared_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    began_at: Mapped[datetime | None]
    worked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    read_up_to: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_read: Mapped[int] = mapped_column(default=0)
    lines_read: Mapped[int] = mapped_column(default=0)
    skipping: Mapped[bool] = mapped_column(default=False)
    failures: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    applied: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    superseded: Mapped[int] = mapped_column(default=0)
    held: Mapped[int] = mapped_column(default=0)
    unmatched: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)

    parts: Mapped[list[UploadPart]] = relationship(order_by="UploadPart.number", viewonly=True)

    @property
    def received(self) -> int:
        """How many bytes have come in."""
        return sum(part.size for part in self.parts)

    @property
    def remaining(self) -> int:
        """How many rows are left to read, by what was declared."""
        return 0 if self.ended_at is not None else max(0, self.rows_declared - self.rows_read)

    @property
    def rows_per_second(self) -> int | None:
        """How fast the rows were worked through so far; None before the first."""
        if self.began_at is None or self.worked_at is None or not self.rows_read:
            return None
        return round(self.rows_read / max(0.001, (self.worked_at - self.began_at).total_seconds()))

    def end(self, state: str, *, at: datetime, because: str | None = None) -> None:
        """Nothing more happens with it."""
        self.state, self.ended_at, self.because = state, at, because


class UploadPart(Base):
    """A piece of the file as it came; its content goes once the rows in it are done."""

    __tablename__ = "upload_parts"
    __own_rows__ = "system"
    __table_args__ = (CheckConstraint("number > 0 AND size > 0", name="number"),)

    upload_id: Mapped[UUID] = mapped_column(ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    system: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    starts_at: Mapped[int | None] = mapped_column(BigInteger)
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)


class UploadRow(Base):
    """What became of one row. Where it was refused, which columns broke which rules; nothing of what they said.

    `reference_key` is a digest of the sender's reference, to notice the same one twice in a file.
    """

    __tablename__ = "upload_rows"
    __own_rows__ = "system"
    __table_args__ = (
        CheckConstraint(
            "outcome IN ('applied', 'unchanged', 'superseded', 'held', 'unmatched', 'refused')",
            name="outcome",
        ),
        Index(
            "uq_upload_rows_reference",
            "upload_id",
            "reference_key",
            unique=True,
            postgresql_where=text("reference_key IS NOT NULL"),
        ),
    )

    upload_id: Mapped[UUID] = mapped_column(ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    system: Mapped[str]
    line: Mapped[int]
    outcome: Mapped[str]
    faults: Mapped[list[dict[str, Any]]]
    reference_key: Mapped[bytes | None] = mapped_column(LargeBinary)


class HeldRow(Base):
    """A row whose person is not certain: a worker of intake says who it is, or that it is none of ours.

    `told` is what the system said of the person, kept until that is decided; `told_key` is a digest of it, so that the
    same row sent again gets the same answer without being asked again. `settled_at` is when a choice was carried out.
    """

    __tablename__ = "held_rows"
    __protected__ = Protection(links=[("held_row", "id")], categories=("identity",))
    __table_args__ = (
        CheckConstraint("because IN ('ambiguous', 'unmatched')", name="because"),
        CheckConstraint("decision IN ('chosen', 'none')", name="decision"),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(decision IS NOT DISTINCT FROM 'chosen') = (person_id IS NOT NULL)", name="chosen"),
        Index("uq_held_rows_reference", "system", "reference", unique=True),
        Index("ix_held_rows_open", "id", postgresql_where=text("decision IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    system: Mapped[str]
    reference: Mapped[str]
    because: Mapped[str]
    told: Mapped[dict[str, Any] | None]
    told_key: Mapped[bytes] = mapped_column(LargeBinary)
    involvement: Mapped[dict[str, Any]]
    told_at: Mapped[datetime]
    held_at: Mapped[datetime]
    decision: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    settled_at: Mapped[datetime | None]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("listings.id"))

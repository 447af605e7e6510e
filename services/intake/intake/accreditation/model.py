"""Accredited outside systems: for whom each may speak, and from when until when (IN-9)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base, Timestamps, Versioned
from chassis.ids import new_id


class Accreditation(Versioned, Timestamps, Base):
    """One outside system, by the subject of its own sign-in, and what it was accredited for.

    It speaks for these organisations, in these sectors, from the first day to the last. After that, or once revoked,
    nothing more is taken from it; what it told before stays, and goes a year after its end like everything else.
    """

    __tablename__ = "accreditations"
    __table_args__ = (
        CheckConstraint("valid_until >= valid_from", name="period"),
        CheckConstraint("cardinality(organisations) > 0 AND cardinality(sectors) > 0", name="for_somebody"),
        CheckConstraint("most_rows > 0 AND most_open_uploads > 0", name="limits"),
        CheckConstraint("(ended_at IS NULL) = (ended_because IS NULL)", name="an_end_has_a_reason"),
        CheckConstraint("ended_because IN ('revoked', 'expired')", name="ended_because"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    system: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    organisations: Mapped[list[str]]
    sectors: Mapped[list[str]]
    valid_from: Mapped[date]
    valid_until: Mapped[date]
    accredited_by: Mapped[str]
    most_rows: Mapped[int]
    most_open_uploads: Mapped[int]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]
    ended_by: Mapped[str | None]

    def is_live(self, *, today: date) -> bool:
        """Whether the system may tell anything on this day."""
        return self.ended_at is None and self.valid_from <= today <= self.valid_until

    def speaks_for(self, organisation: str) -> bool:
        """Whether the system may tell of this organisation's involvements."""
        return organisation in self.organisations

    def end(self, *, at: datetime, because: str, by: str | None = None) -> None:
        """It is over; the first end that was told stays."""
        if self.ended_at is None:
            self.ended_at, self.ended_because, self.ended_by = at, because, by

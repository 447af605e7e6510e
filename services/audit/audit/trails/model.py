"""What the trail needs to know of other services: teams, leads, closings, restrictions; ids only (AU-3)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base

STAFF = "staff"


class TeamPlace(Base):
    """A membership of the team of a case, as far as events have told of it, in whatever order they came."""

    __tablename__ = "team_places"
    __table_args__ = (Index("ix_team_places_case_id", "case_id"),)

    membership_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    worker: Mapped[str]
    standing: Mapped[str | None]
    joined_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    closed_to_at: Mapped[datetime | None]

    @property
    def opens_the_case(self) -> bool:
        """Whether a present member of the staff holds it; one whose standing was never told opens nothing."""
        present = self.joined_at is not None and self.left_at is None and self.closed_to_at is None
        return present and self.standing == STAFF


class CaseCourse(Base):
    """When a case was last opened, since when it is closed, and who led it last."""

    __tablename__ = "case_courses"

    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    lead: Mapped[str | None]
    lead_since: Mapped[datetime | None]

    def opens(self, at: datetime) -> None:
        """It is open, unless it was closed later than that."""
        self.opened_at = max(at, self.opened_at or at)
        if self.closed_at is not None and self.closed_at <= at:
            self.closed_at = None

    def closes(self, at: datetime) -> None:
        """It is closed, unless it was opened again later than that."""
        if self.opened_at is None or self.opened_at <= at:
            self.closed_at = max(at, self.closed_at or at)


class RestrictedPerson(Base):
    """The newest word about whether a person's records are restricted.

    Only for what the team of a case is told: entries themselves are never hidden from those who oversee (0012).
    """

    __tablename__ = "restricted_persons"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    restricted: Mapped[bool]
    as_of: Mapped[datetime]

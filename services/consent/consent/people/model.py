"""The table of people whom intake has recorded: a decision can be about nobody else."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base


class KnownPerson(Base):
    """A person whom intake has recorded; the identifier and nothing else."""

    __tablename__ = "known_persons"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    known_since: Mapped[datetime]

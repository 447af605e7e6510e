"""Tables of who is known and who belongs to which case: a service is authorised for nobody else."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base


class PersonOnRecord(Base):
    """A person whom intake has recorded; the identifier and nothing else."""

    __tablename__ = "persons_on_record"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    known_since: Mapped[datetime]


class PersonInCase(Base):
    """That a person belongs to a case; two identifiers and nothing else."""

    __tablename__ = "persons_in_cases"

    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)

"""Tables of who is known and who belongs to which case: a service is authorised for nobody else."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base
from chassis.on_record import OnRecord


class PersonOnRecord(OnRecord):
    """Whoever services may be authorised for."""

    __tablename__ = "persons_on_record"


class PersonInCase(Base):
    """That a person belongs to a case; two identifiers and nothing else."""

    __tablename__ = "persons_in_cases"

    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)

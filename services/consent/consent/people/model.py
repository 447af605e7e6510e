"""Tables of whom intake has recorded, and of the sign-ins that it linked to them as a parent's or carer's."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base
from chassis.on_record import OnRecord


class KnownPerson(OnRecord):
    """Whoever a decision can be about."""

    __tablename__ = "known_persons"


class LinkedSignIn(Base):
    """A sign-in of a parent or carer of the person; it opens nothing, and tells the rules whose it is (CO-3)."""

    __tablename__ = "linked_sign_ins"
    __at_the_door__ = ("SELECT",)

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)

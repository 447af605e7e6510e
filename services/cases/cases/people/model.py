"""Persons and their sign-ins, as intake told them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base
from chassis.ids import new_id
from chassis.on_record import OnRecord


class RecordedPerson(OnRecord):
    """Whoever may be named as a member of a family."""

    __tablename__ = "recorded_persons"


class RollCallWanted(Base):
    """That intake is to tell everybody whom it holds, since when that is wanted and when it was asked last.

    `heard_up_to` is the last identifier of the answer so far: its parts count one after the other, none left out.
    """

    __tablename__ = "roll_calls_wanted"
    __at_the_door__ = ("SELECT",)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    since: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    heard_up_to: Mapped[UUID | None]


class LinkedAccount(Base):
    """A sign-in that intake has linked to a person: the person's own, a parent's or a carer's.

    Not under need-to-know: no door shows it, and a team is protected from a violent relative only when the
    check sees all of it.
    """

    __tablename__ = "linked_accounts"
    __table_args__ = (UniqueConstraint("account", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(index=True)
    relation: Mapped[str]
    linked_at: Mapped[datetime]

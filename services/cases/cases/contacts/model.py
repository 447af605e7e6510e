"""Contacts with the client."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.casefile.model import Case
from cases.confidence.model import Confidence, in_case, in_force
from chassis.database import Base, Protection, Timestamps
from chassis.ids import new_id


class Contact(Timestamps, Base):
    """A contact as somebody recorded it (CA-7).

    The table is append-only: an amendment is a later row that refers to the one it corrects, and each row is
    amended at most once, so that what counts is always the end of one chain.
    """

    __tablename__ = "contacts"
    __protected__ = Protection(
        through=("case_id", Case),
        categories=("notes",),
        person="person_id",
        apart=in_case(items=("id", "amends"), persons=("person_id",), workers=("author",)),
    )
    __append_only__ = True
    __table_args__ = (
        CheckConstraint("length_minutes BETWEEN 1 AND 1440", name="length_minutes"),
        CheckConstraint("(amends IS NULL) = (reason_for_amending IS NULL)", name="amended_for_a_reason"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    person_id: Mapped[UUID]
    took_place_at: Mapped[datetime]
    means: Mapped[str]
    place: Mapped[str]
    in_community: Mapped[bool]
    length_minutes: Mapped[int]
    note: Mapped[str | None]
    author: Mapped[str]
    organisation: Mapped[str | None]
    recorded_at: Mapped[datetime]
    amends: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id"), unique=True)
    reason_for_amending: Mapped[str | None]

    visibility: Mapped[Confidence | None] = relationship(**in_force("Contact"))
    amendment: Mapped[Contact | None] = relationship(
        lazy="selectin", join_depth=1, uselist=False, viewonly=True, remote_side=[amends]
    )

    @property
    def amended_by(self) -> UUID | None:
        """The later record that corrects this one."""
        return self.amendment.id if self.amendment is not None else None

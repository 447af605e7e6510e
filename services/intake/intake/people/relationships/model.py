"""Relationships: the table, and what is always true of it (IN-7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base, Protection
from chassis.ids import new_id
from intake.people.periods import HasPeriod


class Relationship(HasPeriod, Base):
    """What another is to a person, as was told from this person's side: "the other is this person's <kind>".

    The other has a record here (`other_id`), or only a name. The row is seen from the other's side too, read backwards,
    unless the other must not be told: `shown_to_id` is then empty, and no grant on the other's record reaches the row.
    """

    __tablename__ = "relationships"
    __protected__ = Protection(
        links=[("person", "person_id"), ("person", "shown_to_id")], categories=("family",), sides=True
    )
    __table_args__ = (
        CheckConstraint("other_id <> person_id", name="not_with_oneself"),
        CheckConstraint("(other_id IS NULL) <> (other_name IS NULL)", name="with_somebody"),
        CheckConstraint("other_name IS NOT NULL OR reached_by IS NULL", name="reached_by_their_own_record"),
        CheckConstraint("shown_to_id IS NULL OR shown_to_id = other_id", name="shown_to_the_other"),
        CheckConstraint("NOT must_not_be_told OR shown_to_id IS NULL", name="hidden_from_the_other"),
        CheckConstraint("used_until >= used_from", name="period"),
        Index(
            "uq_relationships_in_use",
            "person_id",
            "other_id",
            "kind",
            unique=True,
            postgresql_where=text("used_until IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), index=True)
    other_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"), index=True)
    shown_to_id: Mapped[UUID | None] = mapped_column(index=True)
    other_name: Mapped[str | None]
    reached_by: Mapped[str | None]
    kind: Mapped[str]
    in_their_words: Mapped[str | None]
    emergency_contact: Mapped[bool] = mapped_column(default=False)
    must_not_be_told: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str | None]

    def flag(self, *, emergency_contact: bool, must_not_be_told: bool) -> None:
        """Say whether the other is to be called in need, and whether they must not be told."""
        self.emergency_contact, self.must_not_be_told = emergency_contact, must_not_be_told
        self.shown_to_id = None if must_not_be_told else self.other_id


@dataclass(frozen=True)
class Related:
    """One relationship from one side. Without `other_name` the other is somebody whom the reader may not see."""

    id: UUID
    kind: str
    in_their_words: str | None
    other_id: UUID | None
    other_name: str | None
    reached_by: str | None
    other_withheld: bool
    emergency_contact: bool
    must_not_be_told: bool
    note: str | None
    told_from_here: bool
    used_from: date | None
    used_until: date | None

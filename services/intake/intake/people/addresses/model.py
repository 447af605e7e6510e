"""Addresses: the table, and what is always true of it (IN-7)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, validates

from chassis.database import Base, Protection
from chassis.ids import new_id
from intake.people.addresses.postal import postal_key
from intake.people.periods import HasPeriod


class Address(HasPeriod, Base):
    """Where a person lives, gets mail or can be found, and whether mail and visits are safe there.

    `place` says in words where somebody without a fixed address can be found. `postal_key` is the postal code in one
    spelling, to compare by.
    """

    __tablename__ = "addresses"
    __protected__ = Protection(links=[("person", "person_id")], categories=("contact",))
    __table_args__ = (
        CheckConstraint(
            "kind IN ('home', 'mailing', 'temporary', 'shelter', 'institution', 'found_at')", name="kind"
        ),
        CheckConstraint("coalesce(street, locality, postal_code, place) IS NOT NULL", name="says_something"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
        CheckConstraint("used_until >= used_from", name="period"),
        Index("ix_addresses_postal_key", "postal_key", "person_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), index=True)
    kind: Mapped[str]
    street: Mapped[str | None]
    unit: Mapped[str | None]
    locality: Mapped[str | None]
    province: Mapped[str | None]
    postal_code: Mapped[str | None]
    postal_key: Mapped[str | None] = mapped_column(Text(collation="C"))
    country: Mapped[str] = mapped_column(default="CA")
    place: Mapped[str | None]
    safe_to_send_mail: Mapped[bool]
    safe_to_visit: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str | None]

    @property
    def same_as(self) -> tuple[str | None, ...]:
        """What makes it this address and no other."""
        words = (self.street, self.unit, self.locality, self.province, self.country, self.place)
        return (self.kind, self.postal_key, *(word.casefold() if word else None for word in words))

    @validates("postal_code")
    def _spell_alike(self, _: str, told: str | None) -> str | None:
        self.postal_key = postal_key(told) if told else None
        return told

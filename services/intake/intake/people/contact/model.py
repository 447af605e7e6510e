"""Ways to reach a person: the table, and what is always true of it (IN-7)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, validates

from chassis.database import Base, Protection
from chassis.ids import new_id
from intake.people.contact.numbers import mail_key, number_key
from intake.people.periods import HasPeriod

_KEYS = {"phone": number_key, "email": mail_key}


def contact_key(kind: str, value: str) -> str | None:
    """The one spelling by which two ways to reach somebody are compared; None for kinds that are free text."""
    return _KEYS[kind](value) if kind in _KEYS else None


class ContactPoint(HasPeriod, Base):
    """One way to reach a person, and whether it is safe to use. `value` is as typed, `value_key` to compare by."""

    __tablename__ = "contact_points"
    __protected__ = Protection(links=[("person", "person_id")], categories=("contact",))
    __table_args__ = (
        CheckConstraint("kind IN ('phone', 'email', 'address', 'place', 'through_someone')", name="kind"),
        CheckConstraint("safe_to_contact OR NOT safe_to_leave_message", name="a_message_is_a_contact"),
        CheckConstraint("used_until >= used_from", name="period"),
        Index("ix_contact_points_value_key", "value_key", "person_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), index=True)
    kind: Mapped[str]
    value: Mapped[str]
    value_key: Mapped[str | None] = mapped_column(Text(collation="C"))
    safe_to_contact: Mapped[bool]
    safe_to_leave_message: Mapped[bool] = mapped_column(default=False)
    whose: Mapped[str | None]
    preferred_times: Mapped[str | None]
    note: Mapped[str | None]

    @property
    def same_as(self) -> tuple[str, str]:
        """What makes it this way to reach somebody and no other."""
        return self.kind, self.value_key or self.value

    @validates("kind", "value")
    def _spell_alike(self, field: str, told: str) -> str:
        kind, value = (told, self.value) if field == "kind" else (self.kind, told)
        if kind is not None and value is not None:
            self.value_key = contact_key(kind, value) or None
        return told

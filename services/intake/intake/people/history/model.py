"""Changes of a person's record: one row a field and an amendment, never changed and never removed (IN-7, AU-3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base, Protection
from chassis.ids import new_id
from intake.people.identifiers.model import masked


class PersonChange(Base):
    """One field of a record as it was before an amendment and after, by whom and when.

    `part_id` names the one name, address or other part that the change is about, where a field has several. `before`
    is null for what was not there, `after` for what was taken away. Each row stands under its field's own category.
    """

    __tablename__ = "person_changes"
    __append_only__ = True
    __protected__ = Protection(links=[("person", "person_id")], category_column="category")
    __table_args__ = (
        CheckConstraint("before IS DISTINCT FROM after", name="changes_something"),
        Index("ix_person_changes_person_id", "person_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]
    organisation: Mapped[str | None]
    category: Mapped[str]
    field: Mapped[str]
    part_id: Mapped[UUID | None]
    before: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))

    @property
    def shown_before(self) -> Any | None:
        """What was there, with the numbers of identifiers hidden but for their last signs."""
        return _shown(self.field, self.before)

    @property
    def shown_after(self) -> Any | None:
        """What is there now, with the numbers of identifiers hidden but for their last signs."""
        return _shown(self.field, self.after)


def _shown(field: str, value: Any | None) -> Any | None:
    if field != "identifiers" or value is None:
        return value
    return {**value, "value": masked(value["value"])}

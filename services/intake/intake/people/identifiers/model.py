"""Identifiers of a person in other systems: the table, and what is always true of it (IN-7)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base, Protection
from chassis.ids import new_id
from intake.people.periods import HasPeriod

_SHOWN = 3


class Identifier(HasPeriod, Base):
    """A number that an authority or another system gave the person, under a scheme of `schemes.yaml`.

    `value` is as typed and `key` the same in one spelling. `issuer` is empty where the scheme has one issuer only. The
    same identifier may stand on two records: that is how a duplicate shows, and it never stops the front desk.
    """

    __tablename__ = "identifiers"
    __protected__ = Protection(links=[("person", "person_id")], categories=("identity",))
    __table_args__ = (
        CheckConstraint("source IN ('seen_document', 'told', 'other_system')", name="source"),
        CheckConstraint("ended_because IS NULL OR used_until IS NOT NULL", name="ended"),
        CheckConstraint(
            "ended_because IN ('superseded', 'expired', 'lost', 'recorded_in_error')", name="ended_because"
        ),
        CheckConstraint("used_until >= used_from", name="period"),
        Index("ix_identifiers_key", "key", "scheme", "issuer", "person_id"),
        Index(
            "uq_identifiers_in_use",
            "person_id",
            "scheme",
            "issuer",
            "key",
            unique=True,
            postgresql_where=text("used_until IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), index=True)
    scheme: Mapped[str]
    issuer: Mapped[str] = mapped_column(default="")
    value: Mapped[str]
    key: Mapped[str] = mapped_column(Text(collation="C"))
    source: Mapped[str] = mapped_column(default="told")
    ended_because: Mapped[str | None]

    @property
    def masked(self) -> str:
        """All but the last signs hidden: enough to tell two of them apart with the document in hand."""
        return masked(self.key)


def masked(value: str) -> str:
    """A value with all but its last three signs hidden; all of them where there are few."""
    shown = value[-_SHOWN:] if len(value) > 2 * _SHOWN else ""
    return "\N{BULLET}" * (len(value) - len(shown)) + shown

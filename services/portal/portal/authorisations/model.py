"""The table of service authorisations: what was authorised never changes, how much is used does (PO-3)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.errors import RuleBroken
from chassis.ids import new_id

NO_UNITS = Decimal("0.00")


class UnitsExceeded(RuleBroken):
    """Nobody can use more units than were authorised."""

    code = "units_exceeded"
    title = "The authorisation has not that many units left"


class Authorisation(Versioned, Timestamps, Base):
    """A provider may deliver a service to a person: so many units at a rate within a period.

    The row is reached through the provider (the money part) and through the person (who the client is). The
    database refuses to count more units as used than were authorised, whatever the application does.
    """

    __tablename__ = "authorisations"
    __protected__ = Protection(
        links=[("provider", "provider_id"), ("person", "person_id")], categories=("finance",)
    )
    __table_args__ = (
        CheckConstraint("units_used >= 0 AND units_used <= units", name="never_more_than_authorised"),
        CheckConstraint("rate > 0 AND units > 0", name="positive"),
        CheckConstraint("ends_on >= starts_on", name="period"),
        Index("ix_authorisations_provider_id", "provider_id"),
        Index("ix_authorisations_person_id", "person_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    person_id: Mapped[UUID]
    case_id: Mapped[UUID | None]
    service: Mapped[str]
    unit: Mapped[str]
    rate: Mapped[Decimal] = mapped_column(Numeric(12, 4))
    units: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    units_used: Mapped[Decimal] = mapped_column(Numeric(10, 2), default=NO_UNITS)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    tax: Mapped[str]
    issued_by: Mapped[str]
    issued_at: Mapped[datetime]

    @property
    def units_left(self) -> Decimal:
        """What can still be invoiced."""
        return self.units - self.units_used

    def covers(self, day: date) -> bool:
        """Whether the service may be delivered on this day."""
        return self.starts_on <= day <= self.ends_on

    def use(self, units: Decimal) -> None:
        """Count units as used. Raises UnitsExceeded."""
        if units > self.units_left:
            raise UnitsExceeded()
        self.units_used += units

    def release(self, units: Decimal) -> None:
        """Count units as unused again, because the line that used them is written anew."""
        self.units_used -= units

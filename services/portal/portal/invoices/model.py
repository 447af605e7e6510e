"""Tables of invoices, their lines and the steps they went through (PO-3)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.orm.attributes import flag_modified

from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.errors import RuleBroken
from chassis.ids import new_id
from portal.authorisations.model import Authorisation
from portal.money.amounts import CURRENCY

DRAFT, HELD, CHECKED, APPROVED, SCHEDULED, PAID = "draft", "held", "checked", "approved", "scheduled", "paid"
BY_FINANCE = "by_finance"


class SeparationOfDuties(RuleBroken):
    """Nobody does two of these: hand an invoice in, approve it, release its payment (PO-4)."""

    code = "separation_of_duties"
    title = "Somebody else has to do this step"


class WrongState(RuleBroken):
    """An invoice goes its way one step after the other."""

    code = "invoice_in_another_state"
    title = "The invoice is not in the state that this step needs"


class Invoice(Versioned, Timestamps, Base):
    """What a provider asks to be paid for. Whom a line is about is known by its authorisation alone."""

    __tablename__ = "invoices"
    __protected__ = Protection(links=[("provider", "provider_id")], categories=("finance",))
    __table_args__ = (
        CheckConstraint("state IN ('draft','held','checked','approved','scheduled','paid')", name="state"),
        CheckConstraint("total = subtotal + tax OR state IN ('draft','held')", name="exact_total"),
        CheckConstraint(
            "(state IN ('approved','scheduled','paid')) = (approved_by IS NOT NULL)",
            name="approved_by_somebody",
        ),
        CheckConstraint("approved_by IS NULL OR approved_by <> submitted_by", name="separation_of_duties"),
        CheckConstraint("(state = 'held') = (cardinality(reasons) > 0)", name="held_for_a_reason"),
        CheckConstraint("currency = 'CAD'", name="currency"),
        UniqueConstraint("provider_id", "number"),
        # What a payment repeats of its invoice is held equal by a foreign key on these three.
        UniqueConstraint("id", "approved_by", "total", name="uq_invoices_payable"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    number: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    currency: Mapped[str] = mapped_column(default=CURRENCY)
    subtotal: Mapped[Decimal]
    tax: Mapped[Decimal]
    total: Mapped[Decimal]
    state: Mapped[str]
    reasons: Mapped[list[str]] = mapped_column(default=list)
    hold_note: Mapped[str | None]
    submitted_by: Mapped[str | None]
    submitted_at: Mapped[datetime | None]
    approved_by: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    lines: Mapped[list[InvoiceLine]] = relationship(
        order_by="InvoiceLine.number", cascade="all, delete-orphan", lazy="selectin"
    )
    history: Mapped[list[InvoiceStep]] = relationship(
        order_by="InvoiceStep.number", cascade="save-update, merge", lazy="selectin"
    )

    def expect(self, *states: str) -> None:
        """Raise WrongState unless the invoice is in one of these states."""
        if self.state not in states:
            raise WrongState()

    def enter(self, state: str, *, by: str, at: datetime) -> None:
        """Go to a state and write the step down; a new version even when only lines differ.

        Whatever is not held any more has no reasons to be held.
        """
        if state != HELD:
            self.reasons, self.hold_note = [], None
        self.state = state
        flag_modified(self, "state")
        self.history.append(InvoiceStep(number=len(self.history) + 1, state=state, by=by, at=at))

    def hold(self, *, reasons: list[str], note: str | None, by: str, at: datetime) -> None:
        """Set the invoice aside until the provider has put it right."""
        self.reasons, self.hold_note = reasons, note
        self.enter(HELD, by=by, at=at)

    def approve(self, *, by: str, at: datetime) -> None:
        """Say that it is to be paid. Raises SeparationOfDuties for whoever handed it in, WrongState."""
        self.expect(CHECKED)
        if by == self.submitted_by:
            raise SeparationOfDuties()
        self.approved_by, self.approved_at = by, at
        self.enter(APPROVED, by=by, at=at)


class InvoiceLine(Base):
    """One line of an invoice. `claimed` says that its units are counted in the authorisation.

    A service on a day under an authorisation is claimed once, which an index of the database keeps.
    """

    __tablename__ = "invoice_lines"
    __protected__ = Protection(through=("invoice_id", Invoice))
    __table_args__ = (
        CheckConstraint("units > 0 AND rate > 0 AND amount >= 0", name="positive"),
        UniqueConstraint("invoice_id", "number", deferrable=True, initially="DEFERRED"),
        Index(
            "uq_invoice_lines_claimed_once",
            "authorisation_id",
            "served_on",
            "service",
            unique=True,
            postgresql_where=text("claimed"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id"))
    number: Mapped[int]
    authorisation_id: Mapped[UUID] = mapped_column(ForeignKey(Authorisation.id))
    service: Mapped[str]
    served_on: Mapped[date]
    units: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    rate: Mapped[Decimal] = mapped_column(Numeric(12, 4))
    amount: Mapped[Decimal]
    claimed: Mapped[bool] = mapped_column(default=False)
    reasons: Mapped[list[str]] = mapped_column(default=list)


class InvoiceStep(Base):
    """One step in the life of an invoice; written once."""

    __tablename__ = "invoice_steps"
    __append_only__ = True
    __protected__ = Protection(through=("invoice_id", Invoice))
    __table_args__ = (UniqueConstraint("invoice_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id"))
    number: Mapped[int]
    state: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]

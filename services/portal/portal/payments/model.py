"""The table of payments. Approval and release by different people is a rule of the database too (PO-4)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.errors import RuleBroken
from chassis.ids import new_id
from portal.invoices.model import Invoice
from portal.money.amounts import CURRENCY

SCHEDULED, PAID = "scheduled", "paid"


class PaidAlready(RuleBroken):
    """Money is sent once."""

    code = "payment_paid_already"
    title = "The payment was marked as paid already"


class Payment(Versioned, Timestamps, Base):
    """The payment of one approved invoice, on a payment run day.

    Approver and amount are repeated from the invoice and held equal by a foreign key; so
    `released_by <> approved_by` means what it says, and neither can be changed under a payment.
    """

    __tablename__ = "payments"
    __protected__ = Protection(links=[("provider", "provider_id")], categories=("finance",))
    __table_args__ = (
        CheckConstraint("state IN ('scheduled','paid')", name="state"),
        CheckConstraint("released_by <> approved_by", name="separation_of_duties"),
        CheckConstraint(
            "(state = 'paid') = (remittance IS NOT NULL) AND (state = 'paid') = (paid_at IS NOT NULL)",
            name="paid_with_reference",
        ),
        CheckConstraint("currency = 'CAD'", name="currency"),
        ForeignKeyConstraint(
            ["invoice_id", "approved_by", "amount"],
            ["invoices.id", "invoices.approved_by", "invoices.total"],
            name="fk_payments_payable_invoice",
        ),
        Index("ix_payments_provider_id", "provider_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    invoice_id: Mapped[UUID] = mapped_column(unique=True)
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(default=CURRENCY)
    pay_on: Mapped[date]
    state: Mapped[str]
    approved_by: Mapped[str]
    released_by: Mapped[str]
    released_at: Mapped[datetime]
    remittance: Mapped[str | None]
    paid_by: Mapped[str | None]
    paid_at: Mapped[datetime | None]
    invoice: Mapped[Invoice] = relationship(lazy="selectin")

    @property
    def invoice_number(self) -> str:
        """The provider's own number of the invoice."""
        return self.invoice.number

    def pay(self, *, remittance: str, by: str, at: datetime) -> None:
        """The money was sent; the provider finds it under the reference. Raises PaidAlready."""
        if self.state == PAID:
            raise PaidAlready()
        self.state, self.remittance, self.paid_by, self.paid_at = PAID, remittance, by, at

"""Which open case is led by whom, without a word of what the case is about (CA-3).

Counting a worker's cases must not depend on who asks: a supervisor who passes a lead on sees one case of that worker
and not the others. So the ledger holds ids and codes only and stands under no grants; no door shows it.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base


class LedCase(Base):
    """An open case and its present lead; gone when the case closes.

    `weight` is what the case counts in a caseload: 1 until it is weighed otherwise. `told` is False for a case that no
    caseload event has counted yet.
    """

    __tablename__ = "led_cases"
    __table_args__ = (
        CheckConstraint("weight > 0", name="weight"),
        Index("ix_led_cases_worker", "worker"),
        Index("ix_led_cases_untold", "worker", postgresql_where=text("NOT told")),
    )

    id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    worker: Mapped[str]
    organisation: Mapped[str | None]
    program: Mapped[str]
    weight: Mapped[Decimal] = mapped_column(Numeric(6, 2), default=Decimal(1))
    since: Mapped[datetime]
    told: Mapped[bool] = mapped_column(default=True)

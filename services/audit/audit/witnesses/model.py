"""What witnesses answered, each time they were asked: evidence, so it is append-only (AU-4)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base

COSIGNED, UNREACHABLE, REFUSED = "cosigned", "unreachable", "refused"


class WitnessAnswer(Base):
    """One answer of one witness to one checkpoint.

    `cosigned` comes with the signature line; `unreachable` says that none came in time; `refused` that the witness
    knows another past of this log than we have.
    """

    __tablename__ = "witness_answers"
    __table_args__ = (
        CheckConstraint(f"outcome IN ('{COSIGNED}','{UNREACHABLE}','{REFUSED}')", name="outcome"),
        CheckConstraint(f"(outcome = '{COSIGNED}') = (line IS NOT NULL)", name="cosigned_with_a_line"),
        Index("ix_witness_answers_size", "size"),
        Index("ix_witness_answers_asked_at", "asked_at"),
        Index("ix_witness_answers_witness", "witness", "id"),
        Index(
            "ix_witness_answers_cosigned", "witness", "id", postgresql_where=text(f"outcome = '{COSIGNED}'")
        ),
    )
    __append_only__ = True

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    witness: Mapped[str]
    asked_at: Mapped[datetime]
    outcome: Mapped[str]
    line: Mapped[str | None]

"""Holds, orders to erase, and what was done about them: all of it append-only (AU-8)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database import Base
from chassis.ids import new_id


class Hold(Base):
    """Entries about a person or a case are not erased while this stands, whatever any rule says.

    `because` is a code, `reference` names the file of whoever asked for it.
    """

    __tablename__ = "holds"
    __table_args__ = (
        CheckConstraint("kind IN ('person','case')", name="kind"),
        Index("ix_holds_record_id", "record_id"),
    )
    __append_only__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    record_id: Mapped[UUID]
    because: Mapped[str]
    reference: Mapped[str]
    placed_by: Mapped[str]
    placed_at: Mapped[datetime]

    release: Mapped[HoldRelease | None] = relationship(lazy="joined", viewonly=True)

    @property
    def released_at(self) -> datetime | None:
        """When it ended, None while it stands."""
        return self.release.released_at if self.release is not None else None


class HoldRelease(Base):
    """The end of a hold."""

    __tablename__ = "hold_releases"
    __append_only__ = True

    hold_id: Mapped[UUID] = mapped_column(ForeignKey(Hold.id), primary_key=True)
    because: Mapped[str]
    released_by: Mapped[str]
    released_at: Mapped[datetime]


class OrderedErasure(Base):
    """A stretch of entries that an entry of the log itself, at `order_position`, orders to be erased."""

    __tablename__ = "ordered_erasures"
    __table_args__ = (
        CheckConstraint('first >= 0 AND first <= "last"', name="stretch"),
        CheckConstraint('"last" < order_position', name="only_what_is_earlier"),
    )
    __append_only__ = True

    order_position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    first: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(BigInteger)


class ErasureDone(Base):
    """An order was carried out: so many entries lost their content."""

    __tablename__ = "erasures_done"
    __append_only__ = True

    order_position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    erased: Mapped[int] = mapped_column(BigInteger)
    done_at: Mapped[datetime]

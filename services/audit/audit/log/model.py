"""The tables of the tree, append-only by privilege: no runtime role can change or remove a row (AU-4)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from audit.log import merkle
from audit.log.merkle import Coordinate
from chassis.database import Base


class Leaf(Base):
    """What the tree knows of one entry for ever: its place, its id, and the commitment to its words.

    Entries may be erased when the law asks for it; leaves never are.
    """

    __tablename__ = "leaves"
    __table_args__ = (CheckConstraint("length(commitment) = 32", name="commitment"),)
    __append_only__ = True

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID] = mapped_column(unique=True)
    commitment: Mapped[bytes] = mapped_column(LargeBinary)

    @property
    def hash(self) -> bytes:
        """The leaf hash of RFC 6962."""
        return merkle.leaf_hash(self.commitment)


class Node(Base):
    """The hash of a full subtree above the leaves; level 1 covers two leaves."""

    __tablename__ = "nodes"
    __table_args__ = (
        CheckConstraint("length(hash) = 32", name="hash"),
        CheckConstraint("level > 0", name="above_the_leaves"),
    )
    __append_only__ = True

    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary)

    @property
    def at(self) -> Coordinate:
        """Where the subtree stands."""
        return Coordinate(self.level, self.index)


class SealedCheckpoint(Base):
    """A checkpoint that was signed: from then on the first `size` entries cannot change unnoticed."""

    __tablename__ = "checkpoints"
    __append_only__ = True

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    note: Mapped[str]
    sealed_at: Mapped[datetime]

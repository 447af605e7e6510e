"""The tables of the tree, append-only by privilege: no runtime role can change or remove a row (AU-4)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from audit.log import merkle
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


class FullTile(Base):
    """256 neighbouring full subtrees of one level, once the last of them is there: a static tile (C2SP tlog-tiles).

    `hashes` are what a reader of the tile gets, `root` is what they fold to: one hash of the tile above. Both
    follow from the leaves. What is not yet in a full tile is read from the level below.
    """

    __tablename__ = "tiles"
    __table_args__ = (
        CheckConstraint("length(hashes) = 8192", name="hashes"),
        CheckConstraint("length(root) = 32", name="root"),
        CheckConstraint("level BETWEEN 0 AND 7 AND index >= 0", name="place"),
    )
    __append_only__ = True

    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hashes: Mapped[bytes] = mapped_column(LargeBinary)
    root: Mapped[bytes] = mapped_column(LargeBinary)


class Node(Base):
    """Hashes of single subtrees, as the release before kept them. Nobody reads them; the next release drops them."""

    __tablename__ = "nodes"
    __table_args__ = (
        CheckConstraint("length(hash) = 32", name="hash"),
        CheckConstraint("level > 0", name="above_the_leaves"),
    )
    __append_only__ = True

    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class SealedCheckpoint(Base):
    """A checkpoint that was signed: from then on the first `size` entries cannot change unnoticed."""

    __tablename__ = "checkpoints"
    __append_only__ = True

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    note: Mapped[str]
    sealed_at: Mapped[datetime]


class Divergence(Base):
    """The log was found to differ from what was signed: how, and at which checkpoint. Stays on record (AU-4)."""

    __tablename__ = "divergences"
    __append_only__ = True

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    cause: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    found_at: Mapped[datetime]


class Settlement(Base):
    """Somebody has looked into a divergence and answers for going on; `because` names the incident's file."""

    __tablename__ = "settlements"
    __append_only__ = True

    divergence_id: Mapped[int] = mapped_column(ForeignKey(Divergence.id), primary_key=True)
    by: Mapped[str]
    because: Mapped[str]
    settled_at: Mapped[datetime]

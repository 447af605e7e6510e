"""How far the stream is."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base


class StreamCursor(Base):
    """How many entries the broker has confirmed for a stream. Losing it repeats entries, never skips one."""

    __tablename__ = "stream_cursors"

    stream: Mapped[str] = mapped_column(primary_key=True)
    sent: Mapped[int] = mapped_column(BigInteger)

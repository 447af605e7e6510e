"""The table of what persons said last of whom."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base


class LastWord(Base):
    """Whether a person refused a recipient a category when they last spoke of both; kept for what a team borrows."""

    __tablename__ = "last_words"
    __at_the_door__ = ()

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    refused: Mapped[bool]
    said_at: Mapped[datetime]

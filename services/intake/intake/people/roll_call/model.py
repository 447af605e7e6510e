"""The table of roll calls that are under way."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base


class RollCall(Base):
    """A service has asked for everybody; `told_up_to` is the last identifier it was told, in their order.

    Under the identifier that the service gave it, and gone once the last part was told.
    """

    __tablename__ = "roll_calls"
    __at_the_door__ = ()

    id: Mapped[UUID] = mapped_column(primary_key=True)
    wanted_since: Mapped[datetime]
    told_up_to: Mapped[UUID | None]

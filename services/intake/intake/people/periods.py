"""Parts of a record that are in use for a time: a name, a number, an address (IN-7)."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Mapped


class HasPeriod:
    """A row that is in use from one day until another; either may be unknown. What ended stays on record."""

    used_from: Mapped[date | None]
    used_until: Mapped[date | None]

    def in_use(self, *, today: date) -> bool:
        """Whether it has not ended. What ends on a day to come is in use until then."""
        return self.used_until is None or self.used_until > today

    def end(self, *, on: date) -> None:
        """It is in use no longer. It never ends before it began."""
        self.used_until = max(on, self.used_from or on)

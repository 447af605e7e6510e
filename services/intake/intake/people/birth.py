"""Dates of birth as they are told: whole, in part, or guessed (IN-7)."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, SmallInteger, and_, or_
from sqlalchemy.orm import Composite, Mapped, composite, declared_attr, mapped_column

_GUESS_YEARS = 2


@dataclass(frozen=True)
class Born:
    """As much of a date of birth as is known. Raises ValueError for a date that no calendar has."""

    year: int
    month: int | None = None
    day: int | None = None
    approximate: bool | None = False

    def __post_init__(self) -> None:
        if self.day is not None and self.month is None:
            raise ValueError("a day of birth needs its month")
        date(self.year, self.month or 1, self.day or 1)

    @property
    def earliest(self) -> date:
        """The first day on which the person can have been born, by what was told."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date:
        """The last day on which the person can have been born, by what was told."""
        month = self.month or 12
        return date(self.year, month, self.day or monthrange(self.year, month)[1])

    def turns(self, years: int) -> tuple[date, date]:
        """The first and the last day on which the person may reach this age; the same day when it is known.

        Who was born on 29 February grows older on 1 March in other years. A guess reaches two years further either
        way.
        """
        margin = _GUESS_YEARS if self.approximate else 0
        return _anniversary(self.earliest, years - margin), _anniversary(self.latest, years + margin)

    def is_at_least(self, years: int, *, on: date) -> bool | None:
        """Whether the person has reached this age on that day; None when what is known cannot tell (IN-4)."""
        first, last = self.turns(years)
        if on >= last:
            return True
        return False if on < first else None

    def age_on(self, day: date) -> tuple[int, int]:
        """The least and the greatest age in whole years that the person may have on that day; never below 0."""
        margin = _GUESS_YEARS if self.approximate else 0
        youngest, oldest = _whole_years(self.latest, day) - margin, _whole_years(self.earliest, day) + margin
        return max(0, youngest), max(0, oldest)

    def as_told(self) -> dict[str, int | bool]:
        """What is known of the date, part by part."""
        parts = {"year": self.year, "month": self.month, "day": self.day, "approximate": self.approximate}
        return {name: part for name, part in parts.items() if part is not None}


def _anniversary(born: date, years: int) -> date:
    try:
        return born.replace(year=born.year + years)
    except ValueError:  # 29 February
        return date(born.year + years, 3, 1)


def _whole_years(born: date, day: date) -> int:
    years = day.year - born.year
    return years if _anniversary(born, years) <= day else years - 1


class HasBirthDate:
    """A table with a date of birth in parts: `born` reads and sets them together, None when nothing is known."""

    born_year: Mapped[int | None] = mapped_column(SmallInteger, nullable=True)
    born_month: Mapped[int | None] = mapped_column(SmallInteger, nullable=True)
    born_day: Mapped[int | None] = mapped_column(SmallInteger, nullable=True)
    born_approximate: Mapped[bool | None] = mapped_column(nullable=True)

    @declared_attr
    def born(cls) -> Composite[Born | None]:  # noqa: N805 - SQLAlchemy passes the class
        """What is known of the date of birth."""
        return composite(
            Born,
            "born_year",
            "born_month",
            "born_day",
            "born_approximate",
            return_none_on=lambda year, *_: year is None,
        )

    @classmethod
    def may_be_born_on(cls, day: date) -> ColumnElement[bool]:
        """Whether what is known fits this day: an unknown month or day fits any, an unknown year fits none."""
        fits_day = or_(cls.born_day.is_(None), cls.born_day == day.day)
        fits_month = or_(cls.born_month.is_(None), and_(cls.born_month == day.month, fits_day))
        return and_(cls.born_year == day.year, fits_month)

"""Dates of birth as they are told: whole, in part, or guessed (IN-7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, SmallInteger, and_, or_
from sqlalchemy.orm import Composite, Mapped, composite, declared_attr, mapped_column


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
        """The first day on which the person can have been born."""
        return date(self.year, self.month or 1, self.day or 1)


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

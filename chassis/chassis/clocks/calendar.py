"""The working calendar: which days count, and when a day that counts is over (IN-2).

A time limit is counted in *day ends*. The day on which it starts is left out, the last day is taken in, and
the limit is reached when that last day ends. So a referral of Friday evening that must be answered "within
3 working days" is due at the end of Wednesday, at the same minute as a referral of Friday morning: nobody
has to know the hour, and a change between standard and daylight saving time moves nothing.

The day ends at one local time (17:00 unless configured), for working days and calendar days alike. Days and
months counted by the calendar are not stretched when they end on a closed day: of two readings, the
stricter is the default.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from environs import Env

_SATURDAY = 5
_ONE_DAY = timedelta(days=1)


class Unit(StrEnum):
    """What a limit is counted in: day ends of one kind, or an exact instant that somebody set."""

    WORKING_DAY = "working_day"
    DAY = "day"
    INSTANT = "instant"


class Calendar:
    """Working days of one place: Monday to Friday, less its public holidays, less days closed on top.

    `country` and `subdivision` are ISO 3166 codes, as the `holidays` library knows them; an unknown one
    raises NotImplementedError. Naive instants raise ValueError: a limit without a time zone is a limit for
    nobody.
    """

    def __init__(
        self,
        country: str = "CA",
        subdivision: str | None = "BC",
        *,
        time_zone: str = "America/Vancouver",
        day_ends: time = time(17, 0),
        closed_days: Iterable[date] = (),
    ) -> None:
        self.zone = ZoneInfo(time_zone)
        self.day_ends = day_ends
        self._closed = frozenset(closed_days)
        self._holidays = holidays.country_holidays(country, subdiv=subdivision)

    def is_working_day(self, day: date) -> bool:
        """Whether the day counts as a working day."""
        return day.weekday() < _SATURDAY and day not in self._closed and day not in self._holidays

    def day_of(self, instant: datetime) -> date:
        """The local day in which an instant falls."""
        if instant.tzinfo is None:
            raise ValueError("an instant without a time zone cannot be placed in a calendar")
        return instant.astimezone(self.zone).date()

    def end_of(self, day: date) -> datetime:
        """The instant, in UTC, at which a local day ends."""
        return datetime.combine(day, self.day_ends, tzinfo=self.zone).astimezone(UTC)

    def working_day(self, day: date, *, steps: int) -> date:
        """The working day that lies `steps` working days after the given day, or before it when negative."""
        stride = _ONE_DAY if steps > 0 else -_ONE_DAY
        for _ in range(abs(steps)):
            day += stride
            while not self.is_working_day(day):
                day += stride
        return day

    def moved(self, due: datetime, *, unit: Unit, days: int) -> datetime:
        """The end of the day that lies so many days of the unit after `due`, or before it when negative."""
        day = self.day_of(due)
        if unit is Unit.WORKING_DAY:
            return self.end_of(self.working_day(day, steps=days))
        return self.end_of(day + days * _ONE_DAY)

    def days_ended(self, *, after: datetime, until: datetime, unit: Unit, beyond: date) -> int:
        """How many days of the unit end in the span (after, until], days up to and including `beyond` left
        out.
        """
        day = max(self.day_of(after), beyond + _ONE_DAY)
        last = self.day_of(until)
        ended = 0
        while day <= last:
            counts = unit is not Unit.WORKING_DAY or self.is_working_day(day)
            if counts and after < self.end_of(day) <= until:
                ended += 1
            day += _ONE_DAY
        return ended

    def working_days_left(self, *, now: datetime, due: datetime) -> int:
        """How many working days still end from `now` until `due`, the last one included; negative once it has passed.

        What is due at the end of today has one left, until then; a limit missed yesterday has -1.
        """
        nothing_beyond = date.min
        if due >= now:
            return self.days_ended(after=now, until=due, unit=Unit.WORKING_DAY, beyond=nothing_beyond)
        return -self.days_ended(after=due, until=now, unit=Unit.WORKING_DAY, beyond=nothing_beyond)


class Term(Protocol):
    """A length of time as a standard words it, which only a calendar can turn into an instant."""

    @property
    def unit(self) -> Unit:
        """What the term is counted in."""

    def due(self, calendar: Calendar, *, since: datetime) -> datetime:
        """When a limit of this length is reached, if it starts at `since`."""

    def warning(self, calendar: Calendar, *, due: datetime) -> datetime:
        """When to forecast that the limit will be broken."""


@dataclass(frozen=True)
class WorkingDays:
    """A number of working days; the forecast comes one working day ahead for each five."""

    count: int
    unit = Unit.WORKING_DAY

    def __post_init__(self) -> None:
        _at_least_one(self.count)

    def due(self, calendar: Calendar, *, since: datetime) -> datetime:
        """The end of the last working day of the term."""
        return calendar.end_of(calendar.working_day(calendar.day_of(since), steps=self.count))

    def warning(self, calendar: Calendar, *, due: datetime) -> datetime:
        """A day end ahead of `due`."""
        return calendar.moved(due, unit=self.unit, days=-days_ahead(self.count))


@dataclass(frozen=True)
class Days:
    """A number of calendar days; the forecast comes one day ahead for each five."""

    count: int
    unit = Unit.DAY

    def __post_init__(self) -> None:
        _at_least_one(self.count)

    def due(self, calendar: Calendar, *, since: datetime) -> datetime:
        """The end of the last day of the term."""
        return calendar.end_of(calendar.day_of(since) + timedelta(days=self.count))

    def warning(self, calendar: Calendar, *, due: datetime) -> datetime:
        """A day end ahead of `due`."""
        return calendar.moved(due, unit=self.unit, days=-days_ahead(self.count))


@dataclass(frozen=True)
class Months:
    """A number of months: the same day of a later month, or its last day where that month is shorter.

    The forecast comes two weeks ahead.
    """

    count: int
    unit = Unit.DAY

    def __post_init__(self) -> None:
        _at_least_one(self.count)

    def due(self, calendar: Calendar, *, since: datetime) -> datetime:
        """The end of the last day of the term."""
        start = calendar.day_of(since)
        years, month = divmod(start.month - 1 + self.count, 12)
        year, month = start.year + years, month + 1
        return calendar.end_of(date(year, month, min(start.day, monthrange(year, month)[1])))

    def warning(self, calendar: Calendar, *, due: datetime) -> datetime:
        """A day end ahead of `due`."""
        return calendar.moved(due, unit=self.unit, days=-14)


@dataclass(frozen=True)
class AtOnce:
    """Before the day is over, and never in fewer than so many hours; the forecast comes when half of it has passed.

    For what cannot wait for a day to end: it is counted in hours, on closed days as on working days.
    """

    hours: int
    unit = Unit.INSTANT

    def __post_init__(self) -> None:
        _at_least_one(self.hours)

    def due(self, calendar: Calendar, *, since: datetime) -> datetime:
        """The end of the same day, or so many hours later where that is later."""
        return max(calendar.end_of(calendar.day_of(since)), since + timedelta(hours=self.hours))

    def warning(self, calendar: Calendar, *, due: datetime) -> datetime:
        """An hour count ahead of `due`: half of the least that is given."""
        return due - timedelta(hours=self.hours) / 2


def working_days(count: int) -> WorkingDays:
    """A limit of so many working days, counted by the calendar of the house."""
    return WorkingDays(count)


def days(count: int) -> Days:
    """A limit of so many calendar days, closed days among them."""
    return Days(count)


def months(count: int) -> Months:
    """A limit of so many months; from 30 November, three months end on the last day of February."""
    return Months(count)


def at_once(hours: int) -> AtOnce:
    """A limit of today: the end of the day, or so many hours where that is later."""
    return AtOnce(hours)


_TERM = re.compile(r"^([1-9][0-9]{0,3}) (working_days|days|months|hours)$")
_TERMS: dict[str, Callable[[int], Term]] = {
    "working_days": WorkingDays,
    "days": Days,
    "months": Months,
    "hours": AtOnce,
}


def term_of(words: str) -> Term:
    """The term that a setting words: `3 working_days`, `7 days`, `6 months`, or `4 hours` for what is due today.

    Raises ValueError for anything else.
    """
    said = _TERM.match(words.strip())
    if said is None:
        raise ValueError(f"{words!r} is no term such as '3 working_days', '7 days', '6 months' or '4 hours'")
    return _TERMS[said[2]](int(said[1]))


@lru_cache(maxsize=1)
def house_calendar() -> Calendar:
    """The calendar that every clock of this process is kept by.

    British Columbia unless ICM_CALENDAR_COUNTRY, ICM_CALENDAR_SUBDIVISION, ICM_TIME_ZONE,
    ICM_WORKING_DAY_ENDS (hh:mm) and ICM_CLOSED_DAYS (ISO dates between commas) say otherwise.
    """
    env = Env()
    closed: list[str] = env.list("ICM_CLOSED_DAYS", [])
    return Calendar(
        env.str("ICM_CALENDAR_COUNTRY", "CA"),
        env.str("ICM_CALENDAR_SUBDIVISION", "BC") or None,
        time_zone=env.str("ICM_TIME_ZONE", "America/Vancouver"),
        day_ends=time.fromisoformat(env.str("ICM_WORKING_DAY_ENDS", "17:00")),
        closed_days=[date.fromisoformat(day.strip()) for day in closed],
    )


def calendar_faults() -> list[str]:
    """What is wrong with the calendar's settings, in words for whoever set them; empty when they hold.

    A process asks at its start, so that a mistyped province stops it there and not at its first referral.
    """
    try:
        house_calendar().is_working_day(date(2025, 1, 2))
    except NotImplementedError:
        return ["ICM_CALENDAR_COUNTRY and ICM_CALENDAR_SUBDIVISION name no place whose holidays are known"]
    except ZoneInfoNotFoundError:
        return ["ICM_TIME_ZONE is no time zone, such as America/Vancouver"]
    except ValueError:
        return ["ICM_WORKING_DAY_ENDS must be hh:mm and ICM_CLOSED_DAYS ISO dates between commas"]
    return []


def _at_least_one(count: int) -> None:
    if count < 1:
        raise ValueError("a limit is at least one day or month long")


def days_ahead(count: int) -> int:
    """How many days ahead a limit of so many days is forecast: one for each five, at least one, at most two weeks."""
    return min(14, max(1, count // 5))

"""The days on which payments are made, from run_days.yaml and the calendar of the house (PO-4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import yaml

from chassis.clocks import Calendar, house_calendar

_DATA = Path(__file__).with_name("run_days.yaml")


@dataclass(frozen=True)
class RunDays:
    """When payment runs are: days of the month (1 to 28), and the working days that a release is ahead."""

    days_of_month: tuple[int, ...]
    working_days_ahead: int

    def next_after(self, released_on: date, *, not_before: date | None, calendar: Calendar) -> date:
        """The first run that a payment released on this day can join, and that is not before a wished day."""
        earliest = calendar.working_day(released_on, steps=self.working_days_ahead)
        wished = max(earliest, not_before or earliest)
        return next(day for day in self._from(wished, calendar) if day >= wished)

    def _from(self, wished: date, calendar: Calendar) -> Iterator[date]:
        month = (wished - timedelta(days=31)).replace(day=1)
        while True:
            for day in sorted(self.days_of_month):
                yield _open_day(month.replace(day=day), calendar)
            month = (month + timedelta(days=31)).replace(day=1)


def _open_day(day: date, calendar: Calendar) -> date:
    return day if calendar.is_working_day(day) else calendar.working_day(day, steps=1)


@cache
def run_days() -> RunDays:
    """The payment runs of this release."""
    told = yaml.safe_load(_DATA.read_text())
    return RunDays(days_of_month=tuple(told["days_of_month"]), working_days_ahead=told["working_days_ahead"])


def next_run(released_on: date, *, not_before: date | None = None) -> date:
    """The day on which a payment released today is made."""
    return run_days().next_after(released_on, not_before=not_before, calendar=house_calendar())

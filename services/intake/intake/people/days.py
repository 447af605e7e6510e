"""The day it is, by the calendar of the house."""

from __future__ import annotations

from datetime import date

from chassis.clocks import house_calendar
from chassis.work import Work


def today(work: Work) -> date:
    """The local day of this unit of work."""
    return house_calendar().day_of(work.now)

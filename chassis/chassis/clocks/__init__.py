"""Deadlines that the system itself keeps: working calendar, clocks, pause, forecast, breach (IN-2)."""

from chassis.clocks.calendar import (
    Calendar,
    Days,
    Months,
    Unit,
    WorkingDays,
    calendar_faults,
    days,
    house_calendar,
    months,
    working_days,
)
from chassis.clocks.keeping import (
    ClockAlreadyRuns,
    ClockNotRunning,
    ClockOverdue,
    Clocks,
    NoBreach,
    ReasonMissing,
    breach_overdue,
    forecast,
    forecast_upcoming,
)
from chassis.clocks.model import Clock, ClockPause

__all__ = [
    "Calendar",
    "Clock",
    "ClockAlreadyRuns",
    "ClockNotRunning",
    "ClockOverdue",
    "ClockPause",
    "Clocks",
    "Days",
    "Months",
    "NoBreach",
    "ReasonMissing",
    "Unit",
    "WorkingDays",
    "breach_overdue",
    "calendar_faults",
    "days",
    "forecast",
    "forecast_upcoming",
    "house_calendar",
    "months",
    "working_days",
]

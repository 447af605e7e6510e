"""When a service is open, from HSDS schedules (IN-11).

A schedule is a recurrence of RFC 5545, cut into fields: `freq`, `interval`, `byday`, `bymonthday`, from `dtstart` (or
`valid_from`) to `until` (or `valid_to`), on each day from `opens_at` to `closes_at`. Times are those of the place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BYDAY = re.compile(r"^([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)$")
_USED = (
    *("freq", "interval", "byday", "bymonthday", "dtstart", "until", "valid_from", "valid_to"),
    *("opens_at", "closes_at", "timezone", "wkst", "count", "byweekno", "byyearday"),
)


def used_of(schedule: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a schedule that say when it is open."""
    return {name: schedule[name] for name in _USED if schedule.get(name) not in (None, "")}


def is_open(schedules: Sequence[Mapping[str, Any]], *, at: datetime, zone: ZoneInfo) -> bool | None:
    """Whether any of the schedules is open at a moment; None when none of them can be read so far as to tell."""
    told = [_is_open(schedule, at=at, zone=zone) for schedule in schedules]
    if any(told):
        return True
    return False if told and None not in told else None


def _is_open(schedule: Mapping[str, Any], *, at: datetime, zone: ZoneInfo) -> bool | None:
    try:
        local = at.astimezone(_zone_of(schedule, zone))
        opens, closes = _time(schedule["opens_at"]), _time(schedule["closes_at"])
        if opens < closes:
            return opens <= local.time() < closes and _recurs(schedule, local.date())
        # Open over midnight: what began yesterday may still be open this morning.
        began_today = local.time() >= opens and _recurs(schedule, local.date())
        began_yesterday = local.time() < closes and _recurs(schedule, local.date() - timedelta(days=1))
        return began_today or began_yesterday
    except (KeyError, ValueError, TypeError, OverflowError, NotImplementedError):
        return None


def _recurs(schedule: Mapping[str, Any], day: date) -> bool:
    begins = _day(schedule.get("valid_from")) or _day(schedule.get("dtstart"))
    ends = _day(schedule.get("valid_to")) or _day(schedule.get("until"))
    if (begins is not None and day < begins) or (ends is not None and day > ends):
        return False
    if any(schedule.get(name) for name in ("count", "byweekno", "byyearday")):
        raise NotImplementedError("a recurrence that needs all its days counted")
    freq = schedule.get("freq")
    if freq == "MONTHLY":
        return _in_month(schedule, day, begins)
    if freq not in (None, "", "WEEKLY"):
        raise NotImplementedError("a frequency that HSDS does not have")
    return _in_week(schedule, day, begins)


def _in_week(schedule: Mapping[str, Any], day: date, begins: date | None) -> bool:
    days = [sign for _, sign in _bydays(schedule)]
    if not days and begins is not None and schedule.get("freq"):
        days = [_DAYS[begins.weekday()]]
    every = int(schedule.get("interval") or 1)
    if every > 1:
        if begins is None:
            raise ValueError("every other week, from no week")
        first = _DAYS.index(str(schedule.get("wkst") or "MO"))
        if (_week(day, first) - _week(begins, first)).days // 7 % every:
            return False
    return not days or _DAYS[day.weekday()] in days


def _in_month(schedule: Mapping[str, Any], day: date, begins: date | None) -> bool:
    every = int(schedule.get("interval") or 1)
    if every > 1:
        if begins is None:
            raise ValueError("every other month, from no month")
        if (day.year * 12 + day.month - begins.year * 12 - begins.month) % every:
            return False
    length = ((day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)).day
    if schedule.get("bymonthday"):
        numbers = [int(each) for each in str(schedule["bymonthday"]).split(",")]
        return day.day in [number if number > 0 else length + 1 + number for number in numbers]
    for number, sign in _bydays(schedule):
        if _DAYS[day.weekday()] != sign:
            continue
        nth, last = (day.day - 1) // 7 + 1, -((length - day.day) // 7 + 1)
        if number in (None, nth, last):
            return True
    return False


def _bydays(schedule: Mapping[str, Any]) -> list[tuple[int | None, str]]:
    found: list[tuple[int | None, str]] = []
    for each in str(schedule.get("byday") or "").upper().replace(" ", "").split(","):
        if not each:
            continue
        matched = _BYDAY.match(each)
        if matched is None:
            raise ValueError("not a list of weekdays")
        found.append((int(matched[1]) if matched[1] else None, matched[2]))
    return found


def _week(day: date, first: int) -> date:
    return day - timedelta(days=(day.weekday() - first) % 7)


def _day(told: Any) -> date | None:
    return date.fromisoformat(str(told)[:10]) if told else None


def _time(told: Any) -> time:
    said = str(told).strip().upper().removesuffix("Z")
    return time.fromisoformat(said).replace(tzinfo=None)


def _zone_of(schedule: Mapping[str, Any], zone: ZoneInfo) -> Any:
    offset = schedule.get("timezone")
    return zone if offset in (None, "") else timezone(timedelta(hours=float(offset)))

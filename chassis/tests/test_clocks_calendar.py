"""The working calendar counts day ends, whatever the hour, the holiday or the change of the clocks (IN-2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clocks import Calendar, Unit, calendar_faults, days, house_calendar, months, working_days

BC = Calendar("CA", "BC")
VANCOUVER = ZoneInfo("America/Vancouver")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VANCOUVER)


def shown(instant: datetime) -> str:
    return instant.astimezone(VANCOUVER).strftime("%a %Y-%m-%d %H:%M")


instants = st.integers(min_value=0, max_value=15 * 366 * 24 * 60).map(
    lambda minutes: datetime(2019, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
counts = st.integers(min_value=1, max_value=40)
terms = st.builds(working_days, counts) | st.builds(days, counts) | st.builds(months, st.integers(1, 14))


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2025-06-02T09:00", "Thu 2025-06-05 17:00"),
        ("2025-06-06T09:00", "Wed 2025-06-11 17:00"),
        ("2025-06-06T21:30", "Wed 2025-06-11 17:00"),
        ("2025-06-07T12:00", "Wed 2025-06-11 17:00"),
        ("2025-06-08T23:59", "Wed 2025-06-11 17:00"),
    ],
    ids=["monday_morning", "friday_morning", "friday_evening", "saturday", "sunday_night"],
)
def test_three_working_days_end_with_the_third_working_day_after_the_day_of_the_referral(
    received: str, due: str
) -> None:
    assert shown(working_days(3).due(BC, since=local(received))) == due


def test_a_holiday_inside_the_three_working_days_does_not_count() -> None:
    before_canada_day = local("2025-06-30T10:00")

    assert shown(working_days(3).due(BC, since=before_canada_day)) == "Fri 2025-07-04 17:00"


def test_a_referral_received_on_a_holiday_counts_from_the_next_working_day() -> None:
    on_canada_day = local("2025-07-01T10:00")

    assert shown(working_days(3).due(BC, since=on_canada_day)) == "Fri 2025-07-04 17:00"


def test_a_holiday_that_falls_on_a_weekend_is_kept_on_the_monday() -> None:
    assert not BC.is_working_day(date(2023, 1, 2))  # 1 January 2023 was a Sunday


def test_days_of_the_year_that_only_british_columbia_keeps_are_closed_there_and_open_in_ontario() -> None:
    british_columbia_day = date(2025, 8, 4)

    assert not BC.is_working_day(british_columbia_day)
    assert Calendar("CA", "NB").is_working_day(date(2025, 6, 24))
    assert Calendar("CA", "ON", time_zone="America/Toronto").is_working_day(date(2025, 11, 11))


def test_an_extra_closed_day_does_not_count() -> None:
    snowed_in = Calendar("CA", "BC", closed_days=[date(2025, 6, 3)])

    assert shown(working_days(3).due(snowed_in, since=local("2025-06-02T09:00"))) == "Fri 2025-06-06 17:00"


@pytest.mark.parametrize(
    ("received", "due", "offset"),
    [("2025-03-07T18:00", "Wed 2025-03-12 17:00", -7), ("2025-10-31T18:00", "Wed 2025-11-05 17:00", -8)],
    ids=["into_daylight_saving_time", "back_to_standard_time"],
)
def test_the_due_hour_is_the_local_one_on_both_sides_of_a_clock_change(
    received: str, due: str, offset: int
) -> None:
    reached = working_days(3).due(BC, since=local(received))

    assert shown(reached) == due
    assert reached.astimezone(VANCOUVER).utcoffset() == timedelta(hours=offset)


def test_the_day_of_a_referral_is_the_local_day_not_the_day_in_utc() -> None:
    thursday_evening = datetime(2025, 6, 6, 5, 0, tzinfo=UTC)

    assert shown(working_days(1).due(BC, since=thursday_evening)) == "Fri 2025-06-06 17:00"


def test_seven_days_count_weekends_and_end_on_the_same_weekday() -> None:
    assert shown(days(7).due(BC, since=local("2025-12-20T08:00"))) == "Sat 2025-12-27 17:00"


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        ("2025-11-30T12:00", 3, "2026-02-28"),
        ("2023-11-30T12:00", 3, "2024-02-29"),
        ("2025-01-31T12:00", 1, "2025-02-28"),
        ("2025-10-15T12:00", 3, "2026-01-15"),
        ("2024-02-29T12:00", 12, "2025-02-28"),
        ("2025-08-31T12:00", 6, "2026-02-28"),
    ],
)
def test_months_end_on_the_same_day_or_on_the_last_day_of_a_shorter_month(
    start: str, count: int, due: str
) -> None:
    assert BC.day_of(months(count).due(BC, since=local(start))) == date.fromisoformat(due)


def test_the_hour_at_which_a_day_ends_is_configured() -> None:
    until_midnight = Calendar("CA", "BC", day_ends=time(23, 59))

    assert (
        shown(working_days(1).due(until_midnight, since=local("2025-06-02T09:00"))) == "Tue 2025-06-03 23:59"
    )


def test_the_calendar_of_the_house_is_configured_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ICM_CALENDAR_COUNTRY": "GB",
        "ICM_CALENDAR_SUBDIVISION": "ENG",
        "ICM_TIME_ZONE": "Europe/London",
        "ICM_WORKING_DAY_ENDS": "16:30",
        "ICM_CLOSED_DAYS": "2025-06-03, 2025-06-04",
    }.items():
        monkeypatch.setenv(name, value)
    house_calendar.cache_clear()
    try:
        due = working_days(1).due(house_calendar(), since=datetime(2025, 6, 2, 9, 0, tzinfo=UTC))
    finally:
        house_calendar.cache_clear()

    assert due == datetime(2025, 6, 5, 15, 30, tzinfo=UTC)


@pytest.fixture
def fresh_house() -> Iterator[None]:
    house_calendar.cache_clear()
    yield
    house_calendar.cache_clear()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ICM_CALENDAR_COUNTRY", "XX"),
        ("ICM_CALENDAR_SUBDIVISION", "ZZ"),
        ("ICM_TIME_ZONE", "America/Nowhere"),
        ("ICM_WORKING_DAY_ENDS", "five"),
        ("ICM_CLOSED_DAYS", "2025-06-03,tomorrow"),
    ],
)
def test_a_wrong_setting_is_named_before_the_first_clock(
    fresh_house: None, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    assert calendar_faults() == []
    house_calendar.cache_clear()
    monkeypatch.setenv(name, value)

    [fault] = calendar_faults()
    assert name in fault


def test_an_unknown_place_is_refused() -> None:
    with pytest.raises(NotImplementedError):
        Calendar("CA", "ZZ")


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        working_days(3).due(BC, since=datetime(2025, 6, 2, 9, 0))  # noqa: DTZ001 - the refusal is what is tested


@pytest.mark.parametrize("term", [working_days, days, months])
def test_a_term_of_no_length_is_refused(term: object) -> None:
    with pytest.raises(ValueError, match="at least one"):
        term(0)  # type: ignore[operator]


@given(start=instants, count=counts)
def test_exactly_the_promised_number_of_working_days_ends_within_the_term(
    start: datetime, count: int
) -> None:
    due = working_days(count).due(BC, since=start)

    ended = [
        day
        for offset in range(1, (BC.day_of(due) - BC.day_of(start)).days + 1)
        if BC.is_working_day(day := BC.day_of(start) + timedelta(days=offset))
    ]
    assert len(ended) == count
    assert BC.is_working_day(BC.day_of(due))


@given(start=instants, later=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=20)), term=terms)
def test_what_starts_later_is_never_due_earlier(start: datetime, later: timedelta, term: object) -> None:
    assert term.due(BC, since=start) <= term.due(BC, since=start + later)  # type: ignore[attr-defined]


@given(start=instants, term=terms)
def test_a_term_ends_after_it_starts_and_its_forecast_comes_before_its_end(
    start: datetime, term: object
) -> None:
    due = term.due(BC, since=start)  # type: ignore[attr-defined]

    assert due > start
    assert term.warning(BC, due=due) < due  # type: ignore[attr-defined]
    assert due.astimezone(VANCOUVER).time() == time(17, 0)


@given(start=instants, first=counts, second=counts)
def test_working_days_add_up(start: datetime, first: int, second: int) -> None:
    in_one_go = working_days(first + second).due(BC, since=start)

    assert BC.moved(working_days(first).due(BC, since=start), unit=Unit.WORKING_DAY, days=second) == in_one_go


@given(start=instants, spans=st.tuples(*[st.timedeltas(timedelta(0), timedelta(days=15))] * 2))
def test_days_ended_in_two_adjoining_spans_are_those_ended_in_the_whole(
    start: datetime, spans: tuple[timedelta, timedelta]
) -> None:
    middle, end = start + spans[0], start + sum(spans, timedelta(0))
    long_ago = date(2000, 1, 1)

    for unit in (Unit.DAY, Unit.WORKING_DAY):
        whole = BC.days_ended(after=start, until=end, unit=unit, beyond=long_ago)
        halves = BC.days_ended(after=start, until=middle, unit=unit, beyond=long_ago) + BC.days_ended(
            after=middle, until=end, unit=unit, beyond=long_ago
        )
        assert whole == halves

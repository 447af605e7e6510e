"""Dates of birth as they are told, and what age can be read off them (IN-7, IN-4, IN-9)."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from intake.people.birth import Born
from services.intake.tests.front_desk import DESK
from services.intake.tests.people_desk import legal, refusals

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31))
PARTS = st.sampled_from(["year", "month", "day"])


def told(day: date, *, as_far_as: str, approximate: bool = False) -> Born:
    month = day.month if as_far_as != "year" else None
    return Born(day.year, month, day.day if as_far_as == "day" else None, approximate)


def birthday(born: date, age: int) -> date:
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


@given(DAYS, PARTS)
def test_the_day_itself_lies_between_the_earliest_and_the_latest(day, part):
    born = told(day, as_far_as=part)
    assert born.earliest <= day <= born.latest


@given(DAYS, PARTS, st.integers(0, 120), st.integers(-400, 400), st.booleans())
def test_what_is_said_of_an_age_is_true_of_everybody_who_may_be_meant(day, part, age, shift, guess):
    born = told(day, as_far_as=part, approximate=guess)
    on = birthday(day, age) + timedelta(days=shift)
    truly = on >= birthday(day, age)
    assert born.is_at_least(age, on=on) in (truly, None)
    least, most = born.age_on(on)
    years = on.year - day.year - (birthday(day, on.year - day.year) > on)
    assert least <= max(0, years) <= most


@given(DAYS, st.integers(0, 120))
def test_of_a_whole_date_nothing_is_left_open(day, age):
    born = told(day, as_far_as="day")
    first, last = born.turns(age)
    assert first == last == birthday(day, age)
    assert born.is_at_least(age, on=first) is True
    assert born.is_at_least(age, on=first - timedelta(days=1)) is False


def test_a_year_alone_leaves_the_year_of_the_birthday_open():
    born = Born(2008)
    assert born.turns(18) == (date(2026, 1, 1), date(2026, 12, 31))
    assert born.is_at_least(18, on=date(2025, 12, 31)) is False
    assert born.is_at_least(18, on=date(2026, 6, 1)) is None
    assert born.is_at_least(18, on=date(2026, 12, 31)) is True


def test_a_guess_reaches_two_years_further_either_way():
    assert Born(2008, approximate=True).turns(18) == (date(2024, 1, 1), date(2028, 12, 31))
    assert Born(1950, approximate=True).is_at_least(19, on=date(2026, 1, 1)) is True


def test_who_was_born_on_29_february_grows_older_on_1_march():
    born = Born(2008, 2, 29)
    assert born.turns(18) == (date(2026, 3, 1), date(2026, 3, 1))
    assert born.turns(20) == (date(2028, 2, 29), date(2028, 2, 29))


def test_a_date_that_cannot_be_is_refused_with_its_field(desk):
    for born, pointer in [
        ({"year": 2023, "month": 2, "day": 29}, "/born/day"),
        ({"year": 2010, "month": 4, "day": 31}, "/born/day"),
        ({"year": 2010, "month": 0}, "/born/month"),
        ({"year": 2010, "month": 1, "day": 32}, "/born/day"),
        ({"year": "2010"}, "/born/year"),
        ({"year": 2010.5}, "/born/year"),
        ({"year": 1879}, "/born/year"),
        ({"year": 2027}, "/born"),
        ({"year": 2026, "month": 3, "day": 5}, "/born"),
        ({"year": 2010, "era": "AD"}, "/born/era"),
        ("2010-01-01", "/born"),
    ]:
        answer = desk.call("record_person", {"names": [legal("Ana")], "born": born}, actor=DESK)
        assert pointer in [at for at, _ in refusals(answer)]

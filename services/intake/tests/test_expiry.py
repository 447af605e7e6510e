"""An ended involvement stays listed for a year and then is gone (IN-9)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import func, select

from intake.directory.forgetting import forget_long_ended
from intake.directory.model import Involvement, a_year_before
from services.intake.tests.front_desk import FEED, Case, good, refused


def test_children_s_social_care_stays_listed_for_a_year_after_it_ended(desk, clock):
    desk.agency("youth-service")
    girl = desk.girl()
    good(desk.involve(girl, since="2025-01-07", until="2026-02-27"))

    clock.move_to(datetime(2027, 2, 26, 17, 0, tzinfo=UTC))
    assert len(desk.entry(girl)["involvements"]) == 1
    clock.move_to(datetime(2027, 2, 27, 17, 0, tzinfo=UTC))
    assert desk.entry(girl)["involvements"] == []


def test_what_is_no_longer_listed_is_taken_out_of_the_database(desk, clock, in_lane):
    desk.agency("youth-service")
    girl = desk.girl()
    good(desk.involve(girl, reference="ended", since="2025-01-07", until="2026-02-27"))
    good(desk.involve(girl, reference="goes-on"))
    case = Case.opened(desk, girl)
    case.assessed(girl, author="mentor", organisation="school", form="common_assessment")
    case.closed()

    clock.move_to(datetime(2027, 3, 4, 17, 0, tzinfo=UTC))
    with in_lane() as work:
        assert forget_long_ended(work) == 3
        assert forget_long_ended(work) == 0
        assert work.session.scalar(select(func.count()).select_from(Involvement)) == 1
    assert len(desk.entry(girl)["involvements"]) == 1


def test_every_deletion_is_on_record_and_leaves_no_trace_in_a_search(desk, clock, in_lane, outbox):
    desk.agency("youth-service")
    girl = desk.girl()
    nobody = desk.person(given="Mei", family="Ito", born={"year": 2010, "month": 6, "day": 1})
    involved = good(desk.involve(girl, since="2025-01-07", until="2026-02-27"))
    clock.move_to(datetime(2027, 2, 27, 17, 0, tzinfo=UTC))
    with in_lane() as work:
        assert forget_long_ended(work) == 1
    (entry,) = [each for each in outbox.entries() if each["door"] == "forget_long_ended"]
    assert (entry["actor"]["subject"], entry["action"]) == ("service:intake", "system")
    assert (entry["records"], entry["persons"]) == (
        [{"kind": "involvement", "id": involved["id"]}],
        [girl["id"]],
    )
    shown, never = desk.entry(girl), desk.entry(nobody)
    assert {**shown, "id": None, "name": None} == {**never, "id": None, "name": None}


def test_an_end_that_is_corrected_moves_the_year_with_it(desk, clock):
    desk.agency("youth-service")
    girl = desk.girl()
    good(desk.involve(girl, since="2025-01-07", until="2026-02-27"))
    for until, last in (("2025-06-30", None), ("2026-01-31", datetime(2027, 1, 30, 17, tzinfo=UTC))):
        good(desk.call("end_involvement", {"reference": "case-1", "until": until}, actor=FEED))
        if last is not None:
            clock.move_to(last)
        assert len(desk.entry(girl)["involvements"]) == 1
    clock.advance(days=1)
    assert desk.entry(girl)["involvements"] == []


def test_an_involvement_that_goes_on_after_all_is_listed_again_and_one_ended_twice_keeps_its_end(
    desk, girl_of
):
    girl = girl_of()
    good(desk.involve(girl, until="2026-02-27"))
    good(desk.involve(girl))
    assert desk.entry(girl)["involvements"][0]["until"] is None
    for _ in range(2):
        ended = good(desk.call("end_involvement", {"reference": "case-1"}, actor=FEED))
    assert ended["until"] == "2026-03-04"
    early = desk.call("end_involvement", {"reference": "case-1", "until": "2025-03-31"}, actor=FEED)
    assert refused(early) == "ends_before_it_begins"


@pytest.fixture
def girl_of(desk):
    desk.agency("youth-service")
    return desk.girl


def test_the_day_ends_in_vancouver_and_not_in_greenwich(desk, clock):
    desk.agency("youth-service")
    girl = desk.girl()
    good(desk.involve(girl, since="2025-01-07", until="2026-02-27"))
    clock.move_to(datetime(2027, 2, 27, 6, 0, tzinfo=UTC))  # still the 26th at the desk
    assert len(desk.entry(girl)["involvements"]) == 1


@given(ended=st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)))
@example(ended=date(2028, 2, 29))
@example(ended=date(2027, 2, 28))
def test_every_end_is_listed_for_a_year_without_gap_and_then_never_again(ended):
    listed = [ended > a_year_before(day) for day in (ended + timedelta(days=past) for past in range(0, 800))]
    days = sum(listed)
    assert days in (365, 366)
    assert listed == [True] * days + [False] * (800 - days)


@given(day=st.dates(min_value=date(2000, 1, 1)), later=st.integers(min_value=0, max_value=1000))
def test_time_does_not_bring_an_entry_back(day, later):
    assert a_year_before(day) <= a_year_before(min(day + timedelta(days=later), date.max))

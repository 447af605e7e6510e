"""The directory follows cases whatever order their events come in, and however often (IN-9)."""

from __future__ import annotations

import pytest

from services.intake.tests.front_desk import DESK, Case


@pytest.fixture
def girl(desk):
    desk.agency("school", sector="education")
    desk.agency("youth-service")
    return desk.girl()


def shown(desk, girl):
    return [(each["role"], each["lead"], each["until"]) for each in desk.entry(girl)["involvements"]]


def test_who_left_and_joins_again_is_listed_twice_once_as_ended(desk, girl, clock):
    case = Case.opened(desk, girl)
    first = case.joined("mentor", "school", role="mentor")
    case.left(first, "mentor")
    clock.advance(days=1)
    case.joined("mentor", "school", role="mentor")
    assert shown(desk, girl)[1:] == [("mentor", False, "2026-03-04"), ("mentor", False, None)]


def test_who_leaves_after_the_case_was_closed_keeps_the_first_end(desk, girl, clock):
    case = Case.opened(desk, girl)
    mentor = case.joined("mentor", "school", role="mentor")
    case.closed()
    clock.advance(days=3)
    case.left(mentor, "mentor")
    case.closed()
    assert {until for _, _, until in shown(desk, girl)} == {"2026-03-04"}


def test_a_lead_who_leaves_leads_no_more_and_the_next_one_does(desk, girl):
    case = Case.opened(desk, girl)
    mentor = case.joined("mentor", "school", role="mentor")
    case.joined("youth-worker", "youth-service", role="youth_worker")
    case.led_by("mentor", "school")
    case.left(mentor, "mentor")
    assert not any(lead for _, lead, _ in shown(desk, girl))
    case.led_by("youth-worker", "youth-service", previous="mentor")
    assert [role for role, lead, _ in shown(desk, girl) if lead] == ["youth_worker"]


def test_a_lead_who_is_told_of_before_joining_is_nobody_yet(desk, girl):
    case = Case.opened(desk, girl)
    case.led_by("mentor", "school")
    case.joined("mentor", "school", role="mentor")
    assert not any(lead for _, lead, _ in shown(desk, girl))
    case.led_by("mentor", "school")
    assert sum(lead for _, lead, _ in shown(desk, girl)) == 1


def test_one_worker_in_two_cases_leads_in_the_one_that_said_so(desk, girl):
    one, other = Case.opened(desk, girl), Case.opened(desk, girl)
    for case in (one, other):
        case.joined("mentor", "school", role="mentor")
    one.led_by("mentor", "school")
    other.closed()
    assert [(lead, until) for role, lead, until in shown(desk, girl) if role == "mentor"] == [
        (True, None),
        (False, "2026-03-04"),
    ]


def test_the_same_assessment_is_listed_until_a_year_after_its_case(desk, girl):
    case = Case.opened(desk, girl)
    case.assessed(girl, author="mentor", organisation="school", form="common_assessment")
    case.closed()
    assert len(desk.entry(girl)["common_assessments"]) == 1


def test_an_amended_name_and_birth_are_the_ones_listed(desk, girl):
    body = {"person_id": girl["id"], "born": {"year": 2011, "month": 6, "day": 1}}
    answer = desk.call("amend_person", body, actor=DESK, if_match="*")
    assert answer.status == 200, answer.body
    assert desk.look_up("Hana Ito", "2010-06-01") == []
    assert len(desk.look_up("Hana Ito", "2011-06-01")) == 1

"""A day at the front desk, asserted step by step against the running platform (ICM_BASE_URL, ICM_OIDC_ISSUER)."""

from __future__ import annotations

import pytest

from tests.story.front_desk import CLINIC, PROGRAM

pytestmark = [pytest.mark.platform, pytest.mark.slow, pytest.mark.timeout(300)]


def test_step_9_meetings_in_the_street_become_a_referral_whose_clock_starts_then(told_up_to):
    story = told_up_to(9)
    referral = story["intake-worker"].get(f"/referrals/{story.day['referral']}").expect().body
    (clock,) = [each for each in referral["clocks"] if each["kind"] == "first_contact"]
    assert clock["started_at"] == referral["received_at"]


def test_step_10_two_records_and_two_referrals_of_one_person_are_one_to_work_on(told_up_to):
    story = told_up_to(10)
    history = story["intake-worker"].get(f"/referrals/{story.day['referral']}/history").expect().body
    assert [each["source"] for each in history["joined"]] == ["self"]
    assert history["priority_changes"][0]["to_priority"] == "urgent"


def test_step_11_the_assessment_supports_the_referral_under_consent(told_up_to):
    assert told_up_to(11).consents["screening"]


def test_step_12_and_13_she_waited_in_line_and_took_the_place_that_was_offered(told_up_to):
    story = told_up_to(13)
    desk = story["intake-worker"]
    decisions = desk.get(f"/referrals/{story.day['referral']}/screenings").expect().body["items"]
    assert {each["outcome"] for each in decisions} == {"unknown", "eligible"}
    waited = desk.get(f"/referrals/{story.day['referral']}/waiting").expect().body
    assert (waited["program"], waited["state"]) == (PROGRAM, "placed")


def test_step_14_whom_the_program_is_not_for_is_off_the_list_only_when_in_touch_elsewhere(told_up_to):
    page = told_up_to(14)["intake-worker"].get("/worklist", owner="me", limit=100).expect().body
    assert all(line["clock"] is not None for line in page["items"] if not line["undocumented"])
    assert page["counts"]["everything"] >= len(page["items"])


def test_step_15_the_housing_officer_is_shown_nothing_of_who_helps_in_confidence(told_up_to):
    assert CLINIC not in str(told_up_to(15).directory("housing-officer"))

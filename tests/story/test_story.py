"""The case study, asserted step by step against the running platform (ICM_BASE_URL, ICM_OIDC_ISSUER)."""

from __future__ import annotations

from datetime import date

import pytest

from tests.story.proofs import spoiled
from tests.story.scene import CONTENT

pytestmark = [pytest.mark.platform, pytest.mark.slow, pytest.mark.timeout(300)]


def test_step_1_the_directory_shows_both_agencies_and_nothing_of_the_case(told_up_to):
    entry = told_up_to(1).directory()
    agencies = {each["agency"]["organisation"]: each["until"] for each in entry["involvements"]}
    assert agencies["social-care"] is not None
    assert agencies["youth-service"] is None
    assert set(entry) <= {"id", "version", "withheld", "name", "born", "involvements", "common_assessments"}


def test_step_2_the_consent_says_who_explained_it_and_what_it_means(told_up_to):
    story = told_up_to(2)
    consent = story["mentor"].get(f"/consents/{story.consents['talking']}").expect().body
    assert consent["explanation"]["explained_by"] == "mentor"
    assert consent["explanation"]["text"]
    assert consent["state"] == "given"


def test_step_3_the_directory_shows_that_an_assessment_exists_and_whom_to_ask(told_up_to):
    story = told_up_to(3)
    listed = story.directory()["common_assessments"]
    assert [each["practitioner"]["worker"] for each in listed] == ["mentor"]
    assert all("answers" not in each for each in listed)


def test_step_4_actions_have_owners_and_the_mentor_leads_at_the_girl_s_request(told_up_to):
    story = told_up_to(4)
    case = story.case_file("mentor").body
    assert (case["lead"]["worker"], case["lead"]["asked_by"]) == ("mentor", "client")
    assert set(story.actions) == {"mentor", "youth-worker", "housing-officer"}
    meetings = story["mentor"].get(f"/cases/{story.case}/meetings").expect().body["items"]
    assert date.fromisoformat(meetings[0]["next_review_on"]) > story.today


def test_step_5_each_sees_of_the_assessment_what_the_girl_has_opened(told_up_to):
    story = told_up_to(5)
    path = f"/assessments/{story.assessment}"
    whole = story["youth-worker"].get(path).expect().body
    assert {each["category"] for each in whole["answers"]} == set(CONTENT)
    part = story["housing-officer"].get(path).expect().body
    assert {each["category"] for each in part["answers"]} == {"housing"}
    assert part["withheld"] == sorted(set(CONTENT) - {"housing"})
    plan = story["girl"].get(f"/cases/{story.case}/plan").expect().body
    stands = {each["owner"]: each["status"] for each in plan["actions"]}
    assert stands == {"mentor": "agreed", "youth-worker": "under_way", "housing-officer": "agreed"}


def test_step_6_the_group_sees_when_it_is_paid_and_by_whose_leave(told_up_to):
    story = told_up_to(6)
    payments = story["carers-worker"].get("/payments", limit=100).expect().body["items"]
    assert payments[0]["amount"] == "211.75"
    assert payments[0]["approved_by"] == "finance-approver"
    assert payments[0]["released_by"] == "finance-releaser"
    assert date.fromisoformat(payments[0]["pay_on"]) >= story.today


def test_step_7_withdrawal_counts_in_under_a_second(told_up_to):
    story = told_up_to(7)
    assert story.refused_after_s < 1.0
    story["carers-worker"].get(f"/assessments/{story.assessment}").expect(403, code="access_denied")
    story["youth-worker"].get(f"/assessments/{story.assessment}").expect()


def test_step_8_the_log_verifies_and_the_girl_s_report_names_everybody_and_why(told_up_to, folder):
    story = told_up_to(8)
    assert story.verdict is not None and story.verdict.sound
    assert story.listener is not None and story.listener.checkpoints
    opened = {each["worker"]: each for each in story.report if each["door"] == "read_assessment"}
    assert {"mentor", "youth-worker", "housing-officer", "carers-worker"} >= set(opened)
    shown = [
        each
        for each in story.report
        if (each["door"], each["outcome"]) == ("read_assessment", "permitted") and each["categories"]
    ]
    assert shown
    assert [each for each in shown if each["basis"] != ["consent"] or not each["purpose"]] == []
    assert not spoiled(folder, word="youth-worker", other="yoùth-worker").sound

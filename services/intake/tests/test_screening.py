"""Screening by criteria that are data, with reasons and a version that is kept (IN-4, IN-10)."""

from __future__ import annotations

import pytest

from services.intake.tests.front_desk import DESK, EVERY_CRITERION_MET, OTHER_TEAM, TEAM_LEAD, good, refused
from services.intake.tests.screening_desk import competent

ICMT = {
    "nineteen_or_older": "met",
    "substance_use": "met",
    "functional_challenges": "met",
    "poorly_served": "met",
}


def test_a_decision_keeps_each_finding_its_reason_and_the_version_of_the_criteria(desk, outbox):
    referral = desk.referral()
    desk.reached(referral)
    decision = good(desk.screen(referral))
    assert (decision["outcome"], decision["criteria_version"]) == ("eligible", "example-1")
    assert [finding["criterion"] for finding in decision["findings"]] == list(EVERY_CRITERION_MET)
    assert all(finding["reason"] for finding in decision["findings"])
    assert decision["decided_by"] == "desk"
    (told,) = outbox("intake.referral.screened.v1")
    assert told.data["eligible"] is True


def test_one_criterion_that_is_not_met_ends_the_referral(desk, outbox):
    referral = desk.referral()
    desk.reached(referral)
    findings = {"child_or_youth": "not_met", "asks_for_support": "met"}
    assert good(desk.screen(referral, findings))["outcome"] == "not_eligible"
    assert desk.read(referral)["stage"] == "not_eligible"
    (told,) = outbox("intake.referral.screened.v1")
    assert told.data["eligible"] is False


def test_unknown_is_not_no_and_leaves_the_referral_open(desk, outbox):
    referral = desk.referral()
    desk.reached(referral)
    findings = {"child_or_youth": "unknown", "asks_for_support": "met"}
    assert good(desk.screen(referral, findings))["outcome"] == "unknown"
    assert desk.read(referral)["stage"] == "contacted"
    assert outbox("intake.referral.screened.v1") == []
    assert good(desk.screen(referral))["outcome"] == "eligible"


@pytest.mark.parametrize(
    ("findings", "pointer"),
    [
        ({"child_or_youth": "met"}, "/findings"),
        ({**EVERY_CRITERION_MET, "likes_music": "met"}, "/findings/2/criterion"),
    ],
)
def test_every_criterion_is_answered_and_no_other(desk, findings, pointer):
    referral = desk.referral()
    desk.reached(referral)
    answer = desk.screen(referral, findings)
    assert answer.status == 422
    assert answer.body["errors"][0]["pointer"] == pointer


def test_a_criterion_is_answered_once(desk):
    referral = desk.referral()
    finding = {"criterion": "child_or_youth", "finding": "met", "reason": "Told."}
    body = {"referral_id": referral["id"], "findings": [finding, {**finding, "finding": "not_met"}]}
    answer = desk.call("decide_screening", body, actor=DESK)
    assert answer.body["errors"][0]["pointer"] == "/findings"


def test_the_standard_leaves_intensive_case_management_to_the_team_lead(desk):
    referral = desk.referral(program="intensive_case_management")
    desk.reached(referral)
    competent(desk)
    assert refused(desk.screen(referral, ICMT)) == "not_competent_to_decide"
    decision = good(desk.screen(referral, ICMT, by=TEAM_LEAD))
    assert (decision["outcome"], decision["criteria_version"]) == ("eligible", "2014-1")


def test_nobody_is_screened_who_has_not_been_reached(desk):
    assert refused(desk.screen(desk.referral())) == "not_reached_yet"


def test_what_was_decided_is_not_decided_again(desk):
    referral = desk.referral()
    desk.reached(referral)
    good(desk.screen(referral))
    assert refused(desk.screen(referral)) == "decided_already"


def test_a_referral_that_ended_is_not_screened(desk):
    referral = desk.referral()
    desk.reached(referral)
    good(desk.screen(referral, {"child_or_youth": "not_met", "asks_for_support": "met"}))
    assert refused(desk.screen(referral)) == "referral_closed"


def test_another_team_cannot_decide(desk):
    referral = desk.referral()
    desk.reached(referral)
    assert refused(desk.screen(referral, by=OTHER_TEAM)) == "access_denied"


def test_a_decision_cannot_be_rewritten_even_in_the_database(desk, database):
    referral = desk.referral()
    desk.reached(referral)
    good(desk.screen(referral))
    for table in ("screenings", "findings"):
        with database.door() as session, pytest.raises(Exception, match="permission denied"):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")

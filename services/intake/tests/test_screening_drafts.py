"""A screening under way is saved as it goes, taken on by a colleague, and says what is to be found out (IN-4, GW-3)."""

from __future__ import annotations

import pytest

from intake.programs.shipped import shipped
from services.intake.tests.front_desk import DESK, OTHER_TEAM, SAME_TEAM, TEAM_LEAD, good, refused
from services.intake.tests.screening_desk import (
    begin,
    competent,
    decide,
    decisions,
    draft,
    found,
    publish,
    ready,
    save,
)


def test_a_screening_is_begun_saved_and_gone_on_with_by_a_colleague(desk):
    referral = ready(desk, "income_assistance")
    begun = good(begin(desk, referral))
    assert (begun["proposed"], begun["answers"]) == ("unknown", [])
    good(save(desk, referral, {"home_in_province": "true", "children": "2"}))
    again = good(begin(desk, referral, by=SAME_TEAM))
    assert again["id"] == begun["id"]
    after = good(save(desk, referral, {"monthly_income": "1700", "children": "1"}, by=SAME_TEAM))
    told = {each["fact"]: (each["value"], each["by"]) for each in after["answers"]}
    assert told == {
        "home_in_province": ("true", "desk"),
        "children": ("1", "desk-2"),
        "monthly_income": ("1700", "desk-2"),
    }
    assert after["still_to_find_out"] == [{"criterion": "in_need", "missing": ["assets"]}]
    done = good(save(desk, referral, {"assets": "12.50"}))
    assert (done["proposed"], done["still_to_find_out"]) == ("eligible", [])
    decision = good(decide(desk, referral, from_draft=True, by=SAME_TEAM))
    assert decision["outcome"] == "eligible"
    answered = {each["fact"]: each["answered_by"] for each in decision["answers"]}
    assert answered["home_in_province"] == "desk" and answered["monthly_income"] == "desk-2"
    assert draft(desk, referral).status == 404


def test_two_workers_at_once_the_second_is_told_that_the_draft_has_changed(desk):
    referral = ready(desk, "income_assistance")
    read = begin(desk, referral)
    good(save(desk, referral, {"assets": "1"}, if_match=read.etag))
    late = save(desk, referral, {"assets": "20000"}, by=SAME_TEAM, if_match=read.etag)
    assert late.status == 412
    assert save(desk, referral, {"assets": "2"}, if_match=None).status == 428
    (answer,) = good(draft(desk, referral))["answers"]
    assert answer["value"] == "1"


def test_an_answer_asked_and_not_known_is_kept_as_that(desk):
    referral = ready(desk, "income_assistance")
    good(begin(desk, referral))
    good(save(desk, referral, {"assets": "1"}))
    after = good(save(desk, referral, {"assets": None}))
    assert [(each["fact"], each["value"]) for each in after["answers"]] == [("assets", None)]


def test_a_finding_by_a_worker_is_drafted_without_a_reason_and_decided_only_with_one(desk):
    referral = ready(desk, "child_protection")
    good(begin(desk, referral))
    drafted = [
        {"criterion": "child_or_youth", "finding": "met"},
        {"criterion": "need_of_protection", "finding": "unknown"},
    ]
    after = good(save(desk, referral, findings=drafted))
    assert after["still_to_find_out"] == [{"criterion": "need_of_protection", "missing": ["concerns"]}]
    answer = decide(desk, referral, from_draft=True)
    assert [each["detail"] for each in answer.body["errors"]] == [
        "The finding on child_or_youth has no reason.",
        "The finding on need_of_protection has no reason.",
    ]
    taken_back = [{"criterion": "need_of_protection"}, {**drafted[0], "reason": "Her card says so."}]
    good(save(desk, referral, {"concerns": "harm"}, findings=taken_back))
    assert good(decide(desk, referral, from_draft=True))["outcome"] == "eligible"


def test_what_is_told_with_the_decision_comes_before_the_draft(desk):
    referral = ready(desk, "income_assistance")
    good(begin(desk, referral))
    good(
        save(
            desk,
            referral,
            {"home_in_province": "true", "monthly_income": "0", "assets": "0", "children": "0"},
        )
    )
    decision = good(decide(desk, referral, from_draft=True, answers={"assets": "50000"}))
    assert decision["outcome"] == "not_eligible"


def test_the_draft_stays_while_the_outcome_is_unknown(desk):
    referral = ready(desk, "income_assistance")
    good(begin(desk, referral))
    good(save(desk, referral, {"home_in_province": "true"}))
    assert good(decide(desk, referral, from_draft=True))["outcome"] == "unknown"
    assert len(good(draft(desk, referral))["answers"]) == 1


def test_deciding_by_findings_alone_ends_the_draft_too(desk):
    referral = ready(desk, "child_and_family_services")
    good(begin(desk, referral))
    good(desk.screen(referral))
    assert draft(desk, referral).status == 404
    assert refused(begin(desk, referral)) == "decided_already"


def test_there_is_no_draft_to_save_to_or_decide_from_before_it_is_begun(desk):
    referral = ready(desk, "income_assistance")
    assert save(desk, referral, {"assets": "1"}).status == 404
    assert decide(desk, referral, from_draft=True).status == 404


def test_nobody_screens_who_has_not_been_reached_or_is_of_another_team(desk):
    assert refused(begin(desk, desk.referral())) == "not_reached_yet"
    referral = ready(desk, "income_assistance")
    good(begin(desk, referral))
    for step in (begin, draft):
        assert refused(step(desk, referral, by=OTHER_TEAM)) == "access_denied"
    assert refused(save(desk, referral, {"assets": "1"}, by=OTHER_TEAM)) == "access_denied"


def test_wrong_answers_are_pointed_to_and_nothing_of_them_is_kept(desk):
    referral = ready(desk, "income_assistance")
    good(begin(desk, referral))
    answer = save(desk, referral, {"assets": "1", "children": "many", "shoe_size": "9"})
    assert [each["pointer"] for each in answer.body["errors"]] == ["/answers/1/value", "/answers/2/fact"]
    assert good(draft(desk, referral))["answers"] == []


def test_a_question_is_answered_once_in_one_call(desk):
    referral = ready(desk, "income_assistance")
    good(begin(desk, referral))
    twice = [{"fact": "assets", "value": "1"}, {"fact": "assets", "value": "2"}]
    body = {"referral_id": referral["id"], "answers": twice}
    answer = desk.call("save_screening_draft", body, actor=DESK, if_match="*")
    assert answer.body["errors"][0]["pointer"] == "/answers"


def test_a_lead_who_may_not_see_the_record_decides_by_what_a_colleague_noted_of_it(desk, clock):
    competent(desk)
    person = desk.person(born={"year": 2007, "month": 3, "day": 6})
    referral = ready(desk, "intensive_case_management", person_id=person["id"])
    good(begin(desk, referral))
    challenged = {
        "substance_use_severity": "problematic",
        "housing_challenges": "true",
        "income_challenges": "true",
        "health_challenges": "true",
        "difficult_access": "true",
    }
    noted = good(save(desk, referral, challenged))
    assert noted["derived"] == [{"fact": "age", "value": "18"}]
    assert good(draft(desk, referral, by=TEAM_LEAD))["derived"] == noted["derived"]
    assert good(draft(desk, referral, by=TEAM_LEAD))["proposed"] == "not_eligible"

    clock.advance(days=1)
    later = good(draft(desk, referral, by=TEAM_LEAD))
    assert later["derived"] == [{"fact": "age", "value": "18-19"}], "there may have been a birthday since"
    assert later["proposed"] == "unknown"
    clock.advance(days=365)
    assert good(draft(desk, referral, by=TEAM_LEAD))["derived"] == [{"fact": "age", "value": "19-20"}]
    assert good(draft(desk, referral))["derived"] == [{"fact": "age", "value": "19"}]
    decision = good(decide(desk, referral, from_draft=True, by=TEAM_LEAD))
    assert (decision["outcome"], decision["decided_by"]) == ("eligible", "team-lead")


@pytest.fixture
def hardship(desk):
    """Another program that asks what income assistance asks."""
    shipped_one = next(each for each in shipped() if each.program == "income_assistance")
    other = shipped_one.document.replace("program: income_assistance", "program: hardship_assistance")
    good(publish(desk, other.replace("2014-04-01", "2026-03-04")))
    return "hardship_assistance"


def test_what_the_person_answered_before_is_suggested_and_not_asked_again(desk, hardship, clock):
    person = desk.person()
    first = ready(desk, "income_assistance", person_id=person["id"])
    answers = {"home_in_province": "true", "monthly_income": "0", "assets": "0", "children": "0"}
    good(decide(desk, first, answers=answers))
    clock.advance(days=30)
    second = ready(desk, hardship, person_id=person["id"])
    begun = good(begin(desk, second))
    suggested = {each["fact"]: (each["value"], each["source"]) for each in begun["suggestions"]}
    assert suggested == {fact: (value, "screening") for fact, value in answers.items()}
    assert begun["answers"] == [], "a suggestion is taken over by a worker, not by itself"
    (earlier,) = decisions(desk, first)
    assert {each["reference"] for each in begun["suggestions"]} == {earlier["id"]}
    after = good(save(desk, second, {"assets": "100"}))
    assert "assets" not in {each["fact"] for each in after["suggestions"]}


def test_nothing_is_suggested_from_decisions_that_the_worker_may_not_see(desk, hardship):
    person = desk.person()
    good(decide(desk, ready(desk, "income_assistance", person_id=person["id"]), answers={"assets": "5"}))
    second = desk.referral(by=OTHER_TEAM, program=hardship, person_id=person["id"])
    good(desk.attempt(second, by=OTHER_TEAM, outcome="reached"))
    assert good(begin(desk, second, by=OTHER_TEAM))["suggestions"] == []


def test_findings_of_a_draft_show_what_the_rule_says_beside_them(desk):
    referral = ready(desk, "income_assistance")
    good(begin(desk, referral))
    doubt = [
        {"criterion": "lives_in_province", "finding": "unknown", "reason": "The address is of a friend."}
    ]
    after = good(save(desk, referral, {"home_in_province": "true"}, findings=doubt))
    (shown,) = (each for each in after["proposed_findings"] if each["criterion"] == "lives_in_province")
    assert (shown["finding"], shown["computed"]) == ("unknown", "met")
    assert found({"findings": after["findings"]}, "lives_in_province")["by"] == "desk"

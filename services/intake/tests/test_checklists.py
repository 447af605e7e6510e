"""The pre-assessment checklist: filled with the person who agreed to it, what it advises, what follows (IN-12)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.prelude.form import published
from services.intake.tests.front_desk import DESK, MENTOR, OTHER_TEAM, SAME_TEAM, good, refused
from services.intake.tests.hot_meals import GOOD
from services.intake.tests.screening_desk import begin, publish, ready

FORM = published()["pre_assessment_checklist"][1]
QUESTIONS = [question.code for question in FORM.questions]
ALL_WELL = {code: "no" if code == "cares_for_others" else "yes" for code in QUESTIONS}


def fill(desk, person, filled, *, by=DESK, **told: Any):
    body = {
        "person_id": person["id"],
        "answers": [{"question": code, "answer": answer} for code, answer in filled.items()],
        "agreement": {"by": "person", "how": "verbal"},
        "present": ["person", "practitioner"],
        **told,
    }
    return desk.call("record_checklist", body, actor=by)


def conclude(desk, checklist, conclusion, *, by=DESK, **told):
    body = {
        "checklist_id": checklist["id"],
        "conclusion": conclusion,
        "reason": "Agreed with the girl and her mother.",
        **told,
    }
    return desk.call("conclude_checklist", body, actor=by)


@pytest.fixture
def girl(desk):
    return desk.girl()


def test_a_checklist_advises_where_the_answers_point(desk, girl):
    answers = {**ALL_WELL, "cares_for_others": "yes", "home_secure": "no"}
    checklist = good(fill(desk, girl, answers))
    assert (checklist["advisable"], checklist["areas"]) == ("yes", ["family_and_caring", "housing"])
    assert checklist["areas_unknown"] == []
    assert (checklist["agreed_by"], checklist["present"]) == ("person", ["person", "practitioner"])
    assert checklist["form_content"]["source"]["kind"] == "example"


def test_all_well_advises_none_and_what_is_not_answered_is_unknown_not_well(desk, girl):
    assert good(fill(desk, girl, ALL_WELL))["advisable"] == "no"
    partly = good(fill(desk, girl, {"safe": "yes", "healthy": "unknown"}))
    assert partly["advisable"] == "unknown"
    assert "safety" not in partly["areas_unknown"] and "health" in partly["areas_unknown"]


@given(st.dictionaries(st.sampled_from(QUESTIONS), st.sampled_from(["yes", "no", "unknown"])))
def test_advice_never_turns_when_an_unknown_answer_becomes_known(answers):
    told = [{"question": code, "answer": answer} for code, answer in answers.items()]
    advice = FORM.advice(told)
    assert advice.advisable == ("yes" if advice.areas else "unknown" if advice.unknown else "no")
    for known in ("yes", "no"):
        filled = dict.fromkeys(QUESTIONS, known) | {
            code: answer for code, answer in answers.items() if answer != "unknown"
        }
        after = FORM.advice([{"question": code, "answer": answer} for code, answer in filled.items()])
        assert set(advice.areas) <= set(after.areas)
        assert after.unknown == ()


def test_without_agreement_nothing_is_recorded(desk, girl):
    body = {"person_id": girl["id"], "answers": [], "present": ["person"]}
    answer = desk.call("record_checklist", body, actor=DESK)
    assert {each["pointer"] for each in answer.body["errors"]} >= {"/agreement", "/answers"}
    late = fill(
        desk, girl, ALL_WELL, agreement={"by": "parent", "how": "written", "at": "2030-01-01T00:00:00Z"}
    )
    assert late.body["errors"][0]["pointer"] == "/agreement/at"
    assert good(desk.call("list_checklists", {}, actor=DESK))["items"] == []


@pytest.mark.parametrize(
    ("told", "pointer"),
    [
        ({"answers": [{"question": "hobbies", "answer": "yes"}]}, "/answers/0/question"),
        ({"answers": [{"question": "safe", "answer": "perhaps"}]}, "/answers/0/answer"),
        ({"answers": [{"question": "safe", "answer": "yes"}] * 2}, "/answers"),
        ({"form": "other_list"}, "/form"),
        ({"form_version": 9}, "/form"),
        ({"present": []}, "/present"),
        ({"present": ["nobody"]}, "/present/0"),
    ],
)
def test_what_does_not_fit_the_form_is_pointed_to(desk, girl, told, pointer):
    answer = fill(desk, girl, ALL_WELL, **told)
    assert answer.status == 422
    assert answer.body["errors"][0]["pointer"] == pointer


def test_answers_are_amended_until_it_is_on_record_what_follows(desk, girl):
    checklist = good(fill(desk, girl, ALL_WELL))
    body = {
        "checklist_id": checklist["id"],
        "answers": [{"question": "safe", "answer": "no", "note": "Outside."}],
    }
    assert desk.call("amend_checklist", body, actor=DESK).status == 428
    after = good(desk.call("amend_checklist", body, actor=SAME_TEAM, if_match="*"))
    assert (after["advisable"], after["areas"]) == ("yes", ["safety"])
    assert len(after["answers"]) == len(QUESTIONS)
    good(conclude(desk, checklist, "common_assessment"))
    assert refused(desk.call("amend_checklist", body, actor=DESK, if_match="*")) == "checklist_concluded"


def test_a_referral_follows_in_one_step_and_the_checklist_names_it(desk, girl, outbox):
    checklist = good(fill(desk, girl, {**ALL_WELL, "home_secure": "no"}))
    referral = {"program": "child_and_family_services", "source": "professional"}
    after = good(conclude(desk, checklist, "referral", referral=referral))
    assert (after["conclusion"], after["concluded_by"]) == ("referral", "desk")
    read = good(desk.call("read_referral", {"referral_id": after["referral_id"]}, actor=DESK))
    assert (read["person_id"], read["reason"]) == (girl["id"], "Agreed with the girl and her mother.")
    assert len(outbox("intake.referral.received.v1")) == 1
    assert refused(conclude(desk, checklist, "no_further_need")) == "checklist_concluded"


def test_no_further_need_is_kept_with_its_reason(desk, girl):
    checklist = good(fill(desk, girl, ALL_WELL))
    after = good(conclude(desk, checklist, "no_further_need"))
    assert (after["reason"], after["referral_id"]) == ("Agreed with the girl and her mother.", None)


def test_a_referral_is_told_exactly_when_one_is_made(desk, girl):
    checklist = good(fill(desk, girl, ALL_WELL))
    referral = {"program": "child_and_family_services", "source": "professional"}
    for answer in (
        conclude(desk, checklist, "referral"),
        conclude(desk, checklist, "no_further_need", referral=referral),
    ):
        assert answer.body["errors"][0]["pointer"] == "/referral"
    unknown = conclude(desk, checklist, "referral", referral={**referral, "program": "moon"})
    assert unknown.status == 422
    good(conclude(desk, checklist, "no_further_need"))


def test_whoever_fills_it_and_their_team_keep_it_and_others_do_not_see_it(desk, girl):
    checklist = good(fill(desk, girl, ALL_WELL))
    body = {"checklist_id": checklist["id"]}
    assert good(desk.call("read_checklist", body, actor=SAME_TEAM))["advisable"] == "no"
    for stranger in (OTHER_TEAM, MENTOR):
        assert refused(desk.call("read_checklist", body, actor=stranger)) == "access_denied"
        assert good(desk.call("list_checklists", {}, actor=stranger))["items"] == []
    assert len(good(desk.call("list_checklists", {"person_id": girl["id"]}, actor=DESK))["items"]) == 1


def test_a_mentor_cannot_fill_one_about_a_girl_whose_record_is_shut_to_her(desk, girl):
    assert refused(fill(desk, girl, ALL_WELL, by=MENTOR)) == "access_denied"


def test_the_form_is_read_in_both_languages(desk):
    form = good(desk.call("read_checklist_form", {"form": "pre_assessment_checklist"}, actor=MENTOR))
    assert [each["code"] for each in form["questions"]] == QUESTIONS
    assert all(each["question"]["fr"] for each in form["questions"])
    assert desk.call("read_checklist_form", {"form": "other"}, actor=MENTOR).status == 404


def test_a_checklist_answers_what_screening_asks_so_that_nobody_is_asked_twice(desk, girl):
    """The shipped criteria take nothing from the checklist; criteria that do get it as a suggestion."""
    informed = GOOD.replace(
        "type: boolean\n",
        "type: boolean\n    informed_by: [{form: pre_assessment_checklist, question: safe, category: family}]\n",
    )
    good(publish(desk, informed))
    checklist = good(fill(desk, girl, {**ALL_WELL, "safe": "no"}))
    begun = good(begin(desk, ready(desk, "hot_meals", person_id=girl["id"])))
    (suggestion,) = begun["suggestions"]
    assert (suggestion["fact"], suggestion["value"]) == ("wants_to", "false")
    assert (suggestion["source"], suggestion["reference"]) == ("checklist", checklist["id"])

"""Findings computed from answers and the record; who may decide otherwise; what is kept (IN-4)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from services.intake.tests.front_desk import (
    DESK,
    OTHER_TEAM,
    SAME_TEAM,
    TEAM_LEAD,
    good,
    refused,
)
from services.intake.tests.screening_desk import begin, competent, decide, decisions, found, publish, ready

EATS = {"home_in_province": "true", "monthly_income": "900.50", "assets": "0", "children": "0"}


def aged(desk, program, **born):
    person = desk.person(born=born) if born else desk.person()
    return ready(desk, program, person_id=person["id"])


def test_the_rules_find_and_the_outcome_follows(desk, outbox):
    referral = ready(desk, "income_assistance")
    decision = good(decide(desk, referral, answers=EATS))
    assert (decision["outcome"], decision["proposed"]) == ("eligible", "eligible")
    need = found(decision, "in_need")
    assert (need["finding"], need["computed"], need["missing"]) == ("met", "met", [])
    assert need["because"] == ["assets", "children", "monthly_income"]
    assert need["reason"]
    assert desk.read(referral)["stage"] == "eligible"
    (told,) = outbox("intake.referral.screened.v1")
    assert set(told.data) == {"referral_id", "person_id", "program", "eligible"}


def test_a_rule_that_is_not_met_says_which_facts_decided(desk):
    decision = good(decide(desk, ready(desk, "income_assistance"), answers={**EATS, "assets": "10000"}))
    assert decision["outcome"] == "not_eligible"
    assert found(decision, "in_need")["because"] == ["assets"]


def test_what_is_unknown_is_named_and_leaves_the_clock_running(desk, outbox):
    referral = ready(desk, "income_assistance")
    answers = {"home_in_province": "true", "monthly_income": None, "children": "0"}
    decision = good(decide(desk, referral, answers=answers))
    assert decision["outcome"] == "unknown"
    assert decision["still_to_find_out"] == [
        {"criterion": "in_need", "missing": ["assets", "monthly_income"]}
    ]
    assert outbox("intake.referral.screened.v1") == []
    after = desk.read(referral)
    assert after["stage"] == "contacted"
    assert [c["state"] for c in after["clocks"] if c["kind"] == "eligibility"] == ["running"]
    assert good(decide(desk, referral, answers=EATS))["outcome"] == "eligible"
    assert [each["outcome"] for each in decisions(desk, referral)] == ["eligible", "unknown"]


@pytest.mark.parametrize(
    ("born", "finding"),
    [
        ({"year": 1966, "month": 3, "day": 4}, "met"),
        ({"year": 1966, "month": 3, "day": 5}, "not_met"),
        ({"year": 1966, "month": 3}, "unknown"),
        ({"year": 1966}, "unknown"),
        ({"year": 1965}, "met"),
        ({"year": 1965, "approximate": True}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_age_is_taken_from_the_record_as_far_as_it_is_known(desk, born, finding):
    referral = aged(desk, "seniors_supplement", **born)
    decision = good(decide(desk, referral, answers={"federal_benefits": "allowance"}))
    age = found(decision, "sixty_or_older")
    assert age["finding"] == finding
    assert age["missing"] == (["age"] if finding == "unknown" else [])
    outcome = {"met": "eligible", "not_met": "not_eligible", "unknown": "unknown"}[finding]
    assert decision["outcome"] == outcome


def test_the_facts_are_kept_as_they_were_whatever_the_record_says_later(desk):
    person = desk.person(born={"year": 1950})
    referral = ready(desk, "seniors_supplement", person_id=person["id"])
    good(decide(desk, referral, answers={"federal_benefits": "income_supplement"}))
    body = {"person_id": person["id"], "born": {"year": 1990}}
    good(desk.call("amend_person", body, actor=DESK, if_match="*"))
    (decision,) = decisions(desk, referral)
    told = {each["fact"]: (each["value"], each["derived"]) for each in decision["answers"]}
    assert told == {"age": ("75-76", True), "federal_benefits": ("income_supplement", False)}
    assert [each["answered_by"] for each in decision["answers"]] == [None, "desk"]


def test_a_decision_is_read_with_every_question_and_rule_as_they_were(desk):
    referral = ready(desk, "income_assistance")
    good(decide(desk, referral, answers=EATS))
    (decision,) = decisions(desk, referral, by=SAME_TEAM)
    criteria = decision["criteria"]
    assert criteria["source"] == {"kind": "example", "reference": "example"}
    assert criteria["criteria"][0]["rule"] == {"fact": "home_in_province", "eq": True}
    assert criteria["criteria"][0]["question"]["fr"].startswith("La personne vit-elle")
    assert len(criteria["digest"]) == 64
    assert refused(desk.call("list_screenings", {"referral_id": referral["id"]}, actor=OTHER_TEAM))


@pytest.mark.parametrize(
    ("answers", "pointer"),
    [
        ({"shoe_size": "9"}, "/answers/0/fact"),
        ({"age": "20"}, "/answers/0/fact"),
        ({"home_in_province": "yes"}, "/answers/0/value"),
        ({"assets": "a lot"}, "/answers/0/value"),
        ({"assets": "-1"}, "/answers/0/value"),
        ({"assets": "1e9"}, "/answers/0/value"),
        ({"assets": "NaN"}, "/answers/0/value"),
        ({"assets": "٣"}, "/answers/0/value"),
        ({"children": "31"}, "/answers/0/value"),
    ],
)
def test_an_answer_that_does_not_fit_its_question_is_pointed_to(desk, answers, pointer):
    answer = decide(desk, ready(desk, "income_assistance"), answers=answers)
    assert answer.status == 422
    assert [each["pointer"] for each in answer.body["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("born", "fits"),
    [
        ("2020", True),
        ("2020-05", True),
        ("2020-05-07", True),
        ("2020-02-30", False),
        ("2020-13", False),
        ("2027", False),
        ("1850", False),
        ("0000", False),
        ("soon", False),
    ],
)
def test_a_date_of_birth_is_answered_as_far_as_it_is_known(desk, born, fits):
    answer = decide(desk, ready(desk, "child_care_subsidy"), answers={"youngest_child": born})
    assert (answer.status == 200) is fits, answer.body


def test_what_a_worker_finds_without_a_rule_knowing_stands(desk):
    referral = ready(desk, "child_protection", person={"names": [{"kind": "alias", "given": "Red"}]})
    findings = [
        {"criterion": "child_or_youth", "finding": "met", "reason": "The school confirmed the age."},
        {"criterion": "need_of_protection", "finding": "met", "reason": "Signs that fit no list."},
    ]
    decision = good(decide(desk, referral, answers={"concerns": "none"}, findings=findings))
    assert decision["outcome"] == "eligible"
    assert found(decision, "need_of_protection")["computed"] == "unknown"


def test_of_two_who_decide_at_once_one_does(desk, outbox):
    referral = ready(desk, "income_assistance")
    good(begin(desk, referral))
    with ThreadPoolExecutor(4) as pool:
        deciding = [
            pool.submit(decide, desk, referral, by=by, answers={**EATS, "assets": assets})
            for by in (DESK, SAME_TEAM)
            for assets in ("0", "99999")
        ]
        answers = [each.result() for each in deciding]
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
    assert len(outbox("intake.referral.screened.v1")) == len(decisions(desk, referral)) == 1


def test_of_two_who_begin_at_once_both_go_on_with_the_same_draft(desk):
    referral = ready(desk, "income_assistance")
    with ThreadPoolExecutor(4) as pool:
        begun = list(pool.map(lambda by: begin(desk, referral, by=by), (DESK, SAME_TEAM) * 2))
    assert len({good(answer)["id"] for answer in begun}) == 1


# -- deciding otherwise


def sixteen(desk):
    return aged(desk, "seniors_supplement", year=2010)


def test_a_finding_against_its_rule_is_for_those_whom_the_criteria_name(desk):
    referral = sixteen(desk)
    finding = {"criterion": "sixty_or_older", "finding": "met", "reason": "Looks older."}
    answer = decide(desk, referral, answers={"federal_benefits": "allowance"}, findings=[finding])
    assert refused(answer) == "against_the_rules"
    assert answer.body["errors"][0]["pointer"] == "/findings"
    assert desk.read(referral)["stage"] == "contacted"


def test_the_outcome_against_the_rules_needs_a_reason_and_a_role(desk):
    referral = sixteen(desk)
    body = {"answers": {"federal_benefits": "allowance"}, "outcome": "eligible"}
    why = "The date of birth on file is of her daughter."
    assert refused(decide(desk, referral, **body, disagreement=why)) == "against_the_rules"
    lead = TEAM_LEAD
    without = decide(desk, referral, **body, by=lead)
    assert without.body["errors"][0]["pointer"] == "/disagreement"
    decision = good(decide(desk, referral, **body, disagreement=why, by=lead))
    assert (decision["outcome"], decision["proposed"], decision["disagreement"]) == (
        "eligible",
        "unknown",
        why,
    ), "the team lead is not let to see the date of birth"
    assert desk.read(referral)["stage"] == "eligible"


def test_the_standard_lets_nobody_decide_against_its_rules(desk):
    competent(desk)
    referral = aged(desk, "intensive_case_management", year=2010)
    answer = decide(desk, referral, answers={}, outcome="eligible", disagreement="Nearly 19.", by=TEAM_LEAD)
    assert refused(answer) == "against_the_rules"


def test_an_exception_counts_a_criterion_as_met_with_its_reason(desk):
    referral = ready(desk, "income_assistance")
    body = {
        "answers": {**EATS, "assets": "20000"},
        "exceptions": [{"exception": "hardship", "reason": "The money is in a dispute."}],
    }
    assert refused(decide(desk, referral, **body)) == "exception_not_allowed"
    decision = good(decide(desk, referral, **body, by=TEAM_LEAD))
    assert (decision["outcome"], found(decision, "in_need")["finding"]) == ("eligible", "not_met")
    assert decision["exceptions"] == body["exceptions"]


def test_an_exception_that_there_is_not_is_pointed_to(desk):
    body = {"answers": EATS, "exceptions": [{"exception": "friend", "reason": "A friend."}]}
    answer = decide(desk, ready(desk, "income_assistance"), **body)
    assert answer.body["errors"][0]["pointer"] == "/exceptions/0/exception"


# -- rights


def test_rights_information_is_recorded_with_the_decision(desk, clock):
    referral = ready(desk, "income_assistance")
    decision = good(decide(desk, referral, answers=EATS, rights_information={"way": "both"}))
    (rights,) = decision["rights_information"]
    assert (rights["given_by"], rights["way"], rights["recorded_by"]) == ("desk", "both", "desk")


def test_rights_information_given_later_is_added_and_the_decision_stays(desk, clock):
    referral = ready(desk, "income_assistance")
    decision = good(decide(desk, referral, answers=EATS))
    assert decision["rights_information"] == []
    clock.advance(hours=2)
    body = {
        "referral_id": referral["id"],
        "screening_id": decision["id"],
        "way": "verbal",
        "given_by": "desk-2",
    }
    after = good(desk.call("record_rights_information", body, actor=DESK))
    assert [each["given_by"] for each in after["rights_information"]] == ["desk-2"]
    for wrong in ("2026-03-05T12:00:00Z", "2020-01-01T12:00:00Z"):
        answer = desk.call("record_rights_information", {**body, "given_at": wrong}, actor=DESK)
        assert answer.body["errors"][0]["pointer"] == "/given_at"
    other = ready(desk, "income_assistance")
    answer = desk.call("record_rights_information", {**body, "referral_id": other["id"]}, actor=DESK)
    assert answer.status == 404


def test_a_decision_with_answers_is_not_rewritten_even_in_the_database(desk, database):
    good(decide(desk, ready(desk, "income_assistance"), answers=EATS, rights_information={"way": "both"}))
    for table in ("screening_answers", "rights_given", "criteria_versions"):
        with database.door() as session, pytest.raises(Exception, match="permission denied"):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")


# -- what the record tells

KNOWN_BY_RECORD = """\
program: after_care
version: "1"
in_force_from: 2026-03-04
name: {en: After care, fr: Suivi}
source: {kind: example}
decided_by: {roles: [intake_worker]}
criteria:
  - code: by_a_professional
    question: {en: "Did a professional refer?", fr: "Un professionnel a-t-il orienté?"}
    rule: {fact: referral_source, in: [professional, agency]}
  - code: pressing
    question: {en: "Is it pressing?", fr: "Est-ce pressant?"}
    rule: {any: [{fact: referral_priority, eq: crisis}, {fact: returning_in_crisis, eq: true}]}
  - code: without_address
    question: {en: "Has the person no address?", fr: "La personne est-elle sans adresse?"}
    rule: {fact: no_fixed_address, eq: true}
  - code: known
    question: {en: "Was the person served before?", fr: "La personne a-t-elle déjà été servie?"}
    rule: {fact: served_before, eq: true}
"""


def test_nobody_is_asked_what_the_record_tells_and_what_it_does_not_tell_is_unknown(desk):
    good(publish(desk, KNOWN_BY_RECORD))
    person = desk.person(no_fixed_address=True)
    told = {"source": "agency", "priority": "crisis"}
    referral = ready(desk, "after_care", person_id=person["id"], **told)
    decision = good(decide(desk, referral, answers={}))
    findings = {each["criterion"]: each["finding"] for each in decision["findings"]}
    assert findings == {
        "by_a_professional": "met",
        "pressing": "met",
        "without_address": "met",
        "known": "unknown",
    }
    housed = ready(desk, "after_care", source="self")
    decision = good(decide(desk, housed, answers={}))
    findings = {each["criterion"]: each["finding"] for each in decision["findings"]}
    assert findings["without_address"] == "unknown", "that nobody ticked a box says nothing"
    assert findings["pressing"] == "not_met"
    assert decision["outcome"] == "not_eligible"

"""Whoever decides holds the competences that the criteria ask for, on record for that day (IN-4)."""

from __future__ import annotations

from services.intake.tests.front_desk import DESK, TEAM_LEAD, good, refused
from services.intake.tests.screening_desk import (
    OF_THE_STANDARD,
    PROGRAM_MANAGER,
    begin,
    competent,
    decide,
    draft,
    ready,
)

CHALLENGED = {
    "substance_use_severity": "problematic",
    "housing_challenges": "true",
    "income_challenges": "true",
    "health_challenges": "true",
    "difficult_access": "true",
}


def of_age(desk):
    person = desk.person(born={"year": 1980})
    return ready(desk, "intensive_case_management", person_id=person["id"])


def test_the_standard_asks_for_four_competences_and_names_those_not_on_record(desk):
    referral = of_age(desk)
    competent(desk, "substance_use", "mental_health")
    answer = decide(desk, referral, answers=CHALLENGED, by=TEAM_LEAD)
    assert refused(answer) == "competence_missing"
    assert answer.body["detail"] == "Not on record for today: functional_capacity, homelessness."
    competent(desk, "functional_capacity", "homelessness")
    of_age_too = {"criterion": "nineteen_or_older", "finding": "met", "reason": "Seen on a card."}
    decision = good(decide(desk, referral, answers=CHALLENGED, findings=[of_age_too], by=TEAM_LEAD))
    assert decision["outcome"] == "eligible"


def test_a_competence_counts_on_its_last_day_and_not_on_the_next(desk, clock):
    referral = of_age(desk)
    competent(desk, *OF_THE_STANDARD[:3])
    competent(desk, OF_THE_STANDARD[3], valid_from="2026-03-01", valid_until="2026-03-05")
    unknown = {"substance_use_severity": "problematic"}
    clock.advance(days=1)
    assert decide(desk, referral, answers=unknown, by=TEAM_LEAD).status == 200
    clock.advance(days=1)
    assert refused(decide(desk, referral, answers=unknown, by=TEAM_LEAD)) == "competence_missing"


def test_a_competence_that_begins_later_does_not_count_yet(desk):
    competent(desk, *OF_THE_STANDARD[:3])
    competent(desk, OF_THE_STANDARD[3], valid_from="2026-03-05")
    assert refused(decide(desk, of_age(desk), answers={}, by=TEAM_LEAD)) == "competence_missing"


def test_a_competence_that_was_ended_counts_no_more_and_does_not_end_twice(desk):
    recorded = competent(desk)
    body = {"competence_id": recorded[0]["id"], "because": "The certificate was withdrawn."}
    ended = good(desk.call("end_competence", body, actor=PROGRAM_MANAGER))
    assert (ended["ended_on"], ended["ended_by"]) == ("2026-03-04", "program-manager")
    assert refused(desk.call("end_competence", body, actor=PROGRAM_MANAGER)) == "competence_ended"
    assert refused(decide(desk, of_age(desk), answers={}, by=TEAM_LEAD)) == "competence_missing"


def test_nobody_vouches_for_themselves(desk):
    body = {"worker": "program-manager", "competence": "homelessness", "evidence": "I know it."}
    assert refused(desk.call("record_competence", body, actor=PROGRAM_MANAGER)) == "vouches_for_themselves"


def test_a_decider_records_no_competence_at_all(desk):
    body = {"worker": "desk-2", "competence": "homelessness", "evidence": "Seen."}
    for worker in (DESK, TEAM_LEAD):
        assert refused(desk.call("record_competence", body, actor=worker)) == "permission_missing"


def test_a_period_that_ends_before_it_begins_is_pointed_to(desk):
    body = {
        "worker": "team-lead",
        "competence": "homelessness",
        "evidence": "Seen.",
        "valid_from": "2026-03-05",
        "valid_until": "2026-03-04",
    }
    answer = desk.call("record_competence", body, actor=PROGRAM_MANAGER)
    assert answer.body["errors"][0]["pointer"] == "/valid_until"


def test_competences_are_listed_by_worker_and_by_what_counts_today(desk):
    competent(desk, "homelessness", valid_from="2020-01-01", valid_until="2021-01-01")
    competent(desk, "homelessness", "mental_health", worker=DESK)

    def listed(**asked):
        page = good(desk.call("list_competences", asked, actor=TEAM_LEAD))
        return [(each["worker"], each["competence"]) for each in page["items"]]

    assert len(listed()) == 3
    assert listed(worker="desk", competence="homelessness") == [("desk", "homelessness")]
    assert listed(competence="homelessness", held_only=True) == [("desk", "homelessness")]


def test_the_sheet_says_beforehand_whether_the_reader_may_decide(desk):
    referral = of_age(desk)
    at_the_desk = good(begin(desk, referral))
    assert (at_the_desk["may_decide"], len(at_the_desk["competences_missing"])) == (False, 4)
    competent(desk, *OF_THE_STANDARD[1:])
    before = good(draft(desk, referral, by=TEAM_LEAD))
    assert (before["may_decide"], before["competences_missing"]) == (False, ["substance_use"])
    competent(desk, "substance_use")
    assert good(draft(desk, referral, by=TEAM_LEAD))["may_decide"] is True

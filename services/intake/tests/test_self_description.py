"""What people say of themselves, what they would rather not say, and what nobody asked (IN-7)."""

from __future__ import annotations

from services.intake.tests.front_desk import DESK
from services.intake.tests.people_desk import amend, history, legal, refusals, tell

TODAY = "2026-03-04"
BY_HERSELF = {"answer": "told", "told_by": "self", "told_on": "2026-02-01"}
RATHER_NOT = {"answer": "prefers_not_to_say", "told_by": "self"}


def answers(person):
    return {
        aspect: answer["answer"]
        for aspect, answer in person["self_described"].items()
        if answer["answer"] != "not_asked"
    }


def test_nothing_was_asked_of_somebody_known_by_a_name_only(desk):
    person = desk.person()
    assert answers(person) == {}
    assert set(person["self_described"]) == {
        "gender",
        "pronouns",
        "indigenous_identity",
        "indigenous_nation",
        "languages",
        "interpreter",
        "communication_needs",
    }


def test_what_was_told_is_on_record_with_who_told_it_and_when(desk):
    person = desk.person(gender="two-spirit", self_described={"gender": BY_HERSELF})
    assert person["gender"] == "two-spirit"
    assert person["self_described"]["gender"] == BY_HERSELF


def test_told_by_somebody_else_is_not_self_described(desk):
    told = {"answer": "told", "told_by": "somebody_else"}
    person = desk.person(pronouns="she/her", self_described={"pronouns": told})
    assert person["self_described"]["pronouns"] == {**told, "told_on": TODAY}


def test_what_is_sent_without_saying_who_told_it_counts_as_told_by_nobody_known(desk):
    person = desk.person(gender="woman")
    assert person["self_described"]["gender"] == {"answer": "told", "told_by": None, "told_on": TODAY}


def test_rather_not_is_neither_unknown_nor_never_asked(desk):
    person = desk.person(self_described={"gender": RATHER_NOT, "indigenous_identity": {"answer": "unknown"}})
    assert answers(person) == {"gender": "prefers_not_to_say", "indigenous_identity": "unknown"}
    assert person["gender"] is None


def test_who_would_rather_not_say_after_all_takes_back_what_was_said(desk):
    person = desk.person(gender="woman", indigenous_nation="Haida")
    amended = amend(desk, person, self_described={"gender": RATHER_NOT})
    assert (amended["gender"], amended["indigenous_nation"]) == (None, "Haida")
    before = [change["before"] for change in history(desk, person) if change["field"] == "gender"]
    assert before == [None, "woman"]


def test_an_answer_is_taken_back_as_if_nobody_had_asked(desk):
    person = desk.person(self_described={"gender": RATHER_NOT})
    assert answers(amend(desk, person, self_described={"gender": None})) == {}


def test_rather_not_say_as_a_code_of_identity_is_an_answer_too(desk):
    person = desk.person(indigenous_identity="prefers_not_to_say")
    assert answers(person) == {"indigenous_identity": "prefers_not_to_say"}


def test_languages_are_spoken_written_and_preferred_and_an_interpreter_signs(desk):
    told = {
        "languages": ["pa", "en"],
        "written_languages": ["pa"],
        "preferred_language": "pa",
        "interpreter_language": "ase",
        "communication_needs": "Large print, please.",
    }
    person = desk.person(**told)
    assert {field: person[field] for field in told} == told
    assert person["interpreter_needed"] is True


def test_that_no_interpreter_is_needed_is_an_answer_and_not_a_gap(desk):
    person = desk.person()
    amended = amend(desk, person, interpreter_needed=False)
    assert answers(amended) == {"interpreter": "told"}


def test_answers_that_cannot_be_are_refused_with_their_field(desk):
    for told, pointer in [
        ({"gender": "woman", "self_described": {"gender": RATHER_NOT}}, "/self_described/gender/answer"),
        ({"self_described": {"gender": BY_HERSELF}}, "/self_described/gender/answer"),
        ({"self_described": {"gender": {"answer": "maybe"}}}, "/self_described/gender/answer"),
        ({"self_described": {"shoe_size": RATHER_NOT}}, "/self_described/shoe_size"),
        (
            {"self_described": {"gender": {**RATHER_NOT, "told_on": "2027-01-01"}}},
            "/self_described/gender/told_on",
        ),
        (
            {"self_described": {"gender": {**RATHER_NOT, "told_on": "2026-02-30"}}},
            "/self_described/gender/told_on",
        ),
        ({"preferred_language": "Panjabi"}, "/preferred_language"),
        ({"communication_needs": "x" * 501}, "/communication_needs"),
    ]:
        answer = desk.call("record_person", {"names": [legal("Ana")], **told}, actor=DESK)
        assert [at for at, _ in refusals(answer)] == [pointer]


def test_an_interpreter_of_a_language_contradicts_that_none_is_needed(desk):
    person = desk.person()
    answer = tell(
        desk, "amend_person", person, if_match="*", interpreter_needed=False, interpreter_language="pa"
    )
    assert refusals(answer) == [("/interpreter_language", "contradiction")]

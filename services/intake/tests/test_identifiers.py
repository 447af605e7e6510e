"""Identifiers in other systems: schemes held as data, check digits, and the same number on two records (IN-7, IN-8)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.people.identifiers.checks import luhn, weighted_mod_11
from intake.people.identifiers.schemes import SchemesInvalid, read_schemes, schemes
from services.intake.tests.front_desk import DESK, MENTOR, OTHER_TEAM, SOCIAL_WORKER, good, refused
from services.intake.tests.people_desk import (
    HEALTH_NUMBER,
    INSURANCE_NUMBER,
    amend,
    history,
    in_digits_from,
    legal,
    read,
    refusals,
    tell,
)

WEIGHTS = (2, 4, 8, 5, 10, 9, 7, 3)


def add(desk, person, **told):
    return tell(desk, "add_identifier", person, **told)


def whole(desk, person, **by):
    return good(tell(desk, "read_identifiers", person, **by))["identifiers"]


def test_an_identifier_is_kept_as_typed_and_shown_masked_but_where_the_task_needs_it(desk):
    person = desk.person(identifiers=[HEALTH_NUMBER])
    (shown,) = read(desk, person)["identifiers"]
    assert (shown["value"], shown["scheme"], shown["source"]) == ("•••••••173", "bc_phn", "told")
    assert whole(desk, person)[0]["value"] == "9012 372 173"


def test_reading_identifiers_whole_is_an_access_of_its_own_in_the_log(desk, outbox):
    person = desk.person(identifiers=[HEALTH_NUMBER])
    whole(desk, person)
    entry = outbox.entries()[-1]
    assert (entry["door"], entry["persons"]) == ("read_identifiers", [person["id"]])
    assert "9012" not in str(entry)


def test_who_need_not_know_the_number_is_not_let_to_it(desk):
    person = desk.person(identifiers=[HEALTH_NUMBER])
    assert refused(tell(desk, "read_identifiers", person, by=MENTOR)) == "permission_missing"
    assert refused(tell(desk, "read_identifiers", person, by=SOCIAL_WORKER)) == "access_denied"


def test_a_number_that_cannot_be_right_is_refused_with_field_and_rule_and_never_repeated(desk):
    for told, pointer, rule in [
        ({"scheme": "bc_phn", "value": "9012 372 174"}, "/value", "check_digit"),
        ({"scheme": "bc_phn", "value": "8012 372 173"}, "/value", "form"),
        ({"scheme": "bc_phn", "value": "901237217"}, "/value", "form"),
        ({"scheme": "sin", "value": "046 454 286"}, "/value", "form"),
        ({"scheme": "sin", "value": "846 454 286"}, "/value", "form"),
        ({"scheme": "sin", "value": "130 692 545"}, "/value", "check_digit"),
        ({"scheme": "bc_pen", "value": "123456789"}, "/value", "check_digit"),
        ({"scheme": "library_card", "value": "1"}, "/scheme", "choice"),
        ({"scheme": "passport", "value": "AB123456"}, "/issuer", "issuer"),
        ({"scheme": "passport", "issuer": "🦊", "value": "AB123456"}, "/issuer", "issuer"),
        ({"scheme": "sin", "issuer": "CA", "value": "130692544"}, "/issuer", "issuer"),
        ({"scheme": "status_registry", "value": "12345"}, "/value", "form"),
        ({"scheme": "bc_phn", "value": "\N{MATHEMATICAL BOLD DIGIT NINE}" * 2}, "/value", "form"),
        ({"scheme": "sin", "value": "x" * 101}, "/value", "length"),
    ]:
        answer = add(desk, desk.person(), **told)
        assert refusals(answer) == [(pointer, rule)]
        assert told["value"] not in str(answer.body)


def test_where_a_person_is_recorded_the_field_is_named_within_the_list(desk):
    wrong = {**HEALTH_NUMBER, "value": "9012 372 174"}
    body = {"names": [legal("Ana")], "identifiers": [INSURANCE_NUMBER, wrong]}
    answer = desk.call("record_person", body, actor=DESK)
    assert refusals(answer) == [("/identifiers/1/value", "check_digit")]


def test_within_a_referral_the_field_is_named_within_the_person(desk):
    wrong = {**HEALTH_NUMBER, "value": "9012 372 174"}
    body = {
        "person": {"names": [legal("Ana")], "identifiers": [wrong]},
        "program": "child_and_family_services",
        "source": "self",
        "reason": "Asks for help.",
    }
    answer = desk.call("receive_referral", body, actor=DESK)
    assert refusals(answer) == [("/person/identifiers/0/value", "check_digit")]


def test_however_it_is_typed_it_is_the_same_number(desk):
    for typed in [
        "9012372173",
        "9012-372-173",
        " 9012.372.173 ",
        in_digits_from("\N{FULLWIDTH DIGIT ZERO}", "9012372173"),
        "9012\N{NON-BREAKING HYPHEN}372173",
    ]:
        person = desk.person(identifiers=[HEALTH_NUMBER])
        assert refused(add(desk, person, scheme="bc_phn", value=typed)) == "identifier_known_already"


def test_the_same_number_of_another_issuer_is_another_identifier(desk):
    person = desk.person()
    good(add(desk, person, scheme="drivers_licence", issuer="BC", value="1234567"))
    good(add(desk, person, scheme="drivers_licence", issuer="AB", value="1234567"))
    assert refused(add(desk, person, scheme="drivers_licence", issuer="bc", value="123-4567")) == (
        "identifier_known_already"
    )


def test_an_identifier_ends_for_a_reason_stays_on_record_and_may_be_given_again(desk):
    person = good(add(desk, desk.person(), **HEALTH_NUMBER))
    (identifier,) = person["identifiers"]
    ended = good(tell(desk, "end_identifier", person, identifier_id=identifier["id"], because="lost"))
    assert [(each["ended_because"], each["used_until"]) for each in ended["identifiers"]] == [
        ("lost", "2026-03-04")
    ]
    assert len(good(add(desk, person, **HEALTH_NUMBER))["identifiers"]) == 2


def test_a_whole_list_of_identifiers_supersedes_what_is_not_in_it(desk):
    person = desk.person(identifiers=[HEALTH_NUMBER])
    amended = amend(desk, person, identifiers=[INSURANCE_NUMBER])
    assert [(each["scheme"], each["ended_because"]) for each in amended["identifiers"]] == [
        ("bc_phn", "superseded"),
        ("sin", None),
    ]
    again = amend(desk, person, identifiers=[{**INSURANCE_NUMBER, "value": "130692544"}])
    assert again["identifiers"] == amended["identifiers"]


def test_a_masked_number_sent_back_is_refused_and_never_kept(desk):
    person = desk.person(identifiers=[HEALTH_NUMBER])
    sent_back = {"scheme": "bc_phn", "value": person["identifiers"][0]["value"]}
    answer = tell(desk, "amend_person", person, if_match="*", identifiers=[sent_back])
    assert refusals(answer) == [("/identifiers/0/value", "form")]


# -- the same number on two records


def test_the_same_number_on_a_second_record_does_not_stop_the_desk_and_is_told_at_once(desk):
    first = desk.person(identifiers=[HEALTH_NUMBER])
    assert first["possible_duplicates"] == []
    second = desk.person(given="Anna", identifiers=[{**HEALTH_NUMBER, "value": "9012372173"}])
    assert second["possible_duplicates"] == [first["id"]]
    third = desk.person(given="A")
    assert good(add(desk, third, **HEALTH_NUMBER))["possible_duplicates"] == sorted(
        [first["id"], second["id"]]
    )


def test_who_may_not_see_the_other_record_is_not_told_that_it_is_there(desk):
    first = desk.person(identifiers=[HEALTH_NUMBER])
    desk.restrict(first)
    assert desk.person(given="Anna", identifiers=[HEALTH_NUMBER])["possible_duplicates"] == []
    by_social_work = desk.person(given="An", by=SOCIAL_WORKER, identifiers=[HEALTH_NUMBER])
    assert by_social_work["possible_duplicates"] == []


def test_a_number_recorded_in_error_is_no_sign_of_a_duplicate(desk):
    first = desk.person(identifiers=[HEALTH_NUMBER])
    wrong = {"identifier_id": first["identifiers"][0]["id"], "because": "recorded_in_error"}
    good(tell(desk, "end_identifier", first, **wrong))
    assert desk.person(given="Anna", identifiers=[HEALTH_NUMBER])["possible_duplicates"] == []


def test_the_history_of_an_identifier_hides_the_number(desk):
    person = desk.person(identifiers=[HEALTH_NUMBER])
    (change,) = [change for change in history(desk, person) if change["field"] == "identifiers"]
    assert change["after"]["value"].endswith("173")
    assert "9012" not in str(change)


def test_another_team_sees_that_there_is_a_number_and_its_last_signs(desk):
    person = desk.person(identifiers=[HEALTH_NUMBER])
    assert read(desk, person, by=OTHER_TEAM)["identifiers"][0]["value"] == "•••••••173"


# -- check digits


def with_luhn(digits):
    return next(digits + check for check in "0123456789" if luhn(digits + check))


def wrong_in_one_place(number):
    for place, right in enumerate(number):
        for digit in "0123456789":
            if digit != right:
                yield number[:place] + digit + number[place + 1 :]


def swapped_neighbours(number):
    for place in range(len(number) - 1):
        one, other = number[place], number[place + 1]
        if one != other:
            yield one + other, number[:place] + other + one + number[place + 2 :]


@given(st.text("0123456789", min_size=1, max_size=20))
def test_luhn_catches_every_wrong_digit_and_every_swap_but_of_0_and_9(digits):
    number = with_luhn(digits)
    assert not any(luhn(wrong) for wrong in wrong_in_one_place(number))
    for pair, wrong in swapped_neighbours(number):
        assert luhn(wrong) == (pair in ("09", "90"))


@given(st.text("0123456789", min_size=8, max_size=8))
def test_the_health_number_catches_every_wrong_digit_and_every_swap(digits):
    fitting = [check for check in "123456789" if weighted_mod_11(f"9{digits}{check}", weights=WEIGHTS)]
    assert len(fitting) <= 1
    phn = schemes()["bc_phn"]
    for number in (f"9{digits}{check}" for check in fitting):
        assert phn.form.fullmatch(number)
        wrong = [*wrong_in_one_place(number), *(swap for _, swap in swapped_neighbours(number))]
        assert not any(phn.form.fullmatch(each) and phn.check(each) for each in wrong)


@given(st.text(max_size=30))
def test_no_text_whatever_upsets_a_scheme(typed):
    for scheme in schemes().values():
        if scheme.check is not None:
            assert scheme.check(typed) in (True, False)


# -- schemes as data


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("scheme: a", "a list of schemes"),
        ("- {scheme: Ünfug, name: x}", "scheme must be a code"),
        ("- {scheme: aa, name: x, form: '[', says: x, issuer: none}", "form is no regular expression"),
        ("- {scheme: aa, name: x, form: x, says: x, issuer: maybe}", "issuer must be one of"),
        (
            "- {scheme: aa, name: x, form: x, says: x, issuer: none, check: {rule: sum}}",
            "no check digit rule",
        ),
        (
            "- {scheme: aa, name: x, form: x, says: x, issuer: none, check: {rule: weighted_mod_11, weights: [11]}}",
            "weights must be",
        ),
        ("- {scheme: aa, nome: x}", "unknown field nome"),
        ("- {scheme: aa, name: x, form: x, says: x, issuer: none}\n" * 2, "stands there twice"),
        ("- [", "schemes.yaml"),
    ],
)
def test_a_file_of_schemes_with_an_error_is_refused_and_the_error_named(tmp_path, text, says):
    file = tmp_path / "schemes.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SchemesInvalid, match=says):
        read_schemes(file)

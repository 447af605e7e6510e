"""How likely two people are one, and why (IN-8)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.matching import levels
from intake.matching.levels import FIELDS, LEVELS, MISSING, Birth
from intake.matching.score import Score, Unknown, compare
from intake.matching.spelling import name_of, phone_of, street_of
from intake.matching.traits import AddressTraits, NameTraits, Traits, identifier_traits, phone_traits
from intake.matching.weights import Weights, WeightsBroken, shipped

ASKED = {
    "given": "Maria",
    "family": "Santos",
    "born": "1984-03-09",
    "street": "12 Harbour Street",
    "locality": "Victoria",
    "province": "BC",
    "postal_code": "V8V 1A1",
    "phone": "250-555-0134",
    "identifier": "9876543217",
}


def person(**told: str) -> Traits:
    return Traits(
        names=(NameTraits.read(told.get("given"), told.get("family")),),
        birth=Birth.read(told["born"]) if told.get("born") else Birth(),
        addresses=(
            AddressTraits.read(
                told.get("street"), told.get("locality"), told.get("province"), told.get("postal_code")
            ),
        ),
        phones=phone_traits(told.get("phone")),
        identifiers=identifier_traits(("phn", told.get("identifier"))),
    )


def score(a: Traits, b: Traits) -> Score:
    return compare(a, b, weights=shipped(), frequencies=Unknown(), household_bits=-18.0)


def reasons(a: dict[str, str], b: dict[str, str]) -> dict[str, str]:
    return {reason.field: reason.level for reason in score(person(**a), person(**b)).reasons}


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Robert", "Bob", "nickname"),
        ("Katherine", "Kate", "nickname"),
        ("Mary Jane", "Mary", "part"),
        ("Jean-Luc", "Jean Luc", "exact"),
        ("Éloïse", "eloise", "exact"),
        ("J", "John", "initial"),
        ("Michelle", "Michele", "typing_error"),
        ("Micheal", "Michael", "typing_error"),
        ("Wi11iam", "William", "exact"),
        ("Иванка", "Ivanka", "typing_error"),
        ("محمد", "Mohamed", "sounds_alike"),
        ("John Jr", "John Sr", "differs"),
        ("Anna", "Peter", "differs"),
        ("Anna", "", "missing"),
        ("🦊", "🦊", "exact"),
    ],
)
def test_given_names_are_alike_in_named_ways(one, other, level):
    assert levels.given_level(name_of(one), name_of(other)) == level
    assert levels.given_level(name_of(other), name_of(one)) == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("1984-03-09", "1984-09-03", "day_and_month_swapped"),
        ("1984-03-09", "1984-03-08", "typing_error"),
        ("1984-03-09", "1948-03-09", "typing_error"),
        ("1984-03-09", "1984-03-27", "one_part_differs"),
        ("1984-03-09", "1984-03", "year_and_month"),
        ("1984-03-09", "1984", "year"),
        ("1984-03-09", "1958-11-21", "differs"),
        ("1984-13-09", "1984-03-09", "typing_error"),
        ("1984-13-49", "1958-11-21", "missing"),
    ],
)
def test_dates_of_birth_agree_in_named_ways(one, other, level):
    assert levels.birth_level(Birth.read(one), Birth.read(other)) == level
    assert levels.birth_level(Birth.read(other), Birth.read(one)) == level


@pytest.mark.parametrize(
    "text", ["yesterday", "84-3-9", "1984-3-9", "1984-02-03-04", "\u0662\u0660\u0662\u0660-01-01", "1984-13"]
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError, match=r"date|month"):
        Birth.read(text)


def test_a_street_is_one_however_it_is_abbreviated():
    assert levels.street_level(street_of("12 Main St"), street_of("12 MAIN STREET")) == "exact"
    assert levels.street_level(street_of("Unit 4, 12 Main St"), street_of("12 Main Street")) == "similar"
    assert levels.street_level(street_of("12 Main St"), street_of("97 Main Street")) == "same_street"
    assert levels.street_level(street_of("12 Main St"), street_of("98 Oak Street")) == "differs"


def test_a_phone_number_is_one_however_it_is_written():
    assert phone_of("+1 (250) 555-0134 ext. 12") == phone_of("250.555.O134") == "2505550134"


def test_names_the_other_way_round_are_recognised_as_such():
    told = reasons(ASKED, {**ASKED, "given": "Santos", "family": "Maria"})
    assert (told["given_name"], told["family_name"]) == ("swapped", "exact")


def test_town_and_street_the_other_way_round_are_recognised_as_such():
    told = reasons(
        {"street": "Harbour", "locality": "Victoria"}, {"street": "Victoria", "locality": "Harbour"}
    )
    assert (told["street"], told["locality"]) == ("swapped", "swapped")


def test_twins_at_one_address_are_less_likely_one_person_than_somebody_who_was_misspelled():
    twin = {**ASKED, "given": "Daniel", "identifier": ""}
    misspelled = {**ASKED, "given": "Marja", "identifier": ""}
    assert score(person(**ASKED), person(**twin)).bits < score(person(**ASKED), person(**misspelled)).bits - 5
    assert "household" in reasons(ASKED, twin)


def test_a_father_and_a_son_of_one_name_at_one_address_are_two_people():
    told = {**ASKED, "identifier": ""}
    assert score(person(**told), person(**{**told, "born": "1955-11-21"})).probability(prior_bits=-17) < 0.5


@given(st.sets(st.sampled_from(sorted(ASKED))))
def test_what_is_missing_never_speaks_against_one_person(known):
    told = score(person(**ASKED), person(**{field: ASKED[field] for field in known}))
    assert all(reason.bits >= 0 for reason in told.reasons if reason.field != "household")
    assert MISSING not in {reason.level for reason in told.reasons}


values = st.fixed_dictionaries(
    {},
    optional={
        "given": st.sampled_from(["Maria", "Mary", "Marija", "Santos", "M", "Peter", "Мария"]),
        "family": st.sampled_from(["Santos", "Santos-Lee", "Maria", "Santoz", "Ng", "王"]),
        "born": st.sampled_from(["1984-03-09", "1984-09-03", "1984-03", "1955-01-01", "1984-13-09"]),
        "street": st.sampled_from(["12 Harbour St", "21 Harbour St", "Victoria", "4 Oak Rd"]),
        "locality": st.sampled_from(["Victoria", "Victori", "Harbour", "Surrey"]),
        "province": st.sampled_from(["BC", "British Columbia", "AB"]),
        "postal_code": st.sampled_from(["V8V1A1", "V8V 1A2", "V3S 4D5"]),
        "phone": st.sampled_from(["2505550134", "555-0134", "6045550199"]),
        "identifier": st.sampled_from(["9876543217", "9876543271", "1111111111"]),
    },
)


@given(values, values)
def test_a_score_does_not_depend_on_who_is_compared_with_whom(one, other):
    there, back = score(person(**one), person(**other)), score(person(**other), person(**one))
    assert there.bits == pytest.approx(back.bits)
    assert {(reason.field, reason.level) for reason in there.reasons} == {
        (reason.field, reason.level) for reason in back.reasons
    }


@given(values, values)
def test_the_reasons_add_up_to_the_score_and_come_out_the_same_each_time(one, other):
    told = score(person(**one), person(**other))
    assert sum(reason.bits for reason in told.reasons) == pytest.approx(told.bits)
    assert told == score(person(**one), person(**other))


@given(values, values, st.sampled_from(sorted(ASKED)))
def test_one_more_agreeing_field_never_lowers_the_score(one, other, field):
    less = [{key: value for key, value in told.items() if key != field} for told in (one, other)]
    more = [{**told, field: ASKED[field]} for told in less]
    if field in ("given", "family"):
        # A name alone may have been read the other way round; then the part is no new field.
        less = [
            {key: value for key, value in told.items() if key not in ("given", "family")} for told in less
        ]
        more = [{**told, field: ASKED[field]} for told in less]
    before = score(person(**less[0]), person(**less[1]))
    after = score(person(**more[0]), person(**more[1]))
    assert after.bits >= before.bits - 0.05  # the reasons are rounded one by one


def test_of_several_names_and_addresses_the_best_count():
    known = Traits(
        names=(NameTraits.read("Maria", "Lee"), NameTraits.read("Maria", "Santos")),
        addresses=(AddressTraits.read("9 Oak Rd", "Surrey", "BC", ""), person(**ASKED).addresses[0]),
    )
    told = {reason.field: reason.level for reason in score(known, person(**ASKED)).reasons}
    assert (told["family_name"], told["street"]) == ("exact", "exact")


def test_identifiers_of_two_kinds_are_not_compared():
    one = Traits(identifiers=identifier_traits(("phn", "9876543217")))
    other = Traits(identifiers=identifier_traits(("driving_licence", "1234567")))
    assert score(one, other).reasons == ()


def test_the_shipped_weights_name_every_level_of_every_field():
    for field in FIELDS:
        assert set(shipped().fields[field].m) == set(LEVELS[field])


def test_weights_with_a_level_missing_are_refused_with_its_place():
    with pytest.raises(WeightsBroken, match=r"given_name\.m"):
        Weights.read({"fields": {"given_name": {"m": {"exact": 1.0}}}})

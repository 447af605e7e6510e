"""While somebody is typed in, those who may be the same person are found, each with its reasons (IN-8)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from intake.matching.model import MatchKey
from intake.matching.seeking import seek_duplicates
from services.intake.tests.front_desk import DESK, MENTOR, OTHER_TEAM, SAME_TEAM, good, refused
from services.intake.tests.people_desk import HOME, PHONE, amend

BORN = {"year": 1984, "month": 3, "day": 9}
# Made up, with a check digit that fits.
HEALTH_NUMBER = {"scheme": "bc_phn", "value": "9012 372 173"}


@pytest.fixture
def maria(desk):
    """Somebody whom the desk knows well."""
    return desk.person(
        given="Katherine",
        family="Santos",
        born=BORN,
        contact_points=[PHONE],
        addresses=[HOME],
        identifiers=[HEALTH_NUMBER],
    )


def found(desk, *, by=DESK, **typed):
    return good(desk.call("find_candidates", typed, actor=by))["items"]


def levels(candidate):
    return {reason["field"]: reason["level"] for reason in candidate["match"]["reasons"]}


@pytest.mark.parametrize(
    ("typed", "field", "level"),
    [
        ({"given": "Katherine", "family": "Santos"}, "family_name", "exact"),
        ({"given": "Kate", "family": "Santos"}, "given_name", "nickname"),
        ({"given": "Santos", "family": "Katherine"}, "given_name", "swapped"),
        ({"given": "Kathrine", "family": "Santos"}, "given_name", "typing_error"),
        ({"given": "Katherine", "family": "Santoz"}, "family_name", "typing_error"),
        ({"given": "Kat", "family": "San"}, "given_name", "part"),
        ({"given": "K", "born": BORN}, "given_name", "initial"),
        ({"family": "Santos", "born": {"year": 1984}}, "date_of_birth", "year"),
        ({"family": "Santos", "born": {"year": 1984, "month": 3}}, "date_of_birth", "year_and_month"),
        (
            {"given": "Katherine", "family": "Santos", "born": {"year": 1984, "month": 9, "day": 3}},
            "date_of_birth",
            "day_and_month_swapped",
        ),
        (
            {"given": "Katherine", "family": "Santos", "born": {"year": 1948, "month": 3, "day": 9}},
            "date_of_birth",
            "typing_error",
        ),
        ({"born": BORN}, "date_of_birth", "exact"),
        ({"identifier": "9012372173", "scheme": "bc_phn"}, "identifier", "exact"),
        ({"identifier": "9012372173"}, "identifier", "exact"),
        ({"identifier": "9012372137"}, "identifier", "typing_error"),
        ({"phone": "250 555 0199"}, "phone", "exact"),
        ({"given": "Katherine", "address": {"postal_code": "v8w1a1"}}, "postal_code", "exact"),
        (
            {"address": {"street": "12 Example St", "locality": "Victoria", "postal_code": "V8W 1A1"}},
            "street",
            "exact",
        ),
    ],
)
def test_any_part_of_somebody_finds_them_with_a_reason_for_each_field(desk, maria, typed, field, level):
    desk.person(given="Somebody", family="Else", born={"year": 1950, "month": 1, "day": 1})
    (candidate,) = found(desk, **typed)
    assert candidate["id"] == maria["id"]
    assert levels(candidate)[field] == level


@pytest.mark.parametrize(
    ("given", "family", "typed"),
    [
        ("Éloïse", "Ångström", {"given": "eloise", "family": "angstrom"}),
        ("Мария", "Иванова", {"given": "Mariia", "family": "Ivanova"}),
        ("小明", "王", {"given": "王", "family": "小明"}),
        ("محمد", "علي", {"given": "محمد", "family": "علي"}),
        ("Jean-Luc", "Côté", {"given": "Jean", "family": "Cote"}),
        ("Maria", "Garcia Lopez", {"given": "Maria", "family": "Lopez"}),
        ("🦊", "Fox", {"given": "🦊", "family": "Fox"}),
    ],
)
def test_names_are_found_in_any_script(desk, given, family, typed):
    person = desk.person(given=given, family=family)
    assert [candidate["id"] for candidate in found(desk, **typed)] == [person["id"]]


def test_the_likeliest_comes_first_and_the_weights_add_up_to_the_score(desk, maria):
    namesake = desk.person(given="Katherine", family="Santos", born={"year": 1951, "month": 11, "day": 20})
    first, second = found(desk, given="Katherine", family="Santos", born=BORN, phone=PHONE["value"])
    assert [first["id"], second["id"]] == [maria["id"], namesake["id"]]
    assert first["match"]["band"] == "likely"
    assert float(first["match"]["probability"]) > 0.95 > float(second["match"]["probability"])
    for candidate in (first, second):
        told = candidate["match"]
        assert sum(Decimal(reason["weight"]) for reason in told["reasons"]) == Decimal(told["score"])


def test_never_more_than_ten_are_shown_and_the_one_who_fits_best_is_among_them(desk, maria):
    for year in range(1950, 1965):
        desk.person(given="Katherine", family="Santos", born={"year": year, "month": 1, "day": 1})
    shown = found(desk, given="Katherine", family="Santos", born=BORN)
    assert len(shown) == 10
    assert shown[0]["id"] == maria["id"]


def test_nobody_is_found_by_how_to_reach_them_who_may_not_see_that(desk, maria):
    assert found(desk, by=OTHER_TEAM, phone=PHONE["value"]) == []
    assert found(desk, by=OTHER_TEAM, address=address()) == []
    (seen,) = found(desk, by=OTHER_TEAM, given="Katherine", family="Santos", phone=PHONE["value"])
    assert set(levels(seen)) - {"household"} == {"given_name", "family_name"}
    assert [each["id"] for each in found(desk, by=SAME_TEAM, phone=PHONE["value"])] == [maria["id"]]


def address():
    return {"street": "12 Example Street", "locality": "Victoria", "postal_code": "V8W 1A1"}


def test_a_restricted_person_is_no_candidate_and_takes_no_place(desk, maria):
    desk.restrict(maria)
    other = desk.person(given="Katherine", family="Santos")
    assert [each["id"] for each in found(desk, given="Katherine", family="Santos")] == [other["id"]]
    assert found(desk, identifier="9012372173") == []


def test_a_role_that_records_nobody_may_not_ask(desk, maria):
    answer = desk.call("find_candidates", {"given": "Katherine", "family": "Santos"}, actor=MENTOR)
    assert refused(answer) == "permission_missing"


def test_asking_is_on_record_as_a_search_with_whom_it_showed(desk, maria, outbox):
    found(desk, given="Katherine", family="Santos")
    entry = outbox.entries()[-1]
    assert (entry["action"], entry["door"], entry["persons"]) == ("search", "find_candidates", [maria["id"]])


def test_who_is_linked_or_told_apart_is_no_candidate_for_a_record(desk, linking):
    mine, linked, apart, open_question = (
        desk.person(given="Katherine", family="Santos", born=BORN)["id"] for _ in range(4)
    )
    linking.linked(mine, linked)
    linking.told_apart(mine, apart)
    assert [each["id"] for each in found(desk, person_id=mine)] == [open_question]


def test_a_new_name_finds_and_so_does_the_old_one(desk, maria):
    amend(desk, maria, names=[{"kind": "legal", "given": "Katherine", "family": "Lindqvist"}])
    for family in ("Lindqvist", "Santos"):
        assert [each["id"] for each in found(desk, given="Katherine", family=family)] == [maria["id"]]


def test_what_is_not_so_any_more_finds_nobody(desk, maria):
    amend(desk, maria, born={"year": 1985})
    assert found(desk, family="Santos", born={"year": 1984}) == []
    assert len(found(desk, family="Santos", born={"year": 1985})) == 1


@pytest.mark.parametrize(
    ("typed", "pointer"),
    [
        ({}, ""),
        ({"given": None}, ""),
        ({"given": "- . -"}, ""),
        ({"born": {"year": 1984, "month": 2, "day": 30}}, "/born/day"),
        ({"born": {"year": 1984, "day": 3}}, "/born/day"),
        ({"born": {"month": 3}}, "/born/year"),
        ({"given": "x" * 301}, "/given"),
        ({"phone": 5}, "/phone"),
        ({"address": "here"}, "/address"),
        ({"name": "Katherine"}, "/name"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_its_field(desk, typed, pointer):
    answer = desk.call("find_candidates", typed, actor=DESK)
    assert answer.status == 422
    assert [error["pointer"] for error in answer.body["errors"]] == [pointer]


def test_the_keys_of_a_person_hold_no_name_and_are_few(desk, maria, in_lane):
    with in_lane() as work:
        assert work.session.scalar(select(func.count()).select_from(MatchKey)) < 40


def test_pairs_that_may_be_one_person_are_listed_for_who_may_see_both(desk, maria, sought):
    again = desk.person(given="Kate", family="Santos", born=BORN, by=OTHER_TEAM)
    desk.person(given="Somebody", family="Else")
    sought()
    (pair,) = listed(desk)
    assert {person["id"] for person in pair["people"]} == {maria["id"], again["id"]}
    assert pair["match"]["band"] in ("likely", "possible")
    desk.restrict(maria)
    assert listed(desk) == []


def test_a_pair_that_was_judged_or_is_not_alike_any_more_leaves_the_list(desk, maria, linking, sought):
    twin = desk.person(given="Kate", family="Santos", born=BORN)
    third = desk.person(given="Kate", family="Santos", born=BORN)
    sought()
    assert len(listed(desk)) == 3
    linking.told_apart(maria["id"], twin["id"])
    assert len(listed(desk)) == 2
    amend(desk, third, born={"year": 1931, "month": 7, "day": 22})
    sought()
    assert listed(desk) == []


def test_the_list_is_paged_from_the_likeliest_on(desk, sought):
    for _ in range(4):
        desk.person(given="Katherine", family="Santos", born=BORN)
    sought()
    seen, cursor = [], None
    while True:
        page = good(desk.call("list_duplicates", {"limit": 4, "cursor": cursor}, actor=DESK))
        seen += [(Decimal(pair["match"]["score"]), pair["id"]) for pair in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(set(seen)) == len(seen) == 6
    assert [score for score, _ in seen] == sorted((score for score, _ in seen), reverse=True)
    answer = desk.call("list_duplicates", {"cursor": "!!"}, actor=DESK)
    assert answer.body["errors"][0]["pointer"] == "query/cursor"


def test_somebody_known_from_before_gets_keys_when_they_are_sought(desk, maria, in_lane, sought):
    with in_lane() as work:
        work.session.query(MatchKey).delete()
    assert found(desk, given="Katherine", family="Santos") == []
    sought()
    assert len(found(desk, given="Katherine", family="Santos")) == 1


def listed(desk, *, by=DESK):
    return good(desk.call("list_duplicates", {}, actor=by))["items"]


@pytest.fixture
def sought(in_lane):
    """The service looks for duplicates until nobody waits."""

    def run():
        while True:
            with in_lane() as work:
                if not seek_duplicates(work):
                    return

    return run

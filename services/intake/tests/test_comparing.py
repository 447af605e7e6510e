"""Records side by side, as far as the caller may see each of them (IN-8, CO-9)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from services.intake.tests.front_desk import DESK, OTHER_TEAM, SOCIAL_WORKER, good, refused

PHONE = {"kind": "phone", "value": "250 555 0199", "safe_to_contact": True}
SAME_PHONE = {"kind": "phone", "value": "(250) 555-0199", "safe_to_contact": False}


@pytest.fixture
def compare(call):
    def asked(*persons, by=DESK):
        return call("compare_people", {"person_ids": [each["id"] for each in persons]}, actor=by)

    return asked


def findings(answer):
    return {row["field"]: row["finding"] for row in good(answer)["rows"]}


def row(answer, field):
    (found,) = [each for each in good(answer)["rows"] if each["field"] == field]
    return found


def test_what_is_the_same_differs_or_is_known_of_one_only_is_told_field_by_field(desk, compare):
    one = desk.person(
        given="Zoë",
        family="Lima",
        born={"year": 2010, "month": 6, "day": 1},
        contact_points=[PHONE],
        languages=["en", "fr"],
        gender="girl",
    )
    other = desk.person(
        given="LIMA",
        family="Zoe",
        born={"year": 2010, "month": 1, "day": 6},
        contact_points=[SAME_PHONE],
        languages=["fr"],
    )
    found = findings(compare(one, other))
    assert {field: found[field] for field in ("names", "born", "contact_points", "languages", "gender")} == {
        "names": "same",
        "born": "differs",
        "contact_points": "same",
        "languages": "overlaps",
        "gender": "missing",
    }
    values = row(compare(one, other), "gender")["values"]
    assert values == [
        {"person_id": one["id"], "state": "shown", "value": "girl"},
        {"person_id": other["id"], "state": "not_known", "value": None},
    ]


def test_a_name_of_signs_that_no_search_knows_is_compared_as_it_stands(desk, compare):
    one, other, third = (desk.person(given=sign, family="!") for sign in ("؟", "؟", "—"))
    assert findings(compare(one, other))["names"] == "same"
    assert findings(compare(one, third))["names"] == "differs"


def test_what_the_caller_may_not_see_is_withheld_by_name_and_not_compared(desk, compare):
    one, other = desk.person(contact_points=[PHONE]), desk.person(contact_points=[PHONE])
    empty = desk.person()
    for second in (other, empty):
        answer = compare(one, second, by=OTHER_TEAM)
        assert good(answer)["withheld"] == ["contact"]
        assert row(answer, "contact_points") == {
            "field": "contact_points",
            "finding": "withheld",
            "values": [
                {"person_id": each["id"], "state": "withheld", "value": None} for each in (one, second)
            ],
        }
        assert "0199" not in answer.reply.body.decode()


def test_only_records_that_the_caller_may_see_are_compared(desk, compare):
    hers, other = desk.person(by=SOCIAL_WORKER), desk.person()
    assert refused(compare(hers, other, by=SOCIAL_WORKER)) == "access_denied"
    desk.restrict(other)
    assert refused(compare(hers, other)) == "not_found"
    assert refused(compare(hers, {"id": str(uuid4())})) == "not_found"


def test_what_was_judged_before_stands_beside_each_pair(desk, compare, linking):
    one, two, three = (desk.person() for _ in range(3))
    linking.linked(one["id"], two["id"])
    linking.told_apart(two["id"], three["id"])
    assert [each["judged"] for each in good(compare(one, two, three))["pairs"]] == [
        "linked",
        "told_apart",
        "told_apart",
    ]


def test_how_likely_a_pair_is_of_one_person_stands_beside_it_with_the_reasons_that_the_caller_may_know(
    desk, compare
):
    born = {"year": 2010, "month": 6, "day": 1}
    one, other, stranger = (
        desk.person(given=given, family=family, born=born, contact_points=[PHONE])
        for given, family in (("Kateryna", "Osadchuk"), ("Katerina", "Osadchuk"), ("Bo", "Li"))
    )
    alike, unlike, _ = [each["match"] for each in good(compare(one, other, stranger))["pairs"]]
    assert float(alike["score"]) > float(unlike["score"])
    assert sum(float(each["weight"]) for each in alike["reasons"]) == pytest.approx(
        float(alike["score"]), abs=0.1
    )
    assert "phone" in {each["field"] for each in alike["reasons"]}
    (without,) = [each["match"] for each in good(compare(one, other, by=OTHER_TEAM))["pairs"]]
    assert "phone" not in {each["field"] for each in without["reasons"]}


@pytest.mark.parametrize("count", [0, 1, 11])
def test_two_to_ten_records_are_compared_each_named_once(desk, compare, count):
    one = desk.person()
    assert refused(compare(*[one] * count)) == "invalid_input"
    assert refused(compare(one, one)) == "invalid_input"


def test_a_comparison_is_an_access_to_every_record_in_it(desk, compare, outbox):
    one, other = desk.person(contact_points=[PHONE]), desk.person()
    good(compare(one, other, by=OTHER_TEAM))
    entry = outbox.entries()[-1]
    assert (entry["door"], entry["action"]) == ("compare_people", "read")
    assert set(entry["persons"]) == {one["id"], other["id"]}
    assert (entry["categories"], entry["withheld"]) == (["identity"], ["contact"])
    assert [each["basis"] for each in entry["basis"]] == ["statute"] * len(entry["basis"]) != []

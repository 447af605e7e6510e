"""How people are reached, where they live or can be found, and what of it is safe (IN-7)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.people.addresses.postal import canadian_postal_code
from intake.people.contact.numbers import mail_key, number_key
from services.intake.tests.front_desk import DESK, OTHER_TEAM, good, refused
from services.intake.tests.people_desk import (
    HOME,
    PHONE,
    amend,
    history,
    in_digits_from,
    legal,
    read,
    refusals,
    tell,
)

TODAY = "2026-03-04"


def test_a_number_is_kept_as_typed_with_whose_it_is_and_when_to_call(desk):
    told = {**PHONE, "whose": "Her aunt's", "preferred_times": "After six", "note": "Ask for Red."}
    (point,) = desk.person(contact_points=[told])["contact_points"]
    assert {field: point[field] for field in told} == told


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("(250) 555-0199", "+12505550199"),
        ("1-250-555-0199", "+12505550199"),
        ("+1 250.555.0199 ext. 12", "+12505550199"),
        ("250 555 0199 poste 4", "+12505550199"),
        ("011 44 20 7946 0000", "+442079460000"),
        ("+44 20 7946 0000", "+442079460000"),
        ("0044 20 7946 0000", "+442079460000"),
        (in_digits_from("\N{ARABIC-INDIC DIGIT ZERO}", "250 555 0199"), "+12505550199"),
        (in_digits_from("\N{FULLWIDTH DIGIT ZERO}", "2505550199"), "+12505550199"),
        ("555-0199", "5550199"),
        ("911", "911"),
        ("no number", ""),
    ],
)
def test_a_number_has_one_spelling_however_it_is_typed(typed, key):
    assert number_key(typed) == key


@given(st.text(max_size=60))
def test_no_text_whatever_upsets_the_spelling_of_numbers_and_mail(typed):
    assert number_key(typed).lstrip("+").isdecimal() or number_key(typed) == ""
    assert mail_key(typed) == "" or mail_key(typed).count("@") == 1


def test_a_phone_without_digits_and_mail_without_at_are_refused_with_their_field(desk):
    points = [{**PHONE, "value": "ask the aunt"}, {**PHONE, "kind": "email", "value": "a at example.org"}]
    answer = desk.call("record_person", {"names": [legal("Ana")], "contact_points": points}, actor=DESK)
    assert [pointer for pointer, _ in refusals(answer)] == [
        "/contact_points/0/value",
        "/contact_points/1/value",
    ]


def test_a_contact_point_no_longer_listed_is_one_of_the_past_and_not_shown_to_be_called(desk):
    person = desk.person(contact_points=[PHONE])
    moved = amend(desk, person, contact_points=[{**PHONE, "value": "250 555 0100"}])
    assert [point["value"] for point in moved["contact_points"]] == ["250 555 0100"]
    ended = [change for change in history(desk, person) if change["before"] and change["after"]]
    assert [(change["after"]["value"], change["after"]["used_until"]) for change in ended] == [
        (PHONE["value"], TODAY)
    ]


def test_the_same_number_typed_differently_is_the_same_contact_point(desk):
    person = desk.person(contact_points=[PHONE])
    again = amend(
        desk, person, contact_points=[{**PHONE, "value": "+1 250 555 0199", "safe_to_contact": False}]
    )
    assert again["contact_points"][0]["id"] == person["contact_points"][0]["id"]
    assert again["contact_points"][0]["safe_to_contact"] is False
    assert refused(tell(desk, "add_contact_point", person, **PHONE)) == "known_already"


def test_a_contact_point_turns_unsafe_by_its_own_door(desk):
    person = desk.person(contact_points=[PHONE])
    point = person["contact_points"][0]["id"]
    unsafe = {"contact_point_id": point, **PHONE, "safe_to_contact": False}
    assert refused(tell(desk, "amend_contact_point", person, **unsafe)) == "version_required"
    good(tell(desk, "amend_contact_point", person, if_match='"1"', **unsafe))
    assert read(desk, person)["contact_points"][0]["safe_to_contact"] is False
    both = {**unsafe, "safe_to_leave_message": True}
    answer = tell(desk, "amend_contact_point", person, if_match="*", **both)
    assert [pointer for pointer, _ in refusals(answer)] == ["/safe_to_leave_message"]


def test_a_contact_point_ends_on_a_day_and_is_used_until_then(desk, clock):
    person = desk.person(contact_points=[PHONE])
    point = person["contact_points"][0]["id"]
    good(tell(desk, "end_contact_point", person, contact_point_id=point, until="2026-03-10"))
    assert len(read(desk, person)["contact_points"]) == 1
    clock.advance(days=6)
    assert read(desk, person)["contact_points"] == []


def test_who_knows_only_the_name_can_neither_see_nor_add_a_way_to_reach_somebody(desk):
    person = desk.person(contact_points=[PHONE])
    assert refused(tell(desk, "add_contact_point", person, by=OTHER_TEAM, **PHONE)) == "access_denied"
    assert "contact_points" not in read(desk, person, by=OTHER_TEAM)


def test_what_is_not_safe_is_told_before_anything_else(desk):
    points = [
        {**PHONE, "safe_to_contact": False},
        {"kind": "email", "value": "a@example.org", "safe_to_contact": True},
        {"kind": "place", "value": "The drop-in", "safe_to_contact": True, "safe_to_leave_message": True},
    ]
    person = desk.person(contact_points=points, addresses=[{**HOME, "safe_to_send_mail": False}])
    assert person["contact_warnings"] == ["email_no_message", "mail_not_safe", "phone_not_safe"]
    assert "contact_warnings" not in read(desk, person, by=OTHER_TEAM)


# -- addresses


def test_an_address_is_kept_in_parts_with_what_is_safe_there(desk):
    told = {**HOME, "unit": "4", "country": "CA", "safe_to_visit": False, "used_from": "2020-01-01"}
    (address,) = desk.person(addresses=[told])["addresses"]
    assert {field: address[field] for field in told} == told


def test_somebody_without_a_fixed_address_can_be_found_at_places(desk):
    place = {"kind": "found_at", "place": "Under the bridge, evenings", "safe_to_send_mail": False}
    person = desk.person(no_fixed_address=True, addresses=[place, {**place, "place": "At the drop-in"}])
    assert [address["place"] for address in person["addresses"]] == [
        "Under the bridge, evenings",
        "At the drop-in",
    ]


def test_a_canadian_postal_code_is_written_as_the_post_writes_it(desk):
    for typed, written in [
        ("v8w1a1", "V8W 1A1"),
        ("V8W-1A1", "V8W 1A1"),
        (" k1a  0b1", "K1A 0B1"),
        (in_digits_from("\N{FULLWIDTH DIGIT ZERO}", "V8W1A1"), "V8W 1A1"),
    ]:
        (address,) = desk.person(addresses=[{**HOME, "postal_code": typed}])["addresses"]
        assert address["postal_code"] == written


def test_what_no_canadian_postal_code_can_be_is_refused_with_its_field(desk):
    for typed in ["D8W 1A1", "V8W 1A", "V8W 1O1", "12345", "V8W 1A1 1", "W1A 1A1"]:
        assert canadian_postal_code(typed) is None
        answer = tell(desk, "add_address", desk.person(), **{**HOME, "postal_code": typed})
        assert [pointer for pointer, _ in refusals(answer)] == ["/postal_code"]


def test_an_address_that_cannot_be_is_refused_with_its_field(desk):
    for wrong, pointer in [
        ({"province": "Ontario"}, "/province"),
        ({"country": "ZZ"}, "/country"),
        ({"country": "Canada"}, "/country"),
        ({"kind": "castle"}, "/kind"),
        ({"street": "x" * 301}, "/street"),
        ({"safe_to_send_mail": None}, "/safe_to_send_mail"),
        ({"used_until": "2026-02-30"}, "/used_until"),
        ({"used_from": "2026-02-03", "used_until": "2026-02-02"}, "/used_until"),
    ]:
        answer = tell(desk, "add_address", desk.person(), **{**HOME, **wrong})
        assert [at for at, _ in refusals(answer)] == [pointer]


def test_an_address_that_says_nothing_is_refused(desk):
    answer = tell(desk, "add_address", desk.person(), kind="home", safe_to_send_mail=True)
    assert [pointer for pointer, _ in refusals(answer)] == ["/street"]


def test_abroad_provinces_and_postal_codes_are_free(desk):
    abroad = {**HOME, "country": "GB", "province": "Rutland", "postal_code": "LE15 1AA", "locality": "Oakham"}
    (address,) = desk.person(addresses=[abroad])["addresses"]
    assert (address["province"], address["postal_code"]) == ("Rutland", "LE15 1AA")


def test_moving_house_ends_the_old_address_and_keeps_it(desk):
    person = desk.person(addresses=[HOME])
    old = person["addresses"][0]["id"]
    good(tell(desk, "end_address", person, address_id=old))
    moved = good(tell(desk, "add_address", person, **{**HOME, "street": "9 Other Street"}))
    assert [address["street"] for address in moved["addresses"]] == ["9 Other Street"]
    assert [change["part_id"] for change in history(desk, person) if change["before"]] == [old]


def test_an_address_is_put_right_where_it_stands(desk):
    person = desk.person(addresses=[HOME])
    right = {"address_id": person["addresses"][0]["id"], **HOME, "street": "21 Example Street"}
    good(tell(desk, "amend_address", person, if_match='"1"', **right))
    assert [address["street"] for address in read(desk, person)["addresses"]] == ["21 Example Street"]

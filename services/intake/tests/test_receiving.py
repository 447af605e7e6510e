"""Referrals about anybody, from anybody, once: descriptions, families, references, joining (IN-1)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from intake.referrals import pressing
from services.intake.tests.front_desk import (
    DESK,
    FEED,
    MENTOR,
    NAMED_RED,
    OTHER_TEAM,
    SAME_TEAM,
    SOCIAL_WORKER,
    good,
    refused,
)
from services.intake.tests.referral_desk import NEIGHBOUR, NORTH, fault

BRIDGE = "A man of about 40 who sleeps by the bridge, grey coat 🧥"
ASKED = {"program": "bus_pass", "source": "shelter", "reason": "He cannot get to the clinic."}


# -- about anybody


def test_somebody_without_a_name_is_referred_by_what_they_look_like(desk):
    referral = desk.referral(described={"description": BRIDGE}, person_id=None, person=None)
    assert desk.read(referral)["described_as"] == BRIDGE
    assert good(desk.read_person(referral["person_id"]))["names"][0]["given"] == BRIDGE
    assert [found["id"] for found in desk.search("bridge grey")] == [referral["person_id"]]


def test_an_alias_and_a_place_to_find_somebody_is_enough(desk):
    described = {"alias": "Skipper", "where_to_find": "The pier, before noon"}
    referral = desk.referral(described=described, person_id=None, person=None)
    person = good(desk.read_person(referral["person_id"]))
    assert person["names"][0]["given"] == "Skipper"
    assert (person["contact_points"][0]["kind"], person["contact_points"][0]["value"]) == (
        "place",
        "The pier, before noon",
    )


@pytest.mark.parametrize("described", [{}, {"alias": "Skipper"}, {"where_to_find": "The pier"}])
def test_who_could_be_anybody_is_refused_with_what_is_missing(desk, described):
    answer = desk.call("receive_referral", {**ASKED, "described": described}, actor=DESK)
    assert fault(answer)[0] == "/described/alias"


@pytest.mark.parametrize("alias", ["يحيى", "Ωμέγα 🌊", "x" * 300, "Ó'Ruairc-日本"])
def test_an_alias_may_be_in_any_script_and_long(desk, alias):
    described = {"alias": alias, "where_to_find": "The park"}
    referral = desk.referral(described=described, person_id=None, person=None)
    assert good(desk.read_person(referral["person_id"]))["names"][0]["given"] == alias


def test_an_alias_of_301_signs_is_refused_with_its_field(desk):
    body = {**ASKED, "described": {"alias": "x" * 301, "where_to_find": "The park"}}
    assert fault(desk.call("receive_referral", body, actor=DESK)) == ("/described/alias", "length")


# -- from anybody


def test_who_asks_is_kept_with_how_to_reach_them_and_whether_they_wait_to_hear(desk):
    referral = desk.referral(source="community_member", referrers=[NEIGHBOUR])
    (referrer,) = desk.read(referral)["referrers"]
    assert (referrer["name"], referrer["tell_outcome"], referrer["told_at"]) == ("A neighbour", True, None)


def test_nobody_is_promised_word_who_cannot_be_reached(desk):
    body = {**ASKED, "person": NAMED_RED, "referrers": [{"name": "A friend", "tell_outcome": True}]}
    assert fault(desk.call("receive_referral", body, actor=DESK))[0] == "/referrers/0/tell_outcome"


def test_a_referrer_told_of_twice_is_kept_once_with_all_that_is_known(desk, referrals):
    referral = desk.referral(referrers=[{"name": "A neighbour", "phone": "250 555 0177"}])
    again = {"organisation": "The block", "phone": "(250) 555-0177", "tell_outcome": True}
    view = good(referrals.step("record_referrer", referral, **again))
    (referrer,) = view["referrers"]
    assert (referrer["name"], referrer["organisation"], referrer["tell_outcome"]) == (
        "A neighbour",
        "The block",
        True,
    )


def test_a_referrer_is_told_what_came_of_it_once_something_has(desk, referrals):
    referral = desk.referral(referrers=[NEIGHBOUR])
    referrer_id = desk.read(referral)["referrers"][0]["id"]
    told = {"referrer_id": referrer_id, "way": "verbal"}
    assert refused(referrals.step("tell_referrer", referral, **told)) == "nothing_to_tell"
    desk.reached(referral)
    good(desk.screen(referral))
    (referrer,) = good(referrals.step("tell_referrer", referral, **told))["referrers"]
    assert (referrer["told_by"], referrer["told_way"]) == ("desk", "verbal")


def test_a_practitioner_s_referral_goes_to_the_desk_of_the_program_and_stays_in_sight(desk, referrals):
    girl = desk.girl()
    desk.consent(girl, to="worker:mentor", categories=["identity"], purposes=["care"])
    person = {"names": [{"kind": "alias", "given": "Kit"}]}
    answer = desk.call("receive_referral", {**ASKED, "person": person}, actor=SOCIAL_WORKER)
    assert good(answer)["team"] == "intake-desk"
    assert desk.read(good(answer), by=SOCIAL_WORKER)["reason"]
    body = {"referral_id": good(answer)["id"]}
    assert refused(desk.call("read_referral", body, actor=MENTOR)) == "access_denied"


def test_a_referral_may_be_meant_for_a_team_by_name(desk):
    referral = desk.referral(team="north")
    assert desk.read(referral, by=NORTH)["team"] == "north"


# -- several at once


def test_a_family_is_referred_to_two_programs_in_one_request(desk, referrals):
    known = desk.girl()
    body = {
        "source": "professional",
        "reason": "The father has left.",
        "persons": [
            {"person_id": known["id"]},
            {"person": NAMED_RED},
            {"described": {"description": BRIDGE}},
        ],
        "programs": [{"program": "bus_pass"}, {"program": "child_and_family_services", "priority": "urgent"}],
    }
    received = good(referrals.do("receive_referrals", body))["items"]
    assert len(received) == 6
    assert len({each["request_id"] for each in received}) == 1
    assert {(each["program"], each["priority"]) for each in received} == {
        ("bus_pass", "routine"),
        ("child_and_family_services", "urgent"),
    }
    listed = good(referrals.do("list_referrals", {"request_id": received[0]["request_id"]}))["items"]
    assert {each["id"] for each in listed} == {each["id"] for each in received}


def test_one_wrong_entry_of_a_request_leaves_nothing_behind_and_is_named(desk, referrals):
    body = {
        "source": "self",
        "reason": "Help.",
        "persons": [{"person": NAMED_RED}],
        "programs": [{"program": "bus_pass"}, {"program": "moon_landing"}],
    }
    assert fault(referrals.do("receive_referrals", body)) == ("/programs/1/program", "program")
    assert good(referrals.do("list_referrals", {}))["items"] == []


def test_a_request_names_each_program_once(referrals):
    body = {
        "source": "self",
        "reason": "Help.",
        "persons": [{"person": NAMED_RED}],
        "programs": [{"program": "bus_pass"}, {"program": "bus_pass"}],
    }
    assert fault(referrals.do("receive_referrals", body))[0] == "/programs"


# -- from another system


def test_an_outside_system_s_reference_brings_one_referral_however_often_it_is_sent(desk):
    body = {**ASKED, "source": "another_system", "person": NAMED_RED, "reference": "F-1"}
    first = good(desk.call("receive_referral", body, actor=FEED))
    again = good(desk.call("receive_referral", body, actor=FEED))
    assert (again["id"], again["reference"]) == (first["id"], "F-1")


def test_a_reference_sent_with_other_words_is_refused(desk):
    body = {**ASKED, "source": "another_system", "person": NAMED_RED, "reference": "F-1"}
    good(desk.call("receive_referral", body, actor=FEED))
    answer = desk.call("receive_referral", {**body, "reason": "Something else."}, actor=FEED)
    assert refused(answer) == "reference_used"


# -- one goes on for both


def test_a_second_referral_for_the_same_person_and_program_joins_the_first(desk, referrals, outbox):
    girl = desk.girl()
    first = desk.referral(person_id=girl["id"])
    second = desk.referral(person_id=girl["id"], source="police", referrers=[NEIGHBOUR])
    assert (second["stage"], second["joined_to"]) == ("joined", first["id"])
    assert desk.read(second)["clocks"] == []
    assert [each["source"] for each in referrals.history(first)["joined"]] == ["police"]
    assert [each["name"] for each in desk.read(first)["referrers"]] == ["A neighbour"]
    assert outbox("intake.referral.received.v1")[1].data["joined_to"] == first["id"]
    assert refused(desk.attempt(second)) == "referral_joined"


def test_another_program_or_an_ended_referral_is_joined_by_nothing(desk, referrals):
    girl = desk.girl()
    first = desk.referral(person_id=girl["id"])
    assert desk.referral(person_id=girl["id"], program="bus_pass")["stage"] == "received"
    good(referrals.step("withdraw_referral", first, because="person_declined"))
    assert desk.referral(person_id=girl["id"])["stage"] == "received"


def test_a_more_pressing_one_makes_the_one_it_joins_as_pressing(desk, referrals):
    girl = desk.girl()
    first = desk.referral(person_id=girl["id"])
    desk.referral(person_id=girl["id"], priority="crisis")
    assert desk.read(first)["priority"] == "crisis"
    (change,) = referrals.history(first)["priority_changes"]
    assert (change["from_priority"], change["to_priority"]) == ("routine", "crisis")


def test_it_does_so_also_when_another_team_hands_it_in_who_cannot_see_the_first(desk, in_lane):
    girl = desk.girl()
    first = desk.referral(person_id=girl["id"])
    second = desk.referral(person_id=girl["id"], priority="crisis", by=OTHER_TEAM)
    assert second["joined_to"] == first["id"]
    answer = desk.call("read_referral", {"referral_id": first["id"]}, actor=OTHER_TEAM)
    assert refused(answer) == "access_denied"
    with in_lane() as work:
        assert pressing.weigh_joined(work) == 1
        assert pressing.weigh_joined(work) == 0
    assert desk.read(first)["priority"] == "crisis"


def test_who_works_on_the_first_reads_what_the_other_says(desk):
    girl = desk.girl()
    desk.referral(person_id=girl["id"])
    second = desk.referral(person_id=girl["id"], reason="He waits outside her school.", by=OTHER_TEAM)
    assert desk.read(second, by=SAME_TEAM)["reason"] == "He waits outside her school."


def test_two_who_refer_the_same_person_at_once_end_with_one_that_goes_on(desk):
    girl = desk.girl()
    with ThreadPoolExecutor(max_workers=6) as pool:
        made = list(pool.map(lambda _: desk.referral(person_id=girl["id"]), range(6)))
    goes_on = [each for each in made if each["stage"] == "received"]
    assert len(goes_on) == 1
    assert {each["joined_to"] for each in made if each["stage"] == "joined"} == {goes_on[0]["id"]}


def test_two_referrals_that_turn_out_to_be_one_are_joined_by_hand(desk, referrals):
    one, other = desk.girl(), referrals.person()
    first = desk.referral(person_id=one["id"], referrers=[NEIGHBOUR])
    second = desk.referral(person_id=other["id"])
    join = {"other_id": second["id"]}
    assert refused(referrals.step("join_referral", first, **join)) == "not_the_same_request"
    assert refused(referrals.step("join_referral", first, other_id=first["id"])) == "not_the_same_request"

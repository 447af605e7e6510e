"""Referrals from every source, and every attempt to reach the person (IN-1, IN-3)."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from chassis import contracts
from intake.referrals.schemas import SOURCES
from services.intake.tests.front_desk import (
    DESK,
    FEED,
    GIRL,
    MENTOR,
    NAMED_RED,
    OTHER_TEAM,
    SAME_TEAM,
    good,
    refused,
)


@pytest.mark.parametrize("source", SOURCES)
def test_a_referral_is_accepted_from_every_source(desk, outbox, source):
    referral = desk.referral(source=source)
    assert (referral["source"], referral["stage"]) == (source, "received")
    (told,) = outbox("intake.referral.received.v1")
    assert told.data["source"] == source


def test_the_published_contract_knows_every_source():
    schema = contracts.event_contract("intake.referral.received.v1")["schema"]
    assert tuple(schema["properties"]["source"]["enum"]) == SOURCES


def test_an_alias_and_a_place_to_find_somebody_is_enough_to_be_referred(desk, outbox):
    referral = desk.referral(person=NAMED_RED)
    found = good(desk.read_person(referral["person_id"]))
    assert found["names"][0]["given"] == "Red"
    assert [told.key for told in outbox() if "access" not in told.key] == [
        "intake.person.recorded.v1",
        "intake.referral.received.v1",
    ]


def test_a_person_known_already_is_referred_without_being_asked_again(desk):
    person = desk.girl()
    referral = desk.referral(person_id=person["id"])
    assert referral["person_id"] == person["id"]


@pytest.mark.parametrize("both_or_neither", [{}, {"person_id": str(uuid4()), "person": NAMED_RED}])
def test_a_referral_is_about_exactly_one_person(desk, both_or_neither):
    body = {"program": "bus_pass", "source": "self", "reason": "Wants to see her sister.", **both_or_neither}
    answer = desk.call("receive_referral", body, actor=DESK)
    assert answer.body["errors"][0]["pointer"] == "/person"


def test_a_program_that_is_not_in_the_catalogue_is_refused_with_its_field(desk):
    body = {"program": "moon_landing", "source": "self", "reason": "Why not.", "person": NAMED_RED}
    answer = desk.call("receive_referral", body, actor=DESK)
    assert answer.status == 422
    assert answer.body["errors"][0]["pointer"] == "/program"


def test_a_referral_for_an_unknown_person_is_refused(desk):
    body = {"program": "bus_pass", "source": "self", "reason": "Help.", "person_id": str(uuid4())}
    assert refused(desk.call("receive_referral", body, actor=DESK)) == "not_found"


def test_nothing_that_somebody_wrote_goes_on_the_bus(desk, outbox):
    referral = desk.referral(reason="Her stepfather drinks.", referred_by="The neighbour, 250 555 0177")
    desk.attempt(referral, place="Behind the school", note="Afraid to go home.")
    everything = repr([told.data for told in outbox()])
    for written in ("stepfather", "neighbour", "Behind", "Afraid", "Red"):
        assert written not in everything


# -- who keeps it


def test_who_receives_a_referral_and_their_team_keep_it_and_another_team_does_not(desk):
    referral = desk.referral()
    assert desk.read(referral, by=SAME_TEAM)["reason"]
    answer = desk.call("read_referral", {"referral_id": referral["id"]}, actor=OTHER_TEAM)
    assert refused(answer) == "access_denied"


def test_the_team_that_receives_a_referral_may_reach_the_person_for_intake(desk):
    point = {"kind": "phone", "value": "250 555 0199", "safe_to_contact": True}
    person = desk.person(contact_points=[point], by=OTHER_TEAM)
    assert "contact_points" not in good(desk.read_person(person["id"]))
    desk.referral(person_id=person["id"])
    assert good(desk.read_person(person["id"]))["contact_points"][0]["value"] == point["value"]


def test_the_girl_reads_the_referral_that_is_about_her(desk):
    girl = desk.girl()
    referral = desk.referral(person_id=girl["id"])
    body = {"person_id": girl["id"], "account": "girl", "relation": "self"}
    good(desk.call("link_account", body, actor=DESK))
    assert desk.read(referral, by=GIRL)["reason"] == "She misses lessons and will not say why."


def test_a_referral_of_a_restricted_person_is_not_even_told_to_exist(desk):
    girl = desk.girl()
    referral = desk.referral(person_id=girl["id"])
    desk.restrict(girl)
    answer = desk.call("read_referral", {"referral_id": referral["id"]}, actor=DESK)
    assert refused(answer) == "not_found"
    assert good(desk.call("list_referrals", {}, actor=DESK))["items"] == []


def test_handing_a_referral_in_is_no_way_to_see_more_of_a_person(desk):
    person = desk.girl()
    body = {
        "program": "child_and_family_services",
        "source": "professional",
        "reason": "Curious.",
        "person_id": person["id"],
    }
    assert refused(desk.call("receive_referral", body, actor=MENTOR)) == "access_denied"
    assert refused(desk.read_person(person["id"], by=MENTOR)) == "access_denied"


def test_a_list_shows_the_callers_own_referrals_by_program_and_stage(desk):
    mine = desk.referral()
    reached = desk.reached(desk.referral())
    other = desk.referral(program="bus_pass")
    desk.referral(by=OTHER_TEAM)

    def listed(**asked):
        page = good(desk.call("list_referrals", asked, actor=DESK))
        return [referral["id"] for referral in page["items"]]

    assert listed() == [other["id"], reached["id"], mine["id"]]
    assert listed(program="bus_pass") == [other["id"]]
    assert listed(stage="contacted") == [reached["id"]]
    assert listed(person_id=mine["person_id"]) == [mine["id"]]


def test_the_same_referral_sent_twice_under_one_key_is_received_once(desk, call):
    body = {"program": "bus_pass", "source": "self", "reason": "Help.", "person": NAMED_RED}
    first = good(call("receive_referral", body, actor=DESK, idempotency_key="once"))
    again = good(call("receive_referral", body, actor=DESK, idempotency_key="once"))
    assert again["id"] == first["id"]
    assert len(good(call("list_referrals", {}, actor=DESK))["items"]) == 1


def test_an_outside_system_may_hand_a_referral_in_and_see_no_other(desk):
    referral = desk.referral(by=FEED, source="another_system")
    assert referral["stage"] == "received"
    assert refused(desk.call("list_referrals", {}, actor=FEED)) == "permission_missing"


# -- attempts


def test_each_attempt_is_kept_with_by_whom_when_how_where_and_what_came_of_it(desk, clock):
    referral = desk.referral()
    clock.advance(hours=2)
    first = (clock.now - timedelta(hours=1)).isoformat()
    desk.attempt(referral, made_at=first, way="in_person", place="The library", outcome="not_found")
    desk.attempt(referral, way="phone", outcome="message_left", note="Asked to call back.")

    found, left = desk.read(referral)["attempts"]
    assert (found["made_by"], found["way"], found["place"]) == ("desk", "in_person", "The library")
    assert (left["outcome"], left["note"]) == ("message_left", "Asked to call back.")


def test_an_attempt_that_does_not_reach_the_person_changes_no_stage(desk):
    referral = desk.referral()
    assert good(desk.attempt(referral, outcome="no_answer"))["stage"] == "received"


def test_a_person_who_declines_has_been_reached(desk):
    assert good(desk.attempt(desk.referral(), outcome="contact_declined"))["stage"] == "contacted"


@pytest.mark.parametrize("hours", [-1, 1])
def test_an_attempt_is_neither_before_the_referral_nor_in_the_future(desk, clock, hours):
    referral = desk.referral()
    answer = desk.attempt(referral, made_at=(clock.now + timedelta(hours=hours)).isoformat())
    assert answer.status == 422
    assert answer.body["errors"][0]["pointer"] == "/made_at"


def test_a_referral_that_has_ended_refuses_attempts(desk):
    referral = desk.referral()
    desk.reached(referral)
    good(desk.screen(referral))
    good(desk.served(referral))
    assert refused(desk.attempt(referral)) == "referral_closed"


def test_an_attempt_cannot_be_rewritten_even_in_the_database(desk, database):
    desk.reached(desk.referral())
    with database.door() as session, pytest.raises(Exception, match="permission denied"):
        session.connection().exec_driver_sql("UPDATE contact_attempts SET outcome = 'no_answer'")


def test_the_first_contact_is_announced_once(desk, outbox):
    referral = desk.referral()
    desk.reached(referral)
    desk.reached(referral)
    assert len(outbox("intake.referral.contacted.v1")) == 1

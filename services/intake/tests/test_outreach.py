"""Outreach contacts: kept before anybody was referred, and part of the referral afterwards (IN-3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.intake.tests.front_desk import DESK, OTHER_TEAM, SAME_TEAM, good, refused
from services.intake.tests.referral_desk import fault

RED = {"alias": "Red", "description": "Red cap, walks with a stick"}
REFER = {"program": "bus_pass", "reason": "Asked for help to get to the clinic."}


def refer(referrals, *contacts, **told):
    return referrals.do(
        "refer_from_outreach", {"contact_ids": [each["id"] for each in contacts], **REFER, **told}
    )


def listed(desk, **asked):
    return [each["id"] for each in good(desk.call("list_outreach", asked, actor=DESK))["items"]]


def test_a_contact_is_kept_with_when_where_how_by_whom_and_what_came_of_it(desk, referrals, clock):
    at = (clock.now - timedelta(hours=3)).isoformat()
    (contact,) = referrals.outreach(
        met=[RED], made_at=at, also_present=["A nurse of the street team"], note="Took socks."
    )
    assert (contact["alias"], contact["place"], contact["made_by"]) == ("Red", "Under the bridge", "desk")
    assert contact["also_present"] == ["A nurse of the street team"]
    assert contact["person_id"] is None


def test_several_people_met_at_once_are_a_contact_each_of_one_occasion(referrals):
    people = [RED, {"description": "A couple with a dog"}, {"alias": "Nomi", "outcome": "declined"}]
    contacts = referrals.outreach(met=people, outcome="talked")
    assert len({each["occasion_id"] for each in contacts}) == 1
    assert [each["outcome"] for each in contacts] == ["talked", "talked", "declined"]


def test_that_nobody_was_there_is_kept_too(referrals):
    (contact,) = referrals.outreach(outcome="not_found")
    assert (contact["alias"], contact["outcome"]) == (None, "not_found")


def test_a_contact_is_about_somebody_or_at_a_place(referrals):
    answer = referrals.do("record_outreach", {"outcome": "talked"})
    assert fault(answer)[0] == "/place"


def test_a_contact_is_not_in_the_future(referrals, clock):
    at = (clock.now + timedelta(minutes=1)).isoformat()
    answer = referrals.do("record_outreach", {"place": "x", "outcome": "talked", "made_at": at})
    assert fault(answer) == ("/made_at", "past")


def test_contacts_are_found_by_worker_place_person_and_period(desk, referrals, clock):
    person = referrals.person()
    (bridge,) = referrals.outreach(met=[RED], place="Under the Bridge, north side")
    clock.advance(days=1)
    (library,) = referrals.outreach(
        met=[{"person_id": person["id"]}], place="Library steps", made_by="desk-2"
    )
    assert listed(desk) == [library["id"], bridge["id"]]
    assert listed(desk, place="bridge UNDER") == [bridge["id"]]
    assert listed(desk, made_by="desk-2") == [library["id"]]
    assert listed(desk, person_id=person["id"]) == [library["id"]]
    assert listed(desk, since=clock.now.isoformat()) == [library["id"]]
    assert listed(desk, until=(clock.now - timedelta(hours=1)).isoformat()) == [bridge["id"]]
    backwards = {"since": clock.now.isoformat(), "until": (clock.now - timedelta(days=9)).isoformat()}
    assert fault(desk.call("list_outreach", backwards, actor=DESK))[0] == "query/until"


def test_who_recorded_it_and_their_team_keep_it_and_another_team_does_not(desk, referrals):
    referrals.outreach(met=[RED])
    assert len(good(desk.call("list_outreach", {}, actor=SAME_TEAM))["items"]) == 1
    assert good(desk.call("list_outreach", {}, actor=OTHER_TEAM))["items"] == []


# -- becoming a referral


def test_contacts_become_a_referral_with_all_of_them_in_its_history(desk, referrals, clock):
    (first,) = referrals.outreach(met=[RED], note="Said no.", outcome="declined")
    clock.advance(days=10)
    (second,) = referrals.outreach(met=[{"alias": "Red"}], place="The library")
    referral = good(refer(referrals, first, second))
    history = referrals.history(referral)["outreach"]
    assert [each["id"] for each in history] == [first["id"], second["id"]]
    assert referral["source"] == "outreach_worker"
    person = good(desk.read_person(referral["person_id"]))
    assert (person["names"][0]["given"], person["contact_points"][0]["value"]) == ("Red", "The library")
    assert desk.read(referral)["described_as"] == RED["description"]


def test_the_clock_starts_with_the_referral_and_not_with_the_first_meeting(desk, referrals, clock):
    (contact,) = referrals.outreach(met=[RED])
    clock.advance(days=30)
    referral = good(refer(referrals, contact))
    assert desk.read(referral)["clocks"][0]["started_at"] == clock.now.isoformat()


def test_a_contact_becomes_part_of_one_referral_only(desk, referrals):
    (contact,) = referrals.outreach(met=[RED])
    good(refer(referrals, contact))
    assert refused(refer(referrals, contact)) == "referred_already"
    assert listed(desk, referred=False) == []


def test_a_contact_with_a_known_person_is_referred_as_that_person(desk, referrals):
    person = referrals.person()
    (contact,) = referrals.outreach(met=[RED])
    body = {"contact_id": contact["id"], "person_id": person["id"]}
    good(referrals.do("know_outreach_contact", body))
    assert good(refer(referrals, contact))["person_id"] == person["id"]


def test_contacts_with_two_different_people_are_not_one_referral(desk, referrals):
    (one,) = referrals.outreach(met=[{"person_id": referrals.person()["id"]}])
    (other,) = referrals.outreach(met=[{"person_id": referrals.person()["id"]}])
    assert refused(refer(referrals, one, other)) == "known_as_another"
    assert refused(refer(referrals, one, person_id=referrals.person()["id"])) == "known_as_another"


def test_a_place_alone_is_nobody_to_refer(referrals):
    (contact,) = referrals.outreach(outcome="not_found")
    assert fault(refer(referrals, contact)) == ("/person", "required")


def test_nothing_of_it_goes_on_the_bus(referrals, outbox):
    (contact,) = referrals.outreach(met=[RED], note="Took socks.")
    good(refer(referrals, contact))
    everything = repr([told.data for told in outbox()])
    for word in ("Red", "socks", "bridge", "stick"):
        assert word not in everything


def test_who_works_on_the_referral_reads_the_contacts_of_another_team(desk, referrals):
    (contact,) = referrals.outreach(met=[RED], by=OTHER_TEAM)
    body = {"contact_ids": [contact["id"]], **REFER, "team": "front-desk"}
    referral = good(referrals.do("refer_from_outreach", body, by=OTHER_TEAM))
    assert [each["id"] for each in referrals.history(referral)["outreach"]] == [contact["id"]]


@pytest.mark.parametrize("place", ["تحت الجسر", "🌉", "x" * 300])
def test_a_place_may_be_told_in_any_script(desk, referrals, place):
    (contact,) = referrals.outreach(met=[RED], place=place)
    assert listed(desk, place=place) == [contact["id"]]

"""Contacts with the client: recorded, amended, never overwritten (CA-7)."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from services.cases.tests.family import MENTOR, YOUTH_WORKER, a_stranger, good


@pytest.fixture
def team(family):
    family.opened_by(YOUTH_WORKER).joined_by(MENTOR, brought_by=YOUTH_WORKER)
    return family


def _contact(call, family, *, actor=YOUTH_WORKER, **said):
    body = {
        "case_id": family.id,
        "person_id": str(family.girl),
        "took_place_at": "2026-03-03T15:30:00-08:00",
        "means": "in_person",
        "place": "Youth club",
        "in_community": True,
        "length_minutes": 45,
        "note": "Talked about school.",
        **said,
    }
    return call("record_contact", body, actor=actor)


def test_a_contact_tells_who_when_where_and_how_long(team, call, outbox):
    contact = good(_contact(call, team))
    assert (contact["author"], contact["organisation"]) == ("youth-worker", "youth-service")
    assert (contact["place"], contact["length_minutes"], contact["in_community"]) == ("Youth club", 45, True)
    told = outbox("cases.contact.recorded.v1")[0].data
    assert "note" not in told and "place" not in told


def test_an_amendment_keeps_the_original_and_says_who_and_why(team, call, clock):
    original = good(_contact(call, team))
    clock.advance(minutes=5)
    amendment = good(
        _contact(
            call,
            team,
            actor=MENTOR,
            length_minutes=60,
            amends=original["id"],
            reason_for_amending="It was an hour.",
        )
    )
    listed = good(call("list_contacts", {"case_id": team.id}, actor=YOUTH_WORKER))["items"]
    assert [each["id"] for each in listed] == [amendment["id"], original["id"]]
    assert [each["length_minutes"] for each in listed] == [60, 45]
    assert [each["amended_by"] for each in listed] == [None, amendment["id"]]
    assert (listed[0]["author"], listed[0]["reason_for_amending"]) == ("mentor", "It was an hour.")


def test_what_was_amended_is_amended_by_its_latest_record(team, call):
    original = good(_contact(call, team))
    why = {"reason_for_amending": "Mistyped."}
    latest = good(_contact(call, team, amends=original["id"], **why))
    answer = _contact(call, team, amends=original["id"], **why)
    assert (answer.status, answer.body["code"]) == (409, "contact_amended")
    good(_contact(call, team, amends=latest["id"], **why))


def test_the_database_itself_overwrites_and_removes_no_contact(team, call, database):
    good(_contact(call, team))
    for change in ("UPDATE contacts SET note = 'other'", "DELETE FROM contacts"):
        for sessions in (database.door, database.lane):
            with pytest.raises(ProgrammingError, match="permission denied"), sessions.begin() as session:
                session.execute(text(change))


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"length_minutes": 0}, "/length_minutes"),
        ({"means": "pigeon"}, "/means"),
        ({"person_id": str(uuid4())}, "/person_id"),
        ({"amends": str(uuid4())}, "/reason_for_amending"),
        ({"reason_for_amending": "Why not"}, "/reason_for_amending"),
        ({"took_place_at": "2026-03-03T15:30:00"}, "/took_place_at"),
    ],
)
def test_a_contact_that_breaks_a_rule_is_pointed_to(team, call, said, pointer):
    answer = _contact(call, team, **said)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, pointer)


def test_a_contact_has_taken_place_when_it_is_recorded(team, call, clock):
    answer = _contact(call, team, took_place_at=(clock.now + timedelta(minutes=1)).isoformat())
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/took_place_at")


def test_a_contact_of_another_case_is_not_amended_here(team, call):
    elsewhere = good(_contact(call, team))
    team.opened_by(YOUTH_WORKER)
    answer = _contact(call, team, amends=elsewhere["id"], reason_for_amending="Mistyped.")
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/amends")


def test_contacts_are_out_of_a_stranger_s_reach(team, call):
    assert call("list_contacts", {"case_id": team.id}, actor=a_stranger()).status == 403
    assert _contact(call, team, actor=a_stranger()).status == 403

"""One record for everybody known (IN-7)."""

from __future__ import annotations

import pytest

from services.intake.tests.front_desk import (
    DESK,
    GIRL,
    MENTOR,
    MOTHER,
    NAMED_RED,
    OTHER_TEAM,
    SAME_TEAM,
    good,
    refused,
)


def test_an_alias_and_a_place_to_find_somebody_is_enough(desk):
    person = good(desk.call("record_person", NAMED_RED, actor=DESK))
    assert person["names"][0]["given"] == "Red"
    assert person["born"] is None
    assert person["contact_points"][0]["value"] == "On the steps of the library"


def test_a_person_keeps_everything_in_their_own_words(desk):
    told = {
        "gender": "two-spirit",
        "pronouns": "they/them",
        "indigenous_identity": "first_nations",
        "indigenous_nation": "Secwépemc",
        "languages": ["shs", "en-CA"],
        "interpreter_needed": True,
        "no_fixed_address": True,
    }
    person = desk.person(**told)
    assert {field: person[field] for field in told} == told


def test_a_date_of_birth_may_be_a_year_or_a_guess(desk):
    person = desk.person(born={"year": 1986, "approximate": True})
    assert person["born"] == {"year": 1986, "month": None, "day": None, "approximate": True}


@pytest.mark.parametrize(
    ("born", "pointer"),
    [
        ({"year": 2010, "month": 2, "day": 30}, "/born/day"),
        ({"year": 2010, "day": 3}, "/born/day"),
        ({"year": 2010, "month": 13}, "/born/month"),
        ({"year": 1066}, "/born/year"),
        ({"month": 3}, "/born/year"),
    ],
)
def test_a_date_that_no_calendar_has_is_refused_with_its_field(desk, born, pointer):
    answer = desk.call(
        "record_person", {"names": [{"kind": "legal", "given": "Ana"}], "born": born}, actor=DESK
    )
    assert answer.status == 422
    assert pointer in [error["pointer"] for error in answer.body["errors"]]


def test_nobody_is_born_tomorrow(desk):
    body = {"names": [{"kind": "legal", "given": "Ana"}], "born": {"year": 2026, "month": 3, "day": 5}}
    assert refused(desk.call("record_person", body, actor=DESK)) == "born_in_the_future"


def test_leaving_a_message_is_not_safe_where_contact_is_not(desk):
    point = {
        "kind": "phone",
        "value": "250 555 0199",
        "safe_to_contact": False,
        "safe_to_leave_message": True,
    }
    body = {"names": [{"kind": "legal", "given": "Ana"}], "contact_points": [point]}
    answer = desk.call("record_person", body, actor=DESK)
    assert answer.body["errors"][0]["pointer"] == "/contact_points/0/safe_to_leave_message"


def test_who_records_a_person_and_their_team_may_reach_them_and_others_at_the_desk_know_the_name_only(desk):
    point = {"kind": "phone", "value": "250 555 0199", "safe_to_contact": True}
    person = desk.person(contact_points=[point])

    assert good(desk.read_person(person["id"], by=SAME_TEAM))["contact_points"][0]["value"] == point["value"]
    seen = good(desk.read_person(person["id"], by=OTHER_TEAM))
    assert seen["names"][0]["family"] == "Lima"
    assert "contact_points" not in seen
    assert seen["withheld"] == ["contact"]


def test_a_practitioner_without_a_grant_is_denied_and_the_denial_is_on_record(desk, outbox):
    person = desk.person()
    assert refused(desk.read_person(person["id"], by=MENTOR)) == "access_denied"
    denial = outbox.entries()[-1]
    assert (denial["outcome"], denial["reason"], denial["persons"]) == (
        "denied",
        "access_denied",
        [person["id"]],
    )


def test_recording_a_person_tells_the_bus_an_identifier_and_nothing_else(desk, outbox):
    person = desk.person()
    (recorded,) = outbox("intake.person.recorded.v1")
    assert recorded.data == {"person_id": person["id"]}


# -- amending


def amend(desk, person, *, if_match='"1"', by=DESK, **known):
    return desk.call("amend_person", {"person_id": person["id"], **known}, actor=by, if_match=if_match)


def test_what_is_not_sent_stays_as_it_was(desk):
    person = desk.person(gender="woman", languages=["pt"])
    amended = good(amend(desk, person, pronouns="she/her"))
    assert (amended["gender"], amended["pronouns"], amended["languages"]) == ("woman", "she/her", ["pt"])


def test_a_name_that_is_no_longer_listed_is_kept_as_one_of_the_past(desk):
    person = desk.person(given="Ana", family="Lima")
    amended = good(amend(desk, person, names=[{"kind": "legal", "given": "Ana", "family": "Costa"}]))
    assert [(name["family"], name["used_until"]) for name in amended["names"]] == [
        ("Lima", "2026-03-04"),
        ("Costa", None),
    ]
    assert [found["id"] for found in desk.search("lima")] == [person["id"]]
    assert [found["id"] for found in desk.search("costa")] == [person["id"]]


def test_an_amendment_of_a_record_that_changed_meanwhile_is_refused(desk):
    person = desk.person()
    good(amend(desk, person, gender="woman"))
    assert refused(amend(desk, person, gender="man")) == "stale_version"


def test_an_amendment_without_the_version_that_was_read_is_refused(desk):
    assert refused(amend(desk, desk.person(), if_match=None, gender="woman")) == "version_required"


def test_changing_how_to_reach_somebody_is_a_new_version_too(desk):
    point = {"kind": "email", "value": "a@example.org", "safe_to_contact": True}
    amended = good(amend(desk, desk.person(), contact_points=[point]))
    assert amended["version"] == 2


def test_who_knows_only_the_name_cannot_amend(desk):
    assert refused(amend(desk, desk.person(), by=OTHER_TEAM, gender="woman")) == "access_denied"


# -- the person's own sign-in


def link(desk, person, account, relation):
    body = {"person_id": person["id"], "account": account, "relation": relation}
    return desk.call("link_account", body, actor=DESK)


def test_a_person_who_signs_in_reads_everything_of_their_own_record(desk):
    point = {"kind": "phone", "value": "250 555 0199", "safe_to_contact": True}
    person = desk.girl(contact_points=[point])
    good(link(desk, person, "girl", "self"))
    own = good(desk.read_person(person["id"], by=GIRL))
    assert own["withheld"] == []
    assert own["contact_points"][0]["value"] == point["value"]


def test_a_parent_sees_nothing_until_it_is_consented_to(desk, outbox):
    person = desk.girl()
    good(link(desk, person, "mother", "parent"))
    assert refused(desk.read_person(person["id"], by=MOTHER)) == "access_denied"
    (linked,) = outbox("intake.person.account_linked.v1")
    assert (linked.data["account"], linked.data["relation"]) == ("mother", "parent")


def test_an_account_is_linked_to_a_person_once(desk):
    person = desk.girl()
    good(link(desk, person, "girl", "self"))
    assert refused(link(desk, person, "girl", "self")) == "account_linked_already"

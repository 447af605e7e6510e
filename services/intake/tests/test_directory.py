"""Who else is helping: contact details of the involved, and nothing of the case (IN-9)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from services.intake.tests.front_desk import (
    DESK,
    FEED,
    GIRL,
    MENTOR,
    SOCIAL_WORKER,
    Case,
    good,
    refused,
)

BORN = "2010-06-01"


@pytest.fixture
def girl(desk):
    """A girl of 15, with the youth service involved and registered."""
    desk.agency("youth-service")
    desk.practitioner("youth-worker", "youth-service")
    return desk.girl()


def test_the_mentor_finds_who_is_involved_and_how_to_reach_them(desk, girl):
    told = good(desk.involve(girl, worker="youth-worker", role="youth_worker"))
    (entry,) = desk.look_up("Hana Ito", BORN)
    assert entry["id"] == girl["id"]
    (involved,) = entry["involvements"]
    assert involved == {
        "id": told["id"],
        "disputed": False,
        "agency": {
            "organisation": "youth-service",
            "name": "The youth-service",
            "sector": "youth_service",
            "phone": "250 555 0100",
            "email": None,
            "hours": None,
        },
        "practitioner": {
            "worker": "youth-worker",
            "name": "The youth-worker",
            "title": "youth-worker",
            "phone": "250 555 0101",
            "email": None,
        },
        "role": "youth_worker",
        "lead": False,
        "since": "2025-04-01",
        "until": None,
    }


@pytest.mark.parametrize(
    ("name", "born_on", "found"),
    [
        ("hana ito", BORN, True),
        ("ITO, Hana", BORN, True),
        ("Hana", BORN, False),
        ("Hana Ito", "2010-06-02", False),
        ("Hana It", BORN, False),
    ],
)
def test_only_a_whole_name_and_date_of_birth_find_an_entry(desk, girl, name, born_on, found):
    assert bool(desk.look_up(name, born_on)) is found


def test_a_birth_date_known_in_part_fits_what_is_known(desk):
    desk.person(given="Hana", family="Ito", born={"year": 2010, "month": 6})
    assert desk.look_up("Hana Ito", "2010-06-17")
    assert not desk.look_up("Hana Ito", "2010-07-17")


def test_a_person_of_unknown_birth_date_is_not_found_by_name_alone(desk):
    desk.person(given="Hana", family="Ito")
    assert desk.look_up("Hana Ito", BORN) == []


def test_a_name_without_a_letter_is_refused_with_its_field(desk):
    answer = desk.call("search_directory", {"name": "?", "born_on": BORN}, actor=MENTOR)
    assert answer.body["errors"][0]["pointer"] == "/name"


def test_a_new_name_is_found_and_so_is_the_former(desk, girl):
    names = [{"kind": "preferred", "given": "Hana", "family": "Sato"}]
    body = {"person_id": girl["id"], "names": names}
    good(desk.call("amend_person", body, actor=DESK, if_match='"1"'))
    assert desk.look_up("Hana Sato", BORN)[0]["name"] == "Hana Sato"
    assert desk.look_up("Hana Ito", BORN)[0]["name"] == "Hana Sato"


def test_the_directory_opens_no_record_of_the_person(desk, girl):
    assert refused(desk.read_person(girl["id"], by=MENTOR)) == "access_denied"
    assert set(desk.entry(girl)) == {
        "id",
        "name",
        "born",
        "involvements",
        "common_assessments",
        "withheld",
    }


def test_looking_somebody_up_is_on_record(desk, girl, outbox):
    desk.look_up("Hana Ito", BORN)
    entry = outbox.entries()[-1]
    assert (entry["action"], entry["purpose"], entry["persons"]) == ("search", "care", [girl["id"]])


@pytest.mark.parametrize(
    ("door", "by"),
    [
        ("list_referrals", DESK),
        ("list_outreach", SOCIAL_WORKER),
        ("list_checklists", SOCIAL_WORKER),
        ("list_raised_disputes", SOCIAL_WORKER),
    ],
)
def test_a_list_asked_for_by_a_restricted_person_is_empty_as_for_nobody_and_an_attempt_at_her(
    desk, girl, outbox, door, by
):
    desk.restrict(girl)
    for person, attempt in ((girl["id"], True), (str(uuid4()), False)):
        answer = desk.call(door, {"person_id": person}, actor=by)
        assert (answer.status, answer.body["items"]) == (200, [])
        entry = outbox.entries()[-1]
        assert (entry["restricted"], entry["persons"]) == (attempt, [person] if attempt else [])


def test_a_restricted_person_is_not_in_the_directory(desk, girl, outbox):
    desk.restrict(girl)
    assert desk.look_up("Hana Ito", BORN) == []
    answer = desk.call("read_directory", {"person_id": girl["id"]}, actor=MENTOR)
    assert refused(answer) == "not_found"
    assert outbox.entries()[-1]["restricted"] is True


def test_what_a_consent_would_open_of_the_directory_is_told_beforehand(desk, girl):
    """An involvement stands under a category that its agency decides: no column of its own (CO-7)."""
    asked = {
        "person_id": girl["id"],
        "recipient": "worker:youth-worker",
        "categories": ["directory"],
        "purposes": ["care"],
    }
    told = good(desk.call("preview", asked, actor=MENTOR))
    assert "involvement" in {each["kind"] for each in told["opens"]}
    other = good(desk.call("preview", {**asked, "categories": ["income"]}, actor=MENTOR))
    assert "involvement" in {each["kind"] for each in other["opens"]}


# -- fed by outside systems


def test_an_outside_system_that_repeats_itself_replaces_what_it_said(desk, girl):
    first = good(desk.involve(girl, role="youth_worker"))
    again = good(desk.involve(girl, role="group_leader"))
    assert again["id"] == first["id"]
    assert [each["role"] for each in desk.entry(girl)["involvements"]] == ["group_leader"]


def test_two_systems_may_use_the_same_reference(desk, girl):
    desk.agency("social-care")
    good(desk.involve(girl))
    good(desk.involve(girl, organisation="social-care", by=SOCIAL_WORKER))
    assert len(desk.entry(girl)["involvements"]) == 2


def test_a_reference_does_not_move_to_another_person(desk, girl):
    good(desk.involve(girl))
    assert refused(desk.involve(desk.person())) == "reference_of_another_person"


def test_an_involvement_of_an_agency_that_nobody_registered_is_refused(desk, girl):
    desk.accredit("youth-service", "strangers")
    assert refused(desk.involve(girl, organisation="strangers")) == "agency_not_registered"


def test_an_involvement_of_an_unknown_person_is_refused(desk, girl):
    assert refused(desk.involve({"id": str(uuid4())})) == "not_found"


def test_an_involvement_does_not_end_before_it_begins(desk, girl):
    answer = desk.involve(girl, since="2026-01-02", until="2026-01-01")
    assert answer.body["errors"][0]["pointer"] == "/until"


def test_an_outside_system_tells_and_reads_nothing(desk, girl):
    for door, body in [
        ("read_directory", {"person_id": girl["id"]}),
        ("search_directory", {"name": "Hana Ito", "born_on": BORN}),
        ("read_person", {"person_id": girl["id"]}),
    ]:
        assert refused(desk.call(door, body, actor=FEED)) == "permission_missing"


def test_an_ended_involvement_is_shown_with_its_end(desk, girl):
    good(desk.involve(girl))
    ended = good(desk.call("end_involvement", {"reference": "case-1", "until": "2026-02-27"}, actor=FEED))
    assert ended["until"] == "2026-02-27"
    assert desk.entry(girl)["involvements"][0]["until"] == "2026-02-27"


def test_only_who_told_of_an_involvement_ends_it(desk, girl):
    good(desk.involve(girl))
    answer = desk.call("end_involvement", {"reference": "case-1"}, actor=SOCIAL_WORKER)
    assert refused(answer) == "not_found"


# -- fed by cases


def test_a_case_elsewhere_lists_the_agency_and_each_worker_of_the_team(desk, girl):
    desk.agency("school", sector="education")
    case = Case.opened(desk, girl)
    case.joined("mentor", "school", role="learning_mentor")
    case.joined("youth-worker", "youth-service", role="youth_worker")
    roles = [each["role"] for each in desk.entry(girl)["involvements"]]
    assert roles == ["case_holder", "learning_mentor", "youth_worker"]


def test_a_relative_on_the_team_is_not_listed(desk, girl):
    desk.agency("school")
    case = Case.opened(desk, girl)
    case.joined("aunt", "school", role="aunt", standing="relative")
    assert [each["role"] for each in desk.entry(girl)["involvements"]] == ["case_holder"]


def test_exactly_one_worker_leads(desk, girl):
    desk.agency("school")
    case = Case.opened(desk, girl)
    case.joined("mentor", "school")
    case.joined("youth-worker", "youth-service")
    case.led_by("youth-worker", "youth-service")
    case.led_by("mentor", "school", previous="youth-worker")
    leads = [each["role"] for each in desk.entry(girl)["involvements"] if each["lead"]]
    assert len(leads) == 1


def test_a_provider_on_the_team_is_listed_but_not_told_how_to_reach_the_person(desk, girl):
    case = Case.opened(desk, girl)
    case.joined("mentor", "youth-service", standing="provider")
    assert len(desk.entry(girl)["involvements"]) == 1
    assert refused(desk.read_person(girl["id"], by=MENTOR)) == "access_denied"


def test_the_team_that_is_there_is_involved_with_who_joins_the_family_later(desk, girl):
    desk.agency("school")
    mother = desk.person(given="Mei", family="Ito", born={"year": 1980, "month": 1, "day": 2})
    case = Case.opened(desk, girl)
    case.joined("mentor", "school")
    gone = case.joined("youth-worker", "youth-service", role="youth_worker")
    case.left(gone, "youth-worker")
    case.led_by("mentor", "school")
    case.grew_by(mother)
    assert [each["lead"] for each in desk.entry(mother, by=DESK)["involvements"]] == [False, True]


def test_closing_a_case_ends_its_involvements(desk, girl):
    desk.agency("school")
    case = Case.opened(desk, girl)
    case.joined("mentor", "school")
    case.closed()
    assert {each["until"] for each in desk.entry(girl)["involvements"]} == {"2026-03-04"}


def test_a_common_assessment_is_announced_with_whom_to_ask(desk, girl):
    desk.agency("school", sector="education")
    desk.practitioner("mentor", "school")
    case = Case.opened(desk, girl)
    case.assessed(girl, author="mentor", organisation="school", form="common_assessment")
    (assessment,) = desk.entry(girl)["common_assessments"]
    assert assessment["recorded_on"] == "2026-03-04"
    assert assessment["practitioner"]["worker"] == "mentor"
    assert assessment["agency"]["phone"] == "250 555 0100"


def test_that_another_kind_of_assessment_exists_is_not_told(desk, girl):
    case = Case.opened(desk, girl)
    case.assessed(girl, author="mentor", organisation="school", form="in_depth")
    assert desk.entry(girl)["common_assessments"] == []


def test_the_girl_reads_her_own_entry(desk, girl):
    good(desk.involve(girl))
    body = {"person_id": girl["id"], "account": "girl", "relation": "self"}
    good(desk.call("link_account", body, actor=DESK))
    assert len(desk.entry(girl, by=GIRL)["involvements"]) == 1

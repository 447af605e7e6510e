"""A row whose person is not certain waits for a worker, who says who it is or that it is nobody (IN-9)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from intake.uploads.deciding import settle_decided
from intake.uploads.model import HeldRow
from services.intake.tests.front_desk import CUSTODIAN, DESK, FEED, MENTOR, good, refused
from services.intake.tests.upload_desk import Sender, counts, csv_of, named

BORN = "2010-06-01"


@pytest.fixture
def feed(desk, in_lane, consent_is_current):
    consent_is_current()
    desk.agency("youth-service")
    return Sender(desk=desk, in_lane=in_lane)


@pytest.fixture
def twins(desk):
    return [desk.girl(), desk.girl()]


ROW = named("Hana", "Ito", BORN, role="mentor")


def waiting(desk, **asked):
    return good(desk.call("list_held_rows", asked, actor=DESK))["items"]


def question(desk, held):
    return good(desk.call("read_held_row", {"held_row_id": held["id"]}, actor=DESK))


def decide(desk, held, person):
    body = {"held_row_id": held["id"], "person_id": person["id"] if person else None}
    return desk.call("decide_held_row", body, actor=DESK)


def settled(in_lane):
    with in_lane() as work:
        return settle_decided(work)


def test_the_worker_sees_how_the_person_was_named_and_who_may_be_meant(desk, feed, twins):
    feed.sent(csv_of(ROW))
    (held,) = waiting(desk)
    asked = question(desk, held)
    assert asked["told"] == {
        "given": "Hana",
        "family": "Ito",
        "born_on": BORN,
        "person_id": None,
        "identifier": None,
    }
    assert sorted(each["id"] for each in asked["candidates"]) == sorted(each["id"] for each in twins)


def test_the_one_who_is_chosen_is_listed(desk, feed, twins, in_lane):
    feed.sent(csv_of(ROW))
    good(decide(desk, waiting(desk)[0], twins[1]))
    assert settled(in_lane) == 1
    assert [each["role"] for each in desk.entry(twins[1])["involvements"]] == ["mentor"]
    assert desk.entry(twins[0])["involvements"] == []
    assert waiting(desk) == []


def test_what_was_told_of_the_person_is_forgotten_with_the_decision(desk, feed, twins, in_lane):
    feed.sent(csv_of(ROW))
    (held,) = waiting(desk)
    good(decide(desk, held, twins[0]))
    with in_lane() as work:
        assert work.session.get(HeldRow, held["id"]).told is None
    assert refused(decide(desk, held, twins[1])) == "decided_already"


def test_the_same_row_again_gets_the_same_answer_without_asking(desk, feed, twins, in_lane):
    feed.sent(csv_of(ROW))
    good(decide(desk, waiting(desk)[0], twins[1]))
    settled(in_lane)
    assert counts(feed.sent(csv_of(ROW))) == {"unchanged": 1}
    changed = {**ROW, "until": "2026-02-01"}
    assert counts(feed.sent(csv_of(changed))) == {"applied": 1}
    assert waiting(desk) == []


def test_nobody_is_remembered_too(desk, feed, twins):
    feed.sent(csv_of(ROW))
    good(decide(desk, waiting(desk)[0], None))
    assert counts(feed.sent(csv_of(ROW))) == {"unmatched": 1}
    assert waiting(desk) == []


def test_other_words_for_the_person_are_asked_about_anew(desk, feed, twins):
    feed.sent(csv_of(ROW))
    good(decide(desk, waiting(desk)[0], None))
    feed.sent(csv_of({**ROW, "given_name": "Ito", "family_name": "Hana"}))
    assert [each["because"] for each in waiting(desk)] == ["ambiguous"]


def test_a_row_sent_again_waits_once(desk, feed, twins):
    for _ in range(3):
        assert counts(feed.sent(csv_of(ROW))) == {"held": 1}
    assert len(waiting(desk)) == 1


def test_an_unknown_person_who_is_recorded_later_is_found_without_a_worker(desk, feed):
    feed.sent(csv_of(ROW))
    assert [each["because"] for each in waiting(desk, because="unmatched")] == ["unmatched"]
    girl = desk.girl()
    assert counts(feed.sent(csv_of(ROW))) == {"applied": 1}
    assert waiting(desk) == []
    assert len(desk.entry(girl)["involvements"]) == 1


def test_nothing_is_listed_for_a_system_whose_accreditation_has_ended(desk, feed, twins, in_lane):
    feed.sent(csv_of(ROW))
    good(decide(desk, waiting(desk)[0], twins[0]))
    good(desk.call("revoke_accreditation", {"system": FEED.subject}, actor=CUSTODIAN))
    settled(in_lane)
    assert desk.entry(twins[0])["involvements"] == []


def test_a_concealed_row_stays_concealed(desk, feed, twins, in_lane):
    feed.sent(csv_of({**ROW, "concealed_as": "health"}))
    good(decide(desk, waiting(desk)[0], twins[0]))
    settled(in_lane)
    assert desk.entry(twins[0])["involvements"] == []
    good(desk.call("end_involvement", {"reference": "r-1"}, actor=FEED))


def test_rows_that_nobody_decides_on_are_forgotten_in_time(desk, feed, twins, in_lane, clock):
    feed.sent(csv_of(ROW))
    clock.now += timedelta(days=91)
    assert settled(in_lane) == 1
    assert waiting(desk) == []


def test_whom_the_worker_may_not_see_is_no_candidate(desk, feed, twins):
    feed.sent(csv_of(ROW))
    desk.restrict(twins[0])
    assert [each["id"] for each in question(desk, waiting(desk)[0])["candidates"]] == [twins[1]["id"]]
    assert refused(decide(desk, waiting(desk)[0], twins[0])) == "not_found"


def test_who_is_spelt_otherwise_is_a_candidate_and_never_taken_for_certain(desk, feed):
    girl = desk.girl()
    assert counts(feed.sent(csv_of({**ROW, "given_name": "Hanna"}))) == {"unmatched": 1}
    (held,) = waiting(desk)
    assert [each["id"] for each in question(desk, held)["candidates"]] == [girl["id"]]


def test_an_identifier_is_shown_by_its_last_signs(desk, feed):
    feed.sent(csv_of({**ROW, "identifier_scheme": "sin", "identifier": "130 692 544"}))
    told = question(desk, waiting(desk)[0])["told"]
    assert told["identifier"] == "sin \N{HORIZONTAL ELLIPSIS}544"
    assert "130692" not in str(told)


def test_neither_the_sender_nor_a_practitioner_sees_what_waits(desk, feed, twins):
    feed.sent(csv_of(ROW))
    for actor in (FEED, MENTOR):
        assert refused(desk.call("list_held_rows", {}, actor=actor)) == "permission_missing"

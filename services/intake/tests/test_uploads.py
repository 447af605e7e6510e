"""Whole files of involvements from accredited systems: every row gets its answer, once (IN-9)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from chassis.testing import make_actor
from intake.uploads.model import Upload
from services.intake.tests.front_desk import CUSTODIAN, DESK, FEED, MENTOR, good, refused
from services.intake.tests.upload_desk import Sender, about, counts, csv_of, named

BORN = "2010-06-01"


@pytest.fixture
def feed(desk, in_lane, consent_is_current):
    consent_is_current()
    desk.agency("youth-service")
    return Sender(desk=desk, in_lane=in_lane)


@pytest.fixture
def girl(desk):
    return desk.girl()


def roles(desk, person):
    return sorted(each["role"] for each in desk.entry(person)["involvements"])


# -- rows


def test_a_row_that_names_the_person_by_our_identifier_is_listed(desk, feed, girl):
    upload = feed.sent(csv_of(about(girl, role="youth_worker")))
    assert (upload["state"], counts(upload)) == ("done", {"applied": 1})
    assert roles(desk, girl) == ["youth_worker"]


def test_a_row_that_names_the_person_by_name_and_date_of_birth_is_listed(desk, feed, girl):
    upload = feed.sent(csv_of(named("HANA", "Ito", BORN, role="mentor")))
    assert counts(upload) == {"applied": 1}
    assert roles(desk, girl) == ["mentor"]


def test_the_same_file_twice_leaves_everything_as_it_was(desk, feed, girl):
    content = csv_of(about(girl), named("Hana", "Ito", BORN, reference="r-2"))
    first, again = feed.sent(content), feed.sent(content)
    assert first["id"] != again["id"]
    assert (counts(first), counts(again)) == ({"applied": 2}, {"unchanged": 2})
    assert len(desk.entry(girl)["involvements"]) == 2


def test_a_row_that_says_something_new_of_the_same_reference_replaces_what_was_there(desk, feed, girl):
    feed.sent(csv_of(about(girl, role="youth_worker")))
    upload = feed.sent(csv_of(about(girl, role="group_leader", until="2026-02-01")))
    assert counts(upload) == {"applied": 1}
    (involved,) = desk.entry(girl)["involvements"]
    assert (involved["role"], involved["until"]) == ("group_leader", "2026-02-01")


def test_good_rows_are_not_lost_because_of_bad_ones(desk, feed, girl):
    rows = [
        about(girl, reference="r-1"),
        about(girl, reference="r-2", since="2025-02-30"),
        about(girl, reference="r-3", until="2025-03-31"),
        about(girl, reference="", since=""),
        about(girl, reference="r-5", concealed_as="secrets"),
        about(girl, reference="r-6", organisation="strangers"),
        {**about(girl, reference="r-7"), "person_id": "7"},
        named("", "", BORN, reference="r-8"),
        named("Hana", "Ito", "2031-06-01", reference="r-9"),
        about(girl, reference="r-1", role="again"),
        about(girl, reference="r-11"),
    ]
    upload = feed.sent(csv_of(*rows))
    assert counts(upload) == {"applied": 2, "refused": 9}
    assert feed.faults(upload) == [
        (2, "since", "date"),
        (3, "until", "before_since"),
        (4, "since", "required"),
        (4, "reference", "required"),
        (5, "concealed_as", "choice"),
        (6, "organisation", "not_accredited_for_organisation"),
        (7, "person_id", "identifier"),
        (8, "family_name", "required"),
        (9, "date_of_birth", "range"),
        (10, "reference", "reference_twice"),
    ]


def test_an_agency_that_nobody_registered_and_a_sector_outside_the_accreditation_are_refused(
    desk, feed, girl
):
    desk.agency("clinic", sector="health")
    desk.accredit("youth-service", "clinic", "newcomers", sectors=["youth_service"])
    rows = [
        about(girl, reference="1", organisation="newcomers"),
        about(girl, reference="2", organisation="clinic"),
    ]
    assert feed.faults(feed.sent(csv_of(*rows))) == [
        (1, "organisation", "agency_not_registered"),
        (2, "organisation", "not_accredited_for_sector"),
    ]


def test_a_reference_does_not_move_to_another_person(desk, feed, girl):
    feed.sent(csv_of(about(girl)))
    upload = feed.sent(csv_of(about(desk.person(born={"year": 2012, "month": 1, "day": 1}))))
    assert feed.faults(upload) == [(1, "reference", "reference_of_another_person")]


def test_what_ended_more_than_a_year_ago_is_not_listed_anew(feed, girl):
    upload = feed.sent(csv_of(about(girl, since="2020-01-01", until="2025-03-04")))
    assert feed.faults(upload) == [(1, "until", "ended_over_a_year_ago")]


def test_two_of_the_same_name_and_birthday_are_left_to_a_worker(desk, feed, girl):
    desk.girl()
    upload = feed.sent(csv_of(named("Hana", "Ito", BORN)))
    assert counts(upload) == {"held": 1}
    assert roles(desk, girl) == []


def test_a_birth_known_in_part_is_not_certain_enough(desk, feed):
    desk.person(given="Hana", family="Ito", born={"year": 2010, "month": 6})
    assert counts(feed.sent(csv_of(named("Hana", "Ito", BORN)))) == {"held": 1}


def test_nobody_is_recorded_because_an_outside_system_names_them(desk, feed):
    assert counts(feed.sent(csv_of(named("Hana", "Ito", BORN)))) == {"unmatched": 1}
    assert desk.look_up("Hana Ito", BORN) == []


def test_whom_the_sender_may_not_know_of_is_like_nobody(desk, feed, girl):
    adult = desk.person(given="Mei", family="Ito", born={"year": 1980, "month": 1, "day": 2})
    desk.restrict(girl)
    rows = [about(girl), about(adult, reference="r-2"), named("No", "Body", BORN, reference="r-3")]
    assert counts(feed.sent(csv_of(*rows))) == {"unmatched": 3}


def test_records_linked_as_one_person_are_one_person(desk, feed, girl):
    twin = desk.girl()
    body = {"person_id": girl["id"], "other_person_id": twin["id"], "because": "Same school card."}
    good(desk.call("link_people", body, actor=DESK))
    assert counts(feed.sent(csv_of(named("Hana", "Ito", BORN)))) == {"applied": 1}
    assert len(desk.entry(girl)["involvements"]) == 1


def test_a_concealed_row_is_shown_to_nobody_and_its_sender_may_end_it(desk, feed, girl):
    assert counts(feed.sent(csv_of(about(girl, concealed_as="health")))) == {"applied": 1}
    assert roles(desk, girl) == []
    ended = good(desk.call("end_involvement", {"reference": "r-1", "until": "2026-01-31"}, actor=FEED))
    assert ended["until"] == "2026-01-31"


def test_what_was_told_later_is_not_undone_by_an_earlier_file(desk, feed, girl, clock):
    upload = feed.received(csv_of(about(girl, reference="case-1", role="early")))
    clock.advance(minutes=5)
    good(desk.involve(girl, role="late"))
    feed.work()
    assert counts(feed.read(upload)) == {"superseded": 1}
    assert roles(desk, girl) == ["late"]


def test_names_in_any_script_are_found(desk, feed):
    person = desk.person(
        given="\u05d3\u05e0\u05d9\u05d0\u05dc",
        family="\U0001f33b",
        born={"year": 2012, "month": 2, "day": 29},
    )
    upload = feed.sent(csv_of(named("\u05d3\u05e0\u05d9\u05d0\u05dc", "\U0001f33b", "2012-02-29")))
    assert counts(upload) == {"applied": 1}
    assert len(desk.entry(person)["involvements"]) == 1


# -- who may send


def test_a_system_that_is_not_accredited_sends_nothing(desk, in_lane):
    sender = Sender(desk=desk, in_lane=in_lane)
    assert refused(sender.declare(csv_of())) == "not_accredited"


def test_a_person_at_a_screen_sends_no_files(desk, in_lane):
    assert refused(Sender(desk=desk, in_lane=in_lane, actor=MENTOR).declare(csv_of())) == "permission_missing"


def test_a_revoked_accreditation_stops_an_upload_under_way(desk, feed, girl, outbox):
    upload = feed.received(csv_of(about(girl)))
    good(desk.call("revoke_accreditation", {"system": "youth-records"}, actor=CUSTODIAN))
    feed.work(batches=1)
    with feed.in_lane() as work:
        kept = work.session.get(Upload, upload["id"])
        assert (kept.state, kept.because, kept.applied) == ("refused", "not_accredited", 0)
    assert refused(feed.declare(csv_of())) == "not_accredited"
    assert outbox("intake.accreditation.ended.v1")[0].data["because"] == "revoked"


def test_each_system_sees_its_own_uploads_only(desk, feed, girl, in_lane, outbox):
    other = Sender(desk, in_lane, make_actor(subject="others", organisation="x", roles=["system_feed"]))
    upload = feed.sent(csv_of(about(girl)))
    body = {"upload_id": upload["id"]}
    for door in ("read_upload", "list_upload_rows", "export_upload_rows"):
        assert refused(other.call(door, body)) == "access_denied"
        assert refused(other.call(door, {"upload_id": str(uuid4())})) == "not_found"
    assert good(other.call("list_uploads", {}))["items"] == []
    desk.accredit("youth-service", system=other.actor)
    for door in ("complete_upload", "cancel_upload"):
        assert refused(other.call(door, body)) == "access_denied"
    assert refused(other.part(upload, 1, b"x")) == "access_denied"
    tried = [each for each in outbox.entries() if each.get("reason") == "access_denied"]
    assert len(tried) == 6 and all(
        each["records"] == [{"kind": "upload", "id": upload["id"]}] for each in tried
    )


def test_what_a_batch_wrote_is_on_record_under_the_name_of_the_system(feed, girl, outbox):
    feed.sent(csv_of(about(girl)))
    (entry,) = [each for each in outbox.entries() if each["door"] == "apply_upload"]
    assert (entry["actor"]["subject"], entry["action"]) == ("youth-records", "write")
    assert entry["persons"] == [girl["id"]]

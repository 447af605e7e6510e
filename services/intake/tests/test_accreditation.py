"""An outside system speaks for whom it is accredited, while it is (IN-9)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis.testing import make_actor
from intake.accreditation.actions import end_expired
from services.intake.tests.front_desk import CUSTODIAN, DESK, FEED, SOCIAL_WORKER, good, refused

OTHER = make_actor(subject="other-records", organisation="elsewhere", roles=["system_feed"])


@pytest.fixture
def girl(desk):
    desk.agency("youth-service")
    return desk.girl()


def agency(desk, organisation, *, by=FEED, sector="youth_service"):
    body = {"organisation": organisation, "name": "An agency", "sector": sector}
    return desk.call("record_agency", body, actor=by)


def practitioner(desk, worker, organisation, *, by=FEED):
    body = {"worker": worker, "organisation": organisation, "name": "A worker", "title": "Worker"}
    return desk.call("record_practitioner", body, actor=by)


def revoked(desk, *, system=FEED):
    return desk.call("revoke_accreditation", {"system": system.subject}, actor=CUSTODIAN)


def test_without_an_accreditation_nothing_is_taken(desk, girl):
    for answer in (agency(desk, "youth-service", by=OTHER), desk.involve(girl, by=OTHER)):
        assert refused(answer) == "not_accredited"


def test_it_speaks_for_its_organisations_and_sectors_only(desk, girl):
    desk.accredit("clinic", system=OTHER, sectors=["health"])
    assert refused(agency(desk, "school", by=OTHER)) == "not_accredited_for_organisation"
    assert refused(agency(desk, "clinic", by=OTHER, sector="police")) == "not_accredited_for_sector"
    good(agency(desk, "clinic", by=OTHER, sector="health"))
    assert refused(desk.involve(girl, by=OTHER)) == "not_accredited_for_organisation"
    good(desk.involve(girl, by=OTHER, organisation="clinic"))


def test_it_takes_no_practitioner_away_from_another_organisation(desk, girl):
    desk.practitioner("youth-worker", "youth-service")
    desk.accredit("clinic", system=OTHER)
    good(agency(desk, "clinic", by=OTHER))
    answer = practitioner(desk, "youth-worker", "clinic", by=OTHER)
    assert refused(answer) == "practitioner_of_another_organisation"
    good(practitioner(desk, "therapist", "clinic", by=OTHER))


def test_it_changes_nothing_that_another_system_told(desk, girl):
    good(desk.involve(girl, role="mentor"))
    desk.accredit("youth-service", system=OTHER)
    good(desk.involve(girl, by=OTHER, role="coach"))
    assert sorted(each["role"] for each in desk.entry(girl)["involvements"]) == ["coach", "mentor"]
    answer = desk.call("end_involvement", {"reference": "case-1", "until": "2026-01-01"}, actor=OTHER)
    assert good(answer)["role"] == "coach"


def test_a_revocation_counts_at_once_and_keeps_what_was_told(desk, girl, outbox):
    good(desk.involve(girl))
    for _ in range(2):
        assert good(revoked(desk))["ended_because"] == "revoked"
    assert len(outbox("intake.accreditation.ended.v1")) == 1
    for answer in (desk.involve(girl), desk.call("end_involvement", {"reference": "case-1"}, actor=FEED)):
        assert refused(answer) == "not_accredited"
    assert len(desk.entry(girl)["involvements"]) == 1


def test_who_is_accredited_again_goes_on(desk, girl):
    good(revoked(desk))
    assert desk.accredit("youth-service")["ended_at"] is None
    good(desk.involve(girl))


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "counts"),
    [
        ("2026-03-04", "2026-03-04", True),
        ("2026-03-05", "2026-12-31", False),
        ("2026-01-01", "2026-03-03", False),
    ],
)
def test_it_counts_from_the_first_day_to_the_last(desk, girl, valid_from, valid_until, counts):
    desk.accredit("youth-service", valid_from=valid_from, valid_until=valid_until)
    assert (desk.involve(girl).status == 200) is counts


def test_the_end_of_its_time_is_announced_once_by_the_clock(desk, clock, in_lane, outbox):
    desk.accredit("youth-service", valid_until="2026-03-05")
    ended = []
    for _ in range(3):
        with in_lane() as work:
            ended.append(end_expired(work))
        clock.now += timedelta(days=1)
    with in_lane() as work:
        ended.append(end_expired(work))
    assert ended == [0, 0, 1, 0]
    (told,) = outbox("intake.accreditation.ended.v1")
    assert (told.data["system"], told.data["because"]) == ("youth-records", "expired")


def test_only_the_custodian_accredits(desk):
    body = {"system": "x", "name": "x", "organisations": ["x"], "sectors": ["other"]}
    body |= {"valid_from": "2026-01-01", "valid_until": "2026-12-31"}
    for actor in (DESK, FEED, SOCIAL_WORKER):
        assert refused(desk.call("accredit_system", body, actor=actor)) == "permission_missing"
        assert refused(desk.call("list_accreditations", {}, actor=actor)) == "permission_missing"
    good(desk.call("accredit_system", body, actor=CUSTODIAN))
    assert (
        good(desk.call("list_accreditations", {}, actor=CUSTODIAN))["items"][0]["accredited_by"]
        == "custodian"
    )


@pytest.mark.parametrize(
    ("told", "pointer"),
    [
        ({"valid_until": "2025-12-31"}, "/valid_until"),
        ({"organisations": []}, "/organisations"),
        ({"organisations": ["a b"]}, "/organisations/0"),
        ({"sectors": ["astrology"]}, "/sectors/0"),
        ({"valid_from": "2026-02-30"}, "/valid_from"),
        ({"most_rows": 0}, "/most_rows"),
        ({"system": "cases"}, "/system"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(desk, told, pointer):
    body = {"system": "x", "name": "x", "organisations": ["x"], "sectors": ["other"]}
    body |= {"valid_from": "2026-01-01", "valid_until": "2026-12-31", **told}
    answer = desk.call("accredit_system", body, actor=CUSTODIAN)
    assert [each["pointer"] for each in answer.body["errors"]] == [pointer]

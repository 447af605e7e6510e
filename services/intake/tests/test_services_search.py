"""Finding a service for somebody, and keeping what is told of it true (IN-11)."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from chassis.errors import InvalidInput
from intake.services_directory.actions import flag_stale
from intake.services_directory.hours import is_open
from intake.services_directory.queries import known_service
from services.intake.tests.front_desk import DESK, GIRL, MENTOR, TEAM_LEAD, good, refused
from services.intake.tests.services_desk import KEEPER, hours, hsds_id, located, need, service

VANCOUVER = ZoneInfo("America/Vancouver")


@pytest.fixture
def town(services):
    """A shelter, a kitchen and a clinic, each different in what one may ask for."""
    french = {"id": hsds_id("french"), "name": "français", "code": "fr"}
    services.imports(
        [
            service(
                "Abri de nuit",
                description="Un lit pour la nuit, sans rendez-vous.",
                attributes=[need("BH-1800", "Emergency shelter")],
                service_at_locations=[located("House", "Victoria")],
                languages=[french],
                minimum_age=19,
                assured_date="2026-02-01",
            ),
            service(
                "Soup kitchen",
                alternate_name="The Kitchen",
                attributes=[need("BD-5000", "Meals")],
                service_at_locations=[located("Hall", "Nanaimo", languages=[french])],
                schedules=[hours("MO,TU,WE,TH,FR", "08:00", "10:00")],
                assured_date="2025-03-01",
            ),
            service(
                "Youth clinic",
                attributes=[need("LN", "Primary care")],
                service_at_locations=[located("Clinic", "Victoria")],
                schedules=[hours("WE", "22:00", "02:00")],
                minimum_age=12,
                maximum_age=24.5,
                status="active",
                program={"id": hsds_id("youth"), "name": "Foundry", "description": "Youth."},
            ),
        ]
    )
    return services


FINDS = [
    ({"words": "soup"}, ["Soup kitchen"]),
    ({"words": "KITCH"}, ["Soup kitchen"]),
    ({"words": "lit nuit"}, ["Abri de nuit"]),
    ({"words": "soup nuit"}, []),
    ({"words": "harbour"}, ["Abri de nuit", "Soup kitchen", "Youth clinic"]),
    ({"need": "BH-1800"}, ["Abri de nuit"]),
    ({"need": "meals"}, ["Soup kitchen"]),
    ({"need": hsds_id("term LN")}, ["Youth clinic"]),
    ({"locality": "victoria"}, ["Abri de nuit", "Youth clinic"]),
    ({"locality": "VICTORIA", "language": "fr"}, ["Abri de nuit"]),
    ({"language": "Francais"}, ["Abri de nuit", "Soup kitchen"]),
    ({"age": 18}, ["Soup kitchen", "Youth clinic"]),
    ({"age": 24.5}, ["Abri de nuit", "Soup kitchen", "Youth clinic"]),
    ({"age": 25}, ["Abri de nuit", "Soup kitchen"]),
    ({"program": "Foundry"}, ["Youth clinic"]),
    ({"status": "defunct"}, []),
    ({"open_now": True}, ["Soup kitchen"]),
    ({"open_at": "2026-03-04T22:30:00-08:00"}, ["Youth clinic"]),
    ({"open_at": "2026-03-05T01:59:00-08:00"}, ["Youth clinic"]),
    ({"open_at": "2026-03-05T02:00:00-08:00"}, []),
    ({"open_at": "2026-03-07T09:00:00-08:00"}, []),
    ({"limit": 1}, ["Abri de nuit", "Soup kitchen", "Youth clinic"]),
    ({"limit": 1, "open_at": "2026-03-04T09:00:00-08:00"}, ["Soup kitchen"]),
]


def test_a_service_is_found_by_what_somebody_needs(town):
    """The desk stands at a Wednesday morning, nine o'clock."""
    for asked, found in FINDS:
        assert town.found(**asked) == found, asked


def test_whatever_is_typed_is_looked_for_and_never_carried_out(town):
    for words in ("'", "\\", "zz' | 'abri", "!", "مأوى", "😀", "x" * 200, "abri:* & zz", "abri | zz", "!zz"):
        answer = town.call("search_services", {"words": words}, actor=DESK)
        assert answer.status in (200, 422)
        assert answer.status == 422 or answer.body["items"] == [], words


def test_a_question_that_makes_no_sense_is_refused(services):
    for asked in ({"age": -1}, {"age": "NaN"}, {"status": "gone"}, {"availability": "maybe"}, {"limit": 0}):
        assert services.call("search_services", asked, actor=DESK).status == 422, asked


def test_practitioners_look_and_clients_do_not(town):
    assert len(town.found(by=MENTOR)) == 3
    assert refused(town.call("search_services", {}, actor=GIRL)) == "permission_missing"


# -- is it true, is it free


def test_an_entry_that_nobody_verified_for_six_months_is_stale_until_somebody_does(town):
    assert town.found(stale=True) == ["Soup kitchen", "Youth clinic"]
    assert town.found(stale=False) == ["Abri de nuit"]
    body = {"service_id": hsds_id("Soup kitchen")}
    verified = good(town.call("verify_service", body, actor=KEEPER))
    assert (verified["last_verified_on"], verified["verified_by"]) == ("2026-03-04", "directory-keeper")
    assert verified["stale_since"] is None
    assert town.found(stale=True) == ["Youth clinic"]
    assert town.read("Soup kitchen")["hsds"]["assured_date"] == "2026-03-04"


def test_the_timer_marks_what_has_become_too_old_on_the_day(town, clock, in_lane):
    for at, marked in (("2026-08-01", 0), ("2026-08-02", 1), ("2026-08-03", 0)):
        clock.move_to(datetime.fromisoformat(f"{at}T17:00:00+00:00"))
        with in_lane() as work:
            assert flag_stale(work) == marked
    assert len(town.found(stale=True)) == 3


def test_an_older_verification_does_not_undo_a_newer_one_and_none_is_in_the_future(town):
    body = {"service_id": hsds_id("Abri de nuit"), "verified_on": "2025-01-01"}
    assert good(town.call("verify_service", body, actor=KEEPER))["last_verified_on"] == "2026-02-01"
    answer = town.call("verify_service", {**body, "verified_on": "2026-03-05"}, actor=KEEPER)
    assert answer.body["errors"][0]["pointer"] == "/verified_on"


def test_availability_is_told_with_a_day_and_found_by(town):
    body = {
        "service_id": hsds_id("Youth clinic"),
        "availability": "full",
        "available_from": "2026-05-01",
    }
    told = good(town.call("set_service_availability", body, actor=KEEPER))
    assert (told["availability"], told["available_from"]) == ("full", "2026-05-01")
    assert town.found(availability="full") == ["Youth clinic"]
    for wrong in ({"availability": "accepting"}, {"available_from": "2026-03-03"}):
        answer = town.call("set_service_availability", {**body, **wrong}, actor=KEEPER)
        assert answer.body["errors"][0]["pointer"] == "/available_from"


def test_the_newest_word_on_availability_counts_whoever_says_it(services, clock):
    def with_beds(available: int, updated: str) -> list[dict]:
        unit = {"id": hsds_id("bed"), "name": "Bed"}
        beds = {"id": hsds_id("beds"), "available": available, "updated": updated, "unit": unit}
        return [service("Shelter", capacities=[beds])]

    services.imports(with_beds(0, "2026-03-04T16:00:00Z"))
    assert services.found(availability="full") == ["Shelter"]
    body = {"service_id": hsds_id("Shelter"), "availability": "waiting_list"}
    good(services.call("set_service_availability", body, actor=KEEPER))
    services.imports(with_beds(4, "2026-03-04T16:30:00Z"))
    assert services.found(availability="waiting_list") == ["Shelter"]
    clock.advance(hours=2)
    services.imports(with_beds(4, "2026-03-04T18:00:00Z"))
    assert services.found(availability="accepting") == ["Shelter"]
    services.imports([service("Shelter", status="temporarily closed")])
    assert services.found(availability="closed", status="temporarily closed") == ["Shelter"]
    services.imports([service("Shelter")])
    assert services.found(availability="unknown") == ["Shelter"]


def test_the_front_desk_proposes_corrections_and_the_keeper_settles_them(town):
    body = {"service_id": hsds_id("Soup kitchen"), "said": "They moved to Commercial Street."}
    proposed = good(town.call("propose_service_correction", body, actor=DESK))
    page = good(town.call("list_service_corrections", {"settled": False}, actor=KEEPER))
    assert [each["said"] for each in page["items"]] == ["They moved to Commercial Street."]
    body = {"correction_id": proposed["id"], "settled_as": "taken"}
    assert (
        good(town.call("settle_service_correction", body, actor=KEEPER))["settled_by"] == "directory-keeper"
    )
    assert refused(town.call("settle_service_correction", body, actor=KEEPER)) == "correction_settled"
    assert refused(town.call("settle_service_correction", body, actor=DESK)) == "permission_missing"


def test_a_change_of_an_organization_is_found_in_its_services(town):
    society = {"id": hsds_id("society"), "name": "Tidal Society", "description": "Housing."}
    town.imports({"organizations": [society]})
    assert len(town.found(words="tidal")) == 3
    assert town.found(words="harbour") == []


def test_somebody_is_linked_only_to_a_service_that_is_there(town, work_as):
    town.imports([service("Old place", status="defunct")])
    with work_as(TEAM_LEAD) as work:
        assert known_service(work, UUID(hsds_id("Soup kitchen"))).name == "Soup kitchen"
        for unknown in (uuid4(), UUID(hsds_id("Old place"))):
            with pytest.raises(InvalidInput):
                known_service(work, unknown)


# -- hours


@pytest.mark.parametrize(
    ("told", "at", "opened"),
    [
        ({"byday": "MO"}, "2026-03-02T09:00", True),
        ({"byday": "MO"}, "2026-03-02T08:59", False),
        ({"byday": "MO"}, "2026-03-02T17:00", False),
        ({"byday": "mo, we"}, "2026-03-04T12:00", True),
        ({"byday": "MO", "valid_to": "2026-03-01"}, "2026-03-02T12:00", False),
        ({"byday": "MO", "valid_from": "2026-03-02"}, "2026-03-02T12:00", True),
        ({"byday": "MO", "interval": 2, "dtstart": "2026-02-23"}, "2026-03-02T12:00", False),
        ({"byday": "MO", "interval": 2, "dtstart": "2026-02-16"}, "2026-03-02T12:00", True),
        ({"byday": "MO", "interval": 2}, "2026-03-02T12:00", None),
        ({"freq": "MONTHLY", "byday": "1MO"}, "2026-03-02T12:00", True),
        ({"freq": "MONTHLY", "byday": "2MO"}, "2026-03-02T12:00", False),
        ({"freq": "MONTHLY", "byday": "-1TU"}, "2026-03-31T12:00", True),
        ({"freq": "MONTHLY", "bymonthday": "-1"}, "2026-02-28T12:00", True),
        ({"freq": "MONTHLY", "bymonthday": "31"}, "2026-02-28T12:00", False),
        ({"dtstart": "2026-03-02"}, "2026-03-09T12:00", True),
        ({"dtstart": "2026-03-02"}, "2026-03-10T12:00", False),
        ({"byday": "FUNDAY"}, "2026-03-02T12:00", None),
        ({"opens_at": "nine"}, "2026-03-02T12:00", None),
        ({"byday": "MO", "count": 3}, "2026-03-02T12:00", None),
        ({"byday": "MO", "timezone": -5}, "2026-03-02T15:00", False),
        ({"byday": "MO", "dtstart": "2026-02-30"}, "2026-03-02T12:00", None),
    ],
)
def test_hours_are_read_as_the_recurrence_says_and_never_guessed(told, at, opened):
    schedule = {"freq": "WEEKLY", "opens_at": "09:00", "closes_at": "17:00", **told}
    moment = datetime.fromisoformat(at).replace(tzinfo=VANCOUVER).astimezone(UTC)
    assert is_open([schedule], at=moment, zone=VANCOUVER) is opened

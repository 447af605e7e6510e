"""A service whose help would give something away is shown to nobody without a grant for that (IN-9)."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select

from intake.directory.model import Involvement
from services.intake.tests.front_desk import DESK, FEED, GIRL, MENTOR, Case, good


@pytest.fixture
def girl(desk):
    """A girl whom a clinic helps, which is nobody's business."""
    desk.agency("clinic", sector="mental_health", concealed_as="health")
    girl = desk.girl()
    good(desk.involve(girl, organisation="clinic"))
    return girl


def test_a_concealed_service_leaves_no_trace_in_the_entry(desk, girl):
    nobody_helps = desk.person(given="Mei", family="Ito", born={"year": 2010, "month": 6, "day": 1})
    hers, other = desk.entry(girl), desk.entry(nobody_helps)
    assert hers["involvements"] == other["involvements"] == []
    assert hers["withheld"] == other["withheld"] == []


def test_explicit_consent_shows_a_concealed_service(desk, girl, consent_is_current):
    consent_is_current()
    consents_to(desk, girl, "worker:mentor", ["health"])
    (involved,) = desk.entry(girl)["involvements"]
    assert involved["agency"]["organisation"] == "clinic"


def test_consent_to_something_else_shows_nothing(desk, girl, consent_is_current):
    consent_is_current()
    consents_to(desk, girl, "worker:mentor", ["housing"])
    assert desk.entry(girl)["involvements"] == []


def test_consent_that_may_be_out_of_date_shows_nothing(desk, girl, consent_is_current, clock):
    consent_is_current()
    consents_to(desk, girl, "worker:mentor", ["health"])
    clock.advance(seconds=11)
    assert desk.entry(girl)["involvements"] == []


def test_the_girl_sees_every_service_that_helps_her(desk, girl):
    body = {"person_id": girl["id"], "account": "girl", "relation": "self"}
    good(desk.call("link_account", body, actor=DESK))
    assert len(desk.entry(girl, by=GIRL)["involvements"]) == 1


def test_the_system_that_told_of_a_concealed_service_may_correct_and_end_it(desk, girl):
    good(desk.involve(girl, organisation="clinic", role="therapist"))
    ended = good(desk.call("end_involvement", {"reference": "case-1"}, actor=FEED))
    assert (ended["role"], ended["until"]) == ("therapist", "2026-03-04")


def test_one_involvement_may_be_concealed_where_the_agency_is_not(desk):
    desk.agency("youth-service")
    girl = desk.girl()
    good(desk.involve(girl, concealed_as="justice"))
    assert desk.entry(girl)["involvements"] == []


def test_an_agency_that_is_not_registered_is_shown_to_nobody_until_it_is(desk):
    girl = desk.girl()
    Case.opened(desk, girl, organisation="newcomers")
    assert desk.entry(girl)["involvements"] == []
    desk.agency("newcomers")
    assert len(desk.entry(girl)["involvements"]) == 1


def test_an_agency_that_begins_to_conceal_does_so_at_once(desk):
    desk.agency("youth-service")
    girl = desk.girl()
    good(desk.involve(girl))
    desk.agency("youth-service", concealed_as="substance_use")
    assert desk.entry(girl)["involvements"] == []


def test_a_forgotten_filter_leaks_no_concealed_service(girl, work_as):
    with work_as(MENTOR) as work:
        assert work.session.scalars(select(Involvement)).all() == []


def consents_to(desk, person, recipient, categories):
    desk.receive(
        "consent.consent.given.v1",
        subject=person["id"],
        data={
            "consent_id": str(uuid4()),
            "person_id": person["id"],
            "recipient": recipient,
            "categories": categories,
            "purposes": ["care"],
            "valid_from": "2026-03-04T16:00:00+00:00",
            "valid_until": None,
        },
    )

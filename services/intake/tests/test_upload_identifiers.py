"""Rows that name the person by an identifier of another authority (IN-7, IN-9)."""

from __future__ import annotations

import pytest

from services.intake.tests.front_desk import DESK, good
from services.intake.tests.upload_desk import Sender, counts, csv_of

SIN, OTHER_SIN = "130692544", "123456782"


@pytest.fixture
def feed(desk, in_lane, consent_is_current):
    consent_is_current()
    desk.agency("youth-service")
    return Sender(desk=desk, in_lane=in_lane)


def holder(desk, number=SIN, **known):
    identifier = {"scheme": "sin", "value": number}
    return desk.girl(identifiers=[identifier], **known)


def row(number=SIN, **told):
    said = {"identifier_scheme": "sin", "identifier": number, "organisation": "youth-service"}
    return {"reference": "r-1", "since": "2025-04-01", **said, **told}


def test_who_has_the_identifier_is_meant_however_it_is_typed(desk, feed):
    girl = holder(desk)
    assert counts(feed.sent(csv_of(row("130 692-544")))) == {"applied": 1}
    assert len(desk.entry(girl)["involvements"]) == 1


def test_two_who_have_it_are_left_to_a_worker_unless_they_are_one(desk, feed):
    one, other = holder(desk), holder(desk)
    assert counts(feed.sent(csv_of(row()))) == {"held": 1}
    link = {"person_id": one["id"], "other_person_id": other["id"], "because": "Same card."}
    good(desk.call("link_people", link, actor=DESK))
    assert counts(feed.sent(csv_of(row()))) == {"applied": 1}


def test_a_date_of_birth_that_is_not_theirs_makes_it_uncertain(desk, feed):
    holder(desk)
    assert counts(feed.sent(csv_of(row(date_of_birth="2010-06-01")))) == {"applied": 1}
    assert counts(feed.sent(csv_of(row(date_of_birth="2011-06-01", reference="r-2")))) == {"held": 1}


def test_where_nobody_has_it_the_name_and_date_of_birth_count(desk, feed):
    desk.girl()
    told = {"given_name": "Hana", "family_name": "Ito", "date_of_birth": "2010-06-01"}
    rows = [row(OTHER_SIN, **told), row(OTHER_SIN, reference="r-2")]
    assert counts(feed.sent(csv_of(*rows))) == {"applied": 1, "unmatched": 1}


def test_an_identifier_recorded_in_error_was_never_theirs_and_a_lost_one_was(desk, feed):
    for because, outcome in (("recorded_in_error", "unmatched"), ("lost", "applied")):
        number = SIN if because == "lost" else OTHER_SIN
        girl = holder(desk, number)
        held = good(desk.call("read_identifiers", {"person_id": girl["id"]}, actor=DESK))["identifiers"][0]
        body = {"person_id": girl["id"], "identifier_id": held["id"], "because": because}
        good(desk.call("end_identifier", body, actor=DESK, if_match="*"))
        assert counts(feed.sent(csv_of(row(number, reference=because)))) == {outcome: 1}


@pytest.mark.parametrize(
    ("told", "column", "rule"),
    [
        ({"identifier": "130692545"}, "identifier", "check_digit"),
        ({"identifier": "1306925"}, "identifier", "form"),
        ({"identifier_scheme": "library_card"}, "identifier_scheme", "choice"),
        ({"identifier_scheme": ""}, "identifier_scheme", "required"),
        ({"identifier": ""}, "identifier", "required"),
        ({"identifier_issuer": "BC"}, "identifier_issuer", "issuer"),
        ({"identifier_scheme": "passport"}, "identifier_issuer", "issuer"),
        ({"identifier": "\u0661\u0663\u0660\u0666\u0669\u0662\u0665\u0664\u0664"}, "identifier", "form"),
    ],
)
def test_an_identifier_that_cannot_be_is_refused_with_its_rule(feed, told, column, rule):
    upload = feed.sent(csv_of({**row(), **told}))
    assert feed.faults(upload) == [(1, column, rule)]

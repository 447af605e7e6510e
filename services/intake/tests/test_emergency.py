"""Emergency access opens one person's record here for its hours and its purpose, and for nothing else (CO-6)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis import moment
from chassis.testing import make_actor
from services.intake.tests.front_desk import MENTOR, FrontDesk, refused

PHONE = {"kind": "phone", "value": "250 555 0199", "safe_to_contact": True}
IN_EMERGENCY = make_actor(
    subject="mentor", organisation="school", roles=["practitioner"], purpose="emergency"
)


@pytest.fixture
def girl(desk: FrontDesk) -> dict[str, Any]:
    return desk.girl(contact_points=[PHONE])


def opened(desk: FrontDesk, girl: dict[str, Any], *, hours: int = 2, **changes: Any) -> dict[str, Any]:
    """The mentor has broken the glass; what the consent service told."""
    now = moment.now()
    data = {
        "emergency_id": str(uuid4()),
        "person_id": girl["id"],
        "worker": "mentor",
        "organisation": "school",
        "categories": ["contact", "identity"],
        "reaches_restricted": False,
        "valid_from": now.isoformat(),
        "valid_until": (now + timedelta(hours=hours)).isoformat(),
        **changes,
    }
    desk.receive("consent.emergency.opened.v1", subject=data["emergency_id"], data=data)
    return data


def test_the_glass_opens_what_was_asked_for_that_purpose_only(desk: FrontDesk, girl: dict[str, Any]) -> None:
    assert desk.read_person(girl["id"], by=IN_EMERGENCY).status == 403
    opened(desk, girl, categories=["identity"])

    seen = desk.read_person(girl["id"], by=IN_EMERGENCY)
    assert seen.status == 200
    assert [each["given"] for each in seen.body["names"]] == ["Hana"]
    assert "contact_points" not in seen.body and seen.body["withheld"] == ["contact"]
    assert refused(desk.read_person(girl["id"], by=MENTOR)) == "access_denied"


def test_it_closes_by_itself_at_its_end(desk: FrontDesk, girl: dict[str, Any], clock: Any) -> None:
    opened(desk, girl, hours=2)

    clock.advance(minutes=119)
    assert desk.read_person(girl["id"], by=IN_EMERGENCY).status == 200
    clock.advance(minutes=1)
    assert desk.read_person(girl["id"], by=IN_EMERGENCY).status == 403


def test_it_closes_when_it_is_ended_by_hand(desk: FrontDesk, girl: dict[str, Any]) -> None:
    told = opened(desk, girl)
    ended = {
        "emergency_id": told["emergency_id"],
        "person_id": girl["id"],
        "at": moment.now().isoformat(),
    }
    desk.receive("consent.emergency.ended.v1", subject=told["emergency_id"], data=ended)

    assert desk.read_person(girl["id"], by=IN_EMERGENCY).status == 403


def test_news_of_one_that_is_over_opens_nothing(desk: FrontDesk, girl: dict[str, Any]) -> None:
    earlier = moment.now() - timedelta(hours=5)
    opened(
        desk,
        girl,
        valid_from=earlier.isoformat(),
        valid_until=(earlier + timedelta(hours=2)).isoformat(),
    )

    assert desk.read_person(girl["id"], by=IN_EMERGENCY).status == 403


def test_a_restricted_record_opens_only_to_whom_it_was_opened_by_name(
    desk: FrontDesk, girl: dict[str, Any]
) -> None:
    desk.restrict(girl)
    opened(desk, girl)
    assert desk.read_person(girl["id"], by=IN_EMERGENCY).status == 404

    opened(desk, girl, reaches_restricted=True)
    assert desk.read_person(girl["id"], by=IN_EMERGENCY).status == 200


def test_an_emergency_changes_nothing_on_the_record(desk: FrontDesk, girl: dict[str, Any]) -> None:
    opened(desk, girl)
    at_intake = make_actor(
        subject="mentor", organisation="intake-office", roles=["intake_worker"], purpose="emergency"
    )

    body = {"person_id": girl["id"], "gender": "boy"}
    assert desk.call("amend_person", body, actor=at_intake, if_match='"1"').status == 403


def test_an_emergency_lets_nobody_else_in(desk: FrontDesk, girl: dict[str, Any]) -> None:
    opened(desk, girl)

    colleague = make_actor(
        subject="mentor-2", organisation="school", roles=["practitioner"], purpose="emergency"
    )
    assert desk.read_person(girl["id"], by=colleague).status == 403

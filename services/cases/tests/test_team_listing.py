"""Each team is told whole, once, for services that did not follow it from its first member on (CA-2, AU-3)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from cases.team.listing import list_teams
from services.cases.tests.family import MENTOR, SUPERVISOR, YOUTH_WORKER, Family, good

pytestmark = pytest.mark.postgres

KEY = "cases.team.listed.v1"


@pytest.fixture
def listed(in_lane, outbox) -> Any:
    """`listed()` lets the timer run and gives what it told."""

    def told() -> list[dict[str, Any]]:
        before = len(outbox(KEY))
        with in_lane() as work:
            count = list_teams(work)
        fresh = outbox(KEY)[before:]
        assert len(fresh) == count
        return [each.data for each in fresh]

    return told


def places(told: dict[str, Any]) -> dict[str, tuple[str, bool, bool]]:
    """Of each worker: the standing, whether they have left, whether they are kept out."""
    return {
        each["worker"]: (each["standing"], each["left_at"] is not None, each["kept_out"])
        for each in told["members"]
    }


def test_a_team_is_told_whole_and_once(family: Family, call, listed) -> None:
    family.opened_by(MENTOR)
    family.joined_by(SUPERVISOR, brought_by=MENTOR, standing="advocate")
    gone = family.joined_by(YOUTH_WORKER, brought_by=MENTOR)
    body = {"case_id": family.id, "membership_id": gone["id"], "reason": "moved_on"}
    good(call("end_team_membership", body, actor=MENTOR))
    (told,) = listed()
    assert (told["case_id"], told["closed_at"], told["lead"]["worker"]) == (family.id, None, "mentor")
    assert places(told) == {
        "mentor": ("staff", False, False),
        "supervisor": ("advocate", False, False),
        "youth-worker": ("staff", True, False),
    }
    assert listed() == []


def test_a_closed_case_is_told_with_its_last_lead_and_when_it_closed(family: Family, call, listed) -> None:
    family.opened_by(MENTOR)
    good(call("close_case", {"case_id": family.id, "reason": "goals_met"}, actor=MENTOR))
    (told,) = listed()
    assert told["closed_at"] is not None and told["lead"]["worker"] == "mentor"
    assert places(told) == {"mentor": ("staff", True, False)}


def test_a_lead_who_opens_nothing_any_more_is_told_as_kept_out(family: Family, listed) -> None:
    stranger = uuid4()
    girl = {"person_id": str(family.girl), "relation": "young_person", "hidden_from": [str(stranger)]}
    family.opened_by(MENTOR, members=[girl])
    family.signs_in("mentor", person=stranger)
    (told,) = listed()
    assert places(told) == {"mentor": ("staff", False, True)}


def test_an_operator_has_teams_told_again(family: Family, listed, database) -> None:
    family.opened_by(MENTOR)
    (first,) = listed()
    with database.lane.begin() as session:
        session.execute(text("DELETE FROM team_listings"))
    assert listed() == [first]

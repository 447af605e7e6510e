"""Family team meetings, their actions, and the review three months later (CA-6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from chassis import clocks
from services.cases.tests.family import HOUSING_OFFICER, MENTOR, YOUTH_WORKER, a_stranger, good

AT_NINE = "2026-03-04T09:00:00-08:00"


@pytest.fixture
def team(family):
    family.opened_by(YOUTH_WORKER)
    family.joined_by(MENTOR, brought_by=YOUTH_WORKER)
    family.joined_by(HOUSING_OFFICER, brought_by=YOUTH_WORKER)
    return family


def _meet(call, family, *, actor=MENTOR, **said):
    body = {
        "case_id": family.id,
        "held_at": AT_NINE,
        "place": "School, room 4",
        "attendees": [
            {"worker": "mentor"},
            {"worker": "youth-worker"},
            {"worker": "housing-officer"},
            {"person_id": str(family.girl)},
        ],
        "decisions": ["The mentor leads, as the girl asked."],
        "actions": [
            {"description": "Find a carers' group", "owner": "youth-worker", "due_on": "2026-03-18"},
            {"description": "Plan for the arrears", "owner": "housing-officer", "due_on": "2026-03-25"},
        ],
        **said,
    }
    return call("hold_meeting", body, actor=actor)


def _review(in_lane, family):
    with in_lane() as work:
        return [(clock.kind, clock.state, clock.due_at) for clock in work.clocks.of(UUID(family.id))]


def test_the_actions_of_a_meeting_are_in_the_plan(team, call):
    meeting = good(_meet(call, team))
    plan = good(call("read_plan", {"case_id": team.id}, actor=HOUSING_OFFICER))
    assert [each["id"] for each in plan["actions"]] == [each["id"] for each in meeting["actions"]]
    assert [each["owner"] for each in plan["actions"]] == ["youth-worker", "housing-officer"]


def test_the_plan_is_looked_at_again_three_months_after_the_meeting(team, call, in_lane, outbox):
    meeting = good(_meet(call, team))
    assert meeting["next_review_on"] == "2026-06-04"
    assert _review(in_lane, team) == [("review", "running", datetime(2026, 6, 5, 0, 0, tzinfo=UTC))]
    assert outbox("cases.meeting.held.v1")[0].data == {
        "meeting_id": meeting["id"],
        "case_id": team.id,
        "next_review_on": "2026-06-04",
    }


def test_a_meeting_may_ask_for_an_earlier_review_but_not_for_a_later_one(team, call, in_lane):
    assert good(_meet(call, team, next_review_on="2026-04-15"))["next_review_on"] == "2026-04-15"
    for too_late_or_early in ("2026-06-05", "2026-03-04"):
        answer = _meet(call, team, next_review_on=too_late_or_early)
        assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/next_review_on")
    assert [state for _, state, _ in _review(in_lane, team)] == ["running"]


def test_the_next_meeting_meets_the_review_and_starts_another(team, call, clock, in_lane):
    good(_meet(call, team))
    clock.advance(days=60)
    good(_meet(call, team, held_at=clock.now.isoformat(), actions=[]))
    assert [state for _, state, _ in _review(in_lane, team)] == ["met", "running"]


def test_a_meeting_recorded_after_the_one_that_followed_it_leaves_the_clock_alone(team, call, clock, in_lane):
    good(_meet(call, team))
    earlier = (datetime(2026, 2, 1, 18, tzinfo=UTC)).isoformat()
    good(_meet(call, team, held_at=earlier, actions=[]))
    assert [state for _, state, _ in _review(in_lane, team)] == ["running"]


def test_a_review_that_nobody_held_is_announced_as_overdue(team, call, clock, in_lane, outbox):
    good(_meet(call, team))
    clock.move_to(datetime(2026, 6, 5, 0, 1, tzinfo=UTC))
    with in_lane() as work:
        assert clocks.breach_overdue(work) == 1
    told = outbox("cases.clock.breached.v1")[0]
    assert (told.subject, told.data["kind"]) == (team.id, "review")


def test_closing_the_case_ends_the_review_clock(team, call, in_lane):
    good(_meet(call, team))
    good(call("close_case", {"case_id": team.id, "reason": "goals_met"}, actor=YOUTH_WORKER))
    assert [state for _, state, _ in _review(in_lane, team)] == ["cancelled"]


def test_a_meeting_has_been_held_when_it_is_recorded(team, call, clock):
    answer = _meet(call, team, held_at=(clock.now + timedelta(hours=1)).isoformat())
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/held_at")


def test_an_action_for_somebody_who_is_not_on_the_team_is_pointed_to_and_nothing_is_kept(team, call):
    actions = [
        {"description": "Fine", "owner": "mentor", "due_on": "2026-03-18"},
        {"description": "Whose?", "owner": "stranger", "due_on": "2026-03-18"},
    ]
    answer = _meet(call, team, actions=actions)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/actions/1/owner")
    assert call("read_plan", {"case_id": team.id}, actor=MENTOR).status == 404


def test_an_attendee_is_a_worker_or_a_member_of_the_family(team, call):
    answer = _meet(call, team, attendees=[{"worker": "mentor", "person_id": str(team.girl)}])
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/attendees/0")
    answer = _meet(call, team, attendees=[{"person_id": str(uuid4())}])
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/attendees/0/person_id")


def test_meetings_are_listed_newest_first_for_the_team_alone(team, call):
    held = [good(_meet(call, team, actions=[]))["id"] for _ in range(3)]
    page = good(call("list_meetings", {"case_id": team.id, "limit": 2}, actor=YOUTH_WORKER))
    assert [each["id"] for each in page["items"]] == held[:0:-1]
    assert call("list_meetings", {"case_id": team.id}, actor=a_stranger()).status == 403

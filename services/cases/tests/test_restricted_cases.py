"""A case of which every person is restricted is as hidden as they are, and comes back with the first of them (CO-5)."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import func, select

from cases.casefile.model import Case, Member
from cases.meetings.model import Attendance, Decision, Meeting
from cases.plan.model import Action, Goal, Plan
from cases.team.model import LeadTerm, TeamMember
from services.cases.tests.family import GIRL, MENTOR, YOUTH_WORKER, a_stranger, good


@pytest.fixture
def case(family, call):
    """A girl and her mother, with a plan, a goal, an action, a meeting and contacts with nobody in particular."""
    family.opened_by(YOUTH_WORKER, title="The Ito family").joined_by(MENTOR, brought_by=YOUTH_WORKER)
    written = {"case_id": family.id}
    good(call("draw_up_plan", {**written, "needs": "A safe place"}, actor=YOUTH_WORKER))
    goal = {**written, "wish": "To sleep", "measure": "Nights", "target_on": "2026-06-01"}
    good(call("add_goal", goal, actor=YOUTH_WORKER))
    action = {**written, "description": "Ask", "owner": "mentor", "due_on": "2026-05-01"}
    family.action = good(call("add_action", action, actor=YOUTH_WORKER))["id"]
    meeting = {**written, "held_at": "2026-03-03T15:30:00-08:00", "place": "School", "decisions": ["Go on"]}
    good(call("hold_meeting", {**meeting, "attendees": [{"worker": "mentor"}]}, actor=YOUTH_WORKER))
    return family


@pytest.fixture
def restricted(receive):
    """Restrict somebody, or lift it again."""

    def told(person, *, lifted=False):
        data = {"person_id": person, "restriction_id": uuid4()}
        receive(f"consent.restriction.{'lifted' if lifted else 'placed'}.v1", subject=person, data=data)

    return told


ASKED = ("read_case", "read_plan", "list_meetings", "list_contacts", "list_visibility")


def answers(call, case, actor):
    """What each door says of the case, and whether it is listed."""
    by_door = {door: call(door, {"case_id": case.id}, actor=actor).status for door in ASKED}
    listed = good(call("list_cases", {}, actor=actor))["items"]
    return {**by_door, "listed": [each["id"] for each in listed]}


def test_it_is_there_for_nobody_while_all_are_restricted_and_then_again(case, call, restricted):
    before = answers(call, case, YOUTH_WORKER)
    assert before["listed"] == [case.id] and before["read_case"] == 200
    restricted(case.girl)
    assert answers(call, case, YOUTH_WORKER)["listed"] == [case.id]
    restricted(case.mother)
    unknown = type("Unknown", (), {"id": str(uuid4())})
    for actor in (YOUTH_WORKER, MENTOR, a_stranger()):
        assert answers(call, case, actor) == answers(call, unknown, actor)
    restricted(case.mother, lifted=True)
    assert answers(call, case, YOUTH_WORKER) == before


def test_no_step_is_taken_in_it_and_nothing_tells_it_from_one_that_is_not_there(case, call, restricted):
    restricted(case.girl)
    restricted(case.mother)
    for door, body in (
        ("draw_up_plan", {"needs": "More"}),
        ("add_member", {"person_id": str(case.somebody()), "relation": "sister"}),
        ("close_case", {"reason": "goals_met"}),
    ):
        here = call(door, {"case_id": case.id, **body}, actor=YOUTH_WORKER)
        nowhere = call(door, {"case_id": str(uuid4()), **body}, actor=YOUTH_WORKER)
        assert (
            (here.status, here.body["code"]) == (nowhere.status, nowhere.body["code"]) == (404, "not_found")
        )
    step = {"action_id": case.action, "status": "done"}
    assert call("update_action", step, actor=MENTOR, if_match='"1.00000000"').status == 404


def test_the_attempt_stands_in_the_log_as_one_at_a_restricted_record(case, call, restricted, outbox):
    restricted(case.girl)
    restricted(case.mother)
    call("read_case", {"case_id": case.id}, actor=MENTOR)
    entry = outbox.entries()[-1]
    assert (entry["outcome"], entry["restricted"]) == ("denied", True)


def test_a_list_asked_for_by_a_restricted_person_is_empty_as_for_nobody_and_an_attempt_at_her(
    case, call, restricted, outbox
):
    restricted(case.girl)
    for person, attempt in ((case.girl, True), (uuid4(), False), (case.mother, False)):
        call("list_cases", {"person_id": str(person)}, actor=a_stranger())
        entry = outbox.entries()[-1]
        assert (entry["restricted"], str(person) in entry["persons"]) == (attempt, attempt)
        assert (entry["outcome"], entry["basis"]) == ("permitted", [])


def test_why_says_nothing_of_it_and_speaks_again_afterwards(case, call, restricted):
    asked = {"kind": "case", "id": case.id}
    restricted(case.girl)
    assert good(call("why", asked, actor=MENTOR))["permitted"]
    restricted(case.mother)
    assert call("why", asked, actor=MENTOR).status == 404
    restricted(case.girl, lifted=True)
    assert good(call("why", asked, actor=MENTOR))["permitted"]


def test_a_case_of_one_person_goes_with_that_person(family, call, restricted):
    members = [{"person_id": str(family.girl), "relation": "young_person"}]
    family.opened_by(YOUTH_WORKER, members=members)
    family.signs_in("girl", person=family.girl)
    family.joined_by(GIRL, brought_by=YOUTH_WORKER, standing="client")
    restricted(family.girl)
    assert answers(call, family, YOUTH_WORKER)["listed"] == []
    assert call("read_case", {"case_id": family.id}, actor=YOUTH_WORKER).status == 404


def test_bare_sql_as_the_door_sees_no_row_of_it(case, work_as, restricted):
    tables = (Case, Member, TeamMember, LeadTerm, Plan, Goal, Action, Meeting, Attendance, Decision)

    def rows():
        with work_as(YOUTH_WORKER) as work:
            return {
                table.__name__: work.session.scalar(select(func.count()).select_from(table))
                for table in tables
            }

    assert all(rows().values())
    restricted(case.girl)
    restricted(case.mother)
    assert rows() == dict.fromkeys((table.__name__ for table in tables), 0)

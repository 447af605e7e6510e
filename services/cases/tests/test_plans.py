"""The plan: goals, actions, and who says how an action stands (CA-5)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from services.cases.tests.family import HOUSING_OFFICER, MENTOR, YOUTH_WORKER, a_stranger, good


@pytest.fixture
def planned(family, call):
    """The youth worker leads, mentor and housing officer are on the team, the plan is drawn up."""
    family.opened_by(YOUTH_WORKER)
    family.joined_by(MENTOR, brought_by=YOUTH_WORKER)
    family.joined_by(HOUSING_OFFICER, brought_by=YOUTH_WORKER)
    good(call("draw_up_plan", {"case_id": family.id, "needs": "Help at home"}, actor=YOUTH_WORKER))
    return family


def _action(call, family, *, owner="housing-officer", **said):
    body = {
        "case_id": family.id,
        "description": "Talk to the landlord",
        "owner": owner,
        "due_on": "2026-03-20",
        **said,
    }
    return call("add_action", body, actor=YOUTH_WORKER)


def test_a_plan_says_what_is_still_missing(planned, call):
    asked = {"case_id": planned.id}
    assert good(call("read_plan", asked, actor=MENTOR))["missing"] == [
        "strengths",
        "involvement",
        "agreement",
        "goals",
        "actions",
    ]
    goal = {**asked, "wish": "Time for friends", "measure": "Two free afternoons", "target_on": "2026-06-01"}
    good(call("add_goal", goal, actor=MENTOR))
    good(_action(call, planned))
    assert good(call("read_plan", asked, actor=MENTOR))["missing"] == [
        "strengths",
        "involvement",
        "agreement",
    ]


def test_a_case_has_one_plan(planned, call):
    answer = call("draw_up_plan", {"case_id": planned.id}, actor=MENTOR)
    assert (answer.status, answer.body["code"]) == (409, "plan_exists")


def test_a_case_without_a_plan_says_so(family, call):
    family.opened_by(YOUTH_WORKER)
    assert call("read_plan", {"case_id": family.id}, actor=YOUTH_WORKER).status == 404


def test_an_action_serves_a_goal_of_the_same_plan(planned, call):
    goal = {
        "case_id": planned.id,
        "wish": "A home without debts",
        "measure": "Rent paid for three months",
        "target_on": "2026-09-01",
    }
    goal_id = good(call("add_goal", goal, actor=MENTOR))["id"]
    assert good(_action(call, planned, goal_id=goal_id))["goal_id"] == goal_id
    answer = _action(call, planned, goal_id=str(uuid4()))
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/goal_id")


def test_an_action_belongs_to_somebody_on_the_team(planned, call):
    answer = _action(call, planned, owner="stranger")
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/owner")


@pytest.mark.parametrize(("actor", "status"), [(HOUSING_OFFICER, 200), (YOUTH_WORKER, 200), (MENTOR, 403)])
def test_its_owner_or_the_lead_says_how_an_action_stands(planned, call, actor, status):
    action = _action(call, planned)
    body = {"action_id": action.body["id"], "status": "under_way", "progress": "Letter sent"}
    answer = call("update_action", body, actor=actor, if_match=action.etag)
    assert answer.status == status
    if status == 403:
        assert answer.body["code"] == "not_your_action"


def test_an_update_names_the_version_that_was_read_and_is_announced(planned, call, outbox):
    action = _action(call, planned)
    body = {"action_id": action.body["id"], "status": "done", "progress": "The landlord agreed"}
    assert call("update_action", body, actor=HOUSING_OFFICER).status == 428
    done = good(call("update_action", body, actor=HOUSING_OFFICER, if_match=action.etag))
    assert (done["status"], done["progress"]) == ("done", "The landlord agreed")
    assert call("update_action", body, actor=HOUSING_OFFICER, if_match=action.etag).status == 412
    assert outbox("cases.action.updated.v1")[0].data == {
        "action_id": action.body["id"],
        "case_id": planned.id,
        "status": "done",
    }


def test_an_update_sent_twice_with_one_key_happens_once(planned, call, outbox):
    action = _action(call, planned)
    body = {"action_id": action.body["id"], "status": "done"}
    first, second = (
        call("update_action", body, actor=HOUSING_OFFICER, if_match=action.etag, idempotency_key="k-1")
        for _ in range(2)
    )
    assert first.body == second.body
    assert len(outbox("cases.action.updated.v1")) == 1
    done, again = (each for each in outbox.entries() if each["door"] == "update_action")
    assert (done["action"], again["action"], again["told_again"]) == ("write", "read", True)
    for said in ("records", "persons", "categories", "basis"):
        assert again[said] == done[said] != []


def test_the_plan_is_closed_to_who_is_not_on_the_team(planned, call):
    assert call("read_plan", {"case_id": planned.id}, actor=a_stranger()).status == 403
    action = _action(call, planned)
    body = {"action_id": action.body["id"], "status": "done"}
    assert call("update_action", body, actor=a_stranger(), if_match=action.etag).status == 403

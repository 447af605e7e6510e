"""The team around the family and its one lead (CA-2)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from services.cases.tests.family import CARERS_WORKER, HOUSING_OFFICER, MENTOR, YOUTH_WORKER, good


def _change_lead(family, call, membership, *, actor=YOUTH_WORKER, if_match=None, **said):
    body = {"case_id": family.id, "membership_id": membership["id"], "asked_by": "client", **said}
    return call("change_lead", body, actor=actor, if_match=if_match or family.etag(actor))


def test_a_worker_who_joins_reaches_the_case_and_nothing_before(family, call):
    family.opened_by(YOUTH_WORKER)
    assert call("read_case", {"case_id": family.id}, actor=MENTOR).status == 403
    membership = family.joined_by(MENTOR, brought_by=YOUTH_WORKER)
    assert membership["worker"] == "mentor"
    assert [each["worker"] for each in family.as_seen_by(MENTOR)["team"]] == ["youth-worker", "mentor"]


def test_somebody_who_is_on_the_team_does_not_join_twice(family):
    family.opened_by(YOUTH_WORKER).joined_by(MENTOR, brought_by=YOUTH_WORKER)
    answer = family.asks_to_join(MENTOR, brought_by=YOUTH_WORKER)
    assert (answer.status, answer.body["code"]) == (409, "already_on_team")


def test_only_who_reaches_the_case_brings_others_to_it(family):
    family.opened_by(YOUTH_WORKER)
    assert family.asks_to_join(MENTOR, brought_by=MENTOR).status == 403


def test_leaving_the_team_ends_what_it_opened_at_once(family, call, outbox):
    family.opened_by(YOUTH_WORKER)
    membership = family.joined_by(MENTOR, brought_by=YOUTH_WORKER)
    leaving = {"case_id": family.id, "membership_id": membership["id"], "reason": "refused_by_client"}
    good(call("end_team_membership", leaving, actor=YOUTH_WORKER))
    assert call("read_case", {"case_id": family.id}, actor=MENTOR).status == 403
    assert outbox("cases.team_member.left.v1")[0].data["reason"] == "refused_by_client"
    again = call("end_team_membership", leaving, actor=YOUTH_WORKER)
    assert (again.status, again.body["code"]) == (409, "not_on_team")


def test_a_worker_may_leave_by_themselves(family, call):
    family.opened_by(YOUTH_WORKER)
    membership = family.joined_by(MENTOR, brought_by=YOUTH_WORKER)
    leaving = {"case_id": family.id, "membership_id": membership["id"], "reason": "moved_on"}
    good(call("end_team_membership", leaving, actor=MENTOR))
    assert call("read_case", {"case_id": family.id}, actor=MENTOR).status == 403


def test_who_left_can_come_back(family, call):
    family.opened_by(YOUTH_WORKER)
    membership = family.joined_by(MENTOR, brought_by=YOUTH_WORKER)
    leaving = {"case_id": family.id, "membership_id": membership["id"], "reason": "finished"}
    good(call("end_team_membership", leaving, actor=YOUTH_WORKER))
    family.joined_by(MENTOR, brought_by=YOUTH_WORKER)
    assert len(family.as_seen_by(MENTOR)["team"]) == 3


def test_the_lead_changes_at_the_client_s_request_and_the_history_says_so(family, call, outbox):
    family.opened_by(YOUTH_WORKER)
    membership = family.joined_by(MENTOR, brought_by=YOUTH_WORKER)
    case = good(_change_lead(family, call, membership))
    assert case["lead"]["worker"] == "mentor"
    assert case["lead"]["asked_by"] == "client"
    assert [(each["worker"], each["ended_at"] is None) for each in case["leads"]] == [
        ("youth-worker", False),
        ("mentor", True),
    ]
    told = outbox("cases.case.lead_changed.v1")[-1].data
    assert (told["worker"], told["previous"]) == ("mentor", "youth-worker")


def test_a_change_of_lead_names_the_version_that_was_read(family, call):
    family.opened_by(YOUTH_WORKER)
    mentor = family.joined_by(MENTOR, brought_by=YOUTH_WORKER)
    housing = family.joined_by(HOUSING_OFFICER, brought_by=YOUTH_WORKER)
    body = {"case_id": family.id, "membership_id": mentor["id"], "asked_by": "client"}
    assert call("change_lead", body, actor=YOUTH_WORKER).status == 428
    read = family.etag(YOUTH_WORKER)
    good(_change_lead(family, call, mentor, if_match=read))
    assert _change_lead(family, call, housing, if_match=read).status == 412


def test_the_lead_does_not_leave_before_handing_over(family, call):
    family.opened_by(YOUTH_WORKER)
    lead = family.case["team"][0]
    leaving = {"case_id": family.id, "membership_id": lead["id"], "reason": "moved_on"}
    answer = call("end_team_membership", leaving, actor=YOUTH_WORKER)
    assert (answer.status, answer.body["code"]) == (409, "lead_must_be_handed_over")


def test_the_lead_does_not_pass_to_who_leads_already(family, call):
    family.opened_by(YOUTH_WORKER)
    assert _change_lead(family, call, family.case["team"][0]).body["code"] == "already_lead"


def test_only_staff_lead(family, call):
    family.opened_by(YOUTH_WORKER)
    provider = family.joined_by(CARERS_WORKER, brought_by=YOUTH_WORKER, standing="provider")
    assert _change_lead(family, call, provider).body["code"] == "only_staff_lead"


def test_of_two_who_change_the_lead_at_once_one_is_told_to_look_again(family, call):
    family.opened_by(YOUTH_WORKER)
    wanted = [family.joined_by(actor, brought_by=YOUTH_WORKER) for actor in (MENTOR, HOUSING_OFFICER)]
    read = family.etag(YOUTH_WORKER)
    with ThreadPoolExecutor(max_workers=2) as both:
        answers = list(both.map(lambda each: _change_lead(family, call, each, if_match=read), wanted))
    assert sorted(answer.status for answer in answers) == [200, 412]
    running = [each for each in family.as_seen_by(YOUTH_WORKER)["leads"] if each["ended_at"] is None]
    assert len(running) == 1


def test_the_database_itself_allows_one_running_lead(family, database):
    family.opened_by(YOUTH_WORKER)
    with pytest.raises(IntegrityError, match="uq_lead_terms_running"), database.superuser.begin() as sql:
        sql.execute(
            text(
                "INSERT INTO lead_terms (id, case_id, membership_id, began_at, created_at, updated_at)"
                " SELECT gen_random_uuid(), case_id, membership_id, now(), now(), now() FROM lead_terms"
            )
        )


def test_the_database_itself_holds_the_lead_to_the_team_of_the_case(family, database):
    family.opened_by(YOUTH_WORKER)
    with pytest.raises(IntegrityError, match="fk_cases_lead_membership"), database.superuser.begin() as sql:
        sql.execute(text("UPDATE cases SET lead_membership_id = gen_random_uuid()"))
    with pytest.raises(IntegrityError, match="not-null"), database.superuser.begin() as sql:
        sql.execute(text("UPDATE cases SET lead_membership_id = NULL"))

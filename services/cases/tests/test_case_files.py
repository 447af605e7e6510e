"""Opening, reading, listing and closing cases (CA-1)."""

from __future__ import annotations

from uuid import uuid4

from chassis.testing import make_actor
from services.cases.tests.family import (
    CARERS_WORKER,
    FATHER,
    GIRL,
    MENTOR,
    YOUTH_WORKER,
    good,
)


def test_who_opens_a_case_is_on_its_team_and_leads_it(family):
    case = family.opened_by(YOUTH_WORKER).as_seen_by(YOUTH_WORKER)
    assert [each["worker"] for each in case["team"]] == ["youth-worker"]
    assert case["lead"]["worker"] == "youth-worker"
    assert [each["relation"] for each in case["members"]] == ["young_person", "mother"]
    assert case["status"] == "open"


def test_opening_a_case_is_told_in_order_and_without_a_word_about_the_family(family, outbox):
    family.opened_by(YOUTH_WORKER, title="The family on the hill")
    told = [each for each in outbox() if each.subject == family.id]
    assert [each.key for each in told] == [
        "cases.case.opened.v1",
        "cases.team_member.joined.v1",
        "cases.case.lead_changed.v1",
    ]
    assert {each.subject for each in told} == {family.id}
    assert [each.version for each in told] == [1, 2, 3]
    assert told[1].data["added_by"] == "youth-worker"
    assert "hill" not in str([each.data for each in told])


def test_a_worker_outside_the_team_is_refused_and_the_refusal_is_in_the_log(family, call, outbox):
    family.opened_by(YOUTH_WORKER)
    answer = call("read_case", {"case_id": family.id}, actor=MENTOR)
    assert (answer.status, answer.body["code"]) == (403, "access_denied")
    entry = outbox.entries()[-1]
    assert (entry["outcome"], entry["reason"], entry["actor"]["subject"]) == (
        "denied",
        "access_denied",
        "mentor",
    )
    assert entry["records"] == [{"kind": "case", "id": family.id}]


def test_an_unknown_case_is_not_found(call, family):
    assert call("read_case", {"case_id": str(uuid4())}, actor=MENTOR).status == 404


def test_reading_a_case_is_in_the_access_report_of_every_member(family, outbox):
    family.opened_by(YOUTH_WORKER).as_seen_by(YOUTH_WORKER)
    entry = outbox.entries()[-1]
    assert set(entry["persons"]) == {str(family.girl), str(family.mother)}
    assert [each["basis"] for each in entry["basis"]] == ["team"]


def test_a_person_is_a_member_once(family, call):
    member = {"person_id": str(family.girl), "relation": "young_person"}
    body = {"program": "youth_service", "role": "worker", "members": [member, member]}
    answer = call("open_case", body, actor=YOUTH_WORKER)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/members")
    family.opened_by(YOUTH_WORKER)
    answer = call("add_member", {"case_id": family.id, **member}, actor=YOUTH_WORKER)
    assert (answer.status, answer.body["code"]) == (409, "already_member")


def test_a_member_added_later_is_announced(family, call, outbox):
    family.opened_by(YOUTH_WORKER)
    brother = str(family.somebody())
    body = {"case_id": family.id, "person_id": brother, "relation": "brother", "since": "2015-06-01"}
    case = good(call("add_member", body, actor=YOUTH_WORKER))
    assert [each["since"] for each in case["members"]] == [None, None, "2015-06-01"]
    assert outbox("cases.member.added.v1")[0].data == {
        "case_id": family.id,
        "person_id": brother,
        "added_by": "youth-worker",
    }


def test_a_list_holds_the_cases_that_the_worker_may_see_and_no_other(family, call):
    family.opened_by(YOUTH_WORKER)
    assert good(call("list_cases", {}, actor=MENTOR))["items"] == []
    listed = good(call("list_cases", {"person_id": str(family.girl)}, actor=YOUTH_WORKER))
    assert [each["id"] for each in listed["items"]] == [family.id]
    assert good(call("list_cases", {"person_id": str(uuid4())}, actor=YOUTH_WORKER))["items"] == []
    assert good(call("list_cases", {"status": "closed"}, actor=YOUTH_WORKER))["items"] == []


def test_a_long_list_comes_in_pages_newest_first(family, call):
    opened = [family.opened_by(YOUTH_WORKER).id for _ in range(3)]
    first = good(call("list_cases", {"limit": 2}, actor=YOUTH_WORKER))
    second = good(call("list_cases", {"limit": 2, "cursor": first["next_cursor"]}, actor=YOUTH_WORKER))
    assert [each["id"] for each in first["items"] + second["items"]] == opened[::-1]
    assert second["next_cursor"] is None


def test_closing_a_case_ends_its_team_and_the_last_lead_answers_for_a_year(family, call, clock, outbox):
    family.opened_by(YOUTH_WORKER).joined_by(MENTOR, brought_by=YOUTH_WORKER)
    good(call("close_case", {"case_id": family.id, "reason": "goals_met"}, actor=YOUTH_WORKER))
    assert [each.key for each in outbox() if each.subject == family.id][-3:] == [
        "cases.team_member.left.v1",
        "cases.team_member.left.v1",
        "cases.case.closed.v1",
    ]
    assert call("read_case", {"case_id": family.id}, actor=MENTOR).status == 403
    case = family.as_seen_by(YOUTH_WORKER)
    assert (case["status"], case["lead"]) == ("closed", None)
    assert [each["ended_at"] is None for each in case["leads"]] == [False]
    clock.advance(days=366)
    assert call("read_case", {"case_id": family.id}, actor=YOUTH_WORKER).status == 403


def test_a_closed_case_takes_no_more_work(family, call):
    family.opened_by(YOUTH_WORKER)
    closing = {"case_id": family.id, "reason": "moved_away"}
    good(call("close_case", closing, actor=YOUTH_WORKER))
    assert call("close_case", closing, actor=YOUTH_WORKER).status == 403


def test_a_restricted_member_is_out_of_the_team_s_sight(family, receive):
    family.opened_by(YOUTH_WORKER)
    receive(
        "consent.restriction.placed.v1",
        subject=family.mother,
        data={"person_id": family.mother, "restriction_id": uuid4()},
    )
    case = family.as_seen_by(YOUTH_WORKER)
    assert [each["person_id"] for each in case["members"]] == [str(family.girl)]


def test_a_provider_on_the_team_sees_the_plan_but_no_notes(family, call):
    family.opened_by(YOUTH_WORKER).joined_by(CARERS_WORKER, brought_by=YOUTH_WORKER, standing="provider")
    good(call("draw_up_plan", {"case_id": family.id, "needs": "Help at home"}, actor=YOUTH_WORKER))
    assert good(call("read_plan", {"case_id": family.id}, actor=CARERS_WORKER))["needs"] == "Help at home"
    assert call("list_contacts", {"case_id": family.id}, actor=CARERS_WORKER).status == 403


def test_the_client_reaches_case_and_plan_only_as_one_of_the_team(family, call):
    family.opened_by(YOUTH_WORKER)
    family.signs_in("girl", person=family.girl)
    good(call("draw_up_plan", {"case_id": family.id, "needs": "Time for friends"}, actor=YOUTH_WORKER))
    assert call("read_plan", {"case_id": family.id}, actor=GIRL).status == 403
    family.joined_by(GIRL, brought_by=YOUTH_WORKER, standing="client")
    assert good(call("read_plan", {"case_id": family.id}, actor=GIRL))["needs"] == "Time for friends"


def test_somebody_from_whom_a_member_is_hidden_cannot_join_the_team(family, call):
    father = uuid4()
    family.signs_in("father", person=father)
    hidden = [{"person_id": str(family.girl), "relation": "young_person", "hidden_from": [str(father)]}]
    family.opened_by(YOUTH_WORKER, members=hidden)
    answer = family.asks_to_join(FATHER, brought_by=YOUTH_WORKER, standing="relative")
    assert (answer.status, answer.body["code"]) == (409, "hidden_from_this_person")
    assert call("read_plan", {"case_id": family.id}, actor=FATHER).status in (403, 404)


def test_a_member_hidden_from_somebody_on_the_team_is_added_after_that_membership_ended(family, call):
    father = uuid4()
    family.signs_in("father", person=father)
    family.opened_by(YOUTH_WORKER)
    membership = family.joined_by(FATHER, brought_by=YOUTH_WORKER, standing="relative")
    sister = {
        "case_id": family.id,
        "person_id": str(family.somebody()),
        "relation": "sister",
        "hidden_from": [str(father)],
    }
    assert call("add_member", sister, actor=YOUTH_WORKER).body["code"] == "hidden_from_this_person"
    leaving = {"case_id": family.id, "membership_id": membership["id"], "reason": "refused_by_client"}
    good(call("end_team_membership", leaving, actor=YOUTH_WORKER))
    good(call("add_member", sister, actor=YOUTH_WORKER))


def test_a_sign_in_that_turns_out_to_be_the_hidden_from_loses_the_case_at_once(family, call, outbox):
    father = uuid4()
    hidden = [{"person_id": str(family.girl), "relation": "young_person", "hidden_from": [str(father)]}]
    family.opened_by(YOUTH_WORKER, members=hidden)
    family.joined_by(FATHER, brought_by=YOUTH_WORKER, standing="relative")
    assert call("read_case", {"case_id": family.id}, actor=FATHER).status == 200
    family.signs_in("father", person=father)
    assert call("read_case", {"case_id": family.id}, actor=FATHER).status == 403
    assert outbox("cases.team_member.left.v1")[0].data["worker"] == "father"


def test_who_led_a_closed_case_reads_no_more_once_it_is_known_that_a_member_is_hidden_from_them(
    family, call, outbox
):
    husband = uuid4()
    hidden = [{"person_id": str(family.mother), "relation": "mother", "hidden_from": [str(husband)]}]
    family.opened_by(YOUTH_WORKER, members=hidden)
    good(call("draw_up_plan", {"case_id": family.id, "needs": "A safe place"}, actor=YOUTH_WORKER))
    good(call("close_case", {"case_id": family.id, "reason": "goals_met"}, actor=YOUTH_WORKER))
    assert call("read_plan", {"case_id": family.id}, actor=YOUTH_WORKER).status == 200
    family.signs_in("youth-worker", person=husband)
    for door in ("read_case", "read_plan"):
        assert call(door, {"case_id": family.id}, actor=YOUTH_WORKER).status == 403
    assert [each.data["worker"] for each in outbox("cases.team_member.kept_out.v1")] == ["youth-worker"]


def test_a_member_hidden_from_somebody_for_whom_another_is_on_the_team_is_added_after_that_membership_ended(
    family, call
):
    father = family.somebody()
    members = [
        {"person_id": str(family.girl), "relation": "young_person"},
        {"person_id": str(father), "relation": "father"},
    ]
    family.opened_by(YOUTH_WORKER, members=members)
    advocate = {
        "case_id": family.id,
        "worker": "advocate",
        "standing": "advocate",
        "role": "advocate",
        "for_member": str(father),
    }
    membership = good(call("add_team_member", advocate, actor=YOUTH_WORKER))
    sister = {
        "case_id": family.id,
        "person_id": str(family.somebody()),
        "relation": "sister",
        "hidden_from": [str(father)],
    }
    assert call("add_member", sister, actor=YOUTH_WORKER).body["code"] == "hidden_from_this_person"
    leaving = {"case_id": family.id, "membership_id": membership["id"], "reason": "refused_by_client"}
    good(call("end_team_membership", leaving, actor=YOUTH_WORKER))
    good(call("add_member", sister, actor=YOUTH_WORKER))
    assert call("add_team_member", advocate, actor=YOUTH_WORKER).body["code"] == "hidden_from_this_person"


def test_only_somebody_who_acts_for_an_organisation_opens_a_case(family, call):
    alone = make_actor(subject="alone", organisation=None, roles=["practitioner"])
    member = {"person_id": str(family.girl), "relation": "young_person"}
    body = {"program": "youth_service", "role": "worker", "members": [member]}
    assert call("open_case", body, actor=alone).body["code"] == "organisation_missing"


def test_a_client_joins_for_nobody_but_staff_join_for_an_organisation(family, call):
    family.opened_by(YOUTH_WORKER)
    assert family.joined_by(GIRL, brought_by=YOUTH_WORKER, standing="client")["organisation"] is None
    alone = make_actor(subject="alone", organisation=None, roles=["practitioner"])
    answer = family.asks_to_join(alone, brought_by=YOUTH_WORKER)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/organisation")


def test_why_tells_that_the_team_is_the_reason(family, call):
    family.opened_by(YOUTH_WORKER)
    told = good(call("why", {"kind": "case", "id": family.id}, actor=YOUTH_WORKER))
    assert told["permitted"] is True
    assert [each["basis"] for each in told["grants"]] == ["team"]
    assert good(call("why", {"kind": "case", "id": family.id}, actor=MENTOR))["permitted"] is False

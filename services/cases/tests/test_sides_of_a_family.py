"""A violent member never sees the plan that protects another (CA-1, CO-5, CO-9)."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from sqlalchemy import text

from chassis.testing import make_actor
from services.cases.tests.family import CONTENT, HOUSING_OFFICER, good
from services.cases.tests.sides import (
    FATHER,
    GIRL,
    GRANDMOTHER,
    MENTOR,
    MOTHER,
    SHELTER_WORKER,
    TUTOR,
    Sides,
    seen_by,
)

SCHOOL_TUTOR = make_actor(subject="tutor-2", organisation="school", roles=["practitioner"], teams=["school"])
SCHOOL_LEAD = make_actor(subject="lead-2", organisation="school", roles=["team_lead"], teams=["school"])
AT_NINE = "2026-03-04T09:00:00-08:00"


@pytest.fixture
def sides(family, work_as):
    """Father, mother, girl and grandmother are on the team, each known by their own sign-in."""
    sides = Sides(family=family, work_as=work_as).opened()
    for actor, person in ((FATHER, sides.father), (MOTHER, sides.mother), (GIRL, sides.girl)):
        family.signs_in(actor.subject, person=person)
    sides.joined(FATHER, standing="relative")
    sides.joined(MOTHER, standing="client")
    sides.joined(GIRL, standing="client")
    sides.joined(GRANDMOTHER, standing="relative", stands_for=sides.grandmother)
    return sides


@pytest.fixture
def protected(sides):
    """The mother is kept from the father; the shelter's worker is on the team for her; the plan says how."""
    sides.keeps(sides.mother, kept_from=[sides.father])
    for_her = seen_by(about=[sides.mother], shown_to=[sides.mother])
    sides.joined(SHELTER_WORKER, standing="staff", visibility=for_her)
    goal = sides.goal("A safe home of her own", about=[sides.mother], shown_to=[sides.mother])
    sides.does("add_plan_section", section="safety", words="The way to the shelter", visibility=for_her)
    action = {"owner": "shelter-worker", "due_on": "2026-03-20", "description": "Keep the bed at Hill Road"}
    sides.does("add_action", **action)
    sides.does("add_action", **{**action, "owner": "mentor"}, goal_id=goal["id"])
    sides.does(
        "hold_meeting",
        held_at=AT_NINE,
        place="School",
        attendees=[
            {"worker": "shelter-worker"},
            {"worker": "mentor"},
            {"person_id": str(sides.mother)},
            {"person_id": str(sides.father)},
        ],
        decisions=["Football on Fridays"],
        further_decisions=[{"words": "Hill Road stays secret", "visibility": for_her}],
        actions=[{"description": "Boots", "owner": "mentor", "due_on": "2026-03-18"}],
    )
    contact = {
        "person_id": str(sides.mother),
        "took_place_at": AT_NINE,
        "means": "telephone",
        "place": "Hill Road",
        "in_community": True,
        "length_minutes": 10,
    }
    sides.does("record_contact", by=SHELTER_WORKER, **contact)
    return sides


def test_the_father_finds_no_trace_of_what_protects_the_mother(protected):
    told = json.dumps(
        [
            protected.read(FATHER),
            protected.plan(FATHER),
            protected.does("list_meetings", by=FATHER),
            good(protected.family.call("list_cases", {}, actor=FATHER)),
        ]
    )
    for word in ("shelter", "Hill Road", "safe home", str(protected.mother), "kept_apart"):
        assert word not in told
    case = protected.read(FATHER)
    assert {each["relation"] for each in case["members"]} == {"young_person", "father", "grandmother"}
    assert "shelter-worker" not in {each["worker"] for each in case["team"]}
    (meeting,) = protected.does("list_meetings", by=FATHER)["items"]
    assert meeting["decisions"] == ["Football on Fridays"]
    assert [each["worker"] or each["person_id"] for each in meeting["attendees"]] == [
        "mentor",
        str(protected.father),
    ]
    plan = protected.plan(FATHER)
    assert (plan["needs"], [each["description"] for each in plan["actions"]]) == ("Help at home", ["Boots"])
    assert "goals" in plan["missing"] and plan["sections"] == []
    by_her = good(protected.family.call("list_cases", {"person_id": str(protected.mother)}, actor=FATHER))
    assert by_her["items"] == []


def test_the_mother_sees_her_own_plan_and_the_shared_one(protected):
    plan = protected.plan(MOTHER)
    assert [each["wish"] for each in plan["goals"]] == ["A safe home of her own"]
    assert [each["words"] for each in plan["sections"]] == ["The way to the shelter"]
    assert len(plan["actions"]) == 3
    assert "shelter-worker" in {each["worker"] for each in protected.read(MOTHER)["team"]}
    assert all(each["visibility"] is None for each in plan["goals"])


def test_a_protected_member_s_words_are_not_for_the_rest_of_the_family_unless_said(protected):
    protected.goal("Sleep through the night", about=[protected.mother])
    assert "Sleep through the night" in protected.wishes(MOTHER)
    assert "Sleep through the night" not in protected.wishes(GIRL)
    assert "Sleep through the night" not in protected.wishes(GRANDMOTHER)


def test_without_any_filter_of_ours_the_father_finds_no_row_that_is_kept_from_him(protected):
    his, hers = protected.rows(FATHER), protected.rows(MENTOR)
    assert len(hers["confidences"]) > 0 and his["confidences"] == set()
    assert (len(his["goals"]), len(his["plan_sections"])) == (0, 0)
    assert {name: len(hers[name] - his[name]) for name in ("members", "team_members", "decisions")} == {
        "members": 1,
        "team_members": 1,
        "decisions": 1,
    }
    assert len(hers["attendances"] - his["attendances"]) == 2
    assert all(his[table] <= hers[table] for table in his)


def test_what_happens_on_the_other_side_moves_no_tag_of_the_father_s(protected):
    def tags():
        return [protected.asks(door, by=FATHER).etag for door in ("read_case", "read_plan")]

    before = tags()
    protected.goal("Another one", about=[protected.mother])
    aunt = str(protected.family.somebody())
    protected.does("add_member", person_id=aunt, relation="aunt", kept_from=[str(protected.father)])
    assert tags() == before
    assert "version" not in protected.read(FATHER)


def test_why_tells_of_a_moment_that_has_passed_what_each_side_saw_then(protected, clock):
    (goal,) = (each["id"] for each in protected.plan(MOTHER)["goals"])
    then = clock.now.isoformat()
    clock.advance(minutes=5)

    def told(actor, **more):
        asked = {"kind": "goal", "id": goal, **more}
        return good(protected.family.call("why", asked, actor=actor))["permitted"]

    for actor in (MENTOR, MOTHER):
        assert told(actor) is told(actor, at=then) is True


def test_why_tells_of_a_moment_that_has_passed_that_staff_of_the_family_saw_one_side(sides, clock):
    for actor in (SCHOOL_LEAD, SCHOOL_TUTOR):
        sides.joined(actor, standing="staff")
    sides.family.signs_in(SCHOOL_TUTOR.subject, person=sides.grandmother)
    goal = sides.goal("A room of her own", about=[sides.girl], shown_to=[sides.girl])["id"]
    assert sides.wishes(SCHOOL_TUTOR) == []
    then = clock.now.isoformat()
    clock.advance(minutes=5)
    asked = {"kind": "goal", "id": goal, "worker": SCHOOL_TUTOR.subject, "purpose": "care"}
    for more in ({}, {"at": then}):
        told = good(sides.family.call("why", {**asked, **more}, actor=SCHOOL_LEAD))
        assert (told["permitted"], told["because"]) == (False, "kept_apart")


def test_an_id_of_the_other_side_is_answered_like_one_that_nobody_has(protected):
    goal = protected.plan(MOTHER)["goals"][0]["id"]
    action = next(each for each in protected.plan(MOTHER)["actions"] if each["owner"] == "shelter-worker")
    for kind, known in (("goal", goal), ("action", action["id"])):
        answers = [
            protected.family.call("why", {"kind": kind, "id": each}, actor=FATHER)
            for each in (known, str(uuid4()))
        ]
        assert answers[0].status == answers[1].status == 404
        assert answers[0].body == answers[1].body
    uncle = HOUSING_OFFICER
    protected.joined(uncle, standing="staff")
    protected.family.signs_in(uncle.subject, person=protected.father)
    for each in (action["id"], str(uuid4())):
        said = {"action_id": each, "status": "done"}
        answer = protected.family.call("update_action", said, actor=uncle, if_match="*")
        assert (answer.status, answer.body["code"]) == (404, "not_found")


def test_staff_whose_own_sign_in_is_the_father_s_look_as_the_father(protected):
    protected.joined(HOUSING_OFFICER, standing="staff")
    assert protected.wishes(HOUSING_OFFICER) == ["A safe home of her own"]
    protected.family.signs_in(HOUSING_OFFICER.subject, person=protected.father)
    assert protected.wishes(HOUSING_OFFICER) == []
    assert protected.asks("list_visibility", by=HOUSING_OFFICER).body["items"] == []
    answer = protected.asks(
        "set_visibility",
        by=HOUSING_OFFICER,
        kind="goal",
        item_id=str(uuid4()),
        reason="Curious",
    )
    assert answer.status == 403


def test_staff_who_look_as_the_father_learn_nothing_by_trying_to_write(protected):
    protected.joined(HOUSING_OFFICER, standing="staff")
    protected.family.signs_in(HOUSING_OFFICER.subject, person=protected.father)
    contact = {
        "took_place_at": AT_NINE,
        "means": "telephone",
        "place": "School",
        "in_community": True,
        "length_minutes": 10,
    }
    joining = {"organisation": "shelter", "standing": "staff", "role": "helper"}
    for door, tries in {
        "record_contact": [{**contact, "person_id": str(each)} for each in (protected.mother, uuid4())],
        "add_member": [{"person_id": str(each), "relation": "kin"} for each in (protected.mother, uuid4())],
        "add_team_member": [{**joining, "worker": each} for each in ("shelter-worker", "somebody")],
    }.items():
        known, unknown = (protected.asks(door, by=HOUSING_OFFICER, **said) for said in tries)
        assert known.status in (403, 422)
        assert (known.status, known.body) == (unknown.status, unknown.body)


def test_staff_who_look_as_the_father_end_a_place_and_are_not_told_for_whom_it_was(protected):
    places = {each["worker"]: each for each in protected.read()["team"]}
    place = places[GRANDMOTHER.subject]
    assert place["for_member"] == str(protected.grandmother)
    protected.joined(HOUSING_OFFICER, standing="staff")
    protected.family.signs_in(HOUSING_OFFICER.subject, person=protected.father)

    ended = protected.does(
        "end_team_membership", by=HOUSING_OFFICER, membership_id=place["id"], reason="other"
    )
    assert (ended["id"], ended["for_member"]) == (place["id"], None)


def test_an_advocate_of_the_father_sees_what_the_father_sees(protected):
    protected.does("end_team_membership", membership_id=_place(protected, "grandmother"), reason="finished")
    protected.joined(GRANDMOTHER, standing="advocate", stands_for=protected.father)
    assert protected.wishes(GRANDMOTHER) == []
    assert protected.rows(GRANDMOTHER)["members"] == protected.rows(FATHER)["members"]


def test_nobody_knows_whose_side_a_new_sign_in_is_on_until_intake_tells(protected):
    protected.does("end_team_membership", membership_id=_place(protected, "grandmother"), reason="finished")
    protected.joined(GRANDMOTHER, standing="relative")
    relations = {each["relation"] for each in protected.read(GRANDMOTHER)["members"]}
    assert relations == {"young_person", "father", "grandmother"}
    protected.family.signs_in("grandmother", person=protected.grandmother)
    assert "mother" in {each["relation"] for each in protected.read(GRANDMOTHER)["members"]}
    assert protected.wishes(GRANDMOTHER) == []


def test_a_girl_s_confidence_stays_hers_and_who_acts_for_her_sees_the_rest(sides, receive):
    sides.goal("Use less", about=[sides.girl], shown_to=[sides.girl], in_confidence=True)
    sides.goal("Finish school", about=[sides.girl], shown_to=[sides.girl])
    assert sides.wishes(GIRL) == ["Use less", "Finish school"]
    assert sides.wishes(MOTHER) == []
    sides.family.signs_in("mother", person=sides.girl, relation="parent")
    assert sides.wishes(MOTHER) == [], "who is a member looks as herself"
    sides.joined(TUTOR, standing="relative")
    sides.family.signs_in("tutor", person=sides.girl, relation="carer")
    assert sides.wishes(TUTOR) == ["Finish school"]


def test_a_provider_sees_what_is_kept_apart_only_when_named(sides):
    sides.joined(TUTOR, standing="provider")
    sides.goal("Shared")
    sides.goal("Hers", shown_to=[sides.girl])
    sides.goal("Hers and the tutor's", shown_to=[sides.girl], also=["tutor"])
    sides.goal("The team's", shown_to=[])
    assert sides.wishes(TUTOR) == ["Shared", "Hers and the tutor's"]
    assert sides.wishes(GIRL) == ["Shared", "Hers", "Hers and the tutor's"]
    assert sides.wishes(MENTOR) == ["Shared", "Hers", "Hers and the tutor's", "The team's"]


def test_widening_and_narrowing_count_at_once_and_leave_their_history(sides):
    goal = sides.goal("Finish school")["id"]
    assert sides.wishes(MOTHER) == ["Finish school"]
    said = {"kind": "goal", "item_id": goal}
    sides.does("set_visibility", **said, shown_to=[str(sides.girl)], reason="She asked")
    assert (sides.wishes(MOTHER), sides.wishes(GIRL)) == ([], ["Finish school"])
    sides.does("set_visibility", **said, reason="She told her mother herself")
    assert sides.wishes(MOTHER) == ["Finish school"]
    told = sides.does("list_visibility", item_id=goal)["items"]
    assert [(each["reason"], each["decided_by"], each["ended_at"] is None) for each in told] == [
        ("She told her mother herself", "mentor", True),
        ("She asked", "mentor", False),
    ]
    for outsider in (MOTHER, GIRL):
        assert sides.asks("set_visibility", by=outsider, **said, reason="No").status == 403


def test_who_becomes_family_later_does_not_see_what_was_limited_before(sides):
    sides.goal("Finish school", shown_to=[sides.girl, sides.mother])
    brother = sides.family.somebody()
    sides.does("add_member", person_id=str(brother), relation="brother")
    sides.joined(TUTOR, standing="relative", stands_for=brother)
    assert sides.wishes(TUTOR) == []


def test_a_record_linked_to_the_father_s_is_the_father_s_however_late_it_is_known(protected, receive):
    other = uuid4()
    protected.does("end_team_membership", membership_id=_place(protected, "grandmother"), reason="finished")
    protected.joined(GRANDMOTHER, standing="relative", stands_for=protected.grandmother)
    assert "mother" in {each["relation"] for each in protected.read(GRANDMOTHER)["members"]}
    protected.family.signs_in("grandmother", person=other)
    clusters = [{"main_person_id": other, "person_ids": [other, protected.father]}]
    receive(
        "intake.person.linked.v1",
        subject=uuid4(),
        data={"link_id": uuid4(), "revision": 1, "clusters": clusters},
    )
    assert "mother" not in {each["relation"] for each in protected.read(GRANDMOTHER)["members"]}


def test_what_is_about_a_restricted_member_vanishes_for_everybody_and_the_rest_goes_on(sides, receive):
    sides.goal("Hers", about=[sides.girl], shown_to=[sides.girl])
    sides.goal("Everybody's")
    placed = {"person_id": sides.girl, "restriction_id": uuid4()}
    receive("consent.restriction.placed.v1", subject=sides.girl, data=placed)
    for actor in (MENTOR, MOTHER, FATHER):
        assert sides.wishes(actor) == ["Everybody's"]
    assert (
        sides.asks(
            "add_goal", wish="x", measure="x", target_on="2026-06-01", visibility=seen_by(about=[sides.girl])
        ).status
        == 422
    )
    receive("consent.restriction.lifted.v1", subject=sides.girl, data=placed)
    assert sides.wishes(MENTOR) == ["Hers", "Everybody's"]


def test_a_place_that_is_kept_apart_does_not_lead(protected):
    place = _place(protected, "shelter-worker")
    etag = protected.family.etag(MENTOR)
    said = {"case_id": protected.family.id, "membership_id": place, "asked_by": "team"}
    answer = protected.family.call("change_lead", said, actor=MENTOR, if_match=etag)
    assert (answer.status, answer.body["code"]) == (409, "lead_is_seen")
    answer = protected.asks(
        "set_visibility", kind="team_member", item_id=_place(protected, "mentor"), shown_to=[], reason="No"
    )
    assert answer.body["code"] == "lead_is_seen"


def test_the_directory_and_the_access_report_of_the_father_are_not_told_of_the_shelter(protected, outbox):
    joined = next(
        each.data for each in outbox("cases.team_member.joined.v1") if each.data["worker"] == "shelter-worker"
    )
    assert joined["person_ids"] == [str(protected.mother)]
    protected.read(SHELTER_WORKER)
    assert outbox.entries()[-1]["persons"] == [str(protected.mother)]


def test_an_amendment_is_for_the_same_eyes_and_narrowing_takes_the_whole_chain(protected):
    (first,) = protected.does("list_contacts")["items"]
    assert first["visibility"]["shown_to"] == [str(protected.mother)]
    again = {k: first[k] for k in ("person_id", "took_place_at", "means", "in_community", "length_minutes")}
    second = protected.does(
        "record_contact", **again, place="By telephone", amends=first["id"], reason_for_amending="Wrong place"
    )
    assert second["visibility"]["shown_to"] == [str(protected.mother)]
    protected.does("set_visibility", kind="contact", item_id=second["id"], shown_to=[], reason="She asked")
    assert [each["visibility"]["shown_to"] for each in protected.does("list_contacts")["items"]] == [[], []]


def test_an_assessment_on_file_of_the_protected_is_not_on_the_father_s_file(protected, consent_is_current):
    consent_is_current()
    consent_id = protected.family.consents(to="worker:mentor", categories=CONTENT)
    good(protected.family.assessed_by(MENTOR, consent_id=consent_id))
    assert len(protected.read(FATHER)["assessments"]) == 1
    protected.keeps(protected.girl, kept_from=[protected.father])
    assert protected.read(FATHER)["assessments"] == []


def test_what_the_release_before_writes_of_a_meeting_becomes_rows(protected, database):
    with database.superuser.begin() as sql:
        sql.execute(
            text(
                "INSERT INTO meetings (id, case_id, held_at, place, attendees, decisions, next_review_on,"
                " created_at, updated_at) VALUES (gen_random_uuid(), :case, now(), 'School', :came, :said,"
                " '2026-06-01', now(), now())"
            ),
            {
                "case": protected.family.id,
                "came": json.dumps([{"worker": "mentor", "person_id": None}]),
                "said": ["As before"],
            },
        )
    told = [each["decisions"] for each in protected.does("list_meetings", by=FATHER)["items"]]
    assert ["As before"] in told


def _place(sides, worker):
    return next(
        each["id"] for each in sides.read()["team"] if each["worker"] == worker and each["left_at"] is None
    )

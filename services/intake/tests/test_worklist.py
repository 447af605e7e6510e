"""The worklist: due, overdue, coming, unexplained, nobody's; in one question and in one order (IN-2, IN-5)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from chassis import clocks as chassis_clocks
from chassis.testing import make_actor
from services.intake.tests.front_desk import DESK, MENTOR, OTHER_TEAM, SAME_TEAM, TEAM_LEAD, good, refused
from services.intake.tests.referral_desk import NORTH, NOT_MET, fault

BOTH_TEAMS = make_actor(
    subject="floater", organisation="intake-office", roles=["intake_worker"], teams=["front-desk", "north"]
)


def test_it_shows_whom_what_and_until_when(desk, referrals):
    referral = desk.referral(source="shelter", priority="urgent")
    (line,) = referrals.worklist()["items"]
    assert line["id"] == referral["id"]
    assert line["names"][0]["given"] == "Red"
    assert (line["clock"], line["state"], line["working_days_left"]) == ("first_contact", "later", 4)
    assert (line["source"], line["priority"], line["owner"]) == ("shelter", "urgent", None)


def test_the_head_of_the_queue_comes_first_then_the_longest_overdue_then_what_is_due_next(
    desk, referrals, clock
):
    longest = desk.referral()
    clock.advance(days=2)
    overdue = desk.referral()
    clock.advance(days=10)
    later, crisis = desk.referral(), desk.referral(priority="crisis")
    clock.advance(hours=1)
    person = referrals.person()
    referrals.discharged(person["id"])
    returning = desk.referral(person_id=person["id"], priority="crisis")
    paused = desk.referral()
    good(referrals.step("pause_clock", paused, clock="first_contact", code="in_hospital", reason="Ward 3."))
    expected = [returning, crisis, longest, overdue, later, paused]
    assert referrals.listed() == [each["id"] for each in expected]
    states = [line["state"] for line in referrals.worklist()["items"]]
    assert states == ["due_today", "forecast", "overdue", "overdue", "forecast", "standing_still"]


def test_each_bucket_holds_what_it_counts(desk, referrals, clock):
    overdue = desk.referral()
    clock.advance(days=8)
    owned = desk.referral()
    good(referrals.step("take_referral", owned))
    ineligible = desk.referral()
    desk.reached(ineligible)
    good(desk.screen(ineligible, NOT_MET))
    paused = desk.referral()
    good(referrals.step("pause_clock", paused, clock="first_contact", code="away", reason="Fishing."))
    counts = referrals.worklist()["counts"]
    assert counts["everything"] == 4
    for bucket, expected in {
        "overdue": [overdue],
        "undocumented": [overdue],
        "standing_still": [paused],
        "unassigned": [overdue, ineligible, paused],
        "head_of_queue": [],
        "due_today": [],
        "forecast": [],
        "later": [owned, ineligible],
        "follow_up": [],
    }.items():
        found = referrals.listed(bucket=bucket, within_days=1)
        assert sorted(found) == sorted(each["id"] for each in expected), bucket
        assert referrals.worklist(within_days=1)["counts"][bucket] == len(expected), bucket


def test_a_forecast_looks_as_far_ahead_as_it_is_asked_to(desk, referrals):
    desk.referral()  # due at the end of Monday, five days ahead
    assert referrals.listed(bucket="forecast", within_days=4) == []
    assert len(referrals.listed(bucket="forecast", within_days=5)) == 1


def test_a_follow_up_that_is_due_is_a_bucket_of_its_own(desk, referrals, clock):
    referral = referrals.not_eligible()
    good(referrals.explained(referral))
    good(referrals.linked(referral))
    assert referrals.listed(bucket="follow_up") == []
    clock.advance(days=7)
    assert referrals.listed(bucket="follow_up") == [referral["id"]]


def test_a_missed_deadline_stays_on_the_list_until_somebody_says_why_also_when_all_else_is_done(
    desk, referrals, clock, in_lane
):
    referral = desk.referral()
    clock.advance(days=9)
    with in_lane() as work:
        chassis_clocks.breach_overdue(work)
    good(referrals.step("withdraw_referral", referral, because="needs_met"))
    (line,) = referrals.worklist(bucket="undocumented")["items"]
    assert (line["undocumented"], line["state"]) == (["first_contact"], "ended")
    why = {"clock": "first_contact", "circumstances": "Flood; the office was closed."}
    view = good(referrals.step("document_breach", referral, **why))
    assert view["clocks"][0]["documented_by"] == "desk"
    assert referrals.listed() == []


def test_a_documented_breach_that_is_still_owed_is_overdue_and_no_longer_undocumented(
    desk, referrals, clock, in_lane
):
    referral = desk.referral()
    clock.advance(days=9)
    with in_lane() as work:
        chassis_clocks.breach_overdue(work)
    good(referrals.step("document_breach", referral, clock="first_contact", circumstances="Snow."))
    assert referrals.listed(bucket="undocumented") == []
    assert referrals.listed(bucket="overdue") == [referral["id"]]


def test_what_has_done_its_work_is_off_the_list(desk, referrals):
    referral = desk.referral()
    desk.reached(referral)
    good(desk.screen(referral))
    good(desk.served(referral))
    assert referrals.listed() == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"program": "bus_pass"}, 1),
        ({"program": "moon_landing"}, 0),
        ({"source": "police"}, 1),
        ({"priority": "urgent"}, 1),
        ({"stage": "contacted"}, 0),
        ({"clock": "first_contact"}, 2),
        ({"clock": "eligibility"}, 0),
        ({"due_before": "2026-03-10T00:00:00Z"}, 0),
        ({"due_before": "2026-03-10T00:00:01Z"}, 2),
        ({"team": "front-desk", "owner": "me"}, 0),
    ],
)
def test_it_is_filtered_by_what_was_asked(desk, referrals, asked, found):
    desk.referral(program="bus_pass", source="police", priority="urgent")
    desk.referral()
    assert len(referrals.listed(**asked)) == found


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"bucket": "soon"}, "/bucket"),
        ({"within_days": 0}, "/within_days"),
        ({"due_before": "2026-13-01T00:00:00Z"}, "/due_before"),
        ({"due_before": "2026-03-10"}, "/due_before"),
        ({"cursor": "no-cursor-of-ours"}, "query/cursor"),
        ({"cursor": "W10"}, "query/cursor"),
        ({"limit": 1000}, "/limit"),
    ],
)
def test_a_question_that_makes_no_sense_is_told_so(referrals, asked, field):
    assert fault(referrals.do("read_worklist", asked))[0] == field


# -- whose


def test_it_is_of_the_caller_and_the_caller_s_teams_each_line_once(desk, referrals):
    mine = desk.referral()
    good(referrals.step("take_referral", mine))
    team = desk.referral()
    north = desk.referral(by=NORTH)
    assert sorted(referrals.listed(by=BOTH_TEAMS)) == sorted([mine["id"], team["id"], north["id"]])
    assert referrals.listed(owner="me") == [mine["id"]]
    assert sorted(referrals.listed(team="front-desk")) == sorted([mine["id"], team["id"]])
    assert referrals.listed(by=SAME_TEAM, owner="desk") == [mine["id"]]


def test_another_team_s_work_is_neither_shown_nor_counted(desk, referrals):
    desk.referral()
    page = referrals.worklist(by=OTHER_TEAM, team="front-desk")
    assert (page["items"], page["counts"]["everything"]) == ([], 0)


def test_it_follows_a_referral_to_the_team_that_it_was_handed_to(desk, referrals):
    referral = desk.referral()
    good(referrals.step("assign_referral", referral, team="north"))
    assert referrals.listed() == []
    assert referrals.listed(by=NORTH) == [referral["id"]]


def test_what_was_lent_by_name_is_on_the_worker_s_list_and_gone_when_put_back(desk, referrals):
    referral = desk.referral()
    good(referrals.step("assign_referral", referral, worker="north-1"))
    assert referrals.listed(by=NORTH) == [referral["id"]]
    good(referrals.step("assign_referral", referral))
    assert referrals.listed(by=NORTH, owner="north-1") == []


def test_a_restricted_person_is_neither_shown_nor_counted_from_that_moment(desk, referrals):
    girl = desk.girl()
    desk.referral(person_id=girl["id"])
    desk.restrict(girl)
    page = referrals.worklist()
    assert (page["items"], page["counts"]["everything"]) == ([], 0)


def test_the_team_lead_sees_a_team_s_list_for_oversight_without_being_on_it(desk, referrals):
    referral = desk.referral()
    assert referrals.listed(by=TEAM_LEAD, team="front-desk") == [referral["id"]]
    answer = desk.call("read_worklist", {"team": "front-desk"}, actor=TEAM_LEAD, purpose="coordination")
    assert good(answer)["items"] == []


def test_who_only_hands_referrals_in_has_no_worklist(desk):
    assert refused(desk.call("read_worklist", {}, actor=MENTOR)) == "permission_missing"


# -- page by page


def test_page_by_page_every_line_is_seen_once_while_others_come_and_go(desk, referrals, clock):
    made = []
    for _ in range(7):
        made.append(desk.referral())
        clock.advance(hours=30)
    first = referrals.worklist(limit=3)
    assert first["counts"]["everything"] == 7
    good(referrals.step("withdraw_referral", made[0], because="needs_met"))
    good(referrals.step("document_breach", made[0], clock="first_contact", circumstances="Snow."))
    desk.referral(priority="crisis")
    seen, page = [line["id"] for line in first["items"]], first
    while page["next_cursor"]:
        page = referrals.worklist(limit=3, cursor=page["next_cursor"])
        assert page["counts"] is None
        assert page["as_of"] == first["as_of"]
        seen += [line["id"] for line in page["items"]]
    assert seen == [each["id"] for each in made]


def test_pages_of_several_teams_are_in_one_order(desk, referrals, clock):
    made = []
    for number in range(6):
        made.append(desk.referral(by=NORTH if number % 2 else DESK))
        clock.advance(hours=26)
    seen, cursor = [], None
    while True:
        page = referrals.worklist(by=BOTH_TEAMS, limit=2, cursor=cursor)
        seen += [line["id"] for line in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [each["id"] for each in made]


# -- always as the referrals are


def test_whatever_happens_the_list_says_what_the_referrals_say(desk, referrals, clock, in_lane):
    """Any order of steps by the desk and by the timers: line by line, the list agrees with each referral's clocks."""
    kinds = ["first_contact", "eligibility", "service_contact", "explanation", "linking", "follow_up"]

    class Steps(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            clock.move_to(datetime(2026, 3, 4, 17, 0, tzinfo=UTC))
            self.referrals = [desk.referral() for _ in range(2)]

        def either(self, which):
            return self.referrals[which]

        which = st.integers(min_value=0, max_value=1)

        @rule(which=which, outcome=st.sampled_from(["reached", "no_answer"]))
        def attempt(self, which, outcome):
            desk.attempt(self.either(which), outcome=outcome)

        @rule(which=which, findings=st.sampled_from([None, NOT_MET]))
        def screen(self, which, findings):
            desk.screen(self.either(which), findings)

        @rule(which=which)
        def serve(self, which):
            desk.served(self.either(which))

        @rule(which=which)
        def follow_up(self, which):
            referrals.explained(self.either(which))
            referrals.linked(self.either(which))

        @rule(which=which, kind=st.sampled_from(kinds))
        def pause(self, which, kind):
            referrals.step("pause_clock", self.either(which), clock=kind, reason="Away.")

        @rule(which=which, kind=st.sampled_from(kinds))
        def resume(self, which, kind):
            referrals.step("resume_clock", self.either(which), clock=kind)

        @rule(which=which, priority=st.sampled_from(["routine", "urgent", "crisis"]))
        def prioritise(self, which, priority):
            referrals.step("change_priority", self.either(which), priority=priority, reason="So it is.")

        @rule(which=which)
        def withdraw(self, which):
            referrals.step("withdraw_referral", self.either(which), because="needs_met")

        @rule(which=which, kind=st.sampled_from(kinds))
        def document(self, which, kind):
            referrals.step("document_breach", self.either(which), clock=kind, circumstances="Snow.")

        @rule(hours=st.integers(min_value=1, max_value=120), noticed=st.booleans())
        def time_passes(self, hours, noticed):
            clock.advance(hours=hours)
            if noticed:
                with in_lane() as work:
                    chassis_clocks.breach_overdue(work)
                    chassis_clocks.forecast_upcoming(work)

        @invariant()
        def the_list_agrees(self):
            lines = {line["id"]: line for line in referrals.worklist(limit=100)["items"]}
            for referral in map(desk.read, self.referrals):
                self.agrees(referral, lines.get(referral["id"]))

        def agrees(self, referral, line):
            open_clocks = [
                each for each in referral["clocks"] if not each["met_at"] and each["state"] != "cancelled"
            ]
            running = [each for each in open_clocks if not each["paused_at"]]
            unexplained = {
                each["kind"]
                for each in referral["clocks"]
                if each["breached_at"] and not each["circumstances"]
            }
            overdue = [each for each in running if datetime.fromisoformat(each["due_at"]) <= clock.now]
            if not open_clocks and not unexplained:
                assert line is None
                return
            assert line["priority"] == referral["priority"]
            if running:
                first = min(running, key=lambda each: datetime.fromisoformat(each["due_at"]))
                assert line["due_at"] == first["due_at"]
                assert (line["state"] == "overdue") == bool(overdue)
            elif open_clocks:
                assert line["state"] == "standing_still"
            else:
                assert (line["state"], set(line["undocumented"])) == ("ended", unexplained)

    run_state_machine_as_test(Steps, settings=settings(max_examples=6, stateful_step_count=10, deadline=None))

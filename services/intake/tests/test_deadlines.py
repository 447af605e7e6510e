"""The three clocks of a referral: started and met by what happens, kept by the server (IN-2)."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from chassis import clocks
from intake.referrals.rules import CLOCKS
from services.intake.tests.front_desk import DESK, OTHER_TEAM, TEAM_LEAD, good, refused

WEDNESDAY = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)  # 09:00 in Vancouver


def clock_of(referral, kind):
    (found,) = [each for each in referral["clocks"] if each["kind"] == kind]
    return found


def due(referral, kind):
    return datetime.fromisoformat(clock_of(referral, kind)["due_at"]).astimezone(UTC)


def test_a_referral_asks_for_contact_within_three_working_days(desk):
    referral = desk.read(desk.referral())
    # Thursday, Friday, Monday; by then Vancouver keeps daylight saving time.
    assert due(referral, "first_contact") == datetime(2026, 3, 10, 0, 0, tzinfo=UTC)
    assert clock_of(referral, "first_contact")["state"] == "running"


def test_a_holiday_of_the_province_is_no_working_day(desk, clock):
    clock.move_to(datetime(2026, 2, 12, 17, 0, tzinfo=UTC))  # the Thursday before Family Day
    referral = desk.read(desk.referral())
    assert due(referral, "first_contact") == datetime(2026, 2, 19, 1, 0, tzinfo=UTC)


def test_reaching_the_person_meets_the_first_clock_and_starts_the_second(desk, clock):
    referral = desk.referral()
    clock.advance(days=1)
    referral = desk.reached(referral)
    assert clock_of(referral, "first_contact")["state"] == "met"
    assert due(referral, "eligibility") == datetime(2026, 3, 13, 0, 0, tzinfo=UTC)


def test_the_second_clock_runs_from_the_contact_and_not_from_when_it_was_written_down(desk, clock):
    referral = desk.referral()
    spoken = clock.advance(hours=1)
    clock.advance(days=2)
    referral = good(desk.attempt(referral, made_at=spoken.isoformat()))
    assert datetime.fromisoformat(clock_of(referral, "eligibility")["started_at"]) == spoken
    assert due(referral, "eligibility") == datetime(2026, 3, 12, 0, 0, tzinfo=UTC)


def test_being_found_eligible_meets_the_second_clock_and_starts_the_third(desk):
    referral = desk.referral()
    desk.reached(referral)
    good(desk.screen(referral))
    referral = desk.read(referral)
    assert clock_of(referral, "eligibility")["state"] == "met"
    assert due(referral, "service_contact") == datetime(2026, 3, 8, 1, 0, tzinfo=UTC)


def test_service_meets_the_third_clock_and_ends_the_referral(desk):
    referral = desk.referral()
    desk.reached(referral)
    good(desk.screen(referral))
    referral = good(desk.served(referral))
    assert clock_of(referral, "service_contact")["state"] == "met"
    assert (referral["stage"], referral["ended_at"] is not None) == ("in_service", True)


def test_nobody_is_served_before_screening_found_them_eligible(desk):
    referral = desk.referral()
    desk.reached(referral)
    assert refused(desk.served(referral)) == "not_found_eligible"


def test_a_referral_not_contacted_in_three_working_days_is_overdue(desk, clock, in_lane, outbox):
    referral = desk.referral()
    clock.advance(days=7)
    with in_lane() as work:
        clocks.breach_overdue(work)
    assert clock_of(desk.read(referral), "first_contact")["state"] == "breached"
    (told,) = outbox("intake.clock.breached.v1")
    assert told.data["subject_id"] == referral["id"]


def test_a_deadline_is_forecast_before_it_is_missed(desk, clock, in_lane, outbox):
    desk.referral()
    clock.move_to(datetime(2026, 3, 9, 17, 0, tzinfo=UTC))  # the Monday on which it is due
    with in_lane() as work:
        clocks.forecast_upcoming(work)
    assert len(outbox("intake.clock.forecast.v1")) == 1


def test_a_missed_deadline_keeps_its_circumstances(desk, clock, in_lane):
    referral = desk.referral()
    clock.advance(days=7)
    with in_lane() as work:
        clocks.breach_overdue(work)
    body = {
        "referral_id": referral["id"],
        "clock": "first_contact",
        "circumstances": "The road was closed by snow for the whole week.",
    }
    explained = good(desk.call("document_breach", body, actor=TEAM_LEAD))
    assert clock_of(explained, "first_contact")["circumstances"].startswith("The road")


def test_there_is_nothing_to_explain_where_no_deadline_was_missed(desk):
    body = {"referral_id": desk.referral()["id"], "clock": "first_contact", "circumstances": "None."}
    assert refused(desk.call("document_breach", body, actor=DESK)) == "clock_not_breached"


def test_a_paused_clock_stands_still_with_its_reason_and_gives_the_days_back(desk, clock):
    referral = desk.referral()
    body = {"referral_id": referral["id"], "clock": "first_contact", "reason": "In hospital until Monday."}
    paused = good(desk.call("pause_clock", body, actor=DESK))
    assert clock_of(paused, "first_contact")["state"] == "paused"
    assert clock_of(paused, "first_contact")["pause_reason"] == "In hospital until Monday."

    clock.advance(days=7)
    body = {"referral_id": referral["id"], "clock": "first_contact"}
    resumed = good(desk.call("resume_clock", body, actor=DESK))
    assert clock_of(resumed, "first_contact")["state"] == "running"
    # The three working days that were left when it stopped: this Wednesday, Thursday, Friday.
    assert due(resumed, "first_contact") == datetime(2026, 3, 14, 0, 0, tzinfo=UTC)


def test_a_clock_that_does_not_run_cannot_be_paused(desk):
    body = {"referral_id": desk.referral()["id"], "clock": "eligibility", "reason": "Away."}
    assert refused(desk.call("pause_clock", body, actor=DESK)) == "clock_not_running"


def test_another_team_cannot_pause_a_clock(desk):
    body = {"referral_id": desk.referral()["id"], "clock": "first_contact", "reason": "Away."}
    assert refused(desk.call("pause_clock", body, actor=OTHER_TEAM)) == "access_denied"


def test_whatever_happens_to_a_referral_its_clocks_agree_with_its_stage(desk, clock):
    """Any order of steps, allowed or refused: the clocks that are open are those that the stage owes."""
    owed = {
        "received": ["first_contact"],
        "contacted": ["eligibility"],
        "eligible": ["service_contact"],
        "not_eligible": ["explanation", "linking"],
        "in_service": [],
    }
    unknown = {"child_or_youth": "unknown", "asks_for_support": "met"}
    not_met = {"child_or_youth": "not_met", "asks_for_support": "met"}

    class Steps(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            clock.move_to(WEDNESDAY)
            self.referral = desk.referral()

        @rule(outcome=st.sampled_from(["reached", "no_answer", "message_left", "contact_declined"]))
        def attempt(self, outcome):
            desk.attempt(self.referral, outcome=outcome)

        @rule(findings=st.sampled_from([None, unknown, not_met]))
        def screen(self, findings):
            desk.screen(self.referral, findings)

        @rule()
        def serve(self):
            desk.served(self.referral)

        @rule(kind=st.sampled_from(CLOCKS))
        def pause(self, kind):
            body = {"referral_id": self.referral["id"], "clock": kind, "reason": "Away."}
            desk.call("pause_clock", body, actor=DESK)

        @rule(kind=st.sampled_from(CLOCKS))
        def resume(self, kind):
            desk.call("resume_clock", {"referral_id": self.referral["id"], "clock": kind}, actor=DESK)

        @rule(hours=st.integers(min_value=1, max_value=100))
        def time_passes(self, hours):
            clock.advance(hours=hours)

        @invariant()
        def the_open_clock_is_the_one_owed(self):
            referral = desk.read(self.referral)
            still_owed = [each["kind"] for each in referral["clocks"] if each["met_at"] is None]
            assert still_owed == owed[referral["stage"]]
            assert (referral["ended_at"] is None) == bool(still_owed)

    run_state_machine_as_test(
        Steps, settings=settings(max_examples=12, stateful_step_count=12, deadline=None)
    )

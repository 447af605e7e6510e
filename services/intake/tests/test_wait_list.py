"""Who waits, in what order, and what happens meanwhile (IN-6)."""

from __future__ import annotations

import pytest

from services.intake.tests.front_desk import DESK, OTHER_TEAM, SAME_TEAM, TEAM_LEAD, good, refused


def clock_of(desk, entry, kind="service_contact"):
    referral = desk.read({"id": entry["referral_id"]}, by=TEAM_LEAD)
    return [clock for clock in referral["clocks"] if clock["kind"] == kind][-1]


def test_a_program_without_a_recorded_capacity_has_no_line(line, desk):
    referral = desk.referral()
    desk.reached(referral)
    good(desk.screen(referral))
    answer = desk.call("read_waiting", {"referral_id": referral["id"]}, actor=DESK)
    assert refused(answer) == "not_found"
    assert good(desk.served(referral))["stage"] == "in_service"


def test_who_is_found_eligible_while_a_place_is_free_gets_it_at_once(line, desk):
    line.has_places(2)
    entry = line.eligible()
    assert (entry["state"], entry["position"]) == ("placed", None)
    assert clock_of(desk, entry)["state"] == "running"
    assert line.stands()["free"] == 1


def test_who_is_found_eligible_when_the_program_is_full_waits_and_the_clock_stands_still(line, desk):
    line.has_places(1)
    line.eligible()
    entry = line.eligible()
    assert (entry["state"], entry["position"]) == ("waiting", 1)
    clock = clock_of(desk, entry)
    assert (clock["state"], clock["pause_reason"]) == ("paused", "wait_list")


def test_the_line_goes_by_priority_and_then_by_age(line, clock):
    line.has_places(0)
    came = []
    for priority in ("routine", "urgent", "routine", "crisis", "urgent"):
        came.append(line.eligible(priority=priority)["id"])
        clock.advance(hours=1)
    expected = [came[3], came[1], came[4], came[0], came[2]]
    assert [each["id"] for each in line.line()] == expected
    assert [each["position"] for each in line.line(limit=2)] == [1, 2, 3, 4, 5]


def test_a_priority_changes_with_a_reason_and_moves_the_person_in_line(line):
    line.has_places(0)
    first, second = line.eligible(), line.eligible()
    told = {"priority": "returning_in_crisis", "reason": "Back from hospital, in crisis."}
    moved = good(line.step("change_waiting_priority", second, **told))
    assert [each["id"] for each in line.line()] == [second["id"], first["id"]]
    note = moved["diary"][-1]
    assert (note["was"], note["became"], note["said"]) == (
        "routine",
        "returning_in_crisis",
        "Back from hospital, in crisis.",
    )


@pytest.mark.parametrize("reason", ["", "   ", None])
def test_a_priority_does_not_change_without_a_reason(line, reason):
    line.has_places(0)
    entry = line.eligible()
    answer = line.step("change_waiting_priority", entry, priority="crisis", reason=reason)
    assert answer.status == 422
    assert line.entry(entry)["priority"] == "routine"


def test_somebody_still_in_line_is_not_served_before_their_turn(line, desk):
    line.has_places(0)
    entry = line.eligible()
    assert refused(desk.served({"id": entry["referral_id"]})) == "place_not_offered"


def test_a_check_in_is_owed_every_two_weeks_and_counted_anew_when_the_person_was_reached(line, desk, clock):
    line.has_places(0)
    entry = line.eligible()
    assert entry["check_in_due_at"] == "2026-03-19T00:00:00+00:00"
    clock.advance(days=10)
    told = {"way": "phone", "outcome": "no_answer"}
    assert (
        good(line.step("record_waiting_contact", entry, **told))["check_in_due_at"]
        == (entry["check_in_due_at"])
    )
    told = {"way": "in_person", "outcome": "reached", "said": "Is well, has a bed at the shelter."}
    again = good(line.step("record_waiting_contact", entry, by=DESK, **told))
    assert again["check_in_due_at"] == "2026-03-29T00:00:00+00:00"
    assert [clock["state"] for clock in desk.read({"id": entry["referral_id"]})["clocks"]][-2:] == [
        "met",
        "running",
    ]


def test_a_check_in_that_was_missed_is_a_breach_and_the_next_one_is_owed_after_it(
    line, desk, clock, in_lane, outbox
):
    from chassis.clocks import breach_overdue

    line.has_places(0)
    entry = line.eligible()
    clock.advance(days=20)
    with in_lane() as work:
        breach_overdue(work)
    (told,) = outbox("intake.clock.breached.v1")
    assert (told.data["kind"], told.data["subject_id"]) == ("wait_list_check_in", entry["referral_id"])
    after = good(line.step("record_waiting_contact", entry, way="phone", outcome="reached"))
    assert after["check_in_due_at"] > clock.now.isoformat()


def test_interim_support_is_kept_with_the_entry(line):
    line.has_places(0)
    entry = line.eligible()
    kept = good(line.step("record_interim_support", entry, said="Food bank, and a phone with credit."))
    assert kept["diary"][-1]["kind"] == "support"


def test_a_contact_is_not_recorded_for_the_future_or_before_the_person_waited(line):
    line.has_places(0)
    entry = line.eligible()
    for at in ("2026-03-04T17:00:01Z", "2026-03-04T16:59:59Z"):
        answer = line.step("record_waiting_contact", entry, way="phone", outcome="reached", made_at=at)
        assert answer.body["errors"][0]["pointer"] == "/at"


def test_who_leaves_the_list_is_owed_no_clock_and_the_next_ones_move_up(line, desk):
    line.has_places(0)
    first, second = line.eligible(), line.eligible()
    gone = good(line.leaves(first, because="moved", said="To Alberta, to family."))
    assert (gone["state"], gone["left_because"]) == ("left", "moved")
    assert line.entry(second)["position"] == 1
    assert clock_of(desk, first)["state"] == "cancelled"
    assert clock_of(desk, first, "wait_list_check_in")["state"] == "cancelled"
    assert desk.read({"id": first["referral_id"]})["stage"] == "withdrawn"
    assert refused(line.leaves(first)) == "not_waiting"


def test_a_place_given_back_before_the_program_met_the_person_ends_the_referral(line, desk, outbox):
    line.has_places(1)
    entry = line.eligible()
    good(line.step("end_place", entry, because="never_came"))
    (told,) = outbox("intake.referral.withdrawn.v1")
    assert (told.data["referral_id"], told.data["because"]) == (entry["referral_id"], "not_found")


def test_withdrawing_a_referral_takes_the_person_out_of_line_and_passes_the_offer_on(line, desk):
    line.has_places(0)
    first, second = line.eligible(), line.eligible()
    line.has_places(1)
    body = {"referral_id": first["referral_id"], "because": "moved_away"}
    good(desk.call("withdraw_referral", body, actor=DESK))
    assert line.entry(first)["left_because"] == "moved_away"
    assert line.entry(second)["state"] == "offered"


def test_nobody_is_given_up_as_lost_before_enough_attempts_are_on_record(line, clock):
    line.has_places(0)
    entry = line.eligible()
    for tried in range(3):
        assert refused(line.leaves(entry, because="lost_contact")) == "attempts_missing"
        clock.advance(days=1)
        outcome = "not_found" if tried else "no_answer"
        good(line.step("record_waiting_contact", entry, way="in_person", outcome=outcome))
    assert good(line.leaves(entry, because="lost_contact"))["state"] == "left"


def test_attempts_before_the_person_was_last_spoken_with_do_not_count(line, clock):
    line.has_places(0, attempts_before_lost=1)
    entry = line.eligible()
    for outcome in ("no_answer", "reached"):
        clock.advance(days=1)
        good(line.step("record_waiting_contact", entry, way="phone", outcome=outcome))
    assert refused(line.leaves(entry, because="lost_contact")) == "attempts_missing"


def test_another_reason_is_put_into_words(line):
    line.has_places(0)
    entry = line.eligible()
    assert line.leaves(entry, because="other").body["errors"][0]["pointer"] == "/said"


def test_who_was_found_eligible_before_the_capacity_was_recorded_is_taken_into_line_by_age(line, desk, clock):
    referrals = []
    for _ in range(3):
        referrals.append(desk.referral())
        desk.reached(referrals[-1])
        good(desk.screen(referrals[-1]))
        clock.advance(hours=1)
    good(desk.served(referrals[1]))
    line.has_places(1)
    line.timer()
    assert line.waiting(referrals[0])["state"] == "placed"
    assert line.waiting(referrals[2])["state"] == "waiting"
    answer = desk.call("read_waiting", {"referral_id": referrals[1]["id"]}, actor=DESK)
    assert refused(answer) == "not_found"
    line.timer()
    assert len(line.line()) == 1


def test_the_wait_is_estimated_at_the_pace_of_the_last_months(line, clock):
    """Three places were given in thirty days, so the next is a matter of ten days and the one after of twenty."""
    line.has_places(3)
    for _ in range(3):
        line.eligible()
    for _ in range(2):
        line.eligible()
    clock.advance(days=30)
    assert [each["estimated_wait_days"] for each in line.line()] == [10, 20]


def test_a_wait_is_not_estimated_from_too_little(line):
    line.has_places(0)
    assert line.eligible()["estimated_wait_days"] is None


# -- who sees whom


def test_names_are_shown_to_those_who_may_know_them_and_the_line_to_the_supervisor(line):
    line.has_places(0)
    line.eligible(person={"names": [{"kind": "legal", "given": "Hana", "family": "Ito"}]})
    (seen,) = line.line(by=DESK)
    assert seen["called"] == "Hana Ito"
    (seen,) = line.line(by=TEAM_LEAD)
    assert "called" not in seen
    assert seen["position"] == 1


def test_another_team_sees_positions_of_its_own_people_only_and_counts_of_all(line):
    line.has_places(0)
    line.eligible(by=DESK)
    mine = line.eligible(by=OTHER_TEAM)
    assert [(each["id"], each["position"]) for each in line.line(by=OTHER_TEAM)] == [(mine["id"], 2)]
    assert line.stands(by=OTHER_TEAM)["waiting"]["routine"] == 2
    assert len(line.line(by=SAME_TEAM)) == 1


def test_a_restricted_person_keeps_their_place_and_is_not_revealed(line, desk):
    line.has_places(0)
    girl = desk.girl()
    hidden = line.eligible(person_id=girl["id"])
    shown = line.eligible()
    desk.restrict(girl)
    assert [(each["id"], each["position"]) for each in line.line()] == [(shown["id"], 2)]
    assert refused(line.step("read_wait_list_entry", hidden)) == "not_found"
    line.has_places(1)
    assert line.line()[0]["state"] == "waiting"
    assert line.stands()["offered"] == 1


def test_a_cursor_that_was_not_given_here_is_refused(line):
    line.has_places(0)
    for cursor in ("zzz", "MHwyMDI2LTAzLTA0fHg", "😀"):
        answer = line.desk.call(
            "read_wait_list", {"program": line.program, "cursor": cursor}, actor=TEAM_LEAD
        )
        assert answer.body["errors"][0]["rule"] == "cursor"

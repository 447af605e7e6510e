"""A discharged client in crisis is screened again at once, at the head of the queue (IN-5)."""

from __future__ import annotations

from datetime import UTC, datetime

from services.intake.tests.front_desk import TEAM_LEAD, good
from services.intake.tests.linking_desk import LinkingDesk
from services.intake.tests.referral_desk import clocks


def due(view, kind):
    (found,) = [each for each in view["clocks"] if each["kind"] == kind and each["met_at"] is None]
    return datetime.fromisoformat(found["due_at"])


def test_who_was_discharged_and_is_in_crisis_is_owed_contact_today(desk, referrals):
    person = referrals.person()
    referrals.discharged(person["id"])
    referral = desk.referral(person_id=person["id"], priority="crisis")
    assert referral["returning_in_crisis"] is True
    assert due(desk.read(referral), "first_contact") == datetime(2026, 3, 5, 1, 0, tzinfo=UTC)  # 17:00 today


def test_late_in_the_day_there_are_still_four_hours(desk, referrals, clock):
    person = referrals.person()
    referrals.discharged(person["id"])
    clock.move_to(datetime(2026, 3, 5, 0, 30, tzinfo=UTC))  # 16:30 in Vancouver
    referral = desk.referral(person_id=person["id"], priority="crisis")
    assert due(desk.read(referral), "first_contact") == datetime(2026, 3, 5, 4, 30, tzinfo=UTC)


def test_screening_and_service_follow_as_fast(desk, referrals):
    person = referrals.person()
    referrals.discharged(person["id"])
    referral = desk.referral(person_id=person["id"], priority="crisis")
    assert due(desk.reached(referral), "eligibility") == datetime(2026, 3, 5, 1, 0, tzinfo=UTC)
    good(desk.screen(referral))
    assert due(desk.read(referral), "service_contact") == datetime(2026, 3, 6, 1, 0, tzinfo=UTC)


def test_a_crisis_of_somebody_never_discharged_keeps_the_usual_limits(desk, referrals):
    referral = desk.referral(priority="crisis")
    assert referral["returning_in_crisis"] is False
    assert due(desk.read(referral), "first_contact") == datetime(2026, 3, 10, 0, 0, tzinfo=UTC)


def test_a_transfer_to_others_is_no_discharge(desk, referrals):
    person = referrals.person()
    referrals.discharged(person["id"], reason="transferred")
    assert desk.referral(person_id=person["id"], priority="crisis")["returning_in_crisis"] is False


def test_the_end_of_the_case_may_be_told_after_the_referral(desk, referrals, outbox):
    person = referrals.person()
    referral = desk.referral(person_id=person["id"], priority="crisis")
    referrals.discharged(person["id"])
    view = desk.read(referral)
    assert view["returning_in_crisis"] is True
    assert due(view, "first_contact") == datetime(2026, 3, 5, 1, 0, tzinfo=UTC)
    assert outbox("intake.referral.prioritised.v1")[0].data["returning_in_crisis"] is True


def test_the_same_end_told_twice_changes_nothing_more(desk, referrals):
    person = referrals.person()
    referral = desk.referral(person_id=person["id"], priority="crisis")
    for _ in range(2):
        referrals.discharged(person["id"], case="01931f0e-7c1a-7000-8000-00000000c10c")
    assert len(referrals.history(referral)["priority_changes"]) == 1


def test_becoming_a_crisis_on_the_way_brings_every_limit_forward_and_says_why(desk, referrals):
    person = referrals.person()
    referrals.discharged(person["id"])
    referral = desk.reached(desk.referral(person_id=person["id"]))
    change = {"priority": "crisis", "reason": "Was found outside in the cold."}
    view = good(referrals.step("change_priority", referral, **change))
    assert view["returning_in_crisis"] is True
    assert due(view, "eligibility") == datetime(2026, 3, 5, 1, 0, tzinfo=UTC)
    (kept,) = referrals.history(referral)["priority_changes"]
    assert (kept["by"], kept["reason"]) == ("desk", "Was found outside in the cold.")


def test_a_limit_brought_forward_stays_when_the_crisis_is_over(desk, referrals):
    person = referrals.person()
    referrals.discharged(person["id"])
    referral = desk.referral(person_id=person["id"], priority="crisis")
    view = good(referrals.step("change_priority", referral, priority="urgent", reason="Safe for now."))
    assert view["returning_in_crisis"] is False
    assert due(view, "first_contact") == datetime(2026, 3, 5, 1, 0, tzinfo=UTC)


def test_the_same_priority_again_is_no_change(desk, referrals):
    referral = desk.referral()
    good(referrals.step("change_priority", referral, priority="routine", reason="As before."))
    assert referrals.history(referral)["priority_changes"] == []


def test_the_team_lead_may_say_that_it_is_pressing(desk, referrals):
    referral = desk.referral()
    change = {"priority": "urgent", "reason": "The landlord called."}
    assert good(referrals.step("change_priority", referral, by=TEAM_LEAD, **change))["priority"] == "urgent"


def test_a_discharge_known_under_another_record_of_the_person_counts(desk, referrals):
    known, again = referrals.person(), referrals.person()
    referrals.discharged(known["id"])
    LinkingDesk(desk, desk.call).linked(known["id"], again["id"])
    referral = desk.referral(person_id=again["id"], priority="crisis")
    assert (referral["returning_in_crisis"], clocks(desk.read(referral))["first_contact"]) == (
        True,
        "running",
    )

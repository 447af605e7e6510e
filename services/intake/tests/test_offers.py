"""Places are offered in order, reserved while the offer stands, and passed on when it does not (IN-6)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from services.intake.tests.front_desk import DESK, TEAM_LEAD, good, refused
from services.intake.tests.wait_desk import SAME_LEAD


@pytest.fixture
def full(line):
    """A program of one place, which is taken, and two who wait."""
    line.has_places(1)
    line.holder = line.eligible()
    line.first, line.second = line.eligible(), line.eligible()
    return line


def free_the_place(line):
    good(line.step("end_place", line.holder, because="service_ended"))


def state_of(line, entry):
    return line.entry(entry)["state"]


def test_a_free_place_is_offered_to_the_first_in_line_and_reserved(full):
    free_the_place(full)
    offered = full.entry(full.first)
    assert (offered["state"], offered["standing_offer"]["state"]) == ("offered", "standing")
    assert offered["standing_offer"]["expires_at"] == "2026-03-08T01:00:00+00:00"
    assert state_of(full, full.second) == "waiting"
    assert full.stands()["free"] == 0


def test_accepting_lets_the_clock_to_the_service_contact_run_on_by_the_days_it_stood_still(full, clock):
    clock.advance(days=10)
    free_the_place(full)
    taken = good(full.accepts(full.first, by=DESK))
    assert (taken["state"], taken["check_in_due_at"]) == ("placed", None)
    clocks = full.desk.read({"id": full.first["referral_id"]})["clocks"]
    contact = next(each for each in clocks if each["kind"] == "service_contact")
    assert (contact["state"], contact["due_at"][:10]) == ("running", "2026-03-17")
    assert good(full.desk.served({"id": full.first["referral_id"]}))["stage"] == "in_service"


def test_declining_keeps_the_position_and_the_next_one_is_offered_the_place(full):
    free_the_place(full)
    declined = good(full.declines(full.first, because="other", said="In treatment until May."))
    assert (declined["state"], declined["rest_until"][:10]) == ("waiting", "2026-03-11")
    assert state_of(full, full.second) == "offered"
    assert full.entry(full.first)["position"] == 1


def test_declining_may_cost_the_position_where_the_program_says_so(line, clock):
    line.has_places(0, after_decline="goes_to_end")
    first = line.eligible()
    clock.advance(hours=1)
    second, third = line.eligible(), line.eligible(priority="urgent")
    line.has_places(1, after_decline="goes_to_end")
    clock.advance(hours=1)
    good(line.declines(third))
    assert [each["id"] for each in line.line()][:2] == [third["id"], first["id"]]
    good(line.declines(first))
    assert [each["id"] for each in line.line()] == [third["id"], second["id"], first["id"]]


def test_who_declined_rests_and_is_offered_a_place_again_after_it(full, clock):
    free_the_place(full)
    good(full.declines(full.first))
    good(full.leaves(full.second))
    full.timer()
    assert state_of(full, full.first) == "waiting"
    clock.advance(days=7)
    full.timer()
    assert state_of(full, full.first) == "offered"


def test_an_offer_that_nobody_answers_expires_and_goes_to_the_next(full, clock):
    free_the_place(full)
    clock.advance(days=4)
    assert refused(full.accepts(full.first)) == "offer_expired"
    assert full.timer() == 1
    assert [offer["state"] for offer in full.entry(full.first)["offers"]] == ["expired"]
    assert state_of(full, full.second) == "offered"
    assert refused(full.accepts(full.first)) == "no_offer_stands"


def test_an_offer_stands_to_the_end_of_its_last_day(full, clock):
    free_the_place(full)
    clock.advance(days=3, hours=7, minutes=59)
    assert full.timer() == 0
    assert good(full.accepts(full.first))["state"] == "placed"


def test_leaving_while_offered_passes_the_place_on(full):
    free_the_place(full)
    good(full.leaves(full.first))
    assert state_of(full, full.second) == "offered"


def test_where_a_worker_offers_nothing_is_offered_by_itself(line):
    line.has_places(1, offers="by_worker")
    holder, first = line.eligible(), line.eligible()
    good(line.step("end_place", holder, because="never_came"))
    line.timer()
    assert line.stands()["free"] == 1
    offer = good(line.offer())
    assert (offer["out_of_turn"], state_of(line, first)) == (False, "offered")
    assert refused(line.offer()) == "nobody_waits"


def test_a_place_out_of_turn_needs_a_reason_which_is_kept(line):
    line.has_places(0, offers="by_worker")
    line.eligible()
    second = line.eligible()
    line.has_places(1, offers="by_worker")
    assert refused(line.offer(entry_id=second["id"])) == "not_first_in_line"
    offer = good(line.offer(entry_id=second["id"], reason="The place is on the ground floor."))
    assert offer["out_of_turn"]
    assert line.entry(second)["diary"][-1]["said"] == "The place is on the ground floor."


def test_nobody_is_offered_a_place_beyond_the_maximum(line):
    line.carries(ideal=1, maximum=2, offers="by_worker")
    line.served_by("case-manager")
    line.leads("case-manager", 2)
    entry = line.eligible()
    assert refused(line.offer()) == "program_full"
    assert refused(line.offer(entry_id=entry["id"], worker="case-manager")) == "program_full"
    line.served_by("colleague")
    assert refused(line.offer(worker="case-manager")) == "program_full"
    assert refused(line.offer(worker="stranger")) == "does_not_serve"
    assert good(line.offer(worker="colleague"))["worker"] == "colleague"


def test_a_place_above_the_ideal_is_offered_with_a_warning(line):
    line.carries(ideal=1, maximum=2, offers="by_worker")
    line.served_by("case-manager")
    line.leads("case-manager", 2)
    line.eligible()
    line.leads("case-manager", 1)
    assert good(line.offer())["above_ideal"]


def test_the_next_place_is_with_whoever_carries_least_for_their_share(line):
    line.carries()
    line.served_by("full-time")
    line.served_by("half-time", full_time_percent=50)
    line.leads("full-time", 7)
    line.leads("half-time", 4)
    assert [line.eligible()["worker"] for _ in range(3)] == ["full-time", "full-time", "half-time"]


def test_when_a_worker_leaves_an_offered_place_moves_to_a_colleague_with_room(line, clock):
    line.carries(ideal=1, maximum=1)
    line.served_by("case-manager")
    line.leads("case-manager", 1)
    entry = line.eligible()
    clock.advance(minutes=1)
    line.leads("case-manager", 0)
    line.timer()
    assert line.entry(entry)["worker"] == "case-manager"
    line.served_by("colleague")
    line.no_longer_served_by("case-manager", until="2026-03-03")
    moved = line.entry(entry)
    assert (moved["worker"], moved["standing_offer"]["worker"]) == ("colleague", "colleague")


def test_when_nobody_has_room_the_offer_is_withdrawn_and_the_person_keeps_their_position(line, clock):
    line.carries(ideal=1, maximum=1)
    line.served_by("case-manager")
    line.leads("case-manager", 1)
    first, second = line.eligible(), line.eligible()
    clock.advance(minutes=1)
    line.leads("case-manager", 0)
    line.timer()
    line.no_longer_served_by("case-manager", until="2026-03-03")
    back = line.entry(first)
    assert (back["state"], back["position"], back["offers"][0]["state"]) == ("waiting", 1, "withdrawn")
    assert state_of(line, second) == "waiting"


def test_a_place_that_cases_opened_elsewhere_used_up_cannot_be_accepted(line, clock):
    line.carries(ideal=1, maximum=1)
    line.served_by("case-manager")
    line.leads("case-manager", 1)
    entry = line.eligible()
    clock.advance(minutes=1)
    line.leads("case-manager", 0)
    line.timer()
    clock.advance(minutes=1)
    line.leads("case-manager", 1)
    assert refused(line.accepts(entry)) == "place_gone"
    line.timer()
    assert state_of(line, entry) == "waiting"


def test_an_accepted_place_is_never_taken_away_and_shows_when_it_has_no_worker(line):
    line.carries(ideal=1, maximum=1)
    line.served_by("case-manager")
    entry = line.eligible()
    line.no_longer_served_by("case-manager", until="2026-03-03")
    line.timer()
    assert state_of(line, entry) == "placed"
    assert "place_without_worker" in line.stands()["undone"]
    line.served_by("colleague")
    assert line.entry(entry)["worker"] == "colleague"


def test_fewer_places_withdraw_the_newest_offers_first(line):
    line.has_places(0)
    entries = [line.eligible() for _ in range(3)]
    line.has_places(3)
    line.has_places(1)
    assert [state_of(line, each) for each in entries] == ["offered", "waiting", "waiting"]


@pytest.mark.parametrize("step", ["accept_offer", "decline_offer"])
def test_there_is_nothing_to_answer_without_an_offer(line, step):
    line.has_places(0)
    entry = line.eligible()
    told = {"because": "not_now"} if step == "decline_offer" else {}
    assert refused(line.step(step, entry, **told)) == "no_offer_stands"


# -- two at once


def test_two_workers_at_once_never_offer_one_place_twice(line):
    line.has_places(0, offers="by_worker")
    for _ in range(6):
        line.eligible()
    line.has_places(2, offers="by_worker")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda turn: line.offer(by=(TEAM_LEAD, SAME_LEAD)[turn % 2]), range(6)))
    given = [answer for answer in answers if answer.status == 200]
    assert len(given) == 2
    assert {refused(answer) for answer in answers if answer.status != 200} <= {"program_full", "unavailable"}
    assert len([each for each in line.line() if each["state"] == "offered"]) == 2


def test_an_offer_accepted_and_declined_at_once_has_one_answer(full):
    free_the_place(full)
    with ThreadPoolExecutor(2) as pool:
        accepted, declined = (
            pool.submit(full.accepts, full.first, by=TEAM_LEAD),
            pool.submit(full.declines, full.first, by=SAME_LEAD),
        )
    assert sorted([accepted.result().status, declined.result().status]) == [200, 409]
    states = {full.entry(each)["state"] for each in (full.first, full.second)}
    assert len([each for each in full.line() if each["state"] == "offered"]) <= 1
    assert states in ({"placed", "waiting"}, {"waiting", "offered"})


def test_many_found_eligible_at_once_never_fill_a_program_beyond_its_places(line):
    line.has_places(3)
    referrals = [line.desk.referral() for _ in range(8)]
    for referral in referrals:
        line.desk.reached(referral)
    with ThreadPoolExecutor(4) as pool:
        for answer in pool.map(line.desk.screen, referrals):
            good(answer)
    states = [line.waiting(referral)["state"] for referral in referrals]
    assert (states.count("placed"), states.count("waiting")) == (3, 5)

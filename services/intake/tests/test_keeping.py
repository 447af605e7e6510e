"""Who works on a referral: taking, giving, handing over, and what each may then see (IN-2, CO-9)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from chassis.testing import make_actor
from services.intake.tests.front_desk import DESK, OTHER_TEAM, SAME_TEAM, TEAM_LEAD, good, refused
from services.intake.tests.referral_desk import NORTH, clocks, fault

LENT = make_actor(subject="lent", organisation="intake-office", roles=["intake_worker"], teams=["south"])


def test_a_worker_takes_a_referral_and_a_colleague_cannot_take_it_away(desk, referrals, outbox):
    referral = desk.referral()
    assert referral["owner"] is None
    assert good(referrals.step("take_referral", referral))["owner"] == "desk"
    assert good(referrals.step("take_referral", referral))["owner"] == "desk"
    assert refused(referrals.step("take_referral", referral, by=SAME_TEAM)) == "taken_already"
    (told,) = outbox("intake.referral.assigned.v1")
    assert (told.data["owner"], told.data["team"]) == ("desk", "front-desk")


def test_two_workers_who_take_at_once_end_with_one_owner(desk, referrals):
    referral = desk.referral()
    with ThreadPoolExecutor(max_workers=2) as pool:
        answers = list(
            pool.map(lambda who: referrals.step("take_referral", referral, by=who), [DESK, SAME_TEAM])
        )
    assert sorted(answer.status for answer in answers) == [200, 409]
    assert len(referrals.history(referral)["assignments"]) == 1


def test_a_referral_given_to_a_worker_of_another_team_opens_it_and_how_to_reach_the_person(desk, referrals):
    point = {"kind": "phone", "value": "250 555 0199", "safe_to_contact": True}
    person = desk.person(contact_points=[point])
    referral = desk.referral(person_id=person["id"])
    assert refused(referrals.step("read_referral", referral, by=LENT)) == "access_denied"
    good(referrals.step("assign_referral", referral, worker="lent", reason="Speaks Dari."))
    assert desk.read(referral, by=LENT)["owner"] == "lent"
    assert good(desk.read_person(person["id"], by=LENT))["contact_points"][0]["value"] == point["value"]
    assert desk.read(referral)["reason"], "the team still has it"


def test_what_was_lent_is_shut_again_when_the_referral_is_put_back(desk, referrals):
    referral = desk.referral()
    good(referrals.step("assign_referral", referral, worker="lent"))
    good(referrals.step("assign_referral", referral, reason="Back from leave."))
    assert refused(referrals.step("read_referral", referral, by=LENT)) == "access_denied"
    steps = [each["how"] for each in referrals.history(referral)["assignments"]]
    assert steps == ["given", "put_back"]


def test_handing_over_to_another_team_takes_it_from_the_first_with_all_its_clocks_running(desk, referrals):
    referral = desk.referral()
    good(referrals.step("take_referral", referral))
    handed = good(referrals.step("assign_referral", referral, team="north", reason="Lives there."))
    assert handed["withheld"] == ["referral"], "who hands it over keeps no sight of it"
    assert refused(referrals.step("read_referral", referral, by=SAME_TEAM)) == "access_denied"
    view = desk.read(referral, by=NORTH)
    assert (view["team"], view["owner"], clocks(view)) == ("north", None, {"first_contact": "running"})


def test_the_team_lead_reassigns_what_nobody_has(desk, referrals):
    referral = desk.referral()
    answer = referrals.step("assign_referral", referral, worker="desk-2", by=TEAM_LEAD)
    assert good(answer)["owner"] == "desk-2"


def test_a_worker_of_another_team_assigns_nothing(desk, referrals):
    referral = desk.referral()
    answer = referrals.step("assign_referral", referral, worker="desk-3", by=OTHER_TEAM)
    assert refused(answer) == "access_denied"


def test_giving_it_to_who_has_it_changes_nothing(desk, referrals):
    referral = desk.referral()
    assert refused(referrals.step("assign_referral", referral)) == "kept_already"


def test_the_code_of_a_worker_is_checked_for_its_shape(desk, referrals):
    answer = referrals.step("assign_referral", desk.referral(), worker="two words")
    assert fault(answer)[0] == "/worker"


# -- withdrawal and transfer


def test_the_person_withdraws_and_nothing_more_is_owed(desk, referrals, outbox):
    referral = desk.referral()
    view = good(referrals.step("withdraw_referral", referral, because="person_declined", note="Has work."))
    assert (view["stage"], view["withdrawn_because"]) == ("withdrawn", "person_declined")
    assert clocks(view) == {"first_contact": "cancelled"}
    assert outbox("intake.referral.withdrawn.v1")[0].data["because"] == "person_declined"
    assert refused(desk.attempt(referral)) == "referral_closed"


def test_nobody_is_given_up_as_not_found_whom_nobody_tried_to_reach(desk, referrals):
    referral = desk.referral()
    assert refused(referrals.step("withdraw_referral", referral, because="not_found")) == "not_tried_yet"
    good(desk.attempt(referral, outcome="not_found"))
    good(referrals.step("withdraw_referral", referral, because="not_found"))


def test_a_deadline_missed_before_the_withdrawal_stays_on_record(desk, referrals, clock):
    referral = desk.referral()
    clock.advance(days=9)
    view = good(referrals.step("withdraw_referral", referral, because="needs_met"))
    assert view["clocks"][0]["breached_at"] is not None


def test_a_transfer_to_another_program_starts_nobody_s_wait_anew(desk, referrals, clock):
    referral = desk.referral()
    due = desk.read(referral)["clocks"][0]["due_at"]
    clock.advance(days=1)
    moved = {"program": "bus_pass", "reason": "That is what she asks for."}
    good(referrals.step("transfer_referral", referral, **moved))
    view = desk.read(referral)
    assert (view["program"], view["clocks"][0]["due_at"]) == ("bus_pass", due)
    (step,) = referrals.history(referral)["assignments"]
    assert (step["how"], step["from_program"], step["to_program"]) == (
        "transferred",
        "child_and_family_services",
        "bus_pass",
    )


def test_a_transfer_joins_a_referral_to_that_program_that_is_under_way(desk, referrals):
    girl = desk.girl()
    first = desk.referral(person_id=girl["id"], program="bus_pass")
    second = desk.referral(person_id=girl["id"])
    moved = {"program": "bus_pass", "reason": "The same."}
    view = good(referrals.step("transfer_referral", second, **moved))
    assert (view["stage"], view["joined_to"]) == ("joined", first["id"])


def test_a_transfer_needs_another_program_and_no_decision(desk, referrals):
    referral = desk.referral()
    same = {"program": "child_and_family_services", "reason": "?"}
    assert refused(referrals.step("transfer_referral", referral, **same)) == "same_program"
    unknown = referrals.step("transfer_referral", referral, program="moon_landing", reason="?")
    assert fault(unknown)[0] == "/program"
    desk.reached(referral)
    good(desk.screen(referral))
    moved = referrals.step("transfer_referral", referral, program="bus_pass", reason="?")
    assert refused(moved) == "decided_already"

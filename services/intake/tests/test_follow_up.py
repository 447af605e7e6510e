"""Not eligible: explained, linked to a service, followed until confirmed, and easy to screen again (IN-5)."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from services.intake.tests.front_desk import good, refused
from services.intake.tests.referral_desk import NEIGHBOUR, clocks, fault


def link_of(answer):
    return good(answer)["links"][-1]["id"]


def test_being_found_not_eligible_leaves_an_explanation_and_a_link_owed(desk, referrals):
    view = desk.read(referrals.not_eligible())
    assert (view["stage"], view["ended_at"]) == ("not_eligible", None)
    assert clocks(view) == {
        "first_contact": "met",
        "eligibility": "met",
        "explanation": "running",
        "linking": "running",
    }


def test_it_is_done_once_explained_linked_and_confirmed(desk, referrals, outbox):
    referral = referrals.not_eligible()
    assert clocks(good(referrals.explained(referral)))["explanation"] == "met"
    linked = referrals.linked(referral)
    assert clocks(good(linked)) | {"linking": "met", "follow_up": "running"} == clocks(good(linked))
    done = good(referrals.settled(link_of(linked), "connected", note="Met them on Tuesday."))
    assert (done["follow_up_outcome"], done["ended_at"] is not None) == ("connected", True)
    assert set(clocks(done).values()) == {"met"}
    assert outbox("intake.referral.followed_up.v1")[0].data["outcome"] == "connected"


def test_the_explanation_keeps_to_whom_by_whom_how_and_in_which_words(referrals):
    referral = referrals.not_eligible()
    view = good(referrals.explained(referral, told_to="family", way="written", interpreter=True))
    (explanation,) = view["explanations"]
    assert (explanation["told_to"], explanation["explained_by"], explanation["way"]) == (
        "family",
        "desk",
        "written",
    )
    assert explanation["interpreter"] is True


def test_explaining_to_the_referrer_tells_them_and_leaves_the_person_owed(referrals):
    referral = referrals.not_eligible(referrers=[NEIGHBOUR])
    view = good(referrals.explained(referral, told_to="referrer"))
    assert view["referrers"][0]["told_by"] == "desk"
    assert clocks(view)["explanation"] == "running"


def test_each_check_is_kept_and_counts_the_days_anew(desk, referrals, clock):
    referral = referrals.not_eligible()
    link_id = link_of(referrals.linked(referral))
    clock.advance(days=5)
    view = good(referrals.checked(link_id, asked="service", found="not_reached"))
    assert view["links"][0]["checks"][0]["found"] == "not_reached"
    running = [each for each in view["clocks"] if each["kind"] == "follow_up" and each["met_at"] is None]
    assert [each["started_at"] for each in running] == [clock.now.isoformat()]


def test_a_check_written_down_late_does_not_bring_the_next_one_forward(referrals, clock):
    referral = referrals.not_eligible()
    link_id = link_of(referrals.linked(referral))
    clock.advance(days=2)
    good(referrals.checked(link_id))
    earlier = (clock.now - timedelta(days=1)).isoformat()
    view = good(referrals.checked(link_id, made_at=earlier))
    (running,) = [each for each in view["clocks"] if each["kind"] == "follow_up" and not each["met_at"]]
    assert running["started_at"] == clock.now.isoformat()


def test_a_service_that_refuses_leaves_another_link_owed(referrals):
    referral = referrals.not_eligible()
    good(referrals.explained(referral))
    view = good(referrals.settled(link_of(referrals.linked(referral)), "service_refused"))
    assert (view["ended_at"], clocks(view)["linking"], clocks(view)["follow_up"]) == (None, "running", "met")
    done = good(referrals.settled(link_of(referrals.linked(referral, service="The clinic")), "connected"))
    assert done["ended_at"] is not None


def test_a_connected_person_to_whom_nothing_was_explained_is_still_owed_that(referrals):
    referral = referrals.not_eligible()
    view = good(referrals.settled(link_of(referrals.linked(referral)), "connected"))
    assert view["ended_at"] is None
    assert good(referrals.explained(referral))["ended_at"] is not None


def test_of_two_links_the_follow_up_waits_for_the_last(referrals):
    referral = referrals.not_eligible()
    good(referrals.explained(referral))
    first, second = link_of(referrals.linked(referral)), link_of(referrals.linked(referral))
    assert good(referrals.settled(first, "declined"))["ended_at"] is None
    assert good(referrals.settled(second, "connected"))["follow_up_outcome"] == "connected"


def test_a_person_who_wants_no_link_ends_it_after_the_explanation(referrals):
    referral = referrals.not_eligible()
    end = {"outcome": "declined", "note": "Wants to be left alone for now."}
    assert refused(referrals.step("end_follow_up", referral, **end)) == "not_explained_yet"
    good(referrals.explained(referral))
    assert good(referrals.step("end_follow_up", referral, **end))["ended_at"] is not None


def test_a_person_who_cannot_be_found_any_more_ends_it_also_without(referrals):
    referral = referrals.not_eligible()
    lost = {"outcome": "lost_contact", "note": "Left the shelter."}
    view = good(referrals.step("end_follow_up", referral, **lost))
    assert clocks(view)["explanation"] == "cancelled"


def test_nothing_ends_while_a_link_is_followed(referrals):
    referral = referrals.not_eligible()
    referrals.linked(referral)
    lost = {"outcome": "lost_contact", "note": "?"}
    assert refused(referrals.step("end_follow_up", referral, **lost)) == "links_still_open"


def test_what_came_of_a_link_is_said_once(referrals):
    referral = referrals.not_eligible()
    link_id = link_of(referrals.linked(referral))
    good(referrals.settled(link_id, "declined"))
    assert refused(referrals.settled(link_id, "connected")) == "link_settled"
    assert refused(referrals.checked(link_id)) == "link_settled"


def test_only_who_was_found_not_eligible_is_explained_to_and_linked(desk, referrals):
    referral = desk.referral()
    assert refused(referrals.explained(referral)) == "not_found_ineligible"
    assert refused(referrals.linked(referral)) == "not_found_ineligible"


@pytest.mark.parametrize("days", [-30, 1])
def test_times_are_neither_before_the_decision_nor_in_the_future(referrals, clock, days):
    referral = referrals.not_eligible()
    at = (clock.now + timedelta(days=days)).isoformat()
    assert fault(referrals.explained(referral, explained_at=at))[0] == "/explained_at"
    assert fault(referrals.linked(referral, linked_at=at))[0] == "/linked_at"


def test_a_service_that_the_directory_does_not_have_is_no_service(referrals):
    unknown = referrals.linked(referrals.not_eligible(), service=None, service_id=str(uuid4()))
    assert fault(unknown) == ("/service_id", "service")


def test_a_link_says_to_what(referrals):
    assert fault(referrals.linked(referrals.not_eligible(), service=None))[0] == "/service_id"


def test_whatever_is_done_in_whatever_order_it_is_over_only_when_explained_and_settled(referrals, clock):
    class Steps(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.referral = referrals.not_eligible()

        def view(self):
            return good(referrals.step("read_follow_up", self.referral))

        @rule(told_to=st.sampled_from(["person", "family", "referrer"]))
        def explain(self, told_to):
            referrals.explained(self.referral, told_to=told_to)

        @rule()
        def link(self):
            referrals.linked(self.referral)

        @rule(
            outcome=st.sampled_from(["connected", "declined", "service_refused", "lost_contact"]),
            place=st.integers(min_value=0, max_value=3),
        )
        def settle(self, outcome, place):
            links = self.view()["links"]
            if links:
                referrals.settled(links[place % len(links)]["id"], outcome)

        @rule(days=st.integers(min_value=1, max_value=9))
        def time_passes(self, days):
            clock.advance(days=days)

        @invariant()
        def over_exactly_when_done(self):
            view = self.view()
            outcomes = [each["outcome"] for each in view["links"]]
            explained = any(each["told_to"] != "referrer" for each in view["explanations"])
            settled = {"connected", "declined", "lost_contact"} & set(outcomes)
            best = next((o for o in ("connected", "declined", "lost_contact") if o in settled), None)
            done = None not in outcomes and best and (explained or best == "lost_contact")
            assert (view["ended_at"] is not None) == bool(done)
            owed = [
                each["kind"] for each in view["clocks"] if not each["met_at"] and each["state"] != "cancelled"
            ]
            if done:
                assert (view["follow_up_outcome"], owed) == (best, [])
            else:
                assert ("follow_up" in owed) == (None in outcomes)
                assert ("explanation" in owed) == (not explained)

    run_state_machine_as_test(
        Steps, settings=settings(max_examples=10, stateful_step_count=10, deadline=None)
    )


# -- screening again


def test_screening_again_takes_one_call_and_no_telling_twice(desk, referrals):
    first = referrals.not_eligible(referrers=[NEIGHBOUR], reason="She misses lessons.")
    again = good(referrals.step("take_up_referral_again", first))
    view = desk.read(again)
    assert (view["reason"], view["person_id"], view["continues"]) == (
        "She misses lessons.",
        first["person_id"],
        first["id"],
    )
    assert view["referrers"][0]["name"] == "A neighbour"
    assert clocks(view) == {"first_contact": "running"}
    assert [each["id"] for each in referrals.history(first)["continued_by"]] == [again["id"]]


def test_a_referral_that_is_under_way_is_not_taken_up_again(desk, referrals):
    assert refused(referrals.step("take_up_referral_again", desk.referral())) == "still_under_way"

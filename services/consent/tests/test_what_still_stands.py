"""Of two decisions the later one wins, and every view of the earlier one says what of it still stands (CO-1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from chassis.events import Received
from services.consent.tests.decisions import (
    GIRL,
    MENTOR,
    MOTHER,
    PRIVACY_OFFICER,
    SOCIAL_WORKER,
    Decisions,
)
from services.consent.tests.test_representation import BY_PARENT

NO = {"decision": "refused", "explanation": ...}
CATEGORIES = ["identity", "plan", "housing"]
PURPOSES = ["care", "coordination"]
RECIPIENTS = ["organisation:youth-service", "worker:youth-worker"]
Permitted = set[tuple[str, str, str, str]]


@pytest.fixture
def again(call: Any, receive: Any, decisions: Decisions) -> Decisions:
    """The girl once more, under another record."""
    return Decisions(call=call, receive=receive)


def stands(decisions: Decisions, decision: Any, *, actor: Any = MENTOR) -> list[tuple[list[str], list[str]]]:
    told = decisions.read(decision, actor=actor)["stands"]
    return [(part["categories"], part["purposes"]) for part in told]


def test_a_refusal_that_a_later_consent_overtook_stands_no_more_and_names_it(decisions: Decisions) -> None:
    refusal = decisions.decides(**NO)
    assert stands(decisions, refusal) == [(["identity", "plan"], ["care"])]

    consent = decisions.decides()

    told = decisions.read(refusal)
    assert (told["stands"], told["state"]) == ([], "refused")
    (by,) = told["overtaken_by"]
    assert (by["consent_id"], by["decision"], by["recorded_at"]) == (
        consent["id"],
        "given",
        consent["recorded_at"],
    )
    assert (by["categories"], by["purposes"]) == (["identity", "plan"], ["care"])
    assert consent["overtaken_by"] == []


def test_a_refusal_overtaken_in_part_stands_for_what_is_left(decisions: Decisions) -> None:
    refusal = decisions.decides(purposes=PURPOSES, **NO)

    decisions.decides(categories=["plan"])

    assert stands(decisions, refusal) == [(["identity"], PURPOSES), (["plan"], ["coordination"])]


def test_a_refusal_does_not_come_back_when_the_consent_that_overtook_it_ends(decisions: Decisions) -> None:
    refusal = decisions.decides(**NO)
    consent = decisions.decides()

    decisions.call("withdraw_consent", {"id": consent["id"]}, actor=MENTOR)

    assert stands(decisions, refusal) == stands(decisions, consent) == []


def test_a_consent_that_a_later_refusal_ended_names_it(decisions: Decisions) -> None:
    consent = decisions.decides()
    refusal = decisions.decides(categories=["plan"], purposes=["coordination"], **NO)

    told = decisions.read(consent)

    assert stands(decisions, consent) == [(["identity"], ["care"])]
    (by,) = told["overtaken_by"]
    assert (by["consent_id"], by["categories"], by["purposes"]) == (refusal["id"], ["plan"], ["care"])


def test_what_was_taken_back_before_was_not_overtaken_by_a_refusal_after_it(decisions: Decisions) -> None:
    consent = decisions.decides()
    decisions.call("withdraw_consent", {"id": consent["id"], "reason": "refused"}, actor=MENTOR)

    decisions.decides(**NO)

    assert decisions.read(consent)["overtaken_by"] == []


def test_a_decision_that_others_recorded_counts_at_once_and_is_not_named(decisions: Decisions) -> None:
    consent = decisions.decides(actor=MENTOR)
    refusal = decisions.decides(actor=SOCIAL_WORKER, **NO)

    told = decisions.read(consent)
    assert (told["state"], told["stands"]) == ("given", [])
    assert [(each["consent_id"], each["decision"]) for each in told["overtaken_by"]] == [(None, "refused")]
    seen = decisions.read(consent, actor=PRIVACY_OFFICER)["overtaken_by"]
    assert [each["consent_id"] for each in seen] == [refusal["id"]]


def test_who_refused_in_her_place_is_not_told_what_she_decided_since(decisions: Decisions) -> None:
    decisions.signs_in()
    by_mother = decisions.decides(given_by={**BY_PARENT, "account": "mother"}, **NO)
    decisions.decides(actor=GIRL)

    assert stands(decisions, by_mother, actor=MENTOR) == stands(decisions, by_mother, actor=GIRL) == []
    assert stands(decisions, by_mother, actor=MOTHER) == [(["identity", "plan"], ["care"])]
    assert decisions.read(by_mother, actor=MOTHER)["overtaken_by"] == []


def test_what_is_past_its_end_does_not_stand(decisions: Decisions, clock: Any) -> None:
    consent = decisions.decides(valid_until="2026-04-01T00:00:00+00:00")
    clock.move_to(datetime.fromisoformat("2026-04-01T00:00:00+00:00"))

    assert decisions.read(consent)["state"] == "given"
    assert stands(decisions, consent) == []


def test_a_consent_on_a_linked_record_overtakes_a_refusal_until_they_are_parted(
    decisions: Decisions, again: Decisions, told: Callable[..., None], clock: Any
) -> None:
    refusal = decisions.decides(**NO)
    clock.advance(minutes=1)
    consent = again.decides()
    other_way_round = again.decides(to="organisation:housing")
    clock.advance(minutes=1)
    decisions.decides(to="organisation:housing", **NO)
    assert stands(decisions, refusal) != []

    told(1, {decisions.girl, again.girl})

    assert stands(decisions, refusal) == []
    assert decisions.read(refusal)["overtaken_by"][0]["consent_id"] == consent["id"]
    # A refusal stays on the record where it was said (0040).
    assert stands(decisions, other_way_round) != []
    told(2, {decisions.girl}, {again.girl})
    assert stands(decisions, refusal) == [(["identity", "plan"], ["care"])]


def test_lists_and_previews_tell_what_stands(decisions: Decisions) -> None:
    refusal = decisions.decides(**NO)
    consent = decisions.decides(categories=["plan"])
    asked = {"recipient": "organisation:youth-service", "categories": ["plan"], "purposes": ["care"]}

    listed = decisions.call("list_consents", {"person_id": decisions.girl}, actor=MENTOR).body["items"]
    earlier = decisions.call("preview", {"person_id": decisions.girl, **asked}, actor=MENTOR).body["earlier"]

    left = [{"categories": ["identity"], "purposes": ["care"]}]
    given_now = [{"categories": ["plan"], "purposes": ["care"]}]
    assert {each["id"]: each["stands"] for each in listed} == {refusal["id"]: left, consent["id"]: given_now}
    assert {each["consent_id"]: each["stands"] for each in earlier} == {
        refusal["id"]: left,
        consent["id"]: given_now,
    }


def test_what_is_said_anew_after_a_partial_withdrawal_opens_nothing_that_was_refused_meanwhile(
    decisions: Decisions, outbox: Any
) -> None:
    consent = decisions.decides(categories=CATEGORIES)
    decisions.decides(actor=SOCIAL_WORKER, categories=["plan"], **NO)

    for closing in ("identity", "housing"):
        asked = {"id": consent["id"], "categories": [closing]}
        assert decisions.call("withdraw_consent", asked, actor=MENTOR).status == 200

    said = [each.data["categories"] for each in outbox("consent.consent.given.v1")]
    assert said == [sorted(CATEGORIES), ["housing"]]


SOME = st.lists(st.sampled_from(CATEGORIES), min_size=1, unique=True)
STEPS = st.tuples(
    st.sampled_from(["give", "give", "refuse", "refuse", "withdraw"]),
    st.sampled_from(RECIPIENTS),
    SOME,
    st.lists(st.sampled_from(PURPOSES), min_size=1, unique=True),
    st.sampled_from([MENTOR, SOCIAL_WORKER]),
)


def published(events: list[Received]) -> Permitted:
    """What every service permits, by the plain meaning of the events: person, recipient, category, purpose."""
    held: dict[str, Permitted] = {}
    for event in events:
        told = event.data
        match event.key:
            case "consent.consent.given.v1":
                held[told["consent_id"]] = set(
                    product([told["person_id"]], [told["recipient"]], told["categories"], told["purposes"])
                )
            case "consent.consent.withdrawn.v1":
                held.pop(told["consent_id"], None)
            case "consent.consent.refused.v1":
                for each in held.values():
                    each -= set(
                        product([told["person_id"]], [told["recipient"]], told["categories"], PURPOSES)
                    )
    return set().union(*held.values())


def plainly_read(decisions: list[dict[str, Any]]) -> Permitted:
    """What is permitted by all that stands: a refusal anywhere outweighs a consent anywhere."""
    rules: dict[str, Permitted] = {"given": set(), "refused": set()}
    for told in decisions:
        for part in told["stands"]:
            rules[told["decision"]] |= set(
                product([told["person_id"]], [told["recipient"]], part["categories"], part["purposes"])
            )
    return rules["given"] - rules["refused"]


# Without shrinking: each step is a real transaction, and a failing list of eight steps is short enough to read.
@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(STEPS, min_size=3, max_size=8), followed=st.integers(0, 8))
def test_what_stands_of_all_decisions_permits_exactly_what_the_services_permit(
    decisions: Decisions, outbox: Any, receive: Any, steps: list[Any], followed: int
) -> None:
    decisions.__post_init__()
    before = len(outbox())
    made: list[Any] = []
    for number, (step, to, categories, purposes, by) in enumerate(steps):
        if step == "withdraw":
            _take_back(decisions, [each for each in made if each["recipient"] == to], categories)
        else:
            no = NO if step == "refuse" else {}
            made.append(decisions.decides(actor=by, to=to, categories=categories, purposes=purposes, **no))
        if number < followed:
            _lane_follows(outbox()[before:], receive)
        listed = decisions.call("list_consents", {"person_id": decisions.girl}, actor=PRIVACY_OFFICER).body
        assert plainly_read(listed["items"]) == published(outbox()[before:])


def _take_back(decisions: Decisions, made: list[Any], categories: list[str]) -> None:
    by = {each.subject: each for each in (MENTOR, SOCIAL_WORKER)}
    for each in made:
        recorder = by[each["recorded_by"]]
        closing = sorted(set(decisions.read(each, actor=recorder)["live_categories"]) & set(categories))
        if closing:
            asked = {"id": each["id"], "categories": closing}
            assert decisions.call("withdraw_consent", asked, actor=recorder).status == 200


def _lane_follows(events: list[Received], receive: Callable[..., Any]) -> None:
    """The lane follows every refusal so far; following one twice changes nothing."""
    for event in events:
        if event.key == "consent.consent.refused.v1":
            receive(event.key, subject=event.subject, data=event.data)

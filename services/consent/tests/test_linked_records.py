"""Decisions are seen on every linked record, restrictions reach them all, and unlinking restores (IN-8, CO-1, CO-5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from consent.directives.reviews import owe_confirmation
from services.consent.tests.decisions import MENTOR, PRIVACY_OFFICER, YOUTH_WORKER, Decisions
from services.consent.tests.test_capacity import assessed
from services.consent.tests.test_in_whose_place import due
from services.consent.tests.test_representation import BY_PARENT

Told = Callable[..., None]


@pytest.fixture
def again(call: Any, receive: Any, decisions: Decisions) -> Decisions:
    """The girl once more, under another record."""
    return Decisions(call=call, receive=receive)


def seen(decisions: Decisions, *, by: Any = MENTOR) -> set[str]:
    answer = decisions.call("list_consents", {"person_id": decisions.girl}, actor=by)
    assert answer.status == 200, answer.body
    return {each["id"] for each in answer.body["items"]}


def test_decisions_on_a_linked_record_are_listed_and_name_their_record(
    decisions: Decisions, again: Decisions, told: Told
) -> None:
    one, other = decisions.decides(), again.decides()
    told(1, {decisions.girl, again.girl})

    assert seen(decisions) == seen(again) == {one["id"], other["id"]}
    assert decisions.read(other)["person_id"] == again.girl
    assert seen(decisions, by=YOUTH_WORKER) == set()


def test_a_preview_tells_what_was_decided_before_on_a_linked_record(
    decisions: Decisions, again: Decisions, told: Told
) -> None:
    earlier = again.decides()
    told(1, {decisions.girl, again.girl})
    asked = {
        "person_id": decisions.girl,
        "recipient": "organisation:youth-service",
        "categories": ["plan"],
        "purposes": ["care"],
    }

    preview = decisions.call("preview", asked, actor=MENTOR).body

    assert [(each["consent_id"], each["person_id"]) for each in preview["earlier"]] == [
        (earlier["id"], again.girl)
    ]


def test_a_decision_stays_on_its_record_and_a_link_opens_nothing(
    decisions: Decisions, again: Decisions, told: Told, outbox: Any
) -> None:
    given = decisions.decides()
    told(1, {decisions.girl, again.girl})
    again.decides(decision="refused", explanation=...)

    assert decisions.read(given)["state"] == "given"
    assert {each.data["person_id"] for each in outbox("consent.consent.given.v1")} == {decisions.girl}


@pytest.mark.parametrize("order", [(0, 1, 0, 1), (1, 0, 1), (1, 1, 0)])
def test_after_unlinking_everything_is_as_before(
    decisions: Decisions, again: Decisions, told: Told, order: tuple[int, ...]
) -> None:
    one, other = decisions.decides(), again.decides()
    steps = [(1, {decisions.girl, again.girl}), (2, {decisions.girl}, {again.girl})]
    for step in order:
        told(*steps[step])

    assert (seen(decisions), seen(again)) == ({one["id"]}, {other["id"]})


def test_a_restriction_on_one_record_hides_the_other_and_the_custodian_keeps_both_keys(
    decisions: Decisions, again: Decisions, told: Told
) -> None:
    one, other = decisions.decides(), again.decides()
    told(1, {decisions.girl, again.girl})
    placed = decisions.restricts().body

    assert seen(again) == set()
    assert seen(again, by=PRIVACY_OFFICER) == {one["id"], other["id"]}
    told(2, {decisions.girl}, {again.girl})
    assert seen(again) == {other["id"]}
    assert seen(decisions) == set()
    lifting = {"id": placed["id"], "reason": "The order was lifted"}
    assert decisions.call("lift_restriction", lifting, actor=PRIVACY_OFFICER).status == 200
    assert seen(decisions) == {one["id"]}


def test_a_restriction_placed_before_the_link_reaches_the_other_record_and_the_custodian_with_it(
    decisions: Decisions, again: Decisions, told: Told, in_lane: Any
) -> None:
    one, other = decisions.decides(), again.decides()
    decisions.restricts()
    told(1, {decisions.girl, again.girl})
    told(1, {decisions.girl, again.girl})

    assert seen(again) == set()
    assert seen(again, by=PRIVACY_OFFICER) == {one["id"], other["id"]}
    with in_lane() as work:
        for person in (decisions.girl, again.girl):
            keys = work.grants.live(record=("person", person), grantee="role:privacy_officer")
            assert len(keys) == 1
    told(2, {decisions.girl}, {again.girl})
    with in_lane() as work:
        assert work.grants.live(record=("person", again.girl), grantee="role:privacy_officer") == []


def test_a_linked_record_under_the_other_s_restriction_can_be_given_its_own_by_the_custodian(
    decisions: Decisions, again: Decisions, told: Told
) -> None:
    decisions.restricts()
    told(1, {decisions.girl, again.girl})

    assert again.restricts().status == 200
    told(2, {decisions.girl}, {again.girl})
    assert again.call("record_consent", again.asked(), actor=MENTOR).status == 404


def test_what_is_found_on_a_linked_record_asks_for_the_confirmation_of_what_was_decided_on_this_one(
    decisions: Decisions, again: Decisions, told: Told, clock: Any, in_lane: Any
) -> None:
    consent = decisions.decides(given_by=BY_PARENT)
    told(1, {decisions.girl, again.girl})
    clock.advance(days=1)
    assessed(again)

    with in_lane() as work:
        assert owe_confirmation(work) == 1
    assert due(decisions, why="confirmation") == [(consent["id"], "confirmation")]

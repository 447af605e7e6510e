"""An assessment answers what is owed on every record of the person, for as long as they are linked (CO-3, IN-8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from chassis.clocks import Clock as Deadline
from consent.capacity.answering import meet_answered
from consent.directives.actions import keep_clocks
from services.consent.tests.decisions import SOCIAL_WORKER, Decisions
from services.consent.tests.test_capacity import assessed, found

Told = Callable[..., None]


@pytest.fixture
def again(call: Any, receive: Any, decisions: Decisions) -> Decisions:
    """The girl once more, under another record."""
    return Decisions(call=call, receive=receive)


@pytest.fixture
def met_at(in_lane: Any) -> Callable[[Any], datetime | None]:
    """When what an assessment owes was met, after the timer has looked; None while it is owed."""

    def at(assessment: Any) -> datetime | None:
        with in_lane() as work:
            meet_answered(work)
        with in_lane() as work:
            (owed,) = work.clocks.of(UUID(assessment["id"]))
            assert isinstance(owed, Deadline)
            return owed.met_at

    return at


def when(assessment: Any) -> datetime:
    return datetime.fromisoformat(assessment["assessed_at"])


@pytest.mark.parametrize(
    ("owed", "answer"),
    [
        ({"review_on": "2026-06-03"}, {"findings": found(consequences="not_able")}),
        (
            {"findings": found(consequences="doubtful")},
            {"kind": "full", "outcome": "not_able", "findings": found()},
        ),
    ],
    ids=["a review", "a full assessment"],
)
def test_an_assessment_on_a_linked_record_answers_what_is_owed_on_this_one(
    decisions: Decisions, again: Decisions, told: Told, clock: Any, met_at: Any, owed: Any, answer: Any
) -> None:
    told(1, {decisions.girl, again.girl})
    first = assessed(decisions, **owed)
    clock.advance(days=2)
    assert met_at(first) is None

    second = assessed(again, by=SOCIAL_WORKER, **answer)

    assert met_at(first) == when(second)


def test_a_screen_on_a_linked_record_is_no_full_assessment(
    decisions: Decisions, again: Decisions, told: Told, clock: Any, met_at: Any
) -> None:
    told(1, {decisions.girl, again.girl})
    first = assessed(decisions, findings=found(consequences="doubtful"))
    clock.advance(days=2)

    assessed(again, findings=found(consequences="doubtful"))

    assert met_at(first) is None


def test_a_link_told_after_the_assessment_counts_from_the_day_of_assessing(
    decisions: Decisions, again: Decisions, told: Told, clock: Any, met_at: Any
) -> None:
    first = assessed(decisions, review_on="2026-06-03")
    clock.advance(days=2)
    second = assessed(again)
    clock.advance(days=2)
    assert met_at(first) is None

    told(1, {decisions.girl, again.girl})

    assert met_at(first) == when(second)


def test_an_earlier_answer_that_a_link_brings_counts_and_goes_with_it(
    decisions: Decisions, again: Decisions, told: Told, clock: Any, met_at: Any
) -> None:
    first = assessed(decisions, review_on="2026-06-03")
    clock.advance(days=2)
    there = assessed(again)
    clock.advance(days=2)
    here = assessed(decisions)
    assert met_at(first) == when(here)

    told(1, {decisions.girl, again.girl})
    assert met_at(first) == when(there)
    told(2, {decisions.girl}, {again.girl})
    assert met_at(first) == when(here)


def test_after_unlinking_the_review_is_owed_again_as_on_its_first_day(
    decisions: Decisions, again: Decisions, told: Told, clock: Any, met_at: Any, in_lane: Any, outbox: Any
) -> None:
    first = assessed(decisions, review_on="2026-06-03")
    told(1, {decisions.girl, again.girl})
    clock.advance(days=2)
    assessed(again)
    assert met_at(first) is not None

    told(2, {decisions.girl}, {again.girl})
    told(1, {decisions.girl, again.girl})

    assert met_at(first) is None
    clock.advance(days=100)
    with in_lane() as work:
        keep_clocks(work)
    (breach,) = outbox("consent.clock.breached.v1")
    assert breach.data["subject_id"] == first["id"]
    assert breach.data["due_at"].startswith("2026-06-04T00:00:00")


def test_a_word_that_overtakes_the_link_leaves_the_review_owed(
    decisions: Decisions, again: Decisions, told: Told, clock: Any, met_at: Any
) -> None:
    first = assessed(decisions, review_on="2026-06-03")
    clock.advance(days=2)
    assessed(again)

    told(2, {decisions.girl}, {again.girl})
    told(1, {decisions.girl, again.girl})

    assert met_at(first) is None


def test_a_breach_that_was_announced_before_the_link_was_told_stays_and_is_met_in_time(
    decisions: Decisions, again: Decisions, told: Told, clock: Any, in_lane: Any, met_at: Any, outbox: Any
) -> None:
    first = assessed(decisions, review_on="2026-03-10")
    clock.advance(days=2)
    second = assessed(again)
    clock.advance(days=10)
    with in_lane() as work:
        keep_clocks(work)
    assert len(outbox("consent.clock.breached.v1")) == 1

    told(1, {decisions.girl, again.girl})

    assert met_at(first) == when(second)
    with in_lane() as work:
        (owed,) = work.clocks.of(UUID(first["id"]))
        assert owed.breached_at is not None and owed.met_at < owed.due_at

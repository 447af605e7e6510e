"""Whoever folds the events of consent knows exactly what is open, whatever was decided in which order (CO-1, CO-8)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from chassis.events import Received
from consent.directives.actions import keep_clocks
from services.consent.tests.decisions import MENTOR, SOCIAL_WORKER, Decisions

CATEGORIES = ["identity", "plan", "housing"]
RECIPIENTS = ["organisation:youth-service", "worker:youth-worker"]
SOME = st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=3, unique=True)

STEPS = st.one_of(
    st.tuples(st.just("give"), st.sampled_from(RECIPIENTS), SOME),
    st.tuples(st.just("give_for_a_day"), st.sampled_from(RECIPIENTS), SOME),
    st.tuples(st.just("refuse"), st.sampled_from(RECIPIENTS), SOME),
    st.tuples(st.just("withdraw"), st.integers(0, 2), SOME),
    st.tuples(st.just("a_day_passes"), st.none(), st.none()),
)


def told(events: list[Received]) -> dict[str, tuple[str, frozenset[str]]]:
    """What a listener holds open: for each consent its recipient and categories, by the plain meaning of the events."""
    held: dict[str, tuple[str, frozenset[str]]] = {}
    for event in events:
        name = event.data.get("consent_id")
        match event.key:
            case "consent.consent.given.v1":
                held[name] = (event.data["recipient"], frozenset(event.data["categories"]))
            case "consent.consent.withdrawn.v1" | "consent.consent.expired.v1":
                held.pop(name, None)
            case "consent.consent.refused.v1":
                for other, (recipient, categories) in list(held.items()):
                    if recipient == event.data["recipient"]:
                        held[other] = (recipient, categories - set(event.data["categories"]))
    return {name: each for name, each in held.items() if each[1]}


class Model:
    """The simplest thing that could be meant: a list of consents, each with what it still opens."""

    def __init__(self) -> None:
        self.open: list[dict[str, Any]] = []
        self.day = 0

    def give(self, consent_id: str, recipient: str, categories: list[str], *, until: int | None) -> None:
        self.open.append({"id": consent_id, "to": recipient, "what": set(categories), "until": until})

    def refuse(self, recipient: str, categories: list[str]) -> None:
        for each in self.open:
            if each["to"] == recipient:
                each["what"] -= set(categories)

    def pass_a_day(self) -> None:
        self.day += 1
        for each in self.open:
            if each["until"] is not None and each["until"] <= self.day:
                each["what"] = set()

    def held(self) -> dict[str, tuple[str, frozenset[str]]]:
        return {each["id"]: (each["to"], frozenset(each["what"])) for each in self.open if each["what"]}


# Without shrinking: each step is a real transaction, and a failing list of ten steps is short enough to read.
@settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(STEPS, min_size=4, max_size=10))
def test_what_is_published_adds_up_to_what_is_open(
    decisions: Decisions, outbox: Any, clock: Any, in_lane: Any, receive: Any, steps: list[Any]
) -> None:
    decisions.__post_init__()
    model, before = Model(), len(outbox())
    for step, what, categories in steps:
        clock.advance(seconds=1)
        _take(step, what, categories, decisions=decisions, model=model, clock=clock, in_lane=in_lane)
        _follow_refusals(outbox()[before:], receive)
    assert told(outbox()[before:]) == model.held()
    for each in model.open:
        seen = decisions.read(each)
        assert set(seen["live_categories"]) == each["what"]
        assert (seen["state"] == "given") == bool(each["what"])


def _take(
    step: str, what: Any, categories: Any, *, decisions: Decisions, model: Model, clock: Any, in_lane: Any
) -> None:
    if step in ("give", "give_for_a_day"):
        until = clock.now.replace(hour=23).isoformat() if step == "give_for_a_day" else None
        given_now = decisions.decides(to=what, categories=categories, valid_until=until)
        model.give(given_now["id"], what, categories, until=model.day + 1 if until else None)
    elif step == "refuse":
        decisions.decides(
            actor=SOCIAL_WORKER, to=what, categories=categories, decision="refused", explanation=...
        )
        model.refuse(what, categories)
    elif step == "withdraw" and what < len(model.open):
        target = model.open[what]
        closing = sorted(target["what"] & set(categories))
        if closing:
            asked = {"id": target["id"], "categories": closing}
            assert decisions.call("withdraw_consent", asked, actor=MENTOR).status == 200
            target["what"] -= set(closing)
    elif step == "a_day_passes":
        clock.advance(days=1)
        model.pass_a_day()
        with in_lane() as work:
            keep_clocks(work)


def _follow_refusals(events: list[Received], receive: Callable[..., Any]) -> None:
    """Let the lane follow every refusal so far; following one twice changes nothing."""
    for event in events:
        if event.key == "consent.consent.refused.v1":
            receive(event.key, subject=event.subject, data=event.data)


def test_two_withdrawals_at_once_are_one_withdrawal(decisions: Decisions, outbox: Any) -> None:
    consent = decisions.decides()
    together = Barrier(2)

    def withdraw(_: int) -> int:
        together.wait(timeout=10)
        answer = decisions.call("withdraw_consent", {"id": consent["id"]}, actor=MENTOR)
        return int(answer.status)

    with ThreadPoolExecutor(max_workers=2) as pool:
        statuses = sorted(pool.map(withdraw, range(2)))

    assert statuses == [200, 409]
    assert len(outbox("consent.consent.withdrawn.v1")) == 1

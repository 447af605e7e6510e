"""Of two decisions the later one stands in every service, in whichever order their news arrives (CO-1, CO-8)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from chassis import consented
from chassis.access.model import Grant
from chassis.events import Received
from chassis.ids import new_id
from chassis.testing import Clock, ServiceDatabase
from chassis.work import Work

pytestmark = pytest.mark.postgres

InLane = Callable[[], AbstractContextManager[Work]]
RECIPIENTS = ["organisation:school", "worker:officer"]
CATEGORIES = ["health", "housing", "identity"]
SOME = st.lists(st.sampled_from(CATEGORIES), min_size=1, unique=True)
DECISIONS = st.lists(
    st.one_of(
        st.tuples(st.just("given"), st.sampled_from(RECIPIENTS), SOME),
        st.tuples(st.just("refused"), st.sampled_from(RECIPIENTS), SOME),
        st.tuples(
            st.just("withdrawal_declared"), st.sampled_from([None, *RECIPIENTS]), st.one_of(SOME, st.just([]))
        ),
    ),
    min_size=2,
    max_size=7,
)
Opened = set[tuple[str, str, str]]


def hear(in_lane: InLane, kind: str, data: dict[str, Any], at: datetime) -> None:
    with in_lane() as work:
        told = Received(
            id=new_id(),
            key=f"consent.{kind}.v1",
            source="consent",
            subject="",
            version=None,
            time=at,
            data=data,
        )
        getattr(consented, kind)(work, event=told)


def told(kind: str, to: str | None, categories: list[str], *, person: str, at: datetime) -> dict[str, Any]:
    if kind == "withdrawal_declared":
        return {
            "withdrawal_id": str(new_id()),
            "person_ids": [person],
            "recipient": to,
            "categories": categories,
            "at": at.isoformat(),
        }
    return {
        "consent_id": str(new_id()),
        "person_id": person,
        "recipient": to,
        "categories": categories,
        "purposes": ["care"],
        "valid_from": at.isoformat(),
        "valid_until": None,
        "recorded_at": at.isoformat(),
    }


def what_follows(
    decisions: list[tuple[str, str | None, list[str], dict[str, Any]]],
) -> list[tuple[str, dict[str, Any]]]:
    """The endings of each consent, as the consent service tells them after the decision that ended it."""
    open_now: dict[str, set[str]] = {}
    given_by_id: dict[str, dict[str, Any]] = {}
    events: list[tuple[str, dict[str, Any]]] = []
    for kind, to, categories, data in decisions:
        events.append((kind, data))
        if kind == "given":
            open_now[data["consent_id"]], given_by_id[data["consent_id"]] = set(categories), data
            continue
        closing = set(categories or CATEGORIES)
        for name, left in open_now.items():
            first = given_by_id[name]
            if left & closing and to in (None, first["recipient"]):
                left -= closing
                events.append(("withdrawn", {"consent_id": name, "person_id": first["person_id"], "at": "-"}))
                if left:
                    events.append(("given", {**first, "categories": sorted(left)}))
    return events


def subject(event: tuple[str, dict[str, Any]]) -> str:
    return str(event[1].get("withdrawal_id") or event[1]["consent_id"])


def open_by_grants(in_lane: InLane, person: str) -> Opened:
    with in_lane() as work:
        held = select(Grant).where(Grant.record_id == UUID(person), Grant.ended_at.is_(None))
        return {
            (str(each.reference), each.grantee, code)
            for each in work.session.scalars(held)
            for code in each.categories
        }


@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(decisions=DECISIONS, data=st.data())
def test_every_order_in_which_the_news_may_arrive_ends_alike(
    database: ServiceDatabase, in_lane: InLane, clock: Clock, decisions: list[Any], data: Any
) -> None:
    database.clear()
    person, at = str(new_id()), clock.now - timedelta(hours=1)
    made = [
        (kind, to, categories, told(kind, to, categories, person=person, at=at + timedelta(minutes=place)))
        for place, (kind, to, categories) in enumerate(decisions)
    ]
    in_order = what_follows(made)
    waiting: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for each in in_order:
        waiting.setdefault(subject(each), []).append(each)
    while waiting:
        name = data.draw(st.sampled_from(sorted(waiting)))
        kind, heard = waiting[name].pop(0)
        if not waiting[name]:
            del waiting[name]
        hear(in_lane, kind, heard, clock.now)

    expected: Opened = set()
    for kind, heard in in_order:
        if kind in ("given", "withdrawn"):
            expected = {each for each in expected if each[0] != heard["consent_id"]}
        if kind == "given":
            expected |= {(heard["consent_id"], heard["recipient"], code) for code in heard["categories"]}
    assert open_by_grants(in_lane, person) == expected


def test_one_event_ends_a_thousand_grants_and_what_followed_from_them(
    database: ServiceDatabase, in_lane: InLane, clock: Clock
) -> None:
    person, record = new_id(), new_id()
    with in_lane() as work:
        for place in range(1000):
            consent = new_id()
            for kind, each in (("person", person), ("assessment", record)):
                work.grants.give(
                    grantee=f"team:{place}",
                    record=(kind, each),
                    categories=["health"],
                    basis="consent",
                    reference=consent,
                )
    clock.advance(seconds=1)

    taken_back = told("withdrawal_declared", None, [], person=str(person), at=clock.now)
    hear(in_lane, "withdrawal_declared", taken_back, clock.now)

    with in_lane() as work:
        assert work.grants.live(record=("person", person)) == []
        assert work.grants.live(record=("assessment", record)) == []


def test_a_grant_that_is_to_begin_is_taken_back_too_and_one_that_stays_begins_when_it_was_to(
    database: ServiceDatabase, in_lane: InLane, clock: Clock
) -> None:
    person, begins = str(new_id()), (clock.now + timedelta(days=2)).isoformat()
    given_now = told("given", "organisation:school", ["health", "housing"], person=person, at=clock.now)
    hear(in_lane, "given", {**given_now, "valid_from": begins}, clock.now)
    clock.advance(minutes=1)

    taken_back = told("withdrawal_declared", None, ["health"], person=person, at=clock.now)
    hear(in_lane, "withdrawal_declared", taken_back, clock.now)

    with in_lane() as work:
        held = select(Grant).where(Grant.record_id == UUID(person), Grant.ended_at.is_(None))
        (stays,) = work.session.scalars(held).all()
        assert (stays.categories, stays.valid_from.isoformat()) == (["housing"], begins)

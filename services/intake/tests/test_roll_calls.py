"""Everybody whom intake holds is told, in parts, to a service that asks (IN-7, CO-5)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from intake.people.roll_call import actions
from intake.people.roll_call.actions import call_the_roll

LISTED = "intake.person.listed.v1"


@pytest.fixture
def asked(receive) -> Any:
    """A service asks for everybody; the identifier under which it did."""

    def told(roll_call_id: UUID | None = None) -> UUID:
        roll_call_id = roll_call_id or uuid4()
        data = {"roll_call_id": roll_call_id}
        receive("cases.roll_call.wanted.v1", subject=roll_call_id, data=data)
        return roll_call_id

    return told


@pytest.fixture
def called(in_lane, outbox) -> Any:
    """`called()` lets the timer run once and gives what it told, each part with its subject."""

    def told() -> list[tuple[str, dict[str, Any]]]:
        before = len(outbox(LISTED))
        with in_lane() as work:
            count = call_the_roll(work)
        fresh = [(each.subject, each.data) for each in outbox(LISTED)[before:]]
        assert sum(len(data["person_ids"]) for _, data in fresh) == count
        return fresh

    return told


def recorded(desk, count: int) -> list[str]:
    return sorted(desk.person(given=f"Person {number}")["id"] for number in range(count))


def test_nobody_is_told_before_somebody_asks(desk, called):
    recorded(desk, 2)
    assert called() == []


def test_everybody_is_told_once_and_then_no_more(desk, asked, called):
    everybody = recorded(desk, 3)
    roll_call = str(asked())
    whole = {"roll_call_id": roll_call, "after": None, "person_ids": everybody, "last": True}
    assert called() == [(roll_call, whole)]
    assert called() == []


def test_an_empty_house_says_that_this_was_everybody(asked, called):
    roll_call = str(asked())
    whole = {"roll_call_id": roll_call, "after": None, "person_ids": [], "last": True}
    assert called() == [(roll_call, whole)]


@pytest.mark.parametrize("count", [4, 5, 6])
def test_it_goes_on_where_it_stopped_and_only_the_end_is_last(desk, asked, called, monkeypatch, count):
    monkeypatch.setattr(actions, "A_PART", 2)
    monkeypatch.setattr(actions, "PARTS_AT_ONCE", 2)
    everybody = recorded(desk, count)
    asked()
    rounds = [called() for _ in range(3)]
    parts = [data for each in rounds for _, data in each]
    assert [person for data in parts for person in data["person_ids"]] == everybody
    ends = [data["person_ids"][-1] for data in parts[:-1]]
    assert [data["after"] for data in parts] == [None, *ends]
    assert [data["last"] for data in parts] == [False] * (len(parts) - 1) + [True]
    assert rounds[-1] == [] or count == 6
    assert max(len(each) for each in rounds) <= 2


def test_asked_twice_the_oldest_goes_first_and_each_is_told_everybody(desk, asked, called, clock):
    everybody = recorded(desk, 2)
    first = asked()
    clock.advance(minutes=1)
    second = asked()
    assert asked(first) == first
    for roll_call in (first, second):
        ((subject, data),) = called()
        assert (subject, data["person_ids"]) == (str(roll_call), everybody)
    assert called() == []


def test_who_is_restricted_is_told_as_everybody_is(desk, asked, called, receive):
    """Whoever follows keeps them hidden; it has to know that they are there."""
    (girl,) = recorded(desk, 1)
    data = {"person_id": girl, "restriction_id": uuid4()}
    receive("consent.restriction.placed.v1", subject=girl, data=data)
    asked()
    assert called()[0][1]["person_ids"] == [girl]

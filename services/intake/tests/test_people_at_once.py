"""Workers who amend one record, or two that belong together, at the same moment (IN-7)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from services.intake.tests.people_desk import HEALTH_NUMBER, PHONE, history, read, tell


@pytest.fixture
def at_once():
    """Carry steps out in parallel, each in its own transaction, and give the codes of what was refused."""

    def done(*steps):
        with ThreadPoolExecutor(max_workers=len(steps)) as workers:
            answers = list(workers.map(lambda step: step(), steps))
        return sorted(answer.body["code"] for answer in answers if answer.status != 200)

    return done


def test_the_same_identifier_told_twice_at_once_stands_there_once(desk, at_once):
    for _ in range(3):
        person = desk.person()
        step = lambda: tell(desk, "add_identifier", person, **HEALTH_NUMBER)  # noqa: B023, E731
        assert at_once(step, step) == ["identifier_known_already"]
        assert len(read(desk, person)["identifiers"]) == 1


def test_different_things_told_at_once_are_all_kept_and_each_is_in_the_history(desk, at_once):
    person = desk.person()
    numbers = [f"250 555 01{place:02}" for place in range(4)]
    steps = [
        lambda number=number: tell(desk, "add_contact_point", person, **{**PHONE, "value": number})
        for number in numbers
    ]
    assert at_once(*steps) == []
    assert sorted(point["value"] for point in read(desk, person)["contact_points"]) == numbers
    told = [
        change["after"]["value"] for change in history(desk, person) if change["field"] == "contact_points"
    ]
    assert sorted(told) == numbers
    assert read(desk, person)["version"] == 5


def test_two_who_amend_what_both_read_end_with_one_amendment_and_one_told_to_read_again(desk, at_once):
    person = desk.person()
    steps = [
        lambda word=word: tell(desk, "amend_person", person, if_match='"1"', gender=word)
        for word in ("a", "b")
    ]
    assert at_once(*steps) == ["stale_version"]
    assert read(desk, person)["version"] == 2


def test_two_who_tell_opposite_things_of_two_records_make_nobody_their_own_ancestor(desk, at_once):
    for _ in range(3):
        one, other = desk.person(given="One"), desk.person(given="Other")
        there = lambda: tell(desk, "add_relationship", one, kind="mother", other_id=other["id"])  # noqa: B023, E731
        back = lambda: tell(desk, "add_relationship", other, kind="mother", other_id=one["id"])  # noqa: B023, E731
        assert at_once(there, back) == ["own_ancestor"]
        assert len(read(desk, one)["relationships"]) == 1


def test_relationships_told_of_two_records_from_both_sides_at_once_do_not_wait_for_each_other_for_ever(
    desk, at_once
):
    for _ in range(3):
        one, other = desk.person(given="One"), desk.person(given="Other")
        there = lambda: tell(desk, "add_relationship", one, kind="friend", other_id=other["id"])  # noqa: B023, E731
        back = lambda: tell(desk, "add_relationship", other, kind="friend", other_id=one["id"])  # noqa: B023, E731
        assert at_once(there, back, there, back) == ["relationship_known_already"] * 2
        assert len(read(desk, one)["relationships"]) == 2

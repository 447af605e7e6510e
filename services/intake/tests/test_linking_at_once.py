"""Workers who judge at the same moment end in one consistent state, and none is told of a technical reason (IN-8)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis import same_person
from intake.linking.model import SAME, parts
from intake.linking.queries import standing

RULES = {"linked_already", "told_apart", "told_apart_already", "taken_back_already"}


@pytest.fixture
def at_once():
    """Carry steps out in parallel, each in its own transaction, and give the codes of what was refused."""

    def done(*steps):
        with ThreadPoolExecutor(max_workers=len(steps)) as workers:
            answers = list(workers.map(lambda step: step(), steps))
        return sorted(answer.body["code"] for answer in answers if answer.status != 200)

    return done


@pytest.fixture
def consistent(in_lane):
    """The clusters as kept, which are those that the standing links make, and hold no pair told apart."""

    def clusters(persons):
        ids = [UUID(each) for each in persons]
        with in_lane() as work:
            kept = same_person.members_of_each(work.session, ids)
            judged = standing(work, ids)
        links = [(each.one_id, each.other_id) for each in judged if each.kind == SAME]
        made = parts(ids, links)
        assert sorted(set(kept.values()), key=min) == made
        assert len(links) == len(ids) - len(made), "a forest has one link less than records, in each cluster"
        for each in judged:
            assert each.kind == SAME or kept[each.one_id] != kept[each.other_id]
        return [set(map(str, cluster)) for cluster in made]

    return clusters


def test_two_workers_who_link_the_same_records_make_one_link(linking, at_once, consistent):
    for _ in range(5):
        one, other = linking.persons(2)
        codes = at_once(lambda: linking.link(one, other), lambda: linking.link(other, one))  # noqa: B023
        assert codes == ["linked_already"]
        assert consistent([one, other]) == [{one, other}]


def test_chains_linked_in_opposite_orders_become_one_cluster(linking, at_once, consistent):
    for _ in range(3):
        persons = linking.persons(5)
        there = [lambda pair=pair: linking.link(*pair) for pair in pairwise(persons)]
        back = [lambda pair=pair: linking.link(*pair) for pair in pairwise(persons[::-1])]
        codes = at_once(*there, *back)
        assert codes == ["linked_already"] * 4
        assert consistent(persons) == [set(persons)]


def test_a_ring_closed_by_three_workers_at_once_stays_without_a_second_way(linking, at_once, consistent):
    for _ in range(5):
        one, two, three = linking.persons(3)
        codes = at_once(
            lambda: linking.link(one, two),  # noqa: B023
            lambda: linking.link(two, three),  # noqa: B023
            lambda: linking.link(three, one),  # noqa: B023
        )
        assert codes == ["linked_already"]
        assert consistent([one, two, three]) == [{one, two, three}]


def test_linking_and_telling_apart_at_once_is_decided_for_one_of_them(linking, at_once, consistent):
    for _ in range(5):
        one, two, three, four = linking.persons(4)
        linking.linked(one, two)
        linking.linked(three, four)
        codes = at_once(
            lambda: linking.link(one, three),  # noqa: B023
            lambda: linking.tell_apart(two, four),  # noqa: B023
        )
        assert codes in (["linked_already"], ["told_apart"])
        consistent([one, two, three, four])


def test_linking_while_a_link_is_taken_back_loses_neither(linking, at_once, consistent):
    for _ in range(5):
        one, two, three, four = linking.persons(4)
        link = linking.linked(one, two)
        codes = at_once(
            lambda: linking.unlink(link),  # noqa: B023
            lambda: linking.link(two, three),  # noqa: B023
            lambda: linking.link(one, four),  # noqa: B023
        )
        assert codes == []
        assert consistent([one, two, three, four]) == [{one, four}, {two, three}]


def test_a_link_taken_back_by_two_workers_is_taken_back_once(linking, at_once, consistent):
    one, other = linking.persons(2)
    link = linking.linked(one, other)
    assert at_once(*[lambda: linking.unlink(link)] * 3) == ["taken_back_already"] * 2
    assert consistent([one, other]) == [{one}, {other}]


def test_a_restriction_placed_while_records_are_linked_reaches_both_or_stops_the_link(
    linking, desk, at_once, database
):
    class Done:
        status = 200

    def restrict(person):
        desk.restrict({"id": person})
        return Done

    for _ in range(6):
        one, other = linking.persons(2)
        codes = at_once(lambda: linking.link(one, other), lambda: restrict(other))  # noqa: B023
        with database.owner.connect() as connection:
            shut = set(map(str, connection.execute(text("SELECT person_id FROM restrictions")).scalars()))
        assert (one in shut) is (codes == [])
        assert other in shut
        assert codes in ([], ["not_found"])


def test_many_at_once_in_any_order_are_told_rules_only(linking, at_once, consistent):
    persons = linking.persons(6)
    pairs = [(one, other) for one in persons[:4] for other in persons[2:] if one != other]
    steps = [
        (lambda pair=pair: linking.tell_apart(*pair))
        if number % 5 == 0
        else (lambda pair=pair: linking.link(*pair))
        for number, pair in enumerate(pairs)
    ]
    assert set(at_once(*steps[:8])) | set(at_once(*steps[8:])) <= RULES
    consistent(persons)


def test_a_worker_whose_transaction_the_database_gives_up_for_another_is_served_all_the_same(
    linking, in_lane, consistent
):
    one, other = sorted(linking.persons(2), key=lambda each: same_person._key(UUID(each)))
    with ThreadPoolExecutor(max_workers=1) as workers:
        with in_lane() as work:
            same_person.hold(work.session, [UUID(other)])
            linking_them = workers.submit(linking.link, one, other)
            while not work.session.scalar(
                text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            ):
                assert not linking_them.done()
            same_person.hold(work.session, [UUID(one)])  # each now waits for the other
        assert linking_them.result().status == 200
    assert consistent(sorted([one, other])) == [{one, other}]

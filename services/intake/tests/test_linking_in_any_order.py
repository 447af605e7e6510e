"""Whatever is judged, in whatever order: clusters are a partition, and unlinking undoes linking (IN-8, CO-5)."""

from __future__ import annotations

import random
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from chassis import same_person
from chassis.access import Restriction
from services.intake.tests.front_desk import good, refused

RECORDS = st.integers(0, 5)


class Union:
    """What should be true, by the simplest means: who is reached from whom along the pairs that are linked."""

    def __init__(self, records):
        self.records = list(records)
        self.links = {}
        self.apart = {}

    def cluster(self, record):
        reached, edge = set(), {record}
        while edge:
            reached |= edge
            edge = {other for pair in self.links.values() if pair & edge for other in pair} - reached
        return frozenset(reached)

    def clusters(self):
        return {self.cluster(each) for each in self.records}

    def told_apart(self, one, other):
        return any(
            len(pair & self.cluster(one)) == 1 and len(pair & self.cluster(other)) == 1
            for pair in self.apart.values()
        )


@pytest.mark.timeout(300)
def test_links_and_distinctions_in_any_order_keep_a_partition_that_is_the_simple_union(
    linking, desk, in_lane, outbox
):
    class Desk(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.persons = linking.persons(6)
            self.model = Union(self.persons)
            self.restricted = set()

        def out_of_reach(self, *records):
            return any(self.restricted & self.model.cluster(each) for each in records)

        def expected(self, one, other, *, link):
            if one == other:
                return "one_record"
            if self.out_of_reach(one, other):
                return "not_found"
            if self.model.cluster(one) == self.model.cluster(other):
                return "linked_already"
            if link and self.model.told_apart(one, other):
                return "told_apart"
            if not link and {one, other} in self.model.apart.values():
                return "told_apart_already"
            return None

        @rule(one=RECORDS, other=RECORDS, undo=st.booleans())
        def link(self, one, other, undo):
            one, other = self.persons[one], self.persons[other]
            expected = self.expected(one, other, link=True)
            answer = linking.link(one, other)
            if expected:
                assert refused(answer) == expected
                return
            before = self.model.clusters()
            self.model.links[good(answer)["id"]] = frozenset({one, other})
            if undo:
                self.unlink_one(answer.body["id"])
                assert self.model.clusters() == before

        @rule(which=st.integers(0, 9))
        def unlink(self, which):
            if self.model.links:
                self.unlink_one(sorted(self.model.links)[which % len(self.model.links)])

        def unlink_one(self, link):
            answer = linking.unlink(link)
            if self.out_of_reach(*self.model.links[link]):
                assert refused(answer) == "not_found"
                return
            good(answer)
            pair = self.model.links.pop(link)
            assert self.model.cluster(min(pair)) != self.model.cluster(max(pair))

        @rule(one=RECORDS, other=RECORDS)
        def tell_apart(self, one, other):
            one, other = self.persons[one], self.persons[other]
            expected = self.expected(one, other, link=False)
            answer = linking.tell_apart(one, other)
            if expected:
                assert refused(answer) == expected
            else:
                self.model.apart[good(answer)["id"]] = frozenset({one, other})

        @rule(which=st.integers(0, 9))
        def take_back(self, which):
            if not self.model.apart:
                return
            judgement = sorted(self.model.apart)[which % len(self.model.apart)]
            answer = linking.take_back(judgement)
            if self.out_of_reach(*self.model.apart[judgement]):
                assert refused(answer) == "not_found"
                return
            good(answer)
            del self.model.apart[judgement]

        @rule(which=RECORDS)
        def restrict(self, which):
            if len(self.restricted) < 2:
                desk.restrict({"id": self.persons[which]})
                self.restricted.add(self.persons[which])

        @rule()
        def lift(self):
            if self.restricted:
                desk.lift({"id": self.restricted.pop()})

        @invariant()
        def kept_clusters_are_the_simple_union(self):
            with in_lane() as work:
                kept = same_person.members_of_each(work.session, [UUID(each) for each in self.persons])
            told = {str(person): frozenset(map(str, cluster)) for person, cluster in kept.items()}
            assert told == {each: self.model.cluster(each) for each in self.persons}
            assert sorted(each for cluster in set(told.values()) for each in cluster) == sorted(self.persons)

        @invariant()
        def nobody_is_with_somebody_from_whom_they_were_told_apart(self):
            assert not any(
                pair <= cluster for pair in self.model.apart.values() for cluster in self.model.clusters()
            )

        @invariant()
        def a_restriction_counts_for_whole_clusters_and_nobody_else(self):
            mine = [UUID(each) for each in self.persons]
            with in_lane() as work:
                found = work.session.scalars(
                    select(Restriction.person_id).where(Restriction.person_id.in_(mine))
                )
                assert set(map(str, found)) == {each for each in self.persons if self.out_of_reach(each)}

        def teardown(self):
            """Who follows the events in any order, some twice, ends with the same clusters."""
            told = [each.data for each in outbox() if ".linked." in each.key or ".unlinked." in each.key]
            mine = [each for each in told if each["clusters"][0]["person_ids"][0] in self.persons]
            mixed = [*mine, *mine[::2]]
            random.Random(len(mixed)).shuffle(mixed)
            newest: dict[str, tuple[int, frozenset[str]]] = {}
            for each in mixed:
                for cluster in each["clusters"]:
                    for person in cluster["person_ids"]:
                        if newest.get(person, (0,))[0] < each["revision"]:
                            newest[person] = (each["revision"], frozenset(cluster["person_ids"]))
            followed = {each: newest.get(each, (0, frozenset({each})))[1] for each in self.persons}
            assert followed == {each: self.model.cluster(each) for each in self.persons}

    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            phases=[Phase.generate],  # shrinking would call the doors for minutes
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

"""Whoever follows links knows the same clusters, in whatever order they are told; so do restrictions (IN-8, CO-5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text

from chassis import same_person
from chassis.access import Restriction
from chassis.access.predicate import condition
from chassis.database import Base
from chassis.events import Event, Received, event
from chassis.ids import new_id
from chassis.same_person import SamePerson
from chassis.work import Work

pytestmark = pytest.mark.postgres

InLane = Callable[[], AbstractContextManager[Work]]
Told = tuple[int, list[list[UUID]]]


@dataclass
class Judges:
    """Who judges: makes and parts clusters, and tells of each change."""

    persons: list[UUID]
    cluster_of: dict[UUID, frozenset[UUID]] = field(default_factory=dict)
    revision_of: dict[UUID, int] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cluster_of = {person: frozenset({person}) for person in self.persons}

    def join(self, one: UUID, other: UUID) -> None:
        if self.cluster_of[one] != self.cluster_of[other]:
            self._tell([self.cluster_of[one] | self.cluster_of[other]])

    def part(self, person: UUID) -> None:
        rest = self.cluster_of[person] - {person}
        if rest:
            self._tell([frozenset({person}), rest])

    def _tell(self, clusters: list[frozenset[UUID]]) -> None:
        touched = [person for cluster in clusters for person in cluster]
        revision = 1 + max(self.revision_of.get(person, 0) for person in touched)
        for cluster in clusters:
            for person in cluster:
                self.cluster_of[person], self.revision_of[person] = cluster, revision
        self.told.append((revision, [sorted(cluster) for cluster in clusters]))


def hear(work: Work, told: Told) -> None:
    revision, clusters = told
    data = {
        "link_id": new_id(),
        "revision": revision,
        "clusters": [{"main_person_id": min(each), "person_ids": each} for each in clusters],
    }
    said = Event(key="intake.person.linked.v1", subject="link", data=event("any", subject="", data=data).data)
    same_person.followed(
        work,
        event=Received(
            id=said.id,
            key=said.key,
            source="intake",
            subject="link",
            version=None,
            time=said.time,
            data=said.data,
        ),
    )


def restricted(work: Work) -> set[UUID]:
    return set(work.session.scalars(select(Restriction.person_id)))


def clusters(work: Work, persons: Iterable[UUID]) -> dict[UUID, frozenset[UUID]]:
    return same_person.members_of_each(work.session, list(persons))


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("join"), st.integers(0, 5), st.integers(0, 5)),
        st.tuples(st.just("part"), st.integers(0, 5), st.just(0)),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@example(steps=[("join", 0, 1), ("part", 1, 0), ("join", 0, 2)], order=[2, 0, 1], shut={0}, often=[0])
@given(
    steps=STEPS,
    order=st.permutations(range(12)),
    shut=st.sets(st.integers(0, 5), max_size=2),
    often=st.lists(st.integers(0, 11), max_size=4),
)
def test_followers_end_with_the_same_clusters_and_restrictions_whatever_the_order(
    in_lane: InLane,
    steps: list[tuple[str, int, int]],
    order: list[int],
    shut: set[int],
    often: list[int],
) -> None:
    judges = Judges(sorted(new_id() for _ in range(6)))
    for what, one, other in steps:
        if what == "join":
            judges.join(judges.persons[one], judges.persons[other])
        else:
            judges.part(judges.persons[one])
    heard = [judges.told[each] for each in [*order, *often] if each < len(judges.told)]
    once_true = {frozenset(cluster) for _, told in judges.told for cluster in told}
    placed = {judges.persons[each] for each in shut}
    with in_lane() as work:
        work.session.execute(delete(Restriction))
        for person in placed:
            work.restrict(person)
    for told in heard:
        with in_lane() as work:
            hear(work, told)
            for cluster in clusters(work, judges.persons).values():
                assert len(cluster) == 1 or any(cluster <= each for each in once_true)
    with in_lane() as work:
        assert clusters(work, judges.persons) == judges.cluster_of
        assert restricted(work) == {
            person for person, cluster in judges.cluster_of.items() if cluster & placed
        }
        for person in placed:
            work.unrestrict(person)
        assert restricted(work) == set()


def test_who_was_never_linked_is_alone_and_leaves_no_row(in_lane: InLane, database: Any) -> None:
    person = new_id()
    with in_lane() as work:
        assert same_person.members(work.session, person) == {person}
        work.restrict(person)
        work.unrestrict(person)
        assert work.session.scalars(select(SamePerson)).all() == []


def test_an_older_word_changes_nothing(in_lane: InLane, database: Any) -> None:
    one, two, three = sorted(new_id() for _ in range(3))
    with in_lane() as work:
        hear(work, (2, [[one, two]]))
        hear(work, (1, [[one, three]]))
        assert same_person.members(work.session, one) == {one, two}
        assert same_person.members(work.session, three) == {three}


def test_the_restriction_of_one_record_ends_for_the_others_when_they_part(
    in_lane: InLane, database: Any
) -> None:
    one, two = sorted(new_id() for _ in range(2))
    with in_lane() as work:
        hear(work, (1, [[one, two]]))
        work.restrict(two)
        assert restricted(work) == {one, two}
        hear(work, (2, [[one], [two]]))
        assert restricted(work) == {two}
        work.unrestrict(two)
        assert restricted(work) == set()


def test_a_record_s_own_restriction_outlives_the_link_and_the_other_s(in_lane: InLane, database: Any) -> None:
    one, two = sorted(new_id() for _ in range(2))
    with in_lane() as work:
        work.restrict(one)
        hear(work, (1, [[one, two]]))
        work.restrict(two)
        work.unrestrict(one)
        assert restricted(work) == {one, two}
        hear(work, (2, [[one], [two]]))
        assert restricted(work) == {two}


def test_whoever_holds_a_cluster_keeps_others_from_changing_it(in_lane: InLane, database: Any) -> None:
    one, two = sorted(new_id() for _ in range(2))
    with in_lane() as holding:
        same_person.hold(holding.session, [one])
        with in_lane() as other:
            tried = other.session.scalar(
                text("SELECT pg_try_advisory_xact_lock(:space, :key)"),
                {"space": same_person._LOCK, "key": same_person._key(one)},
            )
            assert tried is False
            assert same_person.hold(other.session, [two]) == {two: frozenset({two})}


def test_a_record_that_is_not_linked_costs_the_predicate_nothing() -> None:
    """Restrictions of linked records are rows of their own, so what is asked of each row is what was asked before."""
    models = [mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__protected__ is not None]
    assert len(models) >= 2
    for model in models:
        assert "same_persons" not in condition(model) + condition(model, writing=True)

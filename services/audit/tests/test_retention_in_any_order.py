"""Holds, releases, orders, erasures, links and new entries in any order end as a plain model says (AU-8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some
from sqlalchemy import select

from audit.entries.model import Entry
from audit.log.examination import examine
from audit.log.queries import sealed_size
from audit.retention.actions import ORDERS_AT_ONCE
from audit.verifier import verify
from services.audit.tests.builders import LONG_AGO, an_access

pytestmark = pytest.mark.postgres

PEOPLE, CASES = 3, 1
_person = some.integers(0, PEOPLE - 1)
_steps = some.lists(
    some.one_of(
        some.tuples(some.just("order"), _person),
        some.tuples(some.just("erase")),
        some.tuples(some.just("hold"), _person),
        some.tuples(some.just("release"), some.integers(0, 9)),
        some.tuples(some.just("link"), _person, _person),
        some.tuples(some.just("unlink"), _person),
        some.tuples(some.just("hold_case")),
        some.tuples(some.just("append"), some.sets(_person, max_size=2), some.booleans()),
    ),
    min_size=8,
    max_size=16,
)


@dataclass
class Model:
    """What ought to be there, without a database: entries, standing holds, who is one person, orders that wait."""

    people: list[UUID]
    case: UUID
    entries: dict[UUID, tuple[set[UUID], bool]] = field(default_factory=dict)
    erased: set[UUID] = field(default_factory=set)
    holds: dict[str, UUID] = field(default_factory=dict)
    clusters: list[set[UUID]] = field(default_factory=list)
    waiting: list[set[UUID]] = field(default_factory=list)

    def cluster(self, person: UUID) -> set[UUID]:
        return next((each for each in self.clusters if person in each), {person})

    def held(self, entry: UUID) -> bool:
        persons, in_case = self.entries[entry]
        reached = set().union(*(self.cluster(record) for record in self.holds.values()))
        return bool(persons & reached) or (in_case and self.case in self.holds.values())

    def may_be_ordered(self, person: UUID) -> set[UUID]:
        waiting = set().union(*self.waiting)
        return {
            entry
            for entry, (persons, _) in self.entries.items()
            if persons == {person} and entry not in self.erased | waiting and not self.held(entry)
        }

    def carry_out(self) -> None:
        for order in self.waiting:
            self.erased |= {entry for entry in order if not self.held(entry)}
        self.waiting.clear()


@dataclass
class House:
    """The service, and the model beside it: each step is taken with both."""

    model: Model
    told: Callable[..., Any]
    sealed: Callable[[], None]
    linked: Callable[..., None]
    hold: Callable[..., Any]
    release: Callable[[str], Any]
    give_order: Callable[[UUID], Any]
    own_taken: Callable[[], None]
    carry_out: Callable[[], int]
    revision: int = 0

    def append(self, whom: set[int], in_case: bool) -> None:
        persons, entry = {self.model.people[each] for each in whom}, uuid4()
        case = self.model.case if in_case else None
        self.told(an_access(at=LONG_AGO, to=tuple(sorted(persons)), case=case, entry_id=entry))
        self.sealed()
        self.model.entries[entry] = (persons, in_case)

    def hold_person(self, whom: int) -> None:
        placed = self.hold(self.model.people[whom])
        self.model.holds[placed.body["id"]] = self.model.people[whom]

    def hold_case(self) -> None:
        self.model.holds[self.hold(self.model.case, kind="case").body["id"]] = self.model.case

    def release_one(self, which: int) -> None:
        if self.model.holds:
            hold = sorted(self.model.holds)[which % len(self.model.holds)]
            assert self.release(hold).status == 200
            del self.model.holds[hold]

    def order(self, whom: int) -> None:
        person = self.model.people[whom]
        answer = self.give_order(person)
        self.own_taken()
        if self.model.cluster(person) & set(self.model.holds.values()):
            assert answer.body["code"] == "held_by_law"
        elif expected := self.model.may_be_ordered(person):
            assert answer.body["entries"] == len(expected), answer.body
            self.model.waiting.append(expected)
        else:
            assert answer.body["code"] == "nothing_to_erase"

    def link(self, one: int, other: int) -> None:
        mine, theirs = (self.model.cluster(self.model.people[each]) for each in (one, other))
        if mine != theirs:
            self._arrange([mine | theirs])

    def unlink(self, one: int) -> None:
        person = self.model.people[one]
        rest = self.model.cluster(person) - {person}
        if rest:
            self._arrange([{person}, rest])

    def erase(self) -> None:
        for _ in range(len(self.model.waiting) // ORDERS_AT_ONCE + 1):
            self.carry_out()
        self.model.carry_out()

    def _arrange(self, clusters: list[set[UUID]]) -> None:
        self.revision += 1
        self.linked(self.revision, *clusters)
        changed = set().union(*clusters)
        self.model.clusters = [each for each in self.model.clusters if not each & changed] + clusters


# Without shrinking: the steps are few enough to be read, and each costs a transaction or two.
@settings(
    max_examples=30,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=_steps)
def test_whatever_the_order_what_is_held_stays_and_what_was_ordered_goes(
    steps,
    told,
    sealed,
    linked,
    hold,
    order,
    own_taken,
    carry_out,
    call,
    officer,
    in_lane,
    export,
    public_keys,
) -> None:
    def release(hold_id: str) -> Any:
        return call("release_hold", {"id": hold_id, "because": "proceedings_over"}, actor=officer)

    house = House(
        model=Model(people=[uuid4() for _ in range(PEOPLE)], case=uuid4()),
        told=told,
        sealed=sealed,
        linked=linked,
        hold=hold,
        release=release,
        give_order=order,
        own_taken=own_taken,
        carry_out=carry_out,
    )
    taken = {
        "append": house.append,
        "hold": house.hold_person,
        "hold_case": house.hold_case,
        "release": house.release_one,
        "order": house.order,
        "link": house.link,
        "unlink": house.unlink,
        "erase": house.erase,
    }
    for whom, in_case in (
        ({0}, False),
        ({0}, True),
        ({1}, False),
        ({1}, True),
        ({2}, False),
        ({0, 1}, False),
    ):
        house.append(whom, in_case)
    for name, *arguments in steps:
        taken[name](*arguments)
    house.erase()
    entries = house.model.entries
    with in_lane() as work:
        kept = set(work.session.scalars(select(Entry.id).where(Entry.id.in_(entries))))
        assert kept == set(entries) - house.model.erased
        assert list(examine(work.session, size=sealed_size(work.session))) == []
    verdict = verify(export(limit=200), keys=public_keys)
    assert verdict.sound, verdict.findings

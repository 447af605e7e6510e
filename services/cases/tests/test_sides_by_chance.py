"""Families, standings, secrets and links by chance, held against a plain model: no row beyond it (CA-1, CO-9).

The model is a reading of the rules in words of sets; it knows nothing of SQL. Both the doors and the bare policies are
asked, after every few steps, by everybody on the team.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.identity import Actor
from chassis.testing import make_actor
from services.cases.tests.family import MENTOR
from services.cases.tests.sides import TABLES, Sides, seen_by

STEPS = 20
CLIENTS = [make_actor(subject=f"relative-{n}", organisation=None, roles=["client"]) for n in range(3)]
UNCLE = make_actor(subject="uncle", organisation="school", roles=["practitioner"])
PROVIDER = make_actor(subject="provider", organisation="tutors", roles=["practitioner"])
EVERYBODY = [*CLIENTS, UNCLE, PROVIDER]


@dataclass
class Item:
    """Something in the case: whom it is about, who may see it, and on what else it hangs."""

    table: str
    kind: str
    about: set[UUID] = field(default_factory=set)
    shown_to: set[UUID] | None = None
    in_confidence: bool = False
    named: set[str] = field(default_factory=set)
    hangs_on: list[UUID] = field(default_factory=list)


@dataclass
class Model:
    """Who should see what."""

    people: list[UUID]
    items: dict[UUID, Item] = field(default_factory=dict)
    kept_from: dict[UUID, set[UUID]] = field(default_factory=dict)
    own: dict[str, set[UUID]] = field(default_factory=dict)
    acting: dict[str, set[UUID]] = field(default_factory=dict)
    stands_for: dict[str, UUID | None] = field(default_factory=dict)
    standing: dict[str, str] = field(default_factory=dict)
    clusters: list[set[UUID]] = field(default_factory=list)
    restricted: set[UUID] = field(default_factory=set)

    def same(self, persons: Iterable[UUID]) -> set[UUID]:
        found = set(persons)
        return found.union(*(cluster for cluster in self.clusters if cluster & found))

    def sees(self, worker: str, item_id: UUID) -> bool:
        if worker not in self.standing:
            return False
        bearing = [self.items[each] for each in [item_id, *self.items[item_id].hangs_on]]
        about = self.same(set().union(*(each.about for each in bearing)))
        own = self.same(self.own.get(worker, set()))
        family = bool(own & set(self.people))
        looks = set(own)
        if not family:
            stood_for = self.stands_for.get(worker)
            looks |= self.same(self.acting.get(worker, set()) | ({stood_for} if stood_for else set()))
        protected = {each for each in self.people if self.kept_from.get(each) and self.same([each]) & about}
        if about & self.same(self.restricted):
            return False
        if any(self.kept_from[each] & looks for each in protected):
            return False
        if self.standing[worker] == "staff" and not family:
            return True
        named = any(worker in each.named for each in bearing)
        if protected and not named and not looks & set(self.people):
            return False
        return all(
            each.shown_to is None
            or worker in each.named
            or each.shown_to & (own if each.in_confidence else looks)
            for each in bearing
        )


@dataclass
class Play:
    """The steps that chance may take, in the case and in the model alike."""

    sides: Sides
    receive: Callable[..., Any]
    dice: Random
    model: Model
    shadows: list[UUID]
    members: dict[UUID, UUID]
    revision: int = 0
    accounts: list[dict[str, Any]] = field(default_factory=list)

    def step(self) -> None:
        often = [self.writes] * 3 + [self.signs_in] * 2
        seldom = [self.limits, self.keeps, self.joins, self.leaves, self.links, self.unlinks, self.restricts]
        self.dice.choice([*often, *seldom, self.is_taken_back])()

    def some(self, among: list[Any], most: int) -> list[Any]:
        return self.dice.sample(among, self.dice.randint(0, min(most, len(among))))

    def known(self) -> list[UUID]:
        return [each for each in self.model.people if each not in self.model.same(self.model.restricted)]

    def limit(self) -> tuple[dict[str, Any], Item]:
        known = self.known()
        about = self.some(known, 2)
        shown_to = self.dice.choice([None, self.some(known, 3), self.some(known, 2)])
        secret = bool(shown_to) and self.dice.random() < 0.3
        named = self.some([each for each in self.model.standing if each != "mentor"], 1)
        said = seen_by(about=about, shown_to=shown_to, in_confidence=secret, also=named)
        if shown_to is None and any(self.model.kept_from.get(each) for each in about):
            shown_to = about
        seen = None if shown_to is None else set(shown_to)
        return said, Item("", "", set(about), seen, secret, set(named))

    def writes(self) -> None:
        said, item = self.limit()
        kind = self.dice.choice(["goal", "plan_section", "action", "action"])
        if kind == "goal":
            told = self.sides.does("add_goal", wish="w", measure="m", target_on="2026-06-01", visibility=said)
        elif kind == "plan_section":
            told = self.sides.does("add_plan_section", section="safety", words="w", visibility=said)
        else:
            goals = [
                each
                for each, held in self.model.items.items()
                if held.kind == "goal" and self.model.sees("mentor", each)
            ]
            goal = self.dice.choice([None, *goals])
            action = {"description": "d", "owner": "mentor", "due_on": "2026-06-01", "visibility": said}
            told = self.sides.does("add_action", **action, goal_id=str(goal) if goal else None)
            item.hangs_on = [goal] if goal else []
        item.kind, item.table = kind, f"{kind}s"
        self.model.items[UUID(told["id"])] = item

    def limits(self) -> None:
        mine = [each for each in self.model.items if self.model.items[each].kind not in ("member", "")]
        mine = [each for each in mine if self.model.sees("mentor", each)]
        if not mine:
            return
        item_id = self.dice.choice(mine)
        said, item = self.limit()
        held = self.model.items[item_id]
        self.sides.does("set_visibility", kind=held.kind, item_id=str(item_id), reason="chance", **said)
        item.kind, item.table, item.hangs_on = held.kind, held.table, held.hangs_on
        self.model.items[item_id] = item

    def keeps(self) -> None:
        person = self.dice.choice(self.known())
        others = self.some([*(each for each in self.model.people if each != person), *self.shadows], 2)
        self.sides.does(
            "keep_member_from",
            member_id=str(self.members[person]),
            kept_from=[str(each) for each in others],
            reason="chance",
        )
        self.model.kept_from[person] = set(others)

    def joins(self) -> None:
        away = [each for each in EVERYBODY if each.subject not in self.model.standing]
        if not away:
            return
        actor = self.dice.choice(away)
        standing = {"uncle": "staff", "provider": "provider"}.get(
            actor.subject, self.dice.choice(["relative", "advocate", "client"])
        )
        stands_for = self.dice.choice([None, *self.known()]) if actor in CLIENTS else None
        told = self.sides.joined(actor, standing=standing, stands_for=stands_for)
        self.model.standing[actor.subject] = standing
        self.model.stands_for[actor.subject] = stands_for
        self.members[UUID(told["id"])] = UUID(told["id"])

    def leaves(self) -> None:
        there = [each for each in self.model.standing if each != "mentor"]
        if not there:
            return
        worker = self.dice.choice(there)
        place = next(
            each["id"]
            for each in self.sides.read()["team"]
            if each["worker"] == worker and each["left_at"] is None
        )
        self.sides.does("end_team_membership", membership_id=place, reason="finished")
        del self.model.standing[worker]

    def signs_in(self) -> None:
        actor = self.dice.choice(EVERYBODY)
        person = self.dice.choice([*self.model.people, *self.shadows])
        relation = self.dice.choice(["self", "parent", "carer"])
        taken = self.model.own.get(actor.subject, set()) | self.model.acting.get(actor.subject, set())
        if person in taken:
            return
        self.accounts.append(self.sides.family.signs_in(actor.subject, person=person, relation=relation))
        known = self.model.own if relation == "self" else self.model.acting
        known.setdefault(actor.subject, set()).add(person)

    def is_taken_back(self) -> None:
        if not self.accounts:
            return
        link = self.accounts.pop(self.dice.randrange(len(self.accounts)))
        worker, person, hers = link["account"], link["person_id"], self.model.same([link["person_id"]])
        self.sides.family.unlinked(link)
        known = self.model.own if link["relation"] == "self" else self.model.acting
        known[worker].discard(person)
        as_client = self.model.standing.get(worker) == "client" and self.model.stands_for[worker] in {
            None,
            *hers,
        }
        if link["relation"] == "self" and as_client and hers & set(self.model.people):
            del self.model.standing[worker]

    def links(self) -> None:
        free = [each for each in [*self.model.people, *self.shadows] if self.model.same([each]) == {each}]
        if len(free) < 2:
            return
        cluster = set(self.dice.sample(free, 2))
        self._told("linked", cluster)
        self.model.clusters.append(cluster)

    def unlinks(self) -> None:
        if not self.model.clusters:
            return
        cluster = self.model.clusters.pop(self.dice.randrange(len(self.model.clusters)))
        self._told("unlinked", *({each} for each in cluster))

    def _told(self, what: str, *clusters: set[UUID]) -> None:
        self.revision += 1
        data = {
            "link_id": uuid4(),
            "revision": self.revision,
            "clusters": [{"main_person_id": min(each), "person_ids": sorted(each)} for each in clusters],
        }
        self.receive(f"intake.person.{what}.v1", subject=data["link_id"], data=data)

    def restricts(self) -> None:
        if self.model.restricted:
            person, what = self.model.restricted.pop(), "lifted"
        elif self.dice.random() < 0.4:
            person, what = self.dice.choice(self.model.people), "placed"
            self.model.restricted.add(person)
        else:
            return
        data = {"person_id": person, "restriction_id": uuid4()}
        self.receive(f"consent.restriction.{what}.v1", subject=person, data=data)

    def compare(self, actor: Actor) -> None:
        """Doors and bare policies give exactly what the model gives: not a row more, and not one less."""
        worker = actor.subject
        wanted = {each for each in self.model.items if self.model.sees(worker, each)}
        rows = self.sides.rows(actor)
        for table in ("goals", "plan_sections", "actions", "members"):
            mine = {each for each in wanted if self.model.items[each].table == table}
            assert rows[table] == mine, f"{worker} finds other rows of {table}"
        if worker not in self.model.standing:
            assert all(not rows[table] for table in TABLES)
            assert self.sides.asks("read_plan", by=actor).status == 403
            return
        plan, case = self.sides.plan(actor), self.sides.read(actor)
        shown = {UUID(each["id"]) for part in ("goals", "actions", "sections") for each in plan[part]}
        shown |= {UUID(each["id"]) for each in case["members"]}
        assert shown == wanted
        goals = {each["id"] for each in plan["goals"]}
        assert all(each["goal_id"] in goals for each in plan["actions"] if each["goal_id"])
        assert ("goals" in plan["missing"]) is (not goals)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(3))
def test_nobody_sees_more_or_less_than_a_plain_reading_of_the_rules(family, work_as, receive, seed):
    sides = Sides(family=family, work_as=work_as).opened()
    people = [sides.girl, sides.mother, sides.father, sides.grandmother]
    members = {UUID(each["person_id"]): UUID(each["id"]) for each in sides.read()["members"]}
    model = Model(people=people, standing={"mentor": "staff"})
    for person, member_id in members.items():
        model.items[member_id] = Item("members", "member", {person})
    play = Play(
        sides=sides,
        receive=receive,
        dice=Random(seed),
        model=model,
        shadows=[uuid4(), uuid4()],
        members=members,
    )
    for _ in range(3):
        play.joins()
    for number in range(STEPS):
        play.step()
        if number % 5 == 4:
            for actor in [MENTOR, *EVERYBODY]:
                play.compare(actor)

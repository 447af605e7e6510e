"""What people decide and what goes wrong on the way, step by step, and what must hold after each (CO-6, CO-8, CO-9).

After each step two services show, at their doors and by PostgreSQL's policies alone, exactly what the rule says of what
they have applied; and nothing by consent that was not open in truth within the limit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from consent_follower import Follower, Seen, a_visit
from consent_world import Authority
from hypothesis import strategies as st

from chassis.identity import Actor
from chassis.ids import new_id
from chassis.testing import Clock, ServiceDatabase, make_actor
from chassis.transactions import lane_work

PURPOSES = ("care", "payment", "emergency")
NAMES = {
    "mentor": {"worker:mentor", "organisation:school"},
    "officer": {"worker:officer", "organisation:housing", "team:outreach"},
}
OPENS = {"health", "housing", "notes"}
RECIPIENTS = st.sampled_from(
    ["worker:mentor", "organisation:school", "worker:officer", "organisation:housing", "team:outreach"]
)
CATEGORIES = st.lists(st.sampled_from(["health", "housing", "identity"]), min_size=1, max_size=3, unique=True)
FOR = st.lists(st.sampled_from(["care", "payment"]), min_size=1, max_size=2, unique=True)
PERSONS, WHICH, SERVICES = st.integers(0, 2), st.integers(0, 5), st.integers(0, 1)
AMOUNTS = st.sampled_from([1, 3, 9, 11, 30])


def _step(name: str, *told: Any) -> Any:
    return st.tuples(st.just(name), *told)


STEPS = st.one_of(
    # Consents are given more often than anything else: without them nothing could be stale.
    _step("give", PERSONS, RECIPIENTS, CATEGORIES, FOR, st.just(0), st.none()),
    _step(
        "give",
        PERSONS,
        RECIPIENTS,
        CATEGORIES,
        FOR,
        st.sampled_from([0, 0, 5]),
        st.sampled_from([None, 8, 60]),
    ),
    _step("withdraw", WHICH, CATEGORIES),
    _step("withdraw_all", WHICH),
    _step("give_anew", WHICH),
    _step("refuse", PERSONS, RECIPIENTS, CATEGORIES),
    _step("expire_early", WHICH),
    _step("restrict", PERSONS),
    _step("lift", PERSONS),
    _step("link", PERSONS, PERSONS),
    _step("unlink", PERSONS),
    _step(
        "break_glass",
        PERSONS,
        st.sampled_from(sorted(NAMES)),
        CATEGORIES,
        st.booleans(),
        st.sampled_from([5, 60]),
    ),
    _step("end_emergency", WHICH),
    _step("join_team", PERSONS, st.sampled_from(["worker:mentor", "team:outreach"])),
    _step("leave_team", PERSONS, st.sampled_from(["worker:mentor", "team:outreach"])),
    _step("time_passes", AMOUNTS),
    _step("time_passes", AMOUNTS),
    _step("lane", SERVICES, st.sampled_from(["flows", "is cut"])),
    _step("consent_service", st.sampled_from(["runs", "is down"])),
    _step("consent_clocks", st.sampled_from(["are kept", "stand still"])),
    _step("consent_time", st.sampled_from([0, 0, 0.9, -5, 60, 3_600])),
    _step("broker", st.sampled_from(["takes all", "is away", "refuses the newest"])),
    _step("handler_fails", SERVICES, st.integers(0, 2)),
    _step("handler_kills", SERVICES),
    _step("mend", SERVICES),
    _step(
        "fault",
        SERVICES,
        st.sampled_from(
            [
                "the database goes away",
                "the commit is not answered",
                "the process dies",
                "the process dies after the commit",
            ]
        ),
    ),
    _step("comes_twice", SERVICES, st.integers(1, 6)),
    _step("order_is_lost", SERVICES),
    _step("hand_over", SERVICES),
    _step("restart", SERVICES),
)


@dataclass
class World:
    """Three persons with a visit each, the consent service, and two services that follow it."""

    followers: list[Follower]
    clock: Clock
    authority: Authority = field(init=False)
    persons: list[UUID] = field(default_factory=lambda: [new_id() for _ in range(3)])
    visits: dict[UUID, UUID] = field(default_factory=dict)
    given: list[dict[str, Any]] = field(default_factory=list)
    emergencies: list[str] = field(default_factory=list)
    revision: int = 0
    lose_order: set[int] = field(default_factory=set)
    fail_next: dict[int, int] = field(default_factory=dict)
    kill_next: set[int] = field(default_factory=set)
    checks: int = 0

    def __post_init__(self) -> None:
        self.authority = Authority(clock=self.clock, followers=self.followers)
        self.visits = {person: new_id() for person in self.persons}
        for follower in self.followers:
            for person, visit in self.visits.items():
                a_visit(follower, person=person, visit=visit)
        self.authority.remember()

    def take(self, step: str, *told: Any) -> None:
        """One step of the world, then everything that follows from it by itself."""
        getattr(self, f"_{step}")(*told)
        marks = [len(follower.queue) for follower in self.followers]
        self.authority.publish()
        self._spoil(marks)
        self.authority.time_goes_on()
        self.authority.remember()
        for follower in self.followers:
            follower.flow()

    def _spoil(self, marks: list[int]) -> None:
        """What the way does to what has just come: it fails to be applied, or comes in another order."""
        for number, (follower, mark) in enumerate(zip(self.followers, marks, strict=True)):
            fresh = follower.queue[mark:]
            if fresh and number in self.lose_order:
                follower.queue[mark:] = fresh[::-1]
                self.lose_order.discard(number)
            if fresh and self.fail_next.get(number, 0):
                follower.failing.add(fresh[0].event.id)
                self.fail_next[number] -= 1
            if fresh and number in self.kill_next:
                follower.deadly.add(fresh[-1].event.id)
                self.kill_next.discard(number)

    # -- what people decide -----------------------------------------------------------------------------------------

    def _give(
        self,
        person: int,
        recipient: str,
        categories: list[str],
        purposes: list[str],
        begins: int,
        lasts: int | None,
    ) -> None:
        now = self.authority.now
        self._say_given(
            consent_id=str(new_id()),
            person_id=str(self.persons[person]),
            recipient=recipient,
            categories=sorted(categories),
            purposes=purposes,
            valid_from=(now + timedelta(seconds=begins)).isoformat(),
            valid_until=None if lasts is None else (now + timedelta(seconds=begins + lasts)).isoformat(),
        )

    def _say_given(self, **consent: Any) -> None:
        if self.authority.runs:
            self.given.append(consent)
            self.authority.say("given", subject=consent["consent_id"], **consent)

    def _live(self, which: int) -> str | None:
        consent_id = self.given[which]["consent_id"] if which < len(self.given) else ""
        return consent_id if self.authority.runs and consent_id in self.authority.known.consents else None

    def _withdraw(self, which: int, categories: list[str]) -> None:
        if consent_id := self._live(which):
            self.authority.withdraw(consent_id, set(categories))

    def _withdraw_all(self, which: int) -> None:
        if consent_id := self._live(which):
            self.authority.end(consent_id, kind="withdrawn")

    def _give_anew(self, which: int) -> None:
        """The same words again, as a decision of its own, after the first one has ended."""
        if which < len(self.given) and self._live(which) is None:
            self._say_given(**{**self.given[which], "consent_id": str(new_id())})

    def _refuse(self, person: int, recipient: str, categories: list[str]) -> None:
        if not self.authority.runs:
            return
        told = {"person_id": str(self.persons[person]), "recipient": recipient, "categories": categories}
        before = list(self.authority.known.consents)
        self.authority.say("refused", subject=str(new_id()), **told)
        for consent_id in before:
            consent = self.authority.known.consents[consent_id]
            same = (consent["recipient"], consent["person_id"]) == (recipient, told["person_id"])
            if same and not consent["categories"]:
                self.authority.end(consent_id, kind="withdrawn")

    def _expire_early(self, which: int) -> None:
        if consent_id := self._live(which):
            self.authority.end(consent_id, kind="expired")

    def _restrict(self, person: int) -> None:
        self._restriction("restriction_placed", person)

    def _lift(self, person: int) -> None:
        self._restriction("restriction_lifted", person)

    def _restriction(self, kind: str, person: int) -> None:
        if self.authority.runs:
            person_id = str(self.persons[person])
            self.authority.say(kind, subject=person_id, person_id=person_id)

    def _break_glass(
        self, person: int, worker: str, categories: list[str], reaches: bool, lasts: int
    ) -> None:
        if not self.authority.runs:
            return
        emergency_id, now = str(new_id()), self.authority.now
        self.emergencies.append(emergency_id)
        self.authority.say(
            "emergency_opened",
            subject=emergency_id,
            emergency_id=emergency_id,
            person_id=str(self.persons[person]),
            worker=worker,
            categories=sorted({*categories, "identity"}),
            reaches_restricted=reaches,
            valid_from=now.isoformat(),
            valid_until=(now + timedelta(seconds=lasts)).isoformat(),
        )

    def _end_emergency(self, which: int) -> None:
        if which < len(self.emergencies) and self.authority.runs:
            emergency_id = self.emergencies[which]
            self.authority.say("emergency_ended", subject=emergency_id, emergency_id=emergency_id)

    def _link(self, one: int, other: int) -> None:
        clusters = self.authority.known.clusters
        whole = [clusters.get(each, frozenset({each})) for each in (self.persons[one], self.persons[other])]
        self._tell_clusters([whole[0] | whole[1]])

    def _unlink(self, one: int) -> None:
        person = self.persons[one]
        rest = self.authority.known.clusters.get(person, frozenset({person})) - {person}
        self._tell_clusters([frozenset({person}), *([rest] if rest else [])])

    def _tell_clusters(self, clusters: list[frozenset[UUID]]) -> None:
        self.revision += 1
        told = [{"person_ids": sorted(map(str, cluster))} for cluster in clusters]
        self.authority.say("linked", subject="links", revision=self.revision, clusters=told)

    def _join_team(self, person: int, grantee: str) -> None:
        member = (self.persons[person], grantee)
        for follower in self.followers:
            if member not in follower.teams:
                follower.teams.add(member)
                with lane_work(follower.database.lane, service="sample") as work:
                    work.grants.give(
                        grantee=grantee, record=("person", member[0]), categories=["health"], basis="team"
                    )

    def _leave_team(self, person: int, grantee: str) -> None:
        for follower in self.followers:
            follower.teams.discard((self.persons[person], grantee))
            with lane_work(follower.database.lane, service="sample") as work:
                work.grants.end(grantee=grantee, record=("person", self.persons[person]), basis="team")

    # -- what goes wrong --------------------------------------------------------------------------------------------

    def _time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)

    def _lane(self, service: int, how: str) -> None:
        self.followers[service].cut = how == "is cut"

    def _consent_service(self, how: str) -> None:
        if how == "is down":
            self.authority.runs = False
        elif not self.authority.runs:
            self.authority.starts_again()

    def _consent_clocks(self, how: str) -> None:
        self.authority.keeps_clocks = how == "are kept"

    def _consent_time(self, seconds: float) -> None:
        self.authority.ahead = timedelta(seconds=seconds)
        if self.authority.runs:
            self.authority.starts_again()

    def _broker(self, how: str) -> None:
        self.authority.broker_away = how == "is away"
        self.authority.stuck = set()
        if how == "refuses the newest" and self.given:
            self.authority.stuck = {self.given[-1]["consent_id"], str(self.persons[0])}

    def _handler_fails(self, service: int, times: int) -> None:
        self.fail_next[service] = times

    def _handler_kills(self, service: int) -> None:
        self.kill_next.add(service)

    def _mend(self, service: int) -> None:
        self.followers[service].mend()

    def _fault(self, service: int, what: str) -> None:
        self.followers[service].fault = what

    def _comes_twice(self, service: int, back: int) -> None:
        follower = self.followers[service]
        follower.queue += follower.done[-back:]

    def _order_is_lost(self, service: int) -> None:
        self.lose_order.add(service)

    def _hand_over(self, service: int) -> None:
        self.followers[service].hand_over()

    def _restart(self, service: int) -> None:
        self.followers[service].restart()

    # -- what must hold -----------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Doors and policies show what the rule says, and nothing by consent that was not open within the limit."""
        purpose = PURPOSES[self.checks % len(PURPOSES)]
        self.checks += 1
        for follower in self.followers:
            current = follower.current
            for who, names in NAMES.items():
                actor = an_actor(who, purpose=purpose)
                seen = follower.look(actor, self.visits)
                assert set(seen.shown) == seen.let_through, (
                    "the policies say something else than the predicate"
                )
                for person in self.persons:
                    expected = follower.expected(person, names, purpose, current=current)
                    self._check_person(follower, names, person, seen, expected)

    def _check_person(
        self,
        follower: Follower,
        names: set[str],
        person: UUID,
        seen: Seen,
        expected: tuple[set[str], set[str], set[str]],
    ) -> None:
        by_consent, otherwise, if_current = expected
        opened, shown = by_consent | otherwise, seen.shown.get(person)
        assert shown == (opened if opened & OPENS else None)
        if shown is not None:
            lately = self.authority.lately(person, names, seen.purpose)
            assert shown - otherwise <= lately, "a stale permit"
            return
        refusal = "access_denied"
        if follower.known.is_restricted(person):
            refusal = "not_found"
        elif (if_current | otherwise) & OPENS:
            refusal = "consent_not_current"
        assert seen.refusals[person] == refusal


def an_actor(who: str, *, purpose: str = "care") -> Actor:
    """One of the two who look."""
    organisation, teams = {"mentor": ("school", ()), "officer": ("housing", ("outreach",))}[who]
    return make_actor(subject=who, organisation=organisation, teams=teams, purpose=purpose)


def a_world(databases: list[ServiceDatabase], clock: Clock) -> World:
    for database in databases:
        database.clear()
    return World(followers=[Follower(database, clock) for database in databases], clock=clock)


def seen_by_mentor(world: World, follower: int = 0) -> set[UUID]:
    """The persons of whom one of the services shows the mentor something."""
    return set(world.followers[follower].look(an_actor("mentor"), {}).shown)

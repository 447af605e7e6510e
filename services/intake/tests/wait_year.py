"""A year at one program, told in days: arrivals, offers, cases that open, pass on and close, absences (IN-6).

What the world does is drawn from a seed; what the service does is the real thing: actions, handlers of events and the
timer, on a real database. `World` keeps its own plain account of everybody, to be compared with the service's.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from chassis.clocks import house_calendar
from chassis.events import Received
from chassis.ids import new_id
from chassis.work import Work
from intake.capacity import actions as capacity
from intake.capacity import following
from intake.capacity.places import room_in
from intake.people.model import Person
from intake.referrals import deadlines
from intake.referrals.model import Referral
from intake.waitlist import actions as waitlist
from intake.waitlist import offers
from intake.waitlist.line import capacity_of
from intake.waitlist.model import Turn

PROGRAM = "intensive_case_management"
SHARES = {"worker-a": 100, "worker-b": 100, "worker-c": 60, "worker-d": 50}
_SUBJECTS = UUID("00000000-0000-5000-8000-000000000021")
_RULES = {
    "ideal": 16,
    "maximum": 20,
    "offers": "automatic",
    "offer_days": 3,
    "after_decline": "goes_to_end",
    "after_expiry": "keeps_position",
    "rest_days": 7,
    "check_in_days": 14,
    "attempts_before_lost": 3,
    "plan_days": 5,
}


@dataclass
class World:
    """Everybody who came, what they will do, and every case that is open."""

    seed: int
    arrivals: dict[UUID, UUID] = field(default_factory=dict)
    left: set[UUID] = field(default_factory=set)
    answers: dict[UUID, tuple[Any, str]] = field(default_factory=dict)
    opening: dict[UUID, Any] = field(default_factory=dict)
    opened: set[UUID] = field(default_factory=set)
    cases: dict[UUID, tuple[str, Any]] = field(default_factory=dict)
    away: dict[str, Any] = field(default_factory=dict)
    declined: int = 0
    moved: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def begin(self, work: Work) -> None:
        """The capacity is recorded and everybody serves."""
        capacity.set_capacity(work, program=PROGRAM, kind="caseload", places=None, **_RULES)
        for worker, share in SHARES.items():
            self._serves(work, worker, share)

    def morning(self, work: Work) -> Iterator[Turn]:
        """People arrive and are found eligible, one after the other."""
        for _ in range(self.chance.choices((0, 1, 2, 3, 5), (18, 30, 27, 17, 8))[0]):
            yield self._arrives(work)

    def day(self, work: Work, turns: list[Turn]) -> None:
        """Offers are answered, cases open, pass on and close, workers go and come back, some leave the line."""
        for turn in turns:
            if turn.state == "offered":
                self._answer(work, turn)
            elif turn.state == "waiting" and self.chance.random() < 0.004:
                waitlist.leave(work, entry_id=turn.id, because="withdrew", said=None)
                self.left.add(turn.id)
            elif turn.state == "placed" and turn.id not in self.opened:
                self._open_case(work, turn)
        self._close_cases(work)
        self._pass_a_case_on(work)
        self._absences(work)

    def carries(self, worker: str) -> int:
        """The open cases that the worker leads in this world."""
        return sum(1 for lead, _ in self.cases.values() if lead == worker)

    # -- what happens

    def _arrives(self, work: Work) -> Turn:
        returning = self.chance.random() < 0.03
        priority = (
            "crisis" if returning else self.chance.choices(("routine", "urgent", "crisis"), (70, 22, 8))[0]
        )
        person = work.add(Person(id=new_id()))
        referral = work.add(
            Referral(
                id=new_id(),
                person=person,
                program=PROGRAM,
                source="self",
                priority=priority,
                returning_in_crisis=returning,
                reason="A drawn arrival.",
                received_at=work.now,
            )
        )
        deadlines.start(work, "first_contact", referral)
        deadlines.reached(work, referral, at=work.now)
        deadlines.decided(work, referral, eligible=True, at=work.now)
        entry = waitlist.admit(work, referral=referral)
        assert entry is not None
        self.arrivals[entry.id] = person.id
        return entry.turn

    def _answer(self, work: Work, turn: Turn) -> None:
        standing = turn.standing_offer
        assert standing is not None
        if standing.id not in self.answers:
            answer = self.chance.choices(("accept", "decline", "nothing", "leave"), (74, 13, 10, 3))[0]
            self.answers[standing.id] = (work.now + timedelta(days=self.chance.choice((0, 0, 1, 2))), answer)
        when, answer = self.answers[standing.id]
        if work.now < when or standing.expires_at <= work.now:
            return
        if answer == "accept":
            offers.accept(work, entry_id=turn.id)
        elif answer == "decline":
            offers.decline(work, entry_id=turn.id, because="not_now", said=None)
            self.declined += 1
        elif answer == "leave":
            waitlist.leave(work, entry_id=turn.id, because="moved", said=None)
            self.left.add(turn.id)

    def _open_case(self, work: Work, turn: Turn) -> None:
        when = self.opening.setdefault(
            turn.id, work.now + timedelta(days=self.chance.choice((0, 1, 1, 3, 8)))
        )
        if work.now < when or turn.worker in self.away or turn.worker is None:
            return
        self.opened.add(turn.id)
        case_id = uuid4()
        stays = min(300.0, self.chance.expovariate(1 / 33) + 3)
        self.cases[case_id] = (turn.worker, work.now + timedelta(days=stays))
        person = self.arrivals[turn.id]
        told = [
            lambda: self._tell_opened(work, case_id, person),
            lambda: self._tell_caseload(work, turn.worker or ""),
        ]
        self.chance.shuffle(told)
        for each in told:
            each()

    def _close_cases(self, work: Work) -> None:
        for case_id in [case_id for case_id, (_, until) in self.cases.items() if until <= work.now]:
            worker, _ = self.cases.pop(case_id)
            told = [
                lambda gone=case_id: self._tell_closed(work, gone),
                lambda lead=worker: self._tell_caseload(work, lead),
            ]
            self.chance.shuffle(told)
            for each in told:
                each()
            if self.chance.random() < 0.1:
                self._tell_caseload(work, worker)  # told twice

    def _pass_a_case_on(self, work: Work) -> None:
        if not self.cases or self.chance.random() > 0.15:
            return
        case_id = self.chance.choice(list(self.cases))
        lead, until = self.cases[case_id]
        known = capacity_of(work, program=PROGRAM)
        assert known is not None
        other = room_in(work, known).with_most_room()
        if other is None or other.worker == lead:
            return
        self.cases[case_id] = (other.worker, until)
        self.moved += 1
        for worker in self.chance.sample((lead, other.worker), 2):
            self._tell_caseload(work, worker)

    def _absences(self, work: Work) -> None:
        today = house_calendar().day_of(work.now)
        for worker in [worker for worker, until in self.away.items() if until <= today]:
            del self.away[worker]
            self._serves(work, worker, SHARES[worker])
        if len(self.away) < 2 and self.chance.random() < 0.02:
            worker = self.chance.choice([worker for worker in SHARES if worker not in self.away])
            capacity.end_worker(work, program=PROGRAM, worker=worker, until=today - timedelta(days=1))
            self.away[worker] = today + timedelta(days=self.chance.randint(5, 25))

    def _serves(self, work: Work, worker: str, share: int) -> None:
        capacity.record_worker(
            work,
            program=PROGRAM,
            worker=worker,
            organisation="case-management",
            full_time_percent=share,
            since=house_calendar().day_of(work.now) - timedelta(days=1)
            if not self.arrivals
            else house_calendar().day_of(work.now),
            until=None,
        )

    # -- what cases tells

    def _tell_opened(self, work: Work, case_id: UUID, person: UUID) -> None:
        data = {"case_id": str(case_id), "person_ids": [str(person)], "program": PROGRAM, "organisation": "c"}
        following.case_opened(work, event=_received(work, "cases.case.opened.v1", case_id, data))

    def _tell_closed(self, work: Work, case_id: UUID) -> None:
        data = {"case_id": str(case_id), "person_ids": [], "reason": "goals_met"}
        following.case_closed(work, event=_received(work, "cases.case.closed.v1", case_id, data))

    def _tell_caseload(self, work: Work, worker: str) -> None:
        led = sorted(str(case_id) for case_id, (lead, _) in self.cases.items() if lead == worker)
        data = {
            "worker": worker,
            "organisation": "case-management",
            "led_cases": len(led),
            "weight": float(len(led)),
            "programs": [{"program": PROGRAM, "case_ids": led}] if led else [],
            "as_of": work.now.isoformat(),
        }
        subject = uuid5(_SUBJECTS, worker)
        following.caseload_changed(work, event=_received(work, "cases.caseload.changed.v1", subject, data))


def _received(work: Work, key: str, subject: UUID, data: dict[str, Any]) -> Received:
    return Received(
        id=uuid4(), key=key, source="cases", subject=str(subject), version=None, time=work.now, data=data
    )

"""What is known when a batch of accesses is looked at: whose sign-in, which family, what is closed, who slept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from audit.alerts.accesses import Access
from audit.alerts.model import (
    AccountOfPerson,
    ClosedCase,
    FamilyOfCase,
    PersonOfDay,
    WorkerDay,
    WorkerSeen,
)


@dataclass
class Knowledge:
    """The facts that concern the workers and cases of one batch."""

    own_and_family: dict[str, set[UUID]] = field(default_factory=dict)
    closed: dict[UUID, datetime] = field(default_factory=dict)
    last_seen: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class Day:
    """A worker's day in numbers."""

    persons: int
    by_statute: int
    denials: int
    after_hours: int


@dataclass(frozen=True)
class Baseline:
    """A worker's own days before this one."""

    days: int
    mean: float
    deviation: float
    days_after_hours: int


def gather(session: Session, accesses: Sequence[Access]) -> Knowledge:
    """The facts about everybody and every case in the batch, in three statements."""
    workers = sorted({access.worker for access in accesses})
    cases = {case for access in accesses for case in access.cases}
    closed = select(ClosedCase.case_id, ClosedCase.closed_at).where(ClosedCase.case_id.in_(cases))
    seen = select(WorkerSeen.worker, WorkerSeen.last_at).where(WorkerSeen.worker.in_(workers))
    return Knowledge(
        own_and_family=_own_and_family(session, workers),
        closed=dict(session.execute(closed).all()) if cases else {},
        last_seen=dict(session.execute(seen).all()),
    )


def remember_seen(session: Session, accesses: Iterable[Access]) -> None:
    """When each worker was last seen, from now on."""
    last: dict[str, datetime] = {}
    for access in accesses:
        last[access.worker] = max(access.at, last.get(access.worker, access.at))
    if not last:
        return
    rows = [{"worker": worker, "last_at": at} for worker, at in sorted(last.items())]
    seen = insert(WorkerSeen).values(rows)
    session.execute(
        seen.on_conflict_do_update(
            index_elements=["worker"],
            set_={"last_at": func.greatest(WorkerSeen.last_at, seen.excluded.last_at)},
        )
    )


def count(
    session: Session, accesses: Sequence[Access], *, after_hours: set[int]
) -> dict[tuple[str, date], Day]:
    """Add a batch to the days of its workers, nobody twice; the days as they are then.

    `after_hours` holds the positions of accesses at hours that count as late.
    """
    fresh = _fresh_persons(session, accesses)
    grown: dict[tuple[str, date], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for (worker, day, statute_alone), persons in fresh.items():
        grown[worker, day][1 if statute_alone else 0] += persons
    for access in accesses:
        row = grown[access.worker, access.day]
        row[2] += access.denied
        row[3] += access.position in after_hours
    if not grown:
        return {}
    rows = [
        {
            "worker": worker,
            "day": day,
            "persons": more[0],
            "by_statute": more[1],
            "denials": more[2],
            "after_hours": more[3],
        }
        for (worker, day), more in sorted(grown.items())
    ]
    days = insert(WorkerDay).values(rows)
    named = ("persons", "by_statute", "denials", "after_hours")
    summed = days.on_conflict_do_update(
        index_elements=["worker", "day"],
        set_={name: getattr(WorkerDay, name) + getattr(days.excluded, name) for name in named},
    ).returning(WorkerDay.worker, WorkerDay.day, *(getattr(WorkerDay, name) for name in named))
    return {(row[0], row[1]): Day(*row[2:]) for row in session.execute(summed)}


def baselines(
    session: Session, days: Iterable[tuple[str, date]], *, back: int
) -> dict[tuple[str, date], Baseline]:
    """For each worker and day, that worker's active days of so many days before it."""
    asked = sorted(set(days))
    if not asked:
        return {}
    workers, first, last = {worker for worker, _ in asked}, asked[0][1], asked[0][1]
    for _, day in asked:
        first, last = min(first, day), max(last, day)
    rows = session.execute(
        select(WorkerDay.worker, WorkerDay.day, WorkerDay.persons, WorkerDay.after_hours).where(
            WorkerDay.worker.in_(workers), WorkerDay.day >= first - timedelta(days=back), WorkerDay.day < last
        )
    ).all()
    found = {}
    for worker, day in asked:
        own = [row for row in rows if row[0] == worker and day - timedelta(days=back) <= row[1] < day]
        found[worker, day] = _baseline([row[2] for row in own], late=sum(1 for row in own if row[3]))
    return found


def _baseline(persons: list[int], *, late: int) -> Baseline:
    active = [number for number in persons if number]
    if not active:
        return Baseline(days=0, mean=0, deviation=0, days_after_hours=late)
    mean = sum(active) / len(active)
    spread = sum((number - mean) ** 2 for number in active) / len(active)
    return Baseline(days=len(active), mean=mean, deviation=spread**0.5, days_after_hours=late)


def _fresh_persons(session: Session, accesses: Sequence[Access]) -> dict[tuple[str, date, bool], int]:
    """How many persons each worker opened for the first time that day; those by statute alone also by themselves."""
    rows = {
        (access.worker, access.day, person, statute)
        for access in accesses
        if access.opened
        for person in access.persons
        for statute in ((False, True) if access.bases == {"statute"} else (False,))
    }
    if not rows:
        return {}
    written = session.execute(
        insert(PersonOfDay)
        .values(
            [
                {"worker": worker, "day": day, "person_id": person, "statute_alone": statute}
                for worker, day, person, statute in sorted(rows)
            ]
        )
        .on_conflict_do_nothing()
        .returning(PersonOfDay.worker, PersonOfDay.day, PersonOfDay.statute_alone)
    )
    fresh: dict[tuple[str, date, bool], int] = defaultdict(int)
    for worker, day, statute in written:
        fresh[worker, day, statute] += 1
    return fresh


def _own_and_family(session: Session, workers: list[str]) -> dict[str, set[UUID]]:
    """The persons whom each worker must not look up at work: themselves, whom they act for, and their family."""
    mine, theirs = aliased(FamilyOfCase), aliased(FamilyOfCase)
    own = session.execute(
        select(AccountOfPerson.account, AccountOfPerson.person_id).where(AccountOfPerson.account.in_(workers))
    ).all()
    if not own:
        return {}
    related: dict[UUID, set[UUID]] = defaultdict(set)
    for person, other in session.execute(
        select(mine.person_id, theirs.person_id)
        .join(theirs, theirs.case_id == mine.case_id)
        .where(mine.person_id.in_([person for _, person in own]))
    ):
        related[person].add(other)
    found: dict[str, set[UUID]] = defaultdict(set)
    for worker, person in own:
        found[worker] |= {person, *related[person]}
    return found

"""What is known when a batch of accesses is looked at: whose sign-in, which family, what is closed, who slept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Uuid, any_, cast, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from audit.alerts.accesses import SELF, Access
from audit.alerts.model import (
    LEGITIMATE,
    AccountOfPerson,
    Alert,
    ClosedCase,
    Emergency,
    FamilyOfCase,
    WorkerDay,
    WorkerSeen,
)
from chassis import same_person

# A service whose clock runs ahead by more than this does not make a sign-in look awake for ever.
_AHEAD_AT_MOST = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """When a worker's emergency access to a person was open."""

    person_id: UUID
    began: datetime
    ended: datetime


@dataclass
class Knowledge:
    """The facts that concern the workers and cases of one batch."""

    own_and_family: dict[str, set[UUID]] = field(default_factory=dict)
    own: dict[str, set[UUID]] = field(default_factory=dict)
    closed: dict[UUID, datetime] = field(default_factory=dict)
    last_seen: dict[str, datetime] = field(default_factory=dict)
    emergencies: dict[str, list[Period]] = field(default_factory=dict)


@dataclass(frozen=True)
class Day:
    """A worker's day in numbers: persons opened and found, those by statute alone, refusals, accesses at late hours."""

    persons: int
    found: int
    by_statute: int
    denials: int
    after_hours: int


@dataclass(frozen=True)
class Usual:
    """How many persons a day: over so many active days, the mean and the standard deviation."""

    days: int
    mean: float
    deviation: float


@dataclass(frozen=True)
class Baseline:
    """A worker's own days before this one."""

    opened: Usual
    found: Usual
    days_after_hours: int


def gather(session: Session, accesses: Sequence[Access]) -> Knowledge:
    """The facts about everybody and every case in the batch, in a few statements."""
    workers = sorted({access.worker for access in accesses})
    cases = {case for access in accesses for case in access.cases}
    named = any_(cast(sorted(cases), ARRAY(Uuid())))
    closed = select(ClosedCase.case_id, ClosedCase.closed_at).where(ClosedCase.case_id == named)
    seen = select(WorkerSeen.worker, WorkerSeen.last_at).where(WorkerSeen.worker.in_(workers))
    return Knowledge(
        own_and_family=_own_and_family(session, workers),
        own=_own(session, workers),
        closed=dict(session.execute(closed).all()) if cases else {},
        last_seen=dict(session.execute(seen).all()),
        emergencies=_emergencies(session, workers),
    )


def gather_about(session: Session, workers: list[str]) -> Knowledge:
    """The facts about some workers alone, for looking again at what they did."""
    return Knowledge(
        own_and_family=_own_and_family(session, workers),
        own=_own(session, workers),
        emergencies=_emergencies(session, workers),
    )


def remember_seen(session: Session, accesses: Iterable[Access], *, now: datetime) -> None:
    """When each worker was last seen at work, from now on."""
    last: dict[str, datetime] = {}
    for access in accesses:
        if access.at_home:
            continue
        at = min(access.at, now + _AHEAD_AT_MOST)
        last[access.worker] = max(at, last.get(access.worker, at))
    if not last:
        return
    workers, moments = (list(column) for column in zip(*sorted(last.items()), strict=True))
    session.execute(_SEEN, {"workers": workers, "moments": moments})


def count(
    session: Session, accesses: Sequence[Access], *, after_hours: set[int], unrelated: set[int]
) -> dict[tuple[str, date], Day]:
    """Add a batch to the days of its workers, nobody twice; the days as they are then.

    `after_hours` holds the positions of accesses at hours that count as late, `unrelated` of those that statute alone
    opened to somebody whom it matters for.
    """
    grown: dict[tuple[str, date], list[int]] = defaultdict(lambda: [0] * len(_COUNTED))
    for (worker, day, statute_alone), persons in _fresh_persons(session, accesses, unrelated).items():
        grown[worker, day][2 if statute_alone else 0] += persons
    for (worker, day), persons in _fresh_found(session, accesses).items():
        grown[worker, day][1] += persons
    for access in accesses:
        row = grown[access.worker, access.day]
        row[3] += access.denied
        row[4] += access.position in after_hours
    if not grown:
        return {}
    rows = [(worker, day, *more) for (worker, day), more in sorted(grown.items())]
    columns = dict(zip(("workers", "days", *_COUNTED), map(list, zip(*rows, strict=True)), strict=True))
    return {(row[0], row[1]): Day(*row[2:]) for row in session.execute(_DAYS, columns)}


_COUNTED = ("persons", "found", "by_statute", "denials", "after_hours")


def baselines(
    session: Session,
    days: Iterable[tuple[str, date]],
    *,
    back: int,
    judged: Sequence[str],
    late: Sequence[str],
) -> dict[tuple[str, date], Baseline]:
    """For each worker and day, that worker's active days of so many days before it.

    A day on which one of the rules `judged` raised an alert is no measure of what is usual, unless somebody found it
    legitimate: else whoever misuses the records day after day would soon do so unnoticed. Late hours become usual by
    themselves, for who works nights; a night that was looked into and not found legitimate is no such night.
    """
    asked = sorted(set(days))
    if not asked:
        return {}
    workers, first, last = {worker for worker, _ in asked}, asked[0][1], asked[0][1]
    for _, day in asked:
        first, last = min(first, day), max(last, day)
    rows = session.execute(
        select(
            WorkerDay.worker, WorkerDay.day, WorkerDay.persons, WorkerDay.found, WorkerDay.after_hours
        ).where(
            WorkerDay.worker.in_(workers), WorkerDay.day >= first - timedelta(days=back), WorkerDay.day < last
        )
    ).all()
    told = session.execute(
        select(Alert.key, Alert.rule, Alert.finding).where(
            Alert.worker.in_(workers),
            Alert.rule.in_([*judged, *late]),
            or_(Alert.finding.is_(None), Alert.finding != LEGITIMATE),
        )
    ).all()
    unusual = {key for key, rule, _ in told if rule in judged}
    found_wrong = {key for key, rule, finding in told if rule in late and finding is not None}
    found = {}
    for worker, day in asked:
        own = [row for row in rows if row[0] == worker and day - timedelta(days=back) <= row[1] < day]
        usual = [row for row in own if f"{row[0]}:{row[1]}" not in unusual]
        found[worker, day] = Baseline(
            opened=_usual([row[2] for row in usual]),
            found=_usual([row[3] for row in usual]),
            days_after_hours=sum(1 for row in own if row[4] and f"{row[0]}:{row[1]}" not in found_wrong),
        )
    return found


def _usual(persons: list[int]) -> Usual:
    active = [number for number in persons if number]
    if not active:
        return Usual(days=0, mean=0, deviation=0)
    mean = sum(active) / len(active)
    spread = sum((number - mean) ** 2 for number in active) / len(active)
    return Usual(days=len(active), mean=mean, deviation=spread**0.5)


def _fresh_persons(
    session: Session, accesses: Sequence[Access], unrelated: set[int]
) -> dict[tuple[str, date, bool], int]:
    """How many persons each worker opened for the first time that day; those by statute alone also by themselves."""
    rows = sorted(
        {
            (access.worker, access.day, person, statute)
            for access in accesses
            if access.opened
            for person in access.persons
            for statute in ((False, True) if access.position in unrelated else (False,))
        }
    )
    if not rows:
        return {}
    workers, days, persons, statutes = (list(column) for column in zip(*rows, strict=True))
    written = session.execute(
        _OPENED, {"workers": workers, "days": days, "persons": persons, "statutes": statutes}
    )
    return {(row[0], row[1], row[2]): row[3] for row in written}


def _fresh_found(session: Session, accesses: Sequence[Access]) -> dict[tuple[str, date], int]:
    """How many persons searches and lists showed each worker for the first time that day."""
    rows = sorted(
        {
            (access.worker, access.day, person)
            for access in accesses
            if access.found
            for person in access.persons
        }
    )
    if not rows:
        return {}
    workers, days, persons = (list(column) for column in zip(*rows, strict=True))
    written = session.execute(_FOUND, {"workers": workers, "days": days, "persons": persons})
    return {(row[0], row[1]): row[2] for row in written}


# Arrays, and not a parameter for each value: a batch of long lists has more of those than a statement may have, and the
# statement is made once.
_SEEN = text(
    """
    INSERT INTO workers_seen (worker, last_at)
    SELECT * FROM unnest(CAST(:workers AS text[]), CAST(:moments AS timestamptz[]))
    ON CONFLICT (worker) DO UPDATE SET last_at = greatest(workers_seen.last_at, excluded.last_at)
    """
)
_DAYS = text(
    """
    INSERT INTO worker_days AS d (worker, day, persons, found, by_statute, denials, after_hours)
    SELECT * FROM unnest(CAST(:workers AS text[]), CAST(:days AS date[]), CAST(:persons AS integer[]),
        CAST(:found AS integer[]), CAST(:by_statute AS integer[]), CAST(:denials AS integer[]),
        CAST(:after_hours AS integer[]))
    ON CONFLICT (worker, day) DO UPDATE SET persons = d.persons + excluded.persons, found = d.found + excluded.found,
        by_statute = d.by_statute + excluded.by_statute, denials = d.denials + excluded.denials,
        after_hours = d.after_hours + excluded.after_hours
    RETURNING worker, day, persons, found, by_statute, denials, after_hours
    """
)
_OPENED = text(
    """
    WITH fresh AS (
        INSERT INTO persons_of_days (worker, day, person_id, statute_alone)
        SELECT * FROM unnest(CAST(:workers AS text[]), CAST(:days AS date[]), CAST(:persons AS uuid[]),
            CAST(:statutes AS boolean[]))
        ON CONFLICT DO NOTHING RETURNING worker, day, statute_alone
    )
    SELECT worker, day, statute_alone, count(*) FROM fresh GROUP BY worker, day, statute_alone
    """
)
_FOUND = text(
    """
    WITH fresh AS (
        INSERT INTO persons_found (worker, day, person_id)
        SELECT * FROM unnest(CAST(:workers AS text[]), CAST(:days AS date[]), CAST(:persons AS uuid[]))
        ON CONFLICT DO NOTHING RETURNING worker, day
    )
    SELECT worker, day, count(*) FROM fresh GROUP BY worker, day
    """
)


def _emergencies(session: Session, workers: list[str]) -> dict[str, list[Period]]:
    """When the emergency accesses of these workers were open, each told for every linked record of the person."""
    rows = session.execute(
        select(
            Emergency.worker,
            Emergency.person_id,
            Emergency.valid_from,
            func.least(Emergency.valid_until, Emergency.ended_at),
        ).where(Emergency.worker.in_(workers), Emergency.valid_from.is_not(None))
    ).all()
    records = same_person.members_of_each(session, sorted({row[1] for row in rows})) if rows else {}
    found: dict[str, list[Period]] = defaultdict(list)
    for worker, person, began, ended in rows:
        found[worker] += [Period(each, began, ended) for each in records[person]]
    return found


def _own(session: Session, workers: list[str]) -> dict[str, set[UUID]]:
    """The records to which each worker's own sign-in was linked."""
    found: dict[str, set[UUID]] = defaultdict(set)
    for worker, person in session.execute(
        select(AccountOfPerson.account, AccountOfPerson.person_id).where(
            AccountOfPerson.account.in_(workers), AccountOfPerson.relation == SELF
        )
    ):
        found[worker].add(person)
    return found


def own_records(session: Session, worker: str) -> frozenset[UUID]:
    """All records of the person whose own sign-in it is, linked ones with them (IN-8)."""
    own = _own(session, [worker]).get(worker, set())
    return same_person.records_of(session, own)


def of_one_person(session: Session, worker: str, others: Collection[str]) -> bool:
    """Whether one of the other sign-ins belongs to the same person, whichever record of theirs it was linked to."""
    records = own_records(session, worker)
    return any(records & own_records(session, other) for other in others)


def _own_and_family(session: Session, workers: list[str]) -> dict[str, set[UUID]]:
    """The persons whom each worker must not look up at work: themselves, whom they act for, and their family.

    Whichever record of them is named (IN-8), and through whichever case they are a family.
    """
    mine, theirs = aliased(FamilyOfCase), aliased(FamilyOfCase)
    own = session.execute(
        select(AccountOfPerson.account, AccountOfPerson.person_id).where(AccountOfPerson.account.in_(workers))
    ).all()
    if not own:
        return {}
    records = same_person.members_of_each(session, {person for _, person in own})
    related: dict[UUID, set[UUID]] = defaultdict(set)
    for person, other in session.execute(
        select(mine.person_id, theirs.person_id)
        .join(theirs, theirs.case_id == mine.case_id)
        .where(mine.person_id.in_(set().union(*records.values())))
    ):
        related[person].add(other)
    near: dict[str, set[UUID]] = defaultdict(set)
    for worker, person in own:
        near[worker] |= records[person].union(*(related[record] for record in records[person]))
    everyone = same_person.members_of_each(session, set().union(*near.values()))
    return {
        worker: set().union(*(everyone[person] for person in persons)) for worker, persons in near.items()
    }

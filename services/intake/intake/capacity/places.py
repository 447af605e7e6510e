"""How many places a program has, how many are taken, and with whom the next one is (IN-6).

A place with a worker is taken by a case that cases counted, or by a turn that holds it until the case is counted. Both
are read in one statement, because cases may tell of a case at any moment and no place may be seen free in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from chassis.clocks import house_calendar
from chassis.work import Work
from intake.capacity.model import ProgramCapacity

# Whoever gives places away waits here for the one before to commit: one place is never given twice, across programs
# that share workers too. Events of cases do not wait; they only ever make a place count where it already counted.
_ONE_AT_A_TIME = 7_205_759_406


@dataclass(frozen=True)
class WorkerRoom:
    """What one worker carries for a program and may carry at most, by the share of full time.

    `spare` is below zero where more is carried than the maximum allows.
    """

    worker: str
    organisation: str
    full_time_percent: int
    carries: int
    reserved: int
    carries_in_all: int
    ideal: int
    maximum: int
    spare: int

    @property
    def free(self) -> int:
        """Places that can still be given."""
        return max(0, self.spare)

    @property
    def above_ideal(self) -> bool:
        """Whether more is carried than the ideal of 1:16, by the share of full time."""
        return self.carries + self.reserved > self.ideal

    @property
    def above_maximum(self) -> bool:
        """Whether more is carried than the maximum of 1:20, which only cases opened elsewhere can bring about."""
        return self.spare < 0

    @property
    def next_is_above_ideal(self) -> bool:
        """Whether one more goes beyond the ideal."""
        return self.carries + self.reserved >= self.ideal


@dataclass(frozen=True)
class Room:
    """The places of one program at this moment."""

    places: int
    taken: int
    free: int
    workers: tuple[WorkerRoom, ...] = ()

    def with_most_room(self) -> WorkerRoom | None:
        """The worker who carries least for their share of full time and has a free place."""
        free = [worker for worker in self.workers if worker.free]
        return min(free, key=lambda each: (_burden(each), each.worker), default=None)

    def of(self, worker: str) -> WorkerRoom | None:
        """The room of one worker; None for somebody who does not serve the program now."""
        return next((each for each in self.workers if each.worker == worker), None)


def one_at_a_time(work: Work) -> None:
    """From here to the end of the transaction nobody else gives places away."""
    work.session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_AT_A_TIME})


def room_in(work: Work, capacity: ProgramCapacity) -> Room:
    """The places of a program now."""
    today = house_calendar().day_of(work.now)
    return (_fixed if capacity.kind == "fixed_places" else _of_workers)(work, capacity, today)


def _fixed(work: Work, capacity: ProgramCapacity, today: date) -> Room:
    taken = int(work.session.execute(_HELD, {"program": capacity.program}).scalar_one())
    places = capacity.places or 0
    return Room(places=places, taken=taken, free=max(0, places - taken))


def _of_workers(work: Work, capacity: ProgramCapacity, today: date) -> Room:
    rows = work.session.execute(_WORKERS, {"program": capacity.program, "today": today}).mappings().all()
    workers = tuple(
        WorkerRoom(
            worker=row["worker"],
            organisation=row["organisation"],
            full_time_percent=row["full_time_percent"],
            carries=row["carries"],
            reserved=row["reserved"],
            carries_in_all=row["carries_in_all"],
            ideal=capacity.ideal * row["full_time_percent"] // 100,
            maximum=row["maximum"],
            spare=min(
                row["maximum"] - row["carries"] - row["reserved"],
                row["maximum_in_all"] - row["carries_in_all"] - row["reserved_in_all"],
            ),
        )
        for row in rows
    )
    return Room(
        places=sum(each.maximum for each in workers),
        taken=sum(each.maximum - each.free for each in workers),
        free=sum(each.free for each in workers),
        workers=workers,
    )


def _burden(worker: WorkerRoom) -> float:
    return (worker.carries + worker.reserved) / worker.full_time_percent


_HELD = text(
    "SELECT count(*) FROM turns WHERE program = :program AND state IN ('offered', 'placed') AND released_at IS NULL"
)
# A caseload weighs at least as much as it has cases: light cases do not make room beyond 1:20.
_WORKERS = text(
    """
    WITH serving AS (
        SELECT w.worker, w.program, w.organisation, w.full_time_percent, w.since,
            c.maximum * w.full_time_percent / 100 AS maximum
        FROM program_workers w JOIN program_capacities c ON c.program = w.program
        WHERE c.kind = 'caseload' AND w.since <= :today AND (w.until IS NULL OR w.until >= :today)
    ), holding AS (
        SELECT worker, program, count(*) AS held FROM turns
        WHERE state IN ('offered', 'placed') AND released_at IS NULL AND worker IS NOT NULL
        GROUP BY worker, program
    ), led AS (
        SELECT worker, program, count(*) AS cases FROM caseload_cases GROUP BY worker, program
    )
    SELECT s.worker, s.organisation, s.full_time_percent, s.maximum,
        CAST(coalesce(l.cases, 0) AS integer) AS carries,
        CAST(coalesce(h.held, 0) AS integer) AS reserved,
        CAST(greatest(coalesce(k.led_cases, 0), ceil(coalesce(k.weight, 0))) AS integer) AS carries_in_all,
        CAST((SELECT coalesce(sum(held), 0) FROM holding WHERE worker = s.worker) AS integer) AS reserved_in_all,
        CAST((SELECT sum(maximum) FROM serving WHERE worker = s.worker) AS integer) AS maximum_in_all
    FROM serving s
    LEFT JOIN holding h ON h.worker = s.worker AND h.program = s.program
    LEFT JOIN led l ON l.worker = s.worker AND l.program = s.program
    LEFT JOIN caseloads k ON k.worker = s.worker
    WHERE s.program = :program
    ORDER BY s.worker
    """
)

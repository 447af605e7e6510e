"""What a decision costs: may this caller see this record, and which of its fields (CO-9)?

    icm test-servers -- python -m tests.bench.decision

Two figures. `p99_ms` is what a decision costs in the process alone: the verified token recalled, the purpose and the
door's permission, the predicate's text, the fields narrowed to the categories that are open. `with_database_p99_ms` is
the whole decision as a door takes it, under row-level security on a database with a million grants: who looks is told
and whether consent is current learned, one record is asked for under the predicate, what its grants open is asked for,
the fields are narrowed, the transaction ends. What the door does beside it (its own work, the audit entry) is measured
by `bench-write` and `bench-audit`.

200,000 persons with a visit each, parts of it and parts of these; grants of workers, teams, organisations and a role,
by team, consent and statute, living and withdrawn; one person in five hundred restricted. Half of the decisions permit
a visit, a quarter a remark two parents deep, a quarter are refused, each fourth of these for a restricted person; the
process is patched and waits for PostgreSQL as a service does. `list_of_50_p99_ms` is a page of 50 visits, each
narrowed by itself.
"""

from __future__ import annotations

import os

os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"

import eventlet

eventlet.monkey_patch()

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from time import perf_counter
from typing import Any
from uuid import UUID

from joserfc.jwk import Key
from sqlalchemy import text

from chassis.access.predicate import condition
from chassis.database import Base, sessions
from chassis.doors.narrowing import narrowed
from chassis.errors import AccessDenied, NotFound
from chassis.identity import Actor, Verifier
from chassis.testing import ServiceDatabase, make_actor
from chassis.testing_openid import AUDIENCE, Provider
from chassis.trail import Trail
from chassis.transactions import door_work
from chassis.work import Work
from tests.bench import decision_records as records
from tests.bench.rig import percentile

DECISIONS = int(os.environ.get("BENCH_DECISIONS", "4000"))
LISTS = 300
WARM = 300
SEED = 20_260_304
PERMISSION = "cases.case.read"
VISIT_VIEW, REMARK_VIEW = records.VisitView(), records.RemarkView()


@dataclass
class OneKey:
    """The provider's key, in this process: fetching keys is no part of a decision."""

    provider: Provider

    def key_for(self, *, identifier: str, algorithm: str) -> Key | None:
        return self.provider.signer if identifier == self.provider.signer.kid else None

    def knows(self, identifier: str) -> bool:
        return identifier == self.provider.signer.kid


class Decisions:
    """Doors' transactions on the filled database."""

    def __init__(self, database: ServiceDatabase) -> None:
        engine = database.door.kw["bind"]
        self._reading = sessions(engine.execution_options(isolation_level="REPEATABLE READ"))

    @contextmanager
    def work(self, actor: Actor) -> Iterator[Work]:
        """A transaction as a door that reads has it."""
        trail = Trail(service="bench", door="bench", action="read")
        with door_work(
            self._reading, service="bench", actor=actor, trail=trail, consent_limit_s=86_400.0
        ) as work:
            yield work

    def one(self, actor: Actor, model: type[Base], view: Any, record_id: UUID) -> set[str] | None:
        """The categories shown of one record; None when it is refused."""
        try:
            with self.work(actor) as work:
                found = work.load(model, record_id)
                (seen,) = work.seen([found])
                _, shown, _ = narrowed(view, view.dump(found), seen=seen.categories)
                return shown
        except (AccessDenied, NotFound):
            return None

    def fifty(self, actor: Actor) -> int:
        """How many visits a page of 50 shows."""
        with self.work(actor) as work:
            wanted = work.visible(records.Visit)
            page = work.page(wanted, model=records.Visit, limit=50, cursor=None)
            for found, seen in zip(page.items, work.seen(page.items), strict=True):
                narrowed(VISIT_VIEW, VISIT_VIEW.dump(found), seen=seen.categories)
            return len(page.items)


def a_worker(number: int, *, purpose: str = "care") -> Actor:
    """The worker of this number, in a team and an organisation."""
    return make_actor(
        subject=f"worker-{number % records.WORKERS}",
        organisation=f"organisation-{number % records.ORGANISATIONS}",
        teams=[f"team-{number % records.TEAMS}"],
        purpose=purpose,
    )


def questions(chance: Random) -> Iterator[tuple[Actor, type[Base], Any, UUID, bool]]:
    """Who asks for what, and whether it must be shown: in turn a visit, a remark, a visit, something refused."""
    turn = 0
    while True:
        number, turn = chance.randrange(1, records.PERSONS), turn + 1
        if turn % 4 == 0:
            # Somebody else's; each fourth of them a restricted person's, whom nobody here reaches.
            number -= (number - 1) % records.RESTRICTED_EACH if turn % 16 == 0 else 0
            who = number if turn % 16 == 0 else number + 1
            yield a_worker(who), records.Visit, VISIT_VIEW, records.visit_of(number), False
            continue
        if number % records.RESTRICTED_EACH == 1:
            continue
        if turn % 4 == 2:
            # Findings of health are every third; others are not opened to the worker through the person.
            number -= number % 3
            if number and number % records.RESTRICTED_EACH != 1:
                yield a_worker(number), records.Remark, REMARK_VIEW, records.remark_of(number), True
            continue
        yield a_worker(number), records.Visit, VISIT_VIEW, records.visit_of(number), True


def timed(do: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds that it took, and what came of it."""
    began = perf_counter()
    outcome = do()
    return (perf_counter() - began) * 1000, outcome


def in_process(rounds: int) -> list[float]:
    """What a decision costs without the database: another of a hundred callers each time."""
    visit = records.Visit(
        id=records.visit_of(1), person_id=records.visit_of(1), complaint="c", lodging="l", remark="r"
    )
    dumped = VISIT_VIEW.dump(visit)
    provider = Provider(port=0)
    verifier = Verifier(issuer=provider.issuer, audience=AUDIENCE, keys=OneKey(provider))
    tokens = [provider.token(sub=f"worker-{each}", jti=f"token-{each}") for each in range(100)]

    def decide(token: str) -> bool:
        actor = verifier.actor(token, purpose="care", origin="127.0.0.1")
        may = PERMISSION in actor.permissions and bool(actor.grantees) and bool(condition(records.Visit))
        _, shown, _ = narrowed(VISIT_VIEW, dumped, seen={"health", "identity"})
        return may and shown == {"health"}

    took = []
    for each in range(WARM + rounds):
        ms, right = timed(lambda token=tokens[each % 100]: decide(token))
        if not right:
            sys.exit("a decision in process was wrong")
        took.append(ms)
    return took[WARM:]


def with_database(decisions: Decisions, chance: Random, rounds: int) -> list[float]:
    """What whole decisions cost; each is held against what must come of it."""
    took = []
    for asked, (actor, model, view, record_id, shown) in enumerate(questions(chance)):
        if asked == WARM + rounds:
            break
        ms, outcome = timed(lambda: decisions.one(actor, model, view, record_id))  # noqa: B023 - called at once
        if bool(outcome) is not shown:
            sys.exit(f"{actor.subject} and {model.__name__} {record_id}: {outcome}")
        took.append(ms)
    return took[WARM:]


def pages(decisions: Decisions, chance: Random, rounds: int) -> list[float]:
    """What a page of 50 costs, of another worker each time."""
    took = []
    for _ in range(WARM // 10 + rounds):
        actor = a_worker(chance.randrange(records.WORKERS))
        ms, lines = timed(lambda who=actor: decisions.fifty(who))
        if lines != 50:
            sys.exit(f"a page had {lines} lines")
        took.append(ms)
    return took[WARM // 10 :]


def main() -> None:
    """Fill, measure and print."""
    chance = Random(SEED)
    alone = in_process(DECISIONS * 5)
    with records.filled() as (database, grants):
        with database.superuser.connect() as connection:
            connection.execute(text("CHECKPOINT"))
        decisions = Decisions(database)
        whole = with_database(decisions, chance, DECISIONS)
        lists = pages(decisions, chance, LISTS)
    print(
        json.dumps(
            {
                "bench": "decision",
                "p50_ms": round(percentile(alone, 0.5), 4),
                "p99_ms": round(percentile(alone, 0.99), 4),
                "with_database_p50_ms": round(percentile(whole, 0.5), 3),
                "with_database_p99_ms": round(percentile(whole, 0.99), 3),
                "list_of_50_p50_ms": round(percentile(lists, 0.5), 2),
                "list_of_50_p99_ms": round(percentile(lists, 0.99), 2),
                "grants": grants,
                "decisions": len(whole),
            }
        )
    )


if __name__ == "__main__":
    main()

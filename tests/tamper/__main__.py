"""`make tamper`: a thousand attempts to change the audit log quietly, and as many looks at an honest one.

Each attempt is a superuser's transaction on a real PostgreSQL: one attack or several in a row, with traces hidden as
far as the attacker goes: leaves made to fit, tiles too, checkpoints too, even with the stolen signing key, even by
asking the witness to cosign. Then the auditor looks as auditors do: an export, the first public key, the witness's
newest checkpoint; and the house examines itself. After that the transaction is undone. In between the log lives on:
it grows, is cosigned, entries are erased by order, keys are exchanged; every such step must raise no alarm.

    icm test-servers -- python -m tests.tamper [ATTEMPTS] [SEED]
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from time import perf_counter
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from audit.log import merkle, tree
from audit.log.encoding import base64_of
from chassis.errors import Problem
from chassis.testing import migrated, scratch_database
from tests.tamper.attacks import EDITS
from tests.tamper.auditor import Auditor
from tests.tamper.ground import Ground
from tests.tamper.means import Means

ATTEMPTS, ROUNDS = 1_000, 20
TABLES = (
    "entries", "leaves", "tiles", "checkpoints", "witness_answers", "ordered_erasures", "erasures_done",
)  # fmt: skip


def main(attempts: int, seed: int) -> int:
    """Run all rounds and print the figures; 0 when everything was found and nothing else."""
    began, random = perf_counter(), Random(seed)
    detected, false_alarms, looks = 0, 0, 0
    by: Counter[str] = Counter()
    missed: list[str] = []
    folder = Path(tempfile.mkdtemp(prefix="icm-tamper-"))
    with scratch_database("audit", prepare=migrated) as database:
        ground = Ground(database, folder=folder, random=random)
        with ground.witnessed():
            auditor = Auditor(ground)
            for number in range(ROUNDS):
                for _ in _honest_steps(ground, number=number):
                    with ground.superuser.connect() as connection:
                        alarms = auditor.alarms(connection)
                    looks += 1
                    if any(alarms.values()):
                        false_alarms += 1
                        sys.stderr.write(f"false alarm: {alarms}\n")
                for _ in range(attempts * (number + 1) // ROUNDS - attempts * number // ROUNDS):
                    names, found = _attempt(ground, auditor, random)
                    by.update(found)
                    detected += bool(found)
                    if not found:
                        missed.append(names)
    for names in missed:
        sys.stderr.write(f"not found: {names}\n")
    figures = {
        "bench": "tamper",
        "attempts": attempts,
        "detected": detected,
        "false_alarms": false_alarms,
        "honest_looks": looks,
        "found_by": dict(by),
        "seed": seed,
        "seconds": round(perf_counter() - began),
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0 if detected == attempts and not false_alarms else 1


def _honest_steps(ground: Ground, *, number: int) -> Iterator[None]:
    """What happens to a log in life."""
    for each in range(2):
        ground.grow(ground.random.randint(1, 15) + (0 if number or each else 270))
        yield
    if number % 2:
        ground.erase()
        yield
    if number % 5 == 3:
        ground.exchange_key()
        yield


def _attempt(ground: Ground, auditor: Auditor, random: Random) -> tuple[str, list[str]]:
    """One attempt that changes something; the means by which it is found."""
    while True:
        names = [random.choice(list(EDITS)) for _ in range(random.choice([1, 1, 1, 2, 3]))]
        with ground.superuser.connect() as connection, connection.begin() as attack:
            before = _fingerprint(connection)
            means = Means(connection, random=random)
            for name in names:
                # What the constraints of the tables refuse has not happened.
                with suppress(IntegrityError), connection.begin_nested():
                    if means.can_go_on():
                        EDITS[name](means)
            if _fingerprint(connection) == before:
                attack.rollback()
                continue
            alarms = auditor.alarms(connection)
            found = [which for which, said in alarms.items() if said]
            if _witness_refuses(ground, connection):
                found.append("witness")
            attack.rollback()
        return " + ".join(names), found


def _fingerprint(connection: Connection) -> list[str | None]:
    """What stands in every table of the log, in short."""
    asked = "SELECT md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM {table} t"
    return [connection.execute(text(asked.format(table=table))).scalar() for table in TABLES]


def _witness_refuses(ground: Ground, connection: Connection) -> bool:
    """Whether the witness, shown the newest checkpoint as the attacker left it, refuses it as another past.

    Raises RuntimeError when it cosigns anything but what it knows.
    """
    row = connection.execute(
        text("SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1")
    ).one_or_none()
    if row is None or row.note == ground.newest_note:
        return False
    proof: list[bytes] = []
    if row.size > ground.size:
        with (
            suppress(Problem, ValueError),
            Session(connection, join_transaction_mode="create_savepoint") as session,
        ):
            path = merkle.consistency_path(earlier=ground.size, later=row.size)
            proof = tree.proof(session, path, size=row.size)
    lines = "".join(base64_of(digest) + "\n" for digest in proof)
    body = f"old {min(ground.size, row.size)}\n{lines}\n{row.note}".encode()
    asked = Request(f"{ground.witness_url}/add-checkpoint", data=body, method="POST")  # noqa: S310 - our own
    try:
        with urlopen(asked, timeout=5):  # noqa: S310
            raise RuntimeError("the witness cosigned a past that was not")
    except HTTPError as refusal:
        return refusal.code in (409, 422)


if __name__ == "__main__":
    sys.exit(
        main(
            int(sys.argv[1]) if sys.argv[1:] else ATTEMPTS,
            int(sys.argv[2]) if sys.argv[2:] else 2_026,
        )
    )

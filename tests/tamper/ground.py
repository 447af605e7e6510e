"""The log under attack: made by the service's own code, on a real PostgreSQL, before a real witness process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.request import urlopen
from uuid import UUID

from sqlalchemy import create_engine, text

from audit.entries.actions import append_many
from audit.log.actions import seal
from audit.log.keys import DEFAULT_ORIGIN, signing_keys
from audit.retention.actions import erase_ordered
from audit.retention.queries import stretches
from audit.witnesses.actions import ask_witnesses
from chassis import moment
from chassis.events import Received
from chassis.testing import ServiceDatabase
from chassis.transactions import lane_work
from chassis.work import Work
from icm.audit import end_key, make_key, rotate_key

PEOPLE = [UUID(int=each + 1) for each in range(12)]
LONG_AGO = datetime(2019, 5, 6, tzinfo=UTC)


class Ground:
    """One log, its key and its witness. Time is moved by hand, so that every run of a seed is the same."""

    def __init__(self, database: ServiceDatabase, *, folder: Path, random: Random) -> None:
        self.database, self.folder, self.random = database, folder, random
        self.key = folder / "audit.pem"
        self.policy = folder / "audit.policy"
        self.witness_url = ""
        self.size = 0
        make_key(self.key)
        os.environ["ICM_AUDIT_KEY_FILE"] = str(self.key)
        os.environ["ICM_AUDIT_POLICY_FILE"] = str(self.policy)
        self.first_key = signing_keys()[0].verifying.line()
        self.newest_note = ""
        # That of the tests commits by itself; an attack is one transaction, undone at the end.
        self.superuser = create_engine(database.superuser.url)
        self._now = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)
        moment.told_by(lambda: self._now)

    @contextmanager
    def witnessed(self) -> Iterator[None]:
        """Start the witness, with a key and a store of its own."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        home = self.folder / "witness"
        home.mkdir(mode=0o700)
        environment = {
            **os.environ,
            "ICM_WITNESS_KEY_FILE": str(home / "witness.pem"),
            "ICM_WITNESS_STORE": str(home / "store.sqlite"),
            "ICM_WITNESS_POLICY_FILE": str(self.policy),
            "ICM_WITNESS_PORT": str(port),
            "ICM_WITNESS_HOST": "127.0.0.1",
        }
        command = [sys.executable, "-m", "witness"]
        made = subprocess.run([*command, "key"], env=environment, capture_output=True, text=True, check=True)
        self.witness_url, self._witness_key = f"http://127.0.0.1:{port}", made.stdout.strip()
        self.write_policy()
        process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        try:
            _wait_for(f"{self.witness_url}/readyz")
            yield
        finally:
            process.terminate()
            process.wait()

    def write_policy(self) -> None:
        """What the witness and auditors are told of the log's keys: those that sign now."""
        keys = "".join(f"log {key.verifying.line()}\n" for key in signing_keys())
        self.policy.write_text(f"{keys}witness w1 {self._witness_key} {self.witness_url}\nquorum w1\n")

    @property
    def trusted(self) -> str:
        """An auditor's own policy: the very first key of the log, got once, and the witness."""
        return f"log {self.first_key}\nwitness w1 {self._witness_key}\nquorum w1\n"

    @contextmanager
    def at_work(self) -> Iterator[Work]:
        """A transaction of the service itself, a second later than the last."""
        self._now += timedelta(seconds=1)
        with lane_work(self.database.lane, service="audit") as work:
            yield work

    def grow(self, entries: int, *, told: list[dict[str, Any]] | None = None) -> None:
        """Append entries in one batch, seal, and have it cosigned."""
        told = told or [an_entry(self.random) for _ in range(entries)]
        with self.at_work() as work:
            self.size += append_many(work, events=[as_event(each) for each in told])
        with self.at_work() as work:
            sealed = seal(work)
            self.newest_note = sealed.note if sealed is not None else self.newest_note
        with self.at_work() as work:
            answers = ask_witnesses(work)
        if [answer.outcome for answer in answers] != ["cosigned"]:
            raise RuntimeError(f"the witness answered {[answer.outcome for answer in answers]}")

    def erase(self) -> None:
        """Order the erasure of some entries by an entry of the log, as the service does, and carry it out."""
        positions = self.random.sample(range(self.size), k=self.random.randint(1, 6))
        with self.at_work() as work:
            gone = _orders(work)
        order = an_entry(self.random, service="audit")
        order["erases"] = stretches(set(positions) - gone) or [[0, 0]]
        if set(positions) <= gone:
            return
        self.grow(1, told=[order])
        with self.at_work() as work:
            erase_ordered(work)

    def exchange_key(self) -> None:
        """A new key with the old one's word for it, a checkpoint by both, and the end of the old one."""
        old = signing_keys()[0].verifying.key_id.hex()
        rotate_key(self.key, origin=DEFAULT_ORIGIN)
        self.write_policy()
        self.grow(self.random.randint(1, 5))
        end_key(self.key, key_id=old, after=self.size, origin=DEFAULT_ORIGIN)
        self.write_policy()
        self.grow(self.random.randint(1, 5))


def _orders(work: Work) -> set[int]:
    """The positions that are orders: those are never erased."""
    rows = work.session.execute(text("SELECT position FROM entries WHERE words LIKE '%\"erases\"%'"))
    return {row[0] for row in rows}


def an_entry(random: Random, *, service: str | None = None) -> dict[str, Any]:
    """An access, long ago enough to be erased."""
    service = service or random.choice(["cases", "intake", "consent", "portal"])
    denied = random.random() < 0.1
    told: dict[str, Any] = {
        "entry_id": str(UUID(int=random.getrandbits(128), version=4)),
        "at": (LONG_AGO + timedelta(seconds=random.randrange(10**7))).isoformat(),
        "service": service,
        "door": random.choice(["read_case", "search_people", "read_plan"]),
        "action": "read",
        "outcome": "denied" if denied and service != "audit" else "permitted",
        "actor": {
            "subject": f"worker-{random.randrange(9)}",
            "organisation": "school",
            "roles": ["practitioner"],
        },
        "purpose": "care",
        "basis": [{"grant": str(UUID(int=random.getrandbits(128), version=4)), "basis": "team"}],
        "records": [{"kind": "case", "id": str(random.choice(PEOPLE))}],
        "persons": [str(random.choice(PEOPLE))],
        "categories": ["education"],
        "withheld": [],
        "restricted": False,
        "origin": None,
        "trace_id": None,
    }
    return told


def as_event(told: dict[str, Any]) -> Received:
    """The entry as the lane gets it."""
    return Received(
        id=UUID(told["entry_id"]),
        key=f"{told['service']}.access.recorded.v1",
        source=told["service"],
        subject=told["service"],
        version=None,
        time=datetime.fromisoformat(told["at"]),
        data=told,
    )


def _wait_for(url: str) -> None:
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        with suppress(OSError), urlopen(url, timeout=1):  # noqa: S310 - our own witness
            return
        time.sleep(0.05)
    raise RuntimeError("the witness does not answer")

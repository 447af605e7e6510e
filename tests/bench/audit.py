"""The audit log under load: how fast it takes entries, proves, and is verified (AU-1, AU-4).

`appends_per_s` is end to end: another service writes access entries into its outbox (ten transactions at a time, ten
entries each) and relays them through RabbitMQ to the audit service, which runs as in life, with its lane, its clocks
and the feed of the stream. It counts from the first transaction to the signed checkpoint that covers the last entry;
PostgreSQL runs with fsync and synchronous_commit. `cpu_ms_per_entry` is what the audit process itself spends.

Then the log is filled to `entries` by the service's own appending, in large batches and without a broker, and proofs
are asked for through the doors, token check and transaction included: inclusion and consistency, anywhere in the log.
At last the whole log is exported and the offline verifier reads it in a process of its own.

    icm test-servers -- python -m tests.bench.audit [ENTRIES]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from time import monotonic, perf_counter, sleep
from typing import Any
from uuid import UUID, uuid4

from chassis import contracts
from chassis.testing_messages import Program
from tests.bench import rig

KEY = "cases.access.recorded.v1"
EACH = 10
WRITERS = 10
WARM_UP = 5_000
APPENDED = 30_000
ROUNDS = 3
ENTRIES = 1_000_000
AT_ONCE = 2_000
PROOFS = 2_000
CHECKOUT = Path(__file__).resolve().parents[2]


def main(entries: int) -> None:
    """Run the three parts and print the figures as one line of JSON."""
    from chassis.testing import migrated, scratch_database

    folder = Path(tempfile.mkdtemp(prefix="icm-bench-"))
    os.environ["ICM_AUDIT_KEY_FILE"] = str(_a_key(folder))
    with scratch_database("audit", prepare=migrated) as database:
        figures = _appending(database)
        figures |= _proving(database, entries)
        figures |= _verifying(database, folder)
    sys.stdout.write(json.dumps({"bench": "audit", **figures}) + "\n")


# --- appending ----------------------------------------------------------------------------------------------


def _appending(database: Any) -> dict[str, Any]:
    catalogue = {KEY: contracts.event_contracts()[KEY]}
    with (
        rig.fresh_vhost(events=catalogue) as urls,
        rig.database() as written,
        _audit_service(database, amqp_url=urls["audit"]) as pid,
        rig.process("tests.bench.audit", "writer", amqp_url=urls["cases"], database_url=written) as writer,
    ):
        _through(writer, database, WARM_UP)
        before, rounds = _cpu_s(pid), []
        for _ in range(ROUNDS):
            rounds.append(_through(writer, database, APPENDED))
        spent = _cpu_s(pid) - before
    return {
        "appends_per_s": round(rig.median(rounds)),
        "rounds_per_s": [round(rate) for rate in rounds],
        "cpu_ms_per_entry": round(spent * 1000 / (ROUNDS * APPENDED), 3),
    }


def _through(writer: Program, database: Any, entries: int) -> float:
    """Entries a second, from the first transaction of the other service to the checkpoint over the last entry."""
    due = _sealed(database) + entries
    began = monotonic()
    writer.tell(do="write", entries=entries)
    while _sealed(database) < due:
        if monotonic() - began > 60 + entries / 100:
            sys.exit(f"only {_sealed(database)} of {due} entries were sealed")
        sleep(0.02)
    took = monotonic() - began
    writer.answer()
    return entries / took


def _sealed(database: Any) -> int:
    with database.superuser.connect() as connection:
        return int(connection.exec_driver_sql("SELECT coalesce(max(size), 0) FROM checkpoints").scalar_one())


@contextmanager
def _audit_service(database: Any, *, amqp_url: str) -> Iterator[int]:
    """The audit service as it runs in life; gives its process id."""
    environment = {
        **os.environ,
        "ICM_DATABASE_URL": database.door_url,
        "ICM_LANE_DATABASE_URL": database.lane_url,
        "ICM_AMQP_URL": amqp_url,
        "ICM_OIDC_ISSUER": "http://127.0.0.1:9",
        "ICM_CONTRACTS": str(CHECKOUT / "contracts"),
        "ICM_LOG_LEVEL": "WARNING",
    }
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-m", "audit"], env=environment)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run_writer(settings: dict[str, Any]) -> None:
    """The other service: transactions with access entries in their outbox, and the relay."""
    import eventlet
    from sqlalchemy.orm import Session

    from chassis import outbox
    from chassis.database import Base, open_engine
    from chassis.events import Event
    from chassis.outbox_relay import Relay

    engine = open_engine(settings["database_url"], pool_size=WRITERS)
    names = (outbox.OutboxMessage.__tablename__, outbox.SubjectVersion.__tablename__)
    Base.metadata.create_all(engine, tables=[Base.metadata.tables[name] for name in names])
    relay = Relay(amqp_url=settings["amqp_url"], database_url=settings["database_url"], service="cases")
    relay.start()

    def write_many(transactions: int) -> None:
        for _ in range(transactions):
            told = [an_entry() for _ in range(EACH)]
            happened = [
                Event(key=KEY, subject="cases", data=each, id=UUID(each["entry_id"]), ordered=False)
                for each in told
            ]
            with Session(engine) as session, session.begin():
                outbox.append(session, happened, source="cases", traceparent=None)

    while not relay.active:
        eventlet.sleep(0.01)
    rig.answer(ready=True)
    for order in rig.orders():
        share = order["entries"] // EACH // WRITERS
        for each in [eventlet.spawn(write_many, share) for _ in range(WRITERS)]:
            each.wait()
        rig.answer(**relay.figures())
    relay.stop()


_PEOPLE = [str(uuid4()) for _ in range(5_000)]
_RANDOM = Random(4)


def an_entry() -> dict[str, Any]:
    """An access as the doors tell it: one person, one case, one grant."""
    from chassis import moment

    return {
        "entry_id": str(uuid4()),
        "at": moment.now().isoformat(),
        "service": "cases",
        "door": "read_assessment",
        "action": "read",
        "outcome": "permitted",
        "actor": {
            "subject": f"worker-{_RANDOM.randrange(300)}",
            "organisation": "school",
            "roles": ["practitioner"],
        },
        "purpose": "care",
        "basis": [{"grant": str(uuid4()), "basis": "team"}],
        "records": [{"kind": "case", "id": _RANDOM.choice(_PEOPLE)}],
        "persons": [_RANDOM.choice(_PEOPLE)],
        "categories": ["education", "identity"],
        "withheld": ["health"],
        "restricted": False,
        "origin": "192.0.2.7",
        "trace_id": f"{_RANDOM.getrandbits(128):032x}",
    }


# --- proving ------------------------------------------------------------------------------------------------


def _proving(database: Any, entries: int) -> dict[str, Any]:
    """Fill the log, then time proofs as a caller of the door gets them."""
    import orjson

    from chassis.rpc import Call
    from chassis.testing_openid import running_provider

    size = _sealed(database)
    while size < entries:
        size += _filled(database, min(AT_ONCE, entries - size))
    _seal(database)
    with database.superuser.connect() as connection:  # a log that has grown over years was tidied on the way
        connection.exec_driver_sql("VACUUM ANALYZE")
    random, took = Random(5), []
    with running_provider() as provider:
        keeper = _keeper(database, issuer=provider.issuer)
        token = provider.token(
            sub="auditor", roles=["auditor"], organisation="province", teams=[], jti="bench"
        )
        for number in range(PROOFS + 100):
            if number % 2:
                door, asked = "inclusion_proof", {"position": random.randrange(size)}
            else:
                door, asked = "consistency_proof", {"earlier": random.randrange(1, size)}
            deadline = int((monotonic() + 3_600) * 1000) + 10**12
            call = Call(door=door, body=orjson.dumps(asked), headers={"token": token}, deadline_ms=deadline)
            began = perf_counter()
            reply = keeper.handle(call)
            took.append(perf_counter() - began)
            if reply.http != 200:
                sys.exit(f"{door} was answered {reply.http}: {reply.body!r}")
    took = took[100:]
    return {
        "entries": size,
        "proof_p50_ms": round(rig.percentile(took, 0.5) * 1000, 2),
        "proof_p99_ms": round(rig.percentile(took, 0.99) * 1000, 2),
    }


def _keeper(database: Any, *, issuer: str) -> Any:
    from audit.service import AuditService
    from chassis.doors.keeper import Keeper
    from chassis.identity import Verifier
    from chassis.testing_openid import AUDIENCE

    return Keeper(
        service=AuditService,
        factory=database.door,
        verifier=Verifier(issuer=issuer, audience=AUDIENCE),
        consent_limit_s=10.0,
    )


def _filled(database: Any, entries: int) -> int:
    from audit.entries.actions import append_many
    from chassis import moment
    from chassis.events import Received
    from chassis.transactions import lane_work

    told = [an_entry() for _ in range(entries)]
    received = [
        Received(
            id=UUID(each["entry_id"]), key=KEY, source="cases", subject="cases", version=None,
            time=moment.now(), data=each,
        )
        for each in told
    ]  # fmt: skip
    with lane_work(database.lane, service="audit") as work:
        return append_many(work, events=received)


def _seal(database: Any) -> None:
    from audit.log.actions import seal
    from chassis.transactions import lane_work

    with lane_work(database.lane, service="audit") as work:
        seal(work)


# --- verifying ----------------------------------------------------------------------------------------------


def _verifying(database: Any, folder: Path) -> dict[str, Any]:
    """Export the log as the gateway does, and let the verifier read it in a process of its own."""
    import orjson

    from audit.entries.export import export_entries
    from chassis.testing import make_actor
    from chassis.trail import Trail
    from chassis.transactions import door_work

    path, entries = folder / "audit-log.ndjson", 0
    start: int | None = 0
    size: int | None = None
    with path.open("wb") as file:
        while start is not None:
            with door_work(
                database.door,
                service="audit",
                actor=make_actor(subject="auditor", roles=["auditor"], organisation="province"),
                trail=Trail(service="audit", door="export_entries", action="export"),
                consent_limit_s=10.0,
            ) as work:
                page = export_entries(work, start=start, size=size, limit=AT_ONCE, first=start == 0)
            file.writelines(orjson.dumps(line) + b"\n" for line in page.lines)
            start, size = page.next, page.size
            entries = page.size
    began = perf_counter()
    # What the verifier says stands before the figures, which are the last line.
    command = [sys.executable, "-m", "audit.verifier", str(path), "--key", str(folder / "audit.pub")]
    with subprocess.Popen(command) as verifier:
        _, status, used = os.wait4(verifier.pid, 0)
        verifier.returncode = os.waitstatus_to_exitcode(status)
    took = perf_counter() - began
    if verifier.returncode:
        sys.exit("the verifier does not call the log sound")
    return {
        "verify_entries_per_s": round(entries / took),
        "verify_peak_mb": round(used.ru_maxrss / 1024),
    }


def _a_key(folder: Path) -> Path:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    from audit.log.keys import DEFAULT_ORIGIN
    from audit.log.notes import SigningKey

    private = Ed25519PrivateKey.generate()
    path = folder / "audit.pem"
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    line = SigningKey(name=DEFAULT_ORIGIN, private=private).verifying.line()
    (folder / "audit.pub").write_text(line + "\n")
    return path


if __name__ == "__main__":
    if sys.argv[1:2] == ["writer"]:
        import eventlet

        eventlet.monkey_patch()
        run_writer(json.loads(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else ENTRIES)

"""A safe write against the usual unsafe one, in one run on one machine (GW-1, AU-1, OP-3).

    icm with-platform -- python -m tests.bench.write

Ours: POST /api/v1/referrals - token verified twice, permission and grants checked, row-level security, the
referral with its grants and clock, its event, its audit entry and its idempotency key in one transaction;
published and confirmed by the relay, appended to the log by audit, all while the clock runs. Theirs: a
stock nameko HTTP entrypoint, RpcProxy, one insert of the same row into a table like ours, commit, then
dispatch to one reader.

Both sides are warmed and measured in turn, several rounds, with the same client and number of connections.
Medians of the rounds are told; p99 is that of all our requests. A round of ours ends when the outbox is
empty again, so that what is counted was also published and confirmed; the rate is of acknowledged writes
over that whole time.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, perf_counter
from typing import Any

import eventlet
from sqlalchemy import Engine, create_engine, text

from tests.bench.referrals import PROGRAMS, a_referral, access_token, environment, recorded_people
from tests.bench.stock_write import TABLE

CONNECTIONS = 16
ROUNDS = 5
SECONDS = 6.0
WARM_SECONDS = 3.0
PATIENCE_S = 60.0


def load(
    url: str, *, headers: dict[str, str], bodies: list[dict[str, Any]], seconds: float
) -> dict[str, Any]:
    """Run the client in a process of its own."""
    plan = {
        "url": url,
        "headers": {"Content-Type": "application/json", **headers},
        "bodies": bodies,
        "connections": CONNECTIONS,
        "seconds": seconds,
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def until_published(intake: Engine) -> None:
    """Wait until the outbox of intake is empty: everything acknowledged has been published and confirmed."""
    ends = monotonic() + PATIENCE_S
    while monotonic() < ends:
        with intake.connect() as connection:
            if not connection.execute(text("SELECT EXISTS (SELECT 1 FROM outbox)")).scalar():
                return
        eventlet.sleep(0.02)
    sys.exit("the outbox did not empty")


@contextmanager
def stock_platform(intake: Engine) -> Iterator[str]:
    """The unsafe services, running; gives the URL to post to."""
    with intake.begin() as connection:
        connection.execute(text(f"CREATE TABLE {TABLE} (LIKE referrals INCLUDING ALL)"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        **os.environ,
        "BENCH_HTTP_PORT": str(port),
        "BENCH_DATABASE_URL": environment("ICM_INTAKE_OWNER_URL"),
    }
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench.stock_write", part], env=settings, stderr=sys.stderr
        )
        for part in ("reader", "referrals", "gateway")
    ]
    try:
        ends = monotonic() + PATIENCE_S
        while monotonic() < ends:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                eventlet.sleep(0.1)
        else:
            sys.exit("the stock services did not start")
        yield f"http://127.0.0.1:{port}/referrals"
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(timeout=20)
        with intake.begin() as connection:
            connection.execute(text(f"DROP TABLE {TABLE}"))


def main() -> None:
    """Measure and print."""
    token = access_token("intake-worker")
    headers = {"Authorization": f"Bearer {token}"}
    people = recorded_people(token)
    bodies = [a_referral(person, program) for program in PROGRAMS for person in people]
    ours_url = f"{environment('ICM_BASE_URL')}/api/v1/referrals"
    intake = create_engine(environment("ICM_INTAKE_OWNER_URL"))

    def ours(seconds: float) -> tuple[float, list[float]]:
        told = load(ours_url, headers=headers, bodies=bodies, seconds=seconds)
        drained = perf_counter()
        until_published(intake)
        spent = told["seconds"] + perf_counter() - drained
        return told["done"] / spent, told["ms"]

    with stock_platform(intake) as stock_url:

        def unsafe(seconds: float) -> float:
            told = load(stock_url, headers={}, bodies=bodies, seconds=seconds)
            return float(told["done"] / told["seconds"])

        ours(WARM_SECONDS)
        unsafe(WARM_SECONDS)
        our_rates, unsafe_rates, latencies = [], [], []
        for number in range(ROUNDS):
            rate, ms = ours(SECONDS)
            our_rates.append(rate)
            latencies += ms
            unsafe_rates.append(unsafe(SECONDS))
            print(f"round {number + 1}: ours {rate:.0f}/s, unsafe {unsafe_rates[-1]:.0f}/s", flush=True)
    ratio = statistics.median(mine / theirs for mine, theirs in zip(our_rates, unsafe_rates, strict=True))
    print(
        json.dumps(
            {
                "bench": "write",
                "ours_per_s": round(statistics.median(our_rates), 1),
                "unsafe_per_s": round(statistics.median(unsafe_rates), 1),
                "ratio": round(ratio, 2),
                "p99_ms": round(sorted(latencies)[int(len(latencies) * 0.99)], 1),
            }
        )
    )


if __name__ == "__main__":
    main()

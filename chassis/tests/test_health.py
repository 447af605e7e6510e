"""A process tells over HTTP whether it lives, whether it can work, and what it has counted (OP-1, OP-4)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest
import requests
from sqlalchemy import Engine, create_engine, make_url, text

HEAD = """
import eventlet; eventlet.monkey_patch()
import os, sys
from eventlet import tpool
from chassis import health, hub, logs, metrics, sampling
from chassis.database import open_engine
logs.start(service="intake", stream=sys.stderr)
"""
TAIL = """
print(app.start(host="127.0.0.1", port=0), flush=True)
while True:
    line = tpool.execute(sys.stdin.readline).strip()
    if not line:
        break
    exec(line)
    print("done", flush=True)
"""


class Process:
    """A patched process with health on a free port; `do` runs a line of Python in it."""

    def __init__(self, running: subprocess.Popen[str]) -> None:
        self._running = running
        assert running.stdout is not None
        self.url = f"http://127.0.0.1:{int(running.stdout.readline())}"

    def get(self, path: str) -> requests.Response:
        return requests.get(self.url + path, timeout=10)

    def do(self, line: str) -> None:
        assert self._running.stdin is not None and self._running.stdout is not None
        self._running.stdin.write(line + "\n")
        self._running.stdin.flush()
        assert self._running.stdout.readline() == "done\n"


@contextmanager
def process(program: str, **more: str) -> Iterator[Process]:
    environment = {**os.environ, "PSYCOPG_WAIT_FUNC": "wait_select", **more}
    running = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", HEAD + textwrap.dedent(program) + TAIL],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        yield Process(running)
    finally:
        running.kill()
        running.communicate()


@pytest.fixture
def database() -> Iterator[tuple[str, Engine]]:
    server = make_url(os.environ["ICM_TEST_POSTGRES_URL"]).set(drivername="postgresql+psycopg")
    name = f"health_{uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = server.set(database=name)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    yield url.render_as_string(False), engine
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def checks_of(answer: requests.Response) -> dict[str, Any]:
    checks: dict[str, Any] = answer.json()["checks"]
    return {name: (check["ok"], check.get("cause")) for name, check in checks.items()}


def test_a_process_that_lives_says_so() -> None:
    with process('app = health.Health(service="intake", checks={})') as running:
        answer = running.get("/livez")

    assert (answer.status_code, answer.json()) == (200, {"service": "intake", "alive": True})


def test_it_is_ready_when_every_check_holds_and_names_the_one_that_does_not() -> None:
    program = """
        state = {"up": True}
        app = health.Health(
            service="intake", checks={"broker": health.link_up(lambda: state["up"]), "other": lambda: True}
        )
    """
    with process(program) as running:
        ready = running.get("/readyz")
        running.do('state["up"] = False')
        cut_off = running.get("/readyz")

    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    assert (cut_off.status_code, cut_off.json()["ready"]) == (503, False)
    assert checks_of(cut_off) == {"broker": (False, "link_down"), "other": (True, None)}


def test_a_check_that_hangs_is_given_up_after_its_time_and_delays_no_other() -> None:
    program = """
        app = health.Health(
            service="intake",
            checks={f"slow_{n}": lambda: eventlet.sleep(60) for n in range(5)} | {"quick": lambda: True},
            timeout_s=0.3,
        )
    """
    with process(program) as running:
        began = monotonic()
        answer = running.get("/readyz")
        took = monotonic() - began

    assert took < 1.0
    assert answer.status_code == 503
    assert checks_of(answer) == {f"slow_{n}": (False, "timeout") for n in range(5)} | {"quick": (True, None)}


def test_a_check_that_fails_tells_the_class_of_the_fault_and_not_its_words() -> None:
    program = """
        def broken():
            raise ValueError("postgresql://intake:secret@host")
        app = health.Health(service="intake", checks={"odd": broken})
    """
    with process(program) as running:
        answer = running.get("/readyz")

    assert checks_of(answer) == {"odd": (False, "ValueError")}
    assert "secret" not in answer.text


def test_a_process_that_is_stopping_is_alive_and_not_ready() -> None:
    with process('app = health.Health(service="intake", checks={"other": lambda: True})') as running:
        running.do("app.stopping()")

        assert running.get("/readyz").status_code == 503
        assert running.get("/livez").status_code == 200


DATABASE = """
    engine = open_engine(os.environ["DATABASE"], pool_size=2)
    metrics.watch_pool("door", engine)
    app = health.Health(service="intake", checks={"database": health.database_answers(engine)})
"""
MIGRATED = DATABASE.replace(
    "})", ', "migrations": health.migrated(engine, head="0002", earlier=frozenset({"0001"}))})'
)


@pytest.mark.postgres
def test_a_database_that_is_behind_is_not_ready_and_one_that_is_ahead_is(
    database: tuple[str, Engine],
) -> None:
    url, owner = database
    with process(MIGRATED, DATABASE=url) as running, owner.connect() as connection:
        before = checks_of(running.get("/readyz"))
        connection.execute(text("CREATE TABLE alembic_version (version_num text)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('0001')"))
        behind = checks_of(running.get("/readyz"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))
        agreed = running.get("/readyz")
        connection.execute(text("UPDATE alembic_version SET version_num = '0003'"))
        ahead = running.get("/readyz")

    assert before == {"database": (True, None), "migrations": (False, "never_migrated")}
    assert behind["migrations"] == (False, "migration_behind")
    assert agreed.status_code == 200
    assert ahead.status_code == 200


@pytest.mark.postgres
def test_readiness_comes_back_with_the_database(database: tuple[str, Engine]) -> None:
    url, _ = database
    name = make_url(url).database
    server = make_url(os.environ["ICM_TEST_POSTGRES_URL"]).set(drivername="postgresql+psycopg")
    outside = create_engine(server, isolation_level="AUTOCOMMIT")
    with process(DATABASE, DATABASE=url) as running, outside.connect() as connection:
        assert checks_of(running.get("/readyz")) == {"database": (True, None)}
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = :name AND pid <> pg_backend_pid()"
            ),
            {"name": name},
        )
        gone = running.get("/readyz")
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
        back = running.get("/readyz")
    outside.dispose()

    assert (gone.status_code, checks_of(gone)) == (503, {"database": (False, "OperationalError")})
    assert back.status_code == 200


def test_a_database_that_never_answers_is_given_up_within_the_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"postgresql+psycopg://a:b@127.0.0.1:{mute.getsockname()[1]}/c"
        with process(DATABASE, DATABASE=url) as running:
            began = monotonic()
            answer = running.get("/readyz")
            took = monotonic() - began
            alive = running.get("/livez")

    assert (answer.status_code, alive.status_code) == (503, 200)
    assert took < 3.0


@pytest.mark.postgres
def test_metrics_show_the_hub_the_pool_and_what_stands_in_the_database(database: tuple[str, Engine]) -> None:
    url, owner = database
    with owner.connect() as connection:
        connection.execute(
            text(
                "CREATE TABLE clocks "
                "(kind text, breached_at int, met_at int, cancelled_at int, circumstances text)"
            )
        )
        connection.execute(text("INSERT INTO clocks VALUES ('first_contact', 1, NULL, NULL, NULL)"))
        connection.execute(text("INSERT INTO clocks VALUES ('first_contact', 1, 2, NULL, 'told')"))
        connection.execute(text("CREATE TABLE parked_events (reason text)"))
        connection.execute(text("INSERT INTO parked_events VALUES ('out_of_order')"))
    with process(DATABASE, DATABASE=url) as running:
        running.do("hub.watch_hub(every_s=0.01); eventlet.sleep(0.1); assert sampling.sample(engine)")
        shown = running.get("/metrics")

    assert shown.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'icm_clocks_overdue{kind="first_contact"} 1.0' in shown.text
    assert 'icm_clocks_unexplained{kind="first_contact"} 1.0' in shown.text
    assert 'icm_clock_breaches_total{kind="first_contact"} 2.0' in shown.text
    assert 'icm_events_parked{reason="out_of_order"} 1.0' in shown.text
    assert 'icm_database_pool_size{role="door"} 2.0' in shown.text
    assert "icm_hub_lag_seconds_count" in shown.text


def test_a_handler_that_computes_shows_as_hub_lag() -> None:
    program = """
        from time import monotonic
        def compute(seconds):
            ends = monotonic() + seconds
            while monotonic() < ends:
                pass
        app = health.Health(service="intake", checks={})
    """
    with process(program) as running:
        running.do("hub.watch_hub(every_s=0.01); eventlet.sleep(0.05); compute(0.3); eventlet.sleep(0.05)")
        shown = running.get("/metrics").text

    late = {line for line in shown.splitlines() if line.startswith("icm_hub_lag_seconds_bucket")}
    under = next(float(line.split()[-1]) for line in late if 'le="0.1"' in line)
    everything = next(float(line.split()[-1]) for line in late if 'le="+Inf"' in line)
    assert everything - under == 1

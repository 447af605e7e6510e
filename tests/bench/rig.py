"""What the benches stand on: a vhost and databases of their own on the test servers, and processes that speak JSON.

Run them by `icm test-servers -- python -m tests.bench.<name>`, which gives ICM_TEST_POSTGRES_URL, ICM_TEST_AMQP_URL and
ICM_TEST_MANAGEMENT_URL.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import requests

from chassis.topology import USERS, definitions
from chassis.topology_import import apply

PATIENCE_S = 30


def environment(name: str) -> str:
    """A variable that `icm test-servers` sets; ends the bench with a hint when it is missing."""
    value = os.environ.get(name)
    if not value:
        sys.exit(f"{name} is missing: run this by `icm test-servers -- {sys.executable} -m tests.bench.…`")
    return value


@contextmanager
def vhost(*, events: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    """A fresh virtual host with the whole topology; gives the AMQP URL of every user."""
    management = environment("ICM_TEST_MANAGEMENT_URL")
    name = f"bench-{uuid4().hex[:8]}"
    passwords = {user: uuid4().hex for user in USERS}
    apply(management, definitions(passwords, events=events), vhost=name)
    broker = urlsplit(environment("ICM_TEST_AMQP_URL"))
    place = f"{broker.hostname}:{broker.port or 5672}"
    try:
        yield {
            user: f"amqp://{user}:{password}@{place}/{quote(name)}" for user, password in passwords.items()
        }
    finally:
        base = urlsplit(management)
        with requests.Session() as session:
            session.trust_env = False
            session.auth = (base.username or "guest", base.password or "guest")
            session.delete(
                f"{base.scheme}://{base.hostname}:{base.port}/api/vhosts/{quote(name, safe='')}",
                timeout=PATIENCE_S,
            )


@contextmanager
def database() -> Iterator[str]:
    """A fresh database; gives its SQLAlchemy URL, as superuser."""
    server = environment("ICM_TEST_POSTGRES_URL").replace("postgresql+psycopg://", "postgresql://", 1)
    name = f"bench_{uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(server)._replace(scheme="postgresql+psycopg", path=f"/{name}"))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


class Process:
    """A bench module run as its own process in a role; it reads orders and prints answers, one JSON object a line."""

    def __init__(self, module: str, role: str, **settings: Any) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", module, role, json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PSYCOPG_WAIT_FUNC": "wait_select"},
            text=True,
        )

    def ask(self, **order: Any) -> dict[str, Any]:
        """Give an order and wait for its answer."""
        self.tell(**order)
        return self.answer()

    def tell(self, **order: Any) -> None:
        """Give an order."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """The next answer; what is no JSON object (a log line) goes to standard error."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                answer: dict[str, Any] = json.loads(line)
                return answer
            sys.stderr.write(line)
        raise RuntimeError(f"the process ended with exit code {self._process.wait()}")

    def __enter__(self) -> Process:
        self.answer()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()


def answer(**told: Any) -> None:
    """Print an answer, from inside such a process."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def orders() -> Iterator[dict[str, Any]]:
    """The orders that come in, read without stopping other greenthreads; ends when standard input does."""
    from eventlet.hubs import trampoline

    left = b""
    while True:
        trampoline(0, read=True)
        piece = os.read(0, 65536)
        if not piece:
            return
        *lines, left = (left + piece).split(b"\n")
        for line in lines:
            yield json.loads(line)


def median(values: list[float]) -> float:
    """The middle value."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of all values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]

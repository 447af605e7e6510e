"""What the benches stand on: databases of their own on the test servers, processes in roles, medians."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg

from chassis.testing_messages import Program, answer, fresh_vhost, orders, server

PATIENCE_S = 30.0


@contextmanager
def database() -> Iterator[str]:
    """A fresh database; gives its SQLAlchemy URL, as superuser."""
    where = server("ICM_TEST_POSTGRES_URL").replace("postgresql+psycopg://", "postgresql://", 1)
    name = f"bench_{uuid4().hex[:8]}"
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(where)._replace(scheme="postgresql+psycopg", path=f"/{name}"))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def process(module: str, role: str, **settings: Any) -> Program:
    """A bench module as a process of its own, in a role."""
    return Program(["-m", module, role, json.dumps(settings)])


def median(values: list[float]) -> float:
    """The middle value."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of all values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


__all__ = ["PATIENCE_S", "answer", "database", "fresh_vhost", "median", "orders", "percentile", "process"]

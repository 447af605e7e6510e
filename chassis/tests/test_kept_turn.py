"""A connection that keeps its turn: what must be prompt does not wait for everybody at each statement (CO-8)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from typing import Any

import pytest

from chassis.testing import ServiceDatabase

pytestmark = pytest.mark.postgres

# `turns` counts how often another greenthread, which is always ready, had its turn.
HEAD = """
import eventlet; eventlet.monkey_patch()
import json, os
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from chassis import kept_turn
from chassis.database import open_engine
from chassis.kept_turn import keep_the_turn

turns = 0

def others():
    global turns
    while True:
        turns += 1
        eventlet.sleep(0)

def engine():
    return open_engine(os.environ["URL"], pool_size=2)

eventlet.spawn(others)
"""


def told(program: str, database: ServiceDatabase) -> Any:
    """What a program tells that runs in a process of its own, patched by eventlet as a service is."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", HEAD + textwrap.dedent(program)],
        env={**os.environ, "PSYCOPG_WAIT_FUNC": "wait_select", "URL": database.lane_url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_many_quick_statements_need_few_turns(lane_database: ServiceDatabase) -> None:
    given_away = told(
        """
        def had(connection):
            connection.execute(text("SELECT 1"))
            before = turns
            for _ in range(300):
                connection.execute(text("SELECT 1"))
            return turns - before

        with engine().connect() as usual, keep_the_turn(engine()).connect() as prompt:
            print(json.dumps([had(usual), had(prompt)]))
        """,
        lane_database,
    )
    usual, prompt = given_away
    assert usual >= 300
    assert prompt < usual / 3


def test_others_have_their_turn_while_the_database_takes_long(lane_database: ServiceDatabase) -> None:
    had = told(
        """
        with keep_the_turn(engine()).connect() as connection:
            connection.execute(text("SELECT 1"))
            before = turns
            connection.execute(text("SELECT pg_sleep(0.3)"))
            print(json.dumps(turns - before))
        """,
        lane_database,
    )
    assert had > 10


def test_others_have_their_turn_in_a_long_row_of_quick_statements(lane_database: ServiceDatabase) -> None:
    statements = told(
        """
        kept_turn.PATIENCE_S = 5  # so that no slow answer gives the turn away
        with keep_the_turn(engine()).connect() as connection:
            connection.execute(text("SELECT 1"))
            before, statements = turns, 0
            while turns == before and statements < 100_000:
                connection.execute(text("SELECT 1"))
                statements += 1
            print(json.dumps(statements))
        """,
        lane_database,
    )
    assert 1 < statements < 100_000


def test_a_connection_that_breaks_is_noticed(lane_database: ServiceDatabase) -> None:
    what = told(
        """
        with keep_the_turn(engine()).connect() as connection, engine().connect() as other:
            mine = connection.execute(text("SELECT pg_backend_pid()")).scalar()
            other.execute(text("SELECT pg_terminate_backend(:mine)"), {"mine": mine})
            try:
                connection.execute(text("SELECT pg_sleep(20)"))
            except OperationalError as lost:
                print(json.dumps(lost.connection_invalidated))
        """,
        lane_database,
    )
    assert what is True


def test_a_fault_of_a_statement_is_told_as_by_any_connection(lane_database: ServiceDatabase) -> None:
    code = told(
        """
        from sqlalchemy.exc import DBAPIError
        with keep_the_turn(engine()).connect() as connection:
            try:
                connection.execute(text("SELECT 1 / 0"))
            except DBAPIError as fault:
                first = fault.orig.sqlstate
            connection.rollback()
            print(json.dumps([first, connection.execute(text("SELECT 2")).scalar()]))
        """,
        lane_database,
    )
    assert code == ["22012", 2]

"""One database and three roles for each service; nobody else may connect (rule 1).

`<service>_owner` owns the database and migrates; `<service>_door` and `<service>_lane` get only what
the migrations grant them.
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg import sql

from icm.layout import ROLES


def prepare_database(admin_url: str, *, service: str, passwords: Mapping[str, str]) -> None:
    """Make the database and the roles of one service, or set the roles' passwords anew.

    `passwords` is by role: owner, door, lane. Can be repeated.
    """
    owner = sql.Identifier(f"{service}_owner")
    database = sql.Identifier(service)
    with psycopg.connect(admin_url, autocommit=True) as connection:
        for role in ROLES:
            _set_login(connection, name=f"{service}_{role}", password=passwords[role])
        # an administrator who is no superuser must belong to the owner to give a database to it
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(owner))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [service]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        for role in ("door", "lane"):
            login = sql.Identifier(f"{service}_{role}")
            connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, login))


def _set_login(connection: psycopg.Connection, *, name: str, password: str) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    verb = sql.SQL("ALTER" if known else "CREATE")
    connection.execute(
        sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {}").format(
            verb, sql.Identifier(name), sql.Literal(password)
        )
    )

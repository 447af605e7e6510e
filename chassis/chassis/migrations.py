"""Migrations of a service: Alembic as the owner, with short lock waits, then policies and privileges (OP-4).

`python -m <service> migrate` is a job of its own; a replica never migrates. A migration must work with the release
that is running: expand first, contract in a later release.
"""

from __future__ import annotations

import importlib
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from chassis.access.policies import install
from chassis.database import Base

_LIMITS = "-c lock_timeout=4000 -c statement_timeout=600000 -c timezone=UTC"
_ENVIRONMENT = Path(__file__).resolve().parent / "alembic_environment"
_ONE_AT_A_TIME = 7_205_759_403


def configuration(service: str, *, connection: Connection | None = None) -> Config:
    """Alembic's configuration for a service whose versions stand in <service>/migrations/versions."""
    package = importlib.import_module(service)
    folder = Path(str(package.__file__)).parent / "migrations" / "versions"
    config = Config()
    config.set_main_option("path_separator", "newline")  # the folder's own name may hold any other
    config.set_main_option("script_location", _as_told(_ENVIRONMENT))
    config.set_main_option("version_locations", _as_told(folder))
    config.attributes["connection"] = connection
    config.attributes["service"] = service
    return config


def _as_told(folder: Path) -> str:
    """The folder's name as Alembic's configuration takes it, where a percent sign stands for something else."""
    return str(folder).replace("%", "%%")


def migrate(service: str, *, owner_url: str) -> str:
    """Bring the database to the newest migration, then install policies, privileges and statutory grants.

    Returns the revision. Two jobs at once wait for each other; a lock that is not had within four seconds ends the
    migration, and nothing of the step that waited is left behind.
    """
    importlib.import_module(f"{service}.models")
    engine = create_engine(owner_url, connect_args={"options": _LIMITS})
    try:
        with engine.begin() as connection:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})"))
            command.upgrade(configuration(service, connection=connection), "head")
            install(connection, service=service)
            return current_revision(connection) or ""
    finally:
        engine.dispose()


def current_revision(connection: Connection) -> str | None:
    """The revision of the connected database."""
    return MigrationContext.configure(connection).get_current_revision()


def head_revision(service: str) -> str | None:
    """The revision that this release of the service expects."""
    return ScriptDirectory.from_config(configuration(service)).get_current_head()


def earlier_revisions(service: str) -> frozenset[str]:
    """The revisions that came before the head: a database that stands at one of them is behind."""
    scripts = ScriptDirectory.from_config(configuration(service))
    return frozenset(script.revision for script in scripts.walk_revisions()) - {
        str(scripts.get_current_head())
    }


def autogenerate(service: str, *, owner_url: str, message: str) -> None:
    """Write the next migration from the difference between models and database; read it before you commit it."""
    importlib.import_module(f"{service}.models")
    engine = create_engine(owner_url, connect_args={"options": _LIMITS})
    with engine.begin() as connection:
        command.revision(configuration(service, connection=connection), message=message, autogenerate=True)
    engine.dispose()


def differences(service: str, *, connection: Connection) -> list[object]:
    """What the models have and the migrated database has not, or the other way round; empty when they agree."""
    from alembic.autogenerate import compare_metadata

    importlib.import_module(f"{service}.models")
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": False}
    )
    return list(compare_metadata(context, Base.metadata))


def autogenerate_on_scratch(service: str, *, message: str) -> None:
    """Write the next migration against a scratch database that has the earlier ones (needs ICM_TEST_POSTGRES_URL)."""
    from chassis.testing import scratch_database

    def earlier(name: str, owner_url: str) -> None:
        importlib.import_module(f"{name}.models")
        engine = create_engine(owner_url)
        with engine.begin() as connection:
            command.upgrade(configuration(name, connection=connection), "head")
        engine.dispose()

    with scratch_database(service, prepare=earlier) as made:
        autogenerate(service, owner_url=made.owner_url, message=message)


if __name__ == "__main__":
    import sys

    autogenerate_on_scratch(sys.argv[1], message=" ".join(sys.argv[2:]))

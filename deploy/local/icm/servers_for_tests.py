"""One scratch PostgreSQL and one scratch RabbitMQ for tests, gone afterwards."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from icm.accounts import server_account
from icm.layout import Layout
from icm.running import fresh_home, run_command, supervise
from icm.servers import postgres, rabbitmq
from icm.servers.postgres import PrivatePostgres
from icm.servers.rabbitmq import PrivateRabbit
from icm.supervisor import Supervisor


def private_postgres(layout: Layout, *, name: str) -> PrivatePostgres:
    """The private server called `name` of this layout; its programs are unpacked when need be."""
    return PrivatePostgres(
        name=name,
        folder=layout.home / "postgres" / name.removeprefix("postgres-"),
        port=layout.ports[name],
        superuser_password=layout.secrets["postgres"],
        programs=postgres.find_or_unpack(),
        account=server_account(entering=layout.home),
    )


def private_rabbitmq(layout: Layout) -> PrivateRabbit:
    """The private node of this layout; its programs are unpacked when need be."""
    return PrivateRabbit(
        folder=layout.home / "rabbitmq",
        amqp_port=layout.ports["rabbitmq"],
        management_port=layout.ports["rabbitmq-management"],
        prometheus_port=layout.ports["rabbitmq-prometheus"],
        distribution_port=layout.ports["rabbitmq-distribution"],
        epmd_port=layout.ports["epmd"],
        admin_password=layout.secrets["broker-admin"],
        cookie=layout.secrets["broker-cookie"],
        programs=rabbitmq.find_or_unpack(),
        account=server_account(entering=layout.home),
    )


def with_servers(command: Sequence[str], *, announce: Callable[[str], None]) -> int:
    """Run a command with both scratch servers and their addresses in the environment; return its exit code.

    `ICM_TEST_POSTGRES_URL` (superuser), `ICM_TEST_AMQP_URL` (administrator, vhost `/`) and
    `ICM_TEST_MANAGEMENT_URL`; `ICM_TEST_HOME` is the state folder, whose record names the processes.
    """
    home = fresh_home("test")

    async def work(supervisor: Supervisor) -> int:
        layout = Layout.open(home)
        database, broker = await asyncio.to_thread(_prepare, layout)
        await supervisor.start_and_wait(database.program(), broker.epmd_program(), broker.program())
        return await run_command(command, environment=_addresses(database, broker, home))

    try:
        return supervise(work, home=home, announce=announce)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _prepare(layout: Layout) -> tuple[PrivatePostgres, PrivateRabbit]:
    database = private_postgres(layout, name="postgres-intake")
    database.prepare(template=layout.home / "postgres" / "template")
    broker = private_rabbitmq(layout)
    broker.prepare()
    return database, broker


def _addresses(database: PrivatePostgres, broker: PrivateRabbit, home: Path) -> dict[str, str]:
    return {
        "ICM_ENV": "test",
        "ICM_TEST_POSTGRES_URL": database.superuser_url,
        "ICM_TEST_AMQP_URL": broker.admin_url,
        "ICM_TEST_MANAGEMENT_URL": broker.management_url,
        "ICM_TEST_HOME": str(home),
    }

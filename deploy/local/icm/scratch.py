"""One scratch PostgreSQL and one scratch RabbitMQ for tests, gone afterwards."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Sequence

from icm.layout import Layout
from icm.running import fresh_home, run_command, supervise
from icm.servers.private import prepared_postgres, prepared_rabbitmq
from icm.supervisor import Supervisor


def with_servers(command: Sequence[str], *, announce: Callable[[str], None]) -> int:
    """Run a command with both scratch servers and their addresses in the environment; return its exit code.

    `ICM_TEST_POSTGRES_URL` (superuser), `ICM_TEST_AMQP_URL` (administrator, vhost `/`) and
    `ICM_TEST_MANAGEMENT_URL`; `ICM_TEST_HOME` is the state folder, whose record names the processes.
    """
    home = fresh_home("test")

    async def work(supervisor: Supervisor) -> int:
        layout = Layout.open(home)
        [database] = await asyncio.to_thread(prepared_postgres, layout, names=["intake"])
        broker = await asyncio.to_thread(prepared_rabbitmq, layout)
        await supervisor.start_and_wait(database.program(), broker.epmd_program(), broker.program())
        addresses = {
            "ICM_ENV": "test",
            "ICM_TEST_POSTGRES_URL": database.superuser_url,
            "ICM_TEST_AMQP_URL": broker.admin_url,
            "ICM_TEST_MANAGEMENT_URL": broker.management_url,
            "ICM_TEST_HOME": str(home),
        }
        return await run_command(command, environment=addresses)

    try:
        return supervise(work, home=home, announce=announce, ending=Supervisor.discard)
    finally:
        shutil.rmtree(home, ignore_errors=True)

"""Private servers come up, come back after SIGKILL, and keep what was committed."""

import asyncio
import os
import signal

import psycopg
import pytest
import requests

from icm.databases import prepare_database
from icm.layout import Layout
from icm.servers.leftovers import working_in
from icm.servers.private import prepared_postgres, prepared_rabbitmq

from .conftest import until

pytestmark = pytest.mark.slow
PASSWORDS = {"owner": "o", "door": "d", "lane": "l"}


def test_a_killed_postgresql_comes_back_with_what_was_committed(stand):
    [server] = prepared_postgres(Layout.open(stand.home), names=["intake"])

    async def story(supervisor):
        await supervisor.start_and_wait(server.program())
        with psycopg.connect(server.superuser_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        postmaster = supervisor.children["postgres-intake"].pid

        os.kill(postmaster, signal.SIGKILL)
        await until(lambda: supervisor.children["postgres-intake"].pid not in (None, postmaster))
        await supervisor.until_ready(server.program(), seconds=20)

        with psycopg.connect(server.superuser_url) as connection:
            assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
        await supervisor.stop()
        assert working_in(server.folder) == []

    stand.run(story)


def test_only_the_roles_of_a_service_may_open_its_database(stand):
    [server] = prepared_postgres(Layout.open(stand.home), names=["intake"])

    def opens(user, database):
        url = f"postgresql://{user}:{PASSWORDS[user.rpartition('_')[2]]}@127.0.0.1:{server.port}/{database}"
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            return False
        return True

    async def story(supervisor):
        await supervisor.start_and_wait(server.program())
        for service in ("intake", "cases", "intake"):
            prepare_database(server.superuser_url, service=service, passwords=PASSWORDS)

        assert opens("intake_door", "intake")
        assert opens("intake_lane", "intake")
        assert opens("intake_owner", "intake")
        assert not opens("cases_door", "intake")
        assert not opens("cases_owner", "intake")

    stand.run(story)


def test_a_killed_rabbitmq_comes_back(stand):
    node = prepared_rabbitmq(Layout.open(stand.home))

    async def story(supervisor):
        await supervisor.start_and_wait(node.epmd_program(), node.program())
        overview = await asyncio.to_thread(requests.get, f"{node.management_url}/api/overview", timeout=5)
        assert overview.json()["node"] == "icm@localhost"
        metrics = await asyncio.to_thread(
            requests.get, f"http://127.0.0.1:{node.prometheus_port}/metrics", timeout=5
        )
        assert "rabbitmq_build_info" in metrics.text
        beam = supervisor.children["rabbitmq"].pid

        os.kill(beam, signal.SIGKILL)
        await until(lambda: supervisor.children["rabbitmq"].pid not in (None, beam))
        await supervisor.until_ready(node.program(), seconds=40)

    stand.run(story)

"""The private servers of one layout, made ready to start."""

from __future__ import annotations

from collections.abc import Sequence

from icm.accounts import server_account
from icm.layout import Layout
from icm.servers import postgres, rabbitmq
from icm.servers.postgres import PrivatePostgres
from icm.servers.rabbitmq import PrivateRabbit


def prepared_postgres(layout: Layout, *, names: Sequence[str]) -> list[PrivatePostgres]:
    """The named servers with their data folders; programs are unpacked when need be."""
    if not names:
        return []
    programs = postgres.find_or_unpack()
    account = server_account(entering=layout.home)
    servers = [
        PrivatePostgres(
            name=f"postgres-{name}",
            folder=layout.home / "postgres" / name,
            port=layout.ports[f"postgres-{name}"],
            superuser_password=layout.secrets["postgres"],
            programs=programs,
            account=account,
        )
        for name in names
    ]
    for server in servers:
        server.prepare(template=layout.home / "postgres" / "template")
    return servers


def prepared_rabbitmq(layout: Layout) -> PrivateRabbit:
    """The node with its settings written; programs are unpacked when need be."""
    node = PrivateRabbit(
        folder=layout.home / "rabbitmq",
        amqp_port=layout.ports["rabbitmq"],
        management_port=layout.ports["rabbitmq-management"],
        prometheus_port=layout.ports["rabbitmq-prometheus"],
        distribution_port=layout.ports["rabbitmq-distribution"],
        epmd_port=layout.ports["epmd"],
        admin_password=layout.secrets["broker-admin"],
        cookie=layout.secrets["broker-cookie"],
        programs=rabbitmq.find_or_unpack(),
        account=server_account(entering=layout.home).by_its_own_right(),
    )
    node.prepare()
    return node

"""The whole platform of one state folder: what runs, in which order, and how it is brought up."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from icm.complaints import Complaint, refuse_production
from icm.databases import prepare_database
from icm.environment import Addresses, inherited
from icm.existing import existing_servers
from icm.layout import ROLES, SERVICES, Layout
from icm.places import CHECKOUT
from icm.ports import answers
from icm.program import Program, Stage
from icm.servers.private import prepared_postgres, prepared_rabbitmq
from icm.servers.witness import prepared_witness
from icm.supervisor import Supervisor
from icm.topology import apply_topology

Announce = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Platform:
    """One platform; `addresses` says where everything is."""

    addresses: Addresses

    @classmethod
    def of(cls, layout: Layout) -> Platform:
        """The platform of this layout, with the servers that the environment points to.

        Raises NotForProduction when ICM_ENV=production.
        """
        refuse_production(inherited()["ICM_ENV"], what="The embedded platform")
        return cls(addresses=Addresses(layout=layout, existing=existing_servers()))

    @property
    def layout(self) -> Layout:
        """Its ports and secrets."""
        return self.addresses.layout

    async def start(self, supervisor: Supervisor, *, announce: Announce) -> None:
        """Bring everything up: servers, databases, broker topology, migrations, processes.

        Returns when every process says that it is ready. Raises Complaint when one cannot be.
        """
        for part in ("chassis", *SERVICES, "witness", "gateway"):
            require_entry_point(part)
        await self.start_servers(supervisor, announce=announce)
        announce("migrating")
        await self.migrate(SERVICES)
        announce("starting services and gateway")
        await supervisor.start_and_wait(*(self.service(name) for name in SERVICES), self.gateway())

    async def start_servers(self, supervisor: Supervisor, *, announce: Announce) -> None:
        """Bring up PostgreSQL, RabbitMQ and the OpenID provider, with databases and topology in place."""
        for name in self.layout.replace_taken_ports():
            announce(f"port of {name} was taken by something else; chose {self.layout.ports[name]}")
        announce("starting PostgreSQL, RabbitMQ, the sign-in for development and the witness")
        brokers = await asyncio.to_thread(self._broker_programs)
        witness = await asyncio.to_thread(self.witness)
        await supervisor.start(*brokers, self.openid(), witness)
        await self.start_databases(supervisor)
        await supervisor.until_ready(*brokers, self.openid(), witness)
        passwords = self.addresses.broker_passwords()
        await asyncio.to_thread(apply_topology, self.addresses.management_url, passwords=passwords)

    async def start_databases(self, supervisor: Supervisor) -> None:
        """Bring up PostgreSQL, with the database and the roles of every service in place."""
        databases = await asyncio.to_thread(self._database_programs)
        await supervisor.start_and_wait(*databases)
        await asyncio.gather(*(asyncio.to_thread(self._prepare_database, service) for service in SERVICES))

    async def migrate(self, services: Sequence[str]) -> None:
        """Run the migration jobs of these services side by side; raises Complaint with what one said."""
        await asyncio.gather(*(asyncio.to_thread(self._migrate, service) for service in services))

    def service(self, name: str) -> Program:
        """A service as the supervisor runs it."""
        return self._python(name, stage=Stage.SERVICE, environment=self.addresses.of_service(name))

    def gateway(self) -> Program:
        """The gateway as the supervisor runs it."""
        return self._python("gateway", stage=Stage.GATEWAY, environment=self.addresses.of_gateway())

    def openid(self) -> Program:
        """The development OpenID provider as the supervisor runs it."""
        return Program(
            name="openid",
            stage=Stage.OPENID,
            command=(sys.executable, "-m", "icm.openid"),
            environment=self.addresses.of_openid(),
            folder=CHECKOUT,
            grace=5,
            ready=_says_yes(f"{self.layout.issuer}/livez"),
            port=self.layout.ports["openid"],
            health=f"{self.layout.issuer}/livez",
        )

    def witness(self) -> Program:
        """The witness of the audit log as the supervisor runs it, with its key and the policy in place."""
        prepared = prepared_witness(self.layout, inherited=inherited())
        return prepared.program(ready=_says_yes(f"{self.layout.witness_url}/readyz"))

    def _python(self, name: str, *, stage: Stage, environment: dict[str, str]) -> Program:
        readiness = f"{self.layout.health_url(name)}/readyz"
        return Program(
            name=name,
            stage=stage,
            command=(sys.executable, "-m", name),
            environment=environment,
            folder=CHECKOUT,
            grace=15,
            ready=_says_yes(readiness),
            port=self.layout.ports.get(name, self.layout.ports[f"{name}-health"]),
            health=readiness,
        )

    def _database_programs(self) -> list[Program]:
        existing = self.addresses.existing
        if existing.postgres_admin_url:
            return []
        wanted = [name for name in SERVICES if name not in existing.databases]
        return [server.program() for server in prepared_postgres(self.layout, names=wanted)]

    def _broker_programs(self) -> list[Program]:
        if self.addresses.existing.amqp_admin_url:
            return []
        node = prepared_rabbitmq(self.layout)
        return [node.epmd_program(), node.program()]

    def _prepare_database(self, service: str) -> None:
        admin_url = self.addresses.postgres_admin_url(service)
        if admin_url:
            passwords = {role: self.layout.secrets[f"{service}_{role}"] for role in ROLES}
            prepare_database(admin_url, service=service, passwords=passwords)

    def _migrate(self, service: str) -> None:
        ran = subprocess.run(
            [sys.executable, "-m", service, "migrate"],
            env=self.addresses.of_migration(service),
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
        )
        log = self.layout.logs / f"{service}-migrate.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(ran.stdout + ran.stderr)
        if ran.returncode != 0:
            said = "\n".join((ran.stderr or ran.stdout).strip().splitlines()[-12:])
            raise Complaint(f"{service} could not be migrated:\n{said}", mend=f"The whole log is {log}")


def require_entry_point(package: str) -> None:
    """Raise Complaint when a part of the platform cannot be run from this environment."""
    wanted = package if package == "chassis" else f"{package}.__main__"
    try:
        found = importlib.util.find_spec(wanted)
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise Complaint(
            f"`python -m {package}` is not there.", mend="Run `make setup`, then look at `git status`."
        )


def _says_yes(url: str) -> Callable[[], bool]:
    port = urlsplit(url).port or 80

    def asked() -> bool:
        if not answers(port):
            return False
        try:
            return requests.get(url, timeout=2).ok
        except requests.RequestException:
            return False

    return asked

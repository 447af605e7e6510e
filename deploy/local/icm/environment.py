"""The environment of every process, and of programs that are run against the platform."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from icm.existing import ExistingServers, for_sqlalchemy, with_login
from icm.layout import BROKER_USERS, ROLES, SERVICES, Layout
from icm.openid.tokens import AUDIENCE, DEVELOPMENT_GRANT
from icm.places import CHECKOUT
from icm.ports import LOOPBACK
from icm.servers.postgres import SUPERUSER
from icm.servers.rabbitmq import ADMIN
from icm.topology import VHOST

# Where a process finds its servers is decided here alone, never inherited from the caller's shell.
_DECIDED_HERE = re.compile(r"^ICM_(\w+_)?(DATABASE_URL|AMQP_URL|MANAGEMENT_URL)$|^PSYCOPG_|^PYTHONHOME$")


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Where everything of one platform is."""

    layout: Layout
    existing: ExistingServers

    def postgres_admin_url(self, service: str) -> str | None:
        """Administrator of the server that holds a service's database; None when not ours."""
        if service in self.existing.databases:
            return None
        if self.existing.postgres_admin_url:
            return self.existing.postgres_admin_url
        port = self.layout.ports[f"postgres-{service}"]
        return f"postgresql://{SUPERUSER}:{self.layout.secrets['postgres']}@{LOOPBACK}:{port}/postgres"

    def database_url(self, service: str, *, role: str) -> str:
        """A service's database as one of its roles sees it."""
        if service in self.existing.databases:
            return self.existing.databases[service][role]
        user = f"{service}_{role}"
        url = self.postgres_admin_url(service) or ""
        return for_sqlalchemy(with_login(url, user=user, password=self.layout.secrets[user], path=service))

    def amqp_url(self, user: str) -> str:
        """The broker as one of its users sees it."""
        password = self.layout.secrets[f"broker-{user}"]
        server = self.existing.amqp_admin_url or f"amqp://{LOOPBACK}:{self.layout.ports['rabbitmq']}"
        return with_login(server, user=user, password=password, path=VHOST)

    @property
    def management_url(self) -> str:
        """RabbitMQ's management API as administrator."""
        if self.existing.management_url:
            return self.existing.management_url
        login = f"{ADMIN}:{self.layout.secrets['broker-admin']}"
        return f"http://{login}@{LOOPBACK}:{self.layout.ports['rabbitmq-management']}"

    def broker_passwords(self) -> dict[str, str]:
        """Password of each broker user; an existing administrator keeps its own."""
        passwords = {user: self.layout.secrets[f"broker-{user}"] for user in BROKER_USERS}
        existing = urlsplit(self.existing.amqp_admin_url or "")
        if existing.username == ADMIN:
            passwords[ADMIN] = unquote(existing.password or "")
        return passwords

    def of_service(self, service: str) -> dict[str, str]:
        """Environment of a running service; it never holds the owner's password."""
        environment = {
            **inherited(),
            "ICM_SERVICE": service,
            "ICM_DATABASE_URL": self.database_url(service, role="door"),
            "ICM_LANE_DATABASE_URL": self.database_url(service, role="lane"),
            "ICM_AMQP_URL": self.amqp_url(service),
            **self._sign_in(),
            **self._health(service),
        }
        if service == "audit":
            environment["ICM_AUDIT_KEY_FILE"] = str(self.layout.audit_key)
            environment["ICM_AUDIT_POLICY_FILE"] = str(self.layout.witness_policy)
        return environment

    def of_migration(self, service: str) -> dict[str, str]:
        """Environment of a service's migration job."""
        owner = {"ICM_OWNER_DATABASE_URL": self.database_url(service, role="owner")}
        return {**self.of_service(service), **owner}

    def of_gateway(self) -> dict[str, str]:
        """Environment of the gateway."""
        return {
            **inherited(),
            "ICM_SERVICE": "gateway",
            "ICM_AMQP_URL": self.amqp_url("gateway"),
            "ICM_HTTP_HOST": LOOPBACK,
            "ICM_HTTP_PORT": str(self.layout.ports["gateway"]),
            **self._sign_in(),
            **self._health("gateway"),
        }

    def of_openid(self) -> dict[str, str]:
        """Environment of the development OpenID provider."""
        return {
            **inherited(),
            **self._sign_in(),
            "ICM_OPENID_KEY_FILE": str(self.layout.openid_key),
            "ICM_BACKCHANNEL_LOGOUT_URL": f"{self.layout.base_url}/backchannel-logout",
        }

    def for_visitors(self) -> dict[str, str]:
        """What a program needs that is run against the platform: tests, benches, fault drills.

        The names are listed in deploy/local/README.md.
        """
        environment = {
            "ICM_ENV": "development",
            "ICM_HOME": str(self.layout.home),
            "ICM_BASE_URL": self.layout.base_url,
            **self._sign_in(),
            "ICM_TOKEN_URL": f"{self.layout.issuer}/token",
            "ICM_TOKEN_GRANT": DEVELOPMENT_GRANT,
            "ICM_PROCESSES": str(self.layout.home / "processes.json"),
            "ICM_GATEWAY_HEALTH_URL": self.layout.health_url("gateway"),
            "ICM_ADMIN_AMQP_URL": self.amqp_url("admin"),
            "ICM_AUDITOR_AMQP_URL": self.amqp_url("auditor"),
            "ICM_MANAGEMENT_URL": self.management_url,
            "ICM_WITNESS_URL": self.layout.witness_url,
            "ICM_AUDIT_POLICY_FILE": str(self.layout.witness_policy),
        }
        for service in SERVICES:
            shouted = service.upper()
            environment[f"ICM_{shouted}_HEALTH_URL"] = self.layout.health_url(service)
            for role in ROLES:
                name = f"ICM_{shouted}_{role.upper()}_URL"
                environment[name] = self.database_url(service, role=role)
        return environment

    def _sign_in(self) -> dict[str, str]:
        return {"ICM_OIDC_ISSUER": self.layout.issuer, "ICM_OIDC_AUDIENCE": AUDIENCE}

    def _health(self, process: str) -> dict[str, str]:
        return {"ICM_HEALTH_HOST": LOOPBACK, "ICM_HEALTH_PORT": str(self.layout.ports[f"{process}-health"])}


def inherited() -> dict[str, str]:
    """What every process of ours takes over from the caller's shell (levels, tracing, language)."""
    kept = {name: value for name, value in os.environ.items() if not _DECIDED_HERE.search(name)}
    return {
        **kept,
        "ICM_ENV": os.environ.get("ICM_ENV") or "development",
        "ICM_CONTRACTS": os.environ.get("ICM_CONTRACTS") or str(CHECKOUT / "contracts"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS", "ignore::DeprecationWarning"),
    }

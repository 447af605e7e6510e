"""Servers that exist already, named by the environment; private ones are not started then.

`ICM_DATABASE_URL`             administrator of one PostgreSQL server: the five databases and their roles
                               are made in it, with passwords of our own.
`ICM_INTAKE_DATABASE_URL`,     one service's database, prepared by somebody else: the door's role, and with
`ICM_INTAKE_LANE_DATABASE_URL`, it all three must be given. The same for CASES, CONSENT, PORTAL, AUDIT.
`ICM_INTAKE_OWNER_DATABASE_URL`
`ICM_AMQP_URL`                 administrator of a RabbitMQ; `ICM_RABBITMQ_MANAGEMENT_URL` is its management
                               API (default: same host and credentials, port 15672).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from icm.complaints import Complaint
from icm.layout import ROLES, SERVICES

_SUFFIX = {"door": "", "lane": "LANE_", "owner": "OWNER_"}


@dataclass(frozen=True, kw_only=True)
class ExistingServers:
    """What the environment points to; None or absent means that a private server is wanted."""

    postgres_admin_url: str | None
    databases: Mapping[str, Mapping[str, str]]
    amqp_admin_url: str | None
    management_url: str | None


def existing_servers(environment: Mapping[str, str] = os.environ) -> ExistingServers:
    """Read the environment; raises Complaint when a service's addresses are given only in part."""
    databases = {}
    for service in SERVICES:
        names = {role: f"ICM_{service.upper()}_{_SUFFIX[role]}DATABASE_URL" for role in ROLES}
        given = {role: environment[name] for role, name in names.items() if environment.get(name)}
        if given and len(given) < len(ROLES):
            missing = " and ".join(names[role] for role in ROLES if role not in given)
            raise Complaint(
                f"The database of {service} is given only in part.", mend=f"Set {missing} too, or none."
            )
        if given:
            databases[service] = {role: for_sqlalchemy(url) for role, url in given.items()}
    postgres = environment.get("ICM_DATABASE_URL")
    amqp = environment.get("ICM_AMQP_URL")
    return ExistingServers(
        postgres_admin_url=for_libpq(postgres) if postgres else None,
        databases=databases,
        amqp_admin_url=amqp or None,
        management_url=environment.get("ICM_RABBITMQ_MANAGEMENT_URL")
        or (_management(amqp) if amqp else None),
    )


def for_sqlalchemy(url: str) -> str:
    """The form that a service's settings ask for."""
    scheme, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else url


def for_libpq(url: str) -> str:
    """The form that psycopg and psql ask for."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def with_login(url: str, *, user: str, password: str, path: str) -> str:
    """The same server with another login and another database or vhost."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{_quoted(user)}:{_quoted(password)}@{host}", path=f"/{path}").geturl()


def _management(amqp: str) -> str:
    parts = urlsplit(amqp)
    scheme, port = ("https", 15671) if parts.scheme == "amqps" else ("http", 15672)
    login = f"{_quoted(unquote(parts.username or 'guest'))}:{_quoted(unquote(parts.password or 'guest'))}"
    return f"{scheme}://{login}@{parts.hostname}:{port}"


def _quoted(text: str) -> str:
    return quote(text, safe="")

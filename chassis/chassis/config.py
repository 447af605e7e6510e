"""Settings of a process, read from the environment and checked before anything starts."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from environs import Env, EnvError

from chassis.clocks.calendar import calendar_faults

PARTS = frozenset({"doors", "lane", "relay", "clocks"})
ENVIRONMENTS = frozenset({"development", "test", "production"})


class SettingsRefused(SystemExit):
    """The environment is incomplete or contradictory; says every fault at once, and no secret."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("settings refused:\n" + "\n".join(f"  - {fault}" for fault in faults))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that a service process needs to know. Durations are in seconds."""

    service: str
    environment: str
    database_url: str = field(repr=False)
    lane_database_url: str = field(repr=False)
    amqp_url: str = field(repr=False)
    oidc_issuer: str
    oidc_audience: str
    oidc_jwks_url: str | None
    oidc_clients: frozenset[str]
    parts: frozenset[str]
    workers: int
    health_host: str
    health_port: int
    consent_limit_s: float
    heartbeat_s: float
    log_level: str
    otlp_endpoint: str | None

    @property
    def production(self) -> bool:
        """Whether development conveniences must refuse to start."""
        return self.environment == "production"


def read_settings(service: str) -> Settings:
    """The settings of this process; raises SettingsRefused naming each fault."""
    faults: list[str] = []
    env = Env()

    def text(name: str, default: str | None = None) -> str:
        value = env.str(name, default)
        if value is None:
            faults.append(f"{name} is missing")
        return value or ""

    def number(name: str, default: float, *, low: float, high: float) -> float:
        try:
            value = env.float(name, default)
        except EnvError:
            faults.append(f"{name} is not a number")
            return default
        if not low <= value <= high:
            faults.append(f"{name} must be between {low:g} and {high:g}")
        return value

    def url(name: str, schemes: tuple[str, ...]) -> str:
        value = text(name)
        if value and urlsplit(value).scheme not in schemes:
            faults.append(f"{name} must begin with {' or '.join(schemes)}")
        return value

    environment = text("ICM_ENV", "development")
    if environment not in ENVIRONMENTS:
        faults.append(f"ICM_ENV must be one of {', '.join(sorted(ENVIRONMENTS))}")
    parts = frozenset(
        part.strip() for part in text("ICM_PARTS", ",".join(sorted(PARTS))).split(",") if part.strip()
    )
    if not parts <= PARTS:
        faults.append(f"ICM_PARTS may name {', '.join(sorted(PARTS))}")
    settings = Settings(
        service=service,
        environment=environment,
        database_url=url("ICM_DATABASE_URL", ("postgresql+psycopg",)),
        lane_database_url=url("ICM_LANE_DATABASE_URL", ("postgresql+psycopg",)),
        amqp_url=url("ICM_AMQP_URL", ("amqp", "amqps")),
        oidc_issuer=url("ICM_OIDC_ISSUER", ("http", "https")),
        oidc_audience=text("ICM_OIDC_AUDIENCE", "icm"),
        oidc_jwks_url=env.str("ICM_OIDC_JWKS_URL", None) or None,
        oidc_clients=named_clients(env),
        parts=parts,
        workers=int(number("ICM_WORKERS", 8, low=1, high=200)),
        health_host=text("ICM_HEALTH_HOST", "127.0.0.1"),
        health_port=int(number("ICM_HEALTH_PORT", 0, low=0, high=65_535)),
        consent_limit_s=number("ICM_CONSENT_LIMIT_SECONDS", 10, low=1, high=3_600),
        heartbeat_s=number("ICM_HEARTBEAT_SECONDS", 2, low=0.2, high=600),
        log_level=text("ICM_LOG_LEVEL", "INFO").upper(),
        otlp_endpoint=env.str("OTEL_EXPORTER_OTLP_ENDPOINT", None) or None,
    )
    if settings.log_level not in logging.getLevelNamesMapping():
        faults.append("ICM_LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL")
    faults += calendar_faults()
    if settings.heartbeat_s * 2 > settings.consent_limit_s:
        faults.append("ICM_CONSENT_LIMIT_SECONDS must be at least twice ICM_HEARTBEAT_SECONDS")
    if settings.production:
        faults += _production_faults(settings)
    if faults:
        raise SettingsRefused(faults)
    return settings


def named_clients(env: Env) -> frozenset[str]:
    """The clients at the sign-in provider that are ours: a logout token is meant for one of them (ICM_OIDC_CLIENTS)."""
    named = env.str("ICM_OIDC_CLIENTS", "icm-web")
    return frozenset(client.strip() for client in named.split(",") if client.strip())


def _production_faults(settings: Settings) -> list[str]:
    faults = []
    if urlsplit(settings.amqp_url).scheme != "amqps":
        faults.append("ICM_AMQP_URL must be amqps in production: RPC bodies carry personal data")
    if urlsplit(settings.oidc_issuer).scheme != "https":
        faults.append("ICM_OIDC_ISSUER must be https in production")
    if settings.database_url == settings.lane_database_url:
        faults.append("ICM_DATABASE_URL and ICM_LANE_DATABASE_URL must be different roles")
    return faults


def owner_database_url() -> str:
    """The owner's database URL, which only the migration job is given."""
    value = Env().str("ICM_OWNER_DATABASE_URL", None)
    if not value:
        raise SettingsRefused(
            ["ICM_OWNER_DATABASE_URL is missing: migrations run as the owner of the tables"]
        )
    return value


def key_file(name: str) -> Path:
    """The path of a key file named by the environment, which must exist."""
    value = Env().str(name, None)
    if not value or not Path(value).is_file():
        raise SettingsRefused([f"{name} must name a readable file"])
    return Path(value)

"""Settings of the gateway, read from the environment and checked before anything starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from environs import Env, EnvError
from limits import parse

from chassis.config import ENVIRONMENTS, SettingsRefused, named_clients


@dataclass(frozen=True, kw_only=True)
class GatewaySettings:
    """Everything that a gateway process needs to know. Durations are in seconds, sizes in bytes."""

    environment: str
    amqp_url: str = field(repr=False)
    oidc_issuer: str
    oidc_audience: str
    oidc_jwks_url: str | None
    http_host: str
    http_port: int
    health_host: str
    health_port: int
    log_level: str
    otlp_endpoint: str | None
    oidc_clients: frozenset[str] = frozenset({"icm-web"})
    deadline_s: float = 2.0
    largest_body: int = 1024 * 1024
    deepest_json: int = 16
    slowest_body_s: float = 30.0
    rate_per_subject: str = "1000/second"
    rate_per_address: str = "100/second"
    most_streams: int = 200
    most_streams_of_one: int = 20
    slowest_listener_s: float = 30.0
    trusted_proxies: int = 0

    @property
    def production(self) -> bool:
        """Whether development conveniences must refuse to start."""
        return self.environment == "production"


def read_gateway_settings() -> GatewaySettings:
    """The settings of this process; raises SettingsRefused naming each fault.

    ICM_RATE_PER_SUBJECT and ICM_RATE_PER_ADDRESS are written as `100/second`; the second one counts requests
    without a valid token. ICM_TRUSTED_PROXIES is the number of proxies in front whose X-Forwarded-For is believed.
    """
    env = Env()
    faults: list[str] = []

    def text(name: str, default: str | None = None) -> str:
        value = env.str(name, default)
        if not value:
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

    def rate(name: str, default: str) -> str:
        value = text(name, default)
        try:
            parse(value)
        except ValueError:
            faults.append(f"{name} must be written like 100/second")
        return value

    settings = GatewaySettings(
        environment=text("ICM_ENV", "development"),
        amqp_url=text("ICM_AMQP_URL"),
        oidc_issuer=text("ICM_OIDC_ISSUER"),
        oidc_audience=text("ICM_OIDC_AUDIENCE", "icm"),
        oidc_jwks_url=env.str("ICM_OIDC_JWKS_URL", None) or None,
        oidc_clients=named_clients(env),
        http_host=text("ICM_HTTP_HOST", "127.0.0.1"),
        http_port=int(number("ICM_HTTP_PORT", 8000, low=0, high=65_535)),
        health_host=text("ICM_HEALTH_HOST", "127.0.0.1"),
        health_port=int(number("ICM_HEALTH_PORT", 0, low=0, high=65_535)),
        log_level=text("ICM_LOG_LEVEL", "INFO").upper(),
        otlp_endpoint=env.str("OTEL_EXPORTER_OTLP_ENDPOINT", None) or None,
        deadline_s=number("ICM_DEADLINE_SECONDS", 2, low=0.1, high=30),
        largest_body=int(number("ICM_LARGEST_BODY", 1024 * 1024, low=1024, high=64 * 1024 * 1024)),
        slowest_body_s=number("ICM_SLOWEST_BODY_SECONDS", 30, low=0.5, high=300),
        deepest_json=int(number("ICM_DEEPEST_JSON", 16, low=4, high=200)),
        rate_per_subject=rate("ICM_RATE_PER_SUBJECT", "1000/second"),
        rate_per_address=rate("ICM_RATE_PER_ADDRESS", "100/second"),
        most_streams=int(number("ICM_MOST_STREAMS", 200, low=1, high=10_000)),
        most_streams_of_one=int(number("ICM_MOST_STREAMS_OF_ONE", 20, low=1, high=10_000)),
        slowest_listener_s=number("ICM_SLOWEST_LISTENER_SECONDS", 30, low=0.5, high=300),
        trusted_proxies=int(number("ICM_TRUSTED_PROXIES", 0, low=0, high=10)),
    )
    faults += _contradictions(settings)
    if faults:
        raise SettingsRefused(faults)
    return settings


def _contradictions(settings: GatewaySettings) -> list[str]:
    faults = []
    if settings.environment not in ENVIRONMENTS:
        faults.append(f"ICM_ENV must be one of {', '.join(sorted(ENVIRONMENTS))}")
    for name, url, schemes in (
        ("ICM_AMQP_URL", settings.amqp_url, ("amqp", "amqps")),
        ("ICM_OIDC_ISSUER", settings.oidc_issuer, ("http", "https")),
    ):
        if url and urlsplit(url).scheme not in schemes:
            faults.append(f"{name} must begin with {' or '.join(schemes)}")
    if settings.production and urlsplit(settings.amqp_url).scheme != "amqps":
        faults.append("ICM_AMQP_URL must be amqps in production: RPC bodies carry personal data")
    if settings.production and urlsplit(settings.oidc_issuer).scheme != "https":
        faults.append("ICM_OIDC_ISSUER must be https in production")
    return faults

"""A real gateway process, real RabbitMQ, a sign-in provider on loopback, and doors that echo."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests

from chassis.testing_messages import passwords
from chassis.testing_openid import Provider, running_provider
from chassis.topology import definitions
from chassis.topology_import import apply

VHOST = "gateway-tests"
PATIENCE_S = 90.0


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """A running gateway and how to knock at it."""

    url: str
    health_url: str
    provider: Provider
    process: subprocess.Popen[bytes]

    def ask(
        self, method: str, path: str, *, roles: list[str] | None = None, **more: Any
    ) -> requests.Response:
        """A request under /api/v1 with a token of these roles (default: an intake worker)."""
        headers = {"Authorization": f"Bearer {self.token(roles=roles or ['intake_worker'])}"}
        headers |= more.pop("headers", {})
        return requests.request(method, f"{self.url}/api/v1{path}", headers=headers, timeout=10, **more)

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.ask("GET", path, **more)

    def post(self, path: str, body: Any, **more: Any) -> requests.Response:
        return self.ask("POST", path, json=body, **more)

    def figure(self, name: str) -> float:
        """One figure of the process, as Prometheus reads it."""
        told = requests.get(f"{self.health_url}/metrics", timeout=5).text
        return float(next(line.split()[-1] for line in told.splitlines() if line.startswith(f"{name} ")))

    def token(self, **claims: Any) -> str:
        return self.provider.token(**claims)


@pytest.fixture(scope="session")
def broker_url() -> str:
    """A vhost of our own with the platform's exchanges and queues, as administrator."""
    management, admin = os.environ.get("ICM_TEST_MANAGEMENT_URL"), os.environ.get("ICM_TEST_AMQP_URL")
    if not management or not admin:
        pytest.fail("run under `icm test-servers -- pytest gateway`")
    login = urlsplit(admin)
    apply(management, definitions(passwords()), vhost=VHOST)
    return urlunsplit(login._replace(path=f"/{VHOST}"))


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


@pytest.fixture(scope="session")
def echo_doors(broker_url: str) -> Iterator[subprocess.Popen[bytes]]:
    program = Path(__file__).with_name("echo_doors.py")
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", str(program), broker_url], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert b"ready\n" in iter(process.stdout.readline, b"")
    yield process
    process.kill()
    process.wait()


@pytest.fixture(scope="session")
def start_gateway(
    broker_url: str, provider: Provider, echo_doors: subprocess.Popen[bytes]
) -> Iterator[Callable[..., Gateway]]:
    """Start a gateway with these settings; stopped at the end of the session."""
    started: list[Gateway] = []

    def start(**settings: str) -> Gateway:
        port, health = _free_port(), _free_port()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ICM_")},
            "ICM_ENV": "test",
            "ICM_AMQP_URL": broker_url,
            "ICM_OIDC_ISSUER": provider.issuer,
            "ICM_HTTP_PORT": str(port),
            "ICM_HEALTH_PORT": str(health),
            "ICM_LOG_LEVEL": "WARNING",
            **settings,
        }
        process = subprocess.Popen([sys.executable, "-W", "ignore", "-m", "gateway"], env=environment)
        gateway = Gateway(
            url=f"http://127.0.0.1:{port}",
            health_url=f"http://127.0.0.1:{health}",
            provider=provider,
            process=process,
        )
        started.append(gateway)
        until(lambda: _is_ready(gateway))
        return gateway

    yield start
    for gateway in started:
        gateway.process.terminate()
    for gateway in started:
        gateway.process.wait(timeout=PATIENCE_S)


@pytest.fixture(scope="session")
def gateway(start_gateway: Callable[..., Gateway]) -> Gateway:
    return start_gateway()


def until(holds: Callable[[], bool]) -> None:
    """Wait until a condition holds; fail after a minute and a half."""
    ends = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < ends, "waited too long"
        time.sleep(0.05)


def _is_ready(gateway: Gateway) -> bool:
    assert gateway.process.poll() is None, "the gateway ended"
    try:
        return requests.get(f"{gateway.health_url}/readyz", timeout=2).status_code == 200
    except requests.RequestException:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

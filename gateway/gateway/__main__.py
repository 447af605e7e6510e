"""`python -m gateway`: run the gateway until SIGTERM or SIGINT, then finish what is being answered and stop."""

import eventlet

eventlet.monkey_patch()

import signal  # noqa: E402 - patched first, then everything else
from typing import Any  # noqa: E402

import structlog  # noqa: E402
from eventlet.event import Event  # noqa: E402
from nameko.containers import ServiceContainer  # noqa: E402

from chassis import logs, metrics, telemetry  # noqa: E402
from chassis.health import Health, link_up  # noqa: E402
from chassis.hub import watch_hub  # noqa: E402
from chassis.identity import Verifier  # noqa: E402
from chassis.rpc import Client  # noqa: E402
from gateway.app import create_app  # noqa: E402
from gateway.callers import Gate  # noqa: E402
from gateway.house import House, Seats  # noqa: E402
from gateway.service import GRACE_S, AuditBell, GatewayService, all_at_once  # noqa: E402
from gateway.settings import GatewaySettings, read_gateway_settings  # noqa: E402

log = structlog.get_logger("gateway")


def main() -> None:
    """Run the gateway in this process."""
    settings = read_gateway_settings()
    logs.start(service="gateway", level=settings.log_level)
    telemetry.start(service="gateway", endpoint=settings.otlp_endpoint, environment=settings.environment)
    client, bell = Client(settings.amqp_url), AuditBell(settings.amqp_url)
    house = furnish(settings, client=client, bell=bell)
    metrics.watch_part("client", client.figures)
    metrics.watch_part("gate", lambda: figures(house))
    health = Health(service="gateway", checks={"broker": link_up(lambda: client.ready)})
    container = ServiceContainer(GatewayService, {"settings": settings, "app": create_app(house)})

    told_to_stop = Event()

    def stop(*_: Any) -> None:
        if not told_to_stop.ready():
            eventlet.spawn_n(told_to_stop.send)

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    client.start()
    bell.start()
    health.start(host=settings.health_host, port=settings.health_port)
    watch_hub()
    container.start()
    log.info("gateway_answers", port=settings.http_port)
    told_to_stop.wait()

    health.stopping()
    bell.stop()
    with eventlet.Timeout(GRACE_S + 2, False):
        container.stop()
    client.stop()
    health.stop()
    telemetry.stop()


def furnish(settings: GatewaySettings, *, client: Client, bell: AuditBell) -> House:
    """The parts of this process."""
    verifier = Verifier(
        issuer=settings.oidc_issuer, audience=settings.oidc_audience, jwks_url=settings.oidc_jwks_url
    )
    return House(
        settings=settings,
        client=client,
        gate=Gate(
            verifier=verifier,
            rate_per_subject=settings.rate_per_subject,
            rate_per_address=settings.rate_per_address,
        ),
        doorbell=bell,
        seats=Seats(most=settings.most_streams),
        all_at_once=all_at_once,
    )


def figures(house: House) -> dict[str, float]:
    """What the gateway tells of itself at a scrape."""
    return {"streams": house.seats.taken, "streamed": house.seats.sent, "throttled": house.gate.throttled}


if __name__ == "__main__":
    main()

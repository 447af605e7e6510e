"""The gateway in nameko: its web server with our application, the bell that rings when the audit log grows, its life.

Besides `__main__` and `reading` this is the only module of the gateway that knows nameko and eventlet (rule 9).
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import eventlet
import structlog
from eventlet import wsgi
from eventlet.event import Event
from eventlet.greenpool import GreenPool
from flask import Flask
from nameko.containers import ServiceContainer
from nameko.extensions import Entrypoint
from nameko.web.server import BindAddress, WebServer

from chassis import logs, metrics, rubbish, telemetry
from chassis.broker import Link, LinkDown
from chassis.frames import Connection
from chassis.health import Health, link_up
from chassis.hub import watch_hub
from chassis.identity import Verifier
from chassis.rpc import Client
from chassis.wire import Incoming, ack_frame
from gateway.app import create_app
from gateway.callers import Gate
from gateway.house import House
from gateway.listeners import Seats
from gateway.reading import Protocol, in_time
from gateway.settings import GatewaySettings, read_gateway_settings
from gateway.together import Together

log = structlog.get_logger("gateway")

SEALED_STREAM = "icm.audit"
GRACE_S = 10.0
_LONGEST_ADDRESS = 8 * 1024
_IDLE_S = 75
_SETTLE_S = 0.02
_AT_ONCE = 16
_PREFETCH = 200

T = TypeVar("T")


def all_at_once(do: Callable[[Any], T], over: Iterable[Any]) -> list[T]:
    """`[do(each) for each in over]`, side by side."""
    return list(GreenPool(_AT_ONCE).imap(do, over))


class AuditBell:
    """Rings whoever listens when sealed entries arrive in the RabbitMQ stream (AU-5).

    One consumer a process, from the present on. It carries no entry, only the news that there are some; when it is
    down, whoever waits looks once in a while.
    """

    def __init__(self, amqp_url: str) -> None:
        self._link = Link(url=amqp_url, name="gateway.audit", on_open=self._listen)
        self._news = Event()
        self.stopping = False
        self.rings = 0

    def start(self) -> None:
        """Begin to listen, in the background."""
        self._link.start()

    def stop(self) -> None:
        """Send every listener home."""
        self.stopping = True
        self._ring()
        self._link.close()

    def wait(self, *, seconds: float, since: int) -> None:
        """Return soon after it has rung more than `since` times, after `seconds`, or when the process stops."""
        if self.stopping:
            return
        if self.rings == since:
            self._news.wait(timeout=seconds)
        if not self.stopping:
            eventlet.sleep(_SETTLE_S)  # what is sealed together is then read together

    def _listen(self, connection: Connection) -> None:
        channel = connection.channel()
        channel.basic_qos(0, _PREFETCH, False)
        self._channel = channel
        # A stream that is read from no offset in particular is read from the present on.
        channel.consume(SEALED_STREAM, tag="gateway", on_message=self._arrived)

    def _arrived(self, message: Incoming) -> None:
        try:
            self._link.send(ack_frame(self._channel, message.delivery_tag))
        except LinkDown:
            return
        self._ring()

    def _ring(self) -> None:
        self.rings += 1
        news, self._news = self._news, Event()
        news.send(None)


class GatewayServer(WebServer):
    """nameko's web server with the gateway's application in the place of nameko's own."""

    def __init__(self) -> None:
        super().__init__()
        self._answering = 0
        self.port = 0

    @property
    def bind_addr(self) -> BindAddress:
        """Where to listen."""
        settings: GatewaySettings = self.container.config["settings"]
        return BindAddress(settings.http_host, settings.http_port)

    def get_wsgi_app(self) -> Callable[..., Any]:
        """Our application, counted, so that stopping can wait for what is being answered."""
        app: Flask = self.container.config["app"]
        patience_s: float = self.container.config["settings"].slowest_body_s

        def counted(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
                # eventlet ends such a body where it ends; Werkzeug then reads it, up to the limit.
                environ["wsgi.input_terminated"] = True
                environ.pop("CONTENT_LENGTH", None)
            in_time(environ, seconds=patience_s)
            self._answering += 1
            try:
                answer = app(environ, start_response)
            except BaseException:
                self._answering -= 1
                raise
            return _Counted(answer, self._answered)

        return counted

    def get_wsgi_server(
        self, sock: Any, wsgi_app: Callable[..., Any], protocol: Any = Protocol, debug: bool = False
    ) -> wsgi.Server:
        """eventlet's server without its log, which would write addresses with identifiers."""
        self.port = sock.getsockname()[1]
        return wsgi.Server(
            sock,
            sock.getsockname(),
            wsgi_app,
            protocol=protocol,
            debug=False,
            log=logging.getLogger("gateway.server"),
            log_output=False,
            url_length_limit=_LONGEST_ADDRESS,
            socket_timeout=_IDLE_S,
        )

    def stop(self) -> None:
        """Take no more connections, and wait for the answers that are under way."""
        self._is_accepting = False
        self._gt.kill()
        self._sock.close()
        ends = eventlet.hubs.get_hub().clock() + GRACE_S
        while self._answering and eventlet.hubs.get_hub().clock() < ends:
            eventlet.sleep(0.02)
        super(WebServer, self).stop()

    def _answered(self) -> None:
        self._answering -= 1


class _Counted:
    """A response body that says when it is done with."""

    def __init__(self, body: Iterable[bytes], done: Callable[[], None]) -> None:
        self._body = body
        self._done: Callable[[], None] | None = done

    def __iter__(self) -> Any:
        return iter(self._body)

    def close(self) -> None:
        """Close the body; called by the server in every case."""
        done, self._done = self._done, None
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        finally:
            if done is not None:
                done()


class Pages(Entrypoint):
    """What keeps the web server running in nameko's eyes."""

    server = GatewayServer()

    def setup(self) -> None:
        """Join the server."""
        self.server.register_provider(self)

    def stop(self) -> None:
        """Leave the server, which then stops."""
        self.server.unregister_provider(self)
        super().stop()


class GatewayService:
    """The gateway, as nameko sees it."""

    name = "gateway"

    @Pages.decorator
    def pages(self) -> None:
        """Never called: the application answers."""


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
    eventlet.spawn_n(house.together.keep)
    health.start(host=settings.health_host, port=settings.health_port)
    watch_hub()
    container.start()
    rubbish.leave_the_start_alone()
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
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience,
        jwks_url=settings.oidc_jwks_url,
        clients=settings.oidc_clients,
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
        seats=Seats(most=settings.most_streams, most_of_one=settings.most_streams_of_one),
        together=Together(client=client, doorbell=bell, deadline_s=settings.deadline_s),
        all_at_once=all_at_once,
    )


def figures(house: House) -> dict[str, float]:
    """What the gateway tells of itself at a scrape."""
    return {
        "streams": house.seats.taken,
        "streamed": house.seats.sent,
        "streams_refused": house.seats.refused,
        "stream_rounds": house.together.rounds,
        "throttled": house.gate.throttled,
    }

"""Starting and stopping a service process (OP-3, OP-4).

    python -m intake             serve: doors, lane, relay and clocks, or the parts that ICM_PARTS names
    python -m intake migrate     bring the database to the newest migration, as its owner, and end

Importing this module patches the standard library for eventlet, so an entry point imports it before anything else.
"""

from __future__ import annotations

import os
import warnings

os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"
# Names are resolved by the system, on loopback or inside a cluster; the green resolver costs a third of the start.
os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")
warnings.filterwarnings("ignore", message=r"(?s).*Eventlet is deprecated")  # known: docs/decisions/0005

import eventlet

eventlet.monkey_patch()

import importlib
import signal
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

import psycopg.waiting
import structlog
from eventlet.event import Event as Signal
from nameko.containers import ServiceContainer
from nameko.extensions import Entrypoint
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from chassis import health, hub, logs, metrics, migrations, rubbish, sampling, sign_ins, telemetry
from chassis.access.model import CONSENT
from chassis.config import Settings, owner_database_url, read_settings
from chassis.database import open_engine, sessions
from chassis.doors import Timer, sampled_of, subscriptions_of, timers_of
from chassis.doors.idempotency import forget_old_replies
from chassis.doors.keeper import Keeper
from chassis.identity import Verifier
from chassis.inbox_lane import Lane
from chassis.kept_turn import keep_the_turn
from chassis.outbox_relay import Relay
from chassis.rpc import DoorServer
from chassis.stream_feed import StreamFeed, feeds_of
from chassis.transactions import lane_work
from chassis.work import Work

log = structlog.get_logger(__name__)

_GRACE_S = 12.0
_STANDINGS_S = 1.0


def main(service: str) -> None:
    """Run `module:Class`, or migrate its database when the first argument says so."""
    module, _, name = service.partition(":")
    package = module.partition(".")[0]
    if sys.argv[1:] == ["migrate"]:
        logs.start(service=package)
        revision = migrations.migrate(package, owner_url=owner_database_url())
        log.info("migrated", revision=revision)
        return
    if sys.argv[1:]:
        raise SystemExit(f"usage: python -m {package} [migrate]")
    settings = read_settings(package)
    importlib.import_module(f"{package}.models")
    Process(service=getattr(importlib.import_module(module), name), settings=settings).run()


class Process:
    """One replica of a service: its container, its signs of life, its end."""

    def __init__(self, *, service: type, settings: Settings) -> None:
        if psycopg.waiting.wait is not psycopg.waiting.wait_select:
            raise SystemExit("psycopg would block the process: PSYCOPG_WAIT_FUNC must be wait_select")
        self._settings = settings
        self._service = service
        logs.start(service=settings.service, level=settings.log_level)
        telemetry.start(
            service=settings.service, endpoint=settings.otlp_endpoint, environment=settings.environment
        )
        self._door_engine = self._engine("door", settings.database_url, pool_size=settings.workers)
        # Relay and feed, and each timer: none may wait for another one that is slow.
        timers = len(timers_of(service))
        self._lane_engine = self._engine("lane", settings.lane_database_url, pool_size=max(5, 3 + timers))
        # A withdrawal waits for nobody: it is in force within a second, whoever else is served.
        self._prompt_engine = keep_the_turn(self._engine("prompt", settings.lane_database_url, pool_size=2))
        self._keeper: Keeper | None = None
        declared = self._parts()
        self._container = ServiceContainer(_with_entrypoints(service, declared), config={})
        self._running = _bound(self._container, declared)
        for name, part in self._running.items():
            part_name = "feed" if isinstance(part, StreamFeed) else name
            if part_name in metrics.PARTS:
                metrics.watch_part(part_name, part.figures)
        self._health = health.Health(service=settings.service, checks=self._checks())
        self._asked_to_stop = Signal()

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT, then finish what runs and end."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        self._health.start(host=self._settings.health_host, port=self._settings.health_port)
        hub.watch_hub()
        sampling.keep_sampling(self._lane_engine, more=sampled_of(self._service))
        if self._keeper is not None:
            eventlet.spawn(_keep_standings, self._keeper)
        self._container.start()
        rubbish.leave_the_start_alone()
        log.info("started", parts=sorted(self._settings.parts))
        self._asked_to_stop.wait()
        self._health.stopping()
        with eventlet.Timeout(_GRACE_S, False):
            self._container.stop()
        self._health.stop()
        telemetry.stop()
        log.info("stopped")

    def _on_signal(self, _number: int, _frame: Any) -> None:
        if not self._asked_to_stop.ready():
            eventlet.spawn_n(self._asked_to_stop.send)

    def _engine(self, role: str, url: str, *, pool_size: int) -> Engine:
        engine = open_engine(url, pool_size=pool_size)
        telemetry.watch_statements(engine)
        metrics.watch_pool(role, engine)
        return engine

    def _parts(self) -> dict[str, Entrypoint]:
        settings, made = self._settings, {}
        lane_sessions, prompt_sessions = sessions(self._lane_engine), sessions(self._prompt_engine)
        if "doors" in settings.parts:
            keeper = self._keeper = Keeper(
                service=self._service,
                factory=sessions(self._door_engine),
                verifier=Verifier(
                    issuer=settings.oidc_issuer,
                    audience=settings.oidc_audience,
                    jwks_url=settings.oidc_jwks_url,
                    clients=settings.oidc_clients,
                ),
                consent_limit_s=settings.consent_limit_s,
            )
            made["doors"] = DoorServer(
                amqp_url=settings.amqp_url,
                service=settings.service,
                handle=keeper.handle,
                max_workers=settings.workers,
            )
        if "relay" in settings.parts:
            made["relay"] = Relay(
                amqp_url=settings.amqp_url,
                database_url=settings.lane_database_url,
                service=settings.service,
            )
        if "lane" in settings.parts:
            made["lane"] = Lane(
                amqp_url=settings.amqp_url,
                service=settings.service,
                subscriptions=subscriptions_of(self._service),
                open_work=lambda events: lane_work(
                    prompt_sessions if any(each.source == CONSENT for each in events) else lane_sessions,
                    service=settings.service,
                    consent_limit_s=settings.consent_limit_s,
                ),
                on_lag=metrics.event_applied,
            )
        if "relay" in settings.parts:
            for name, declared in feeds_of(self._service).items():
                made[name] = StreamFeed(
                    amqp_url=settings.amqp_url,
                    service=settings.service,
                    factory=lane_sessions,
                    declared=declared,
                )
        if "clocks" in settings.parts:
            timers = {**timers_of(self._service), "forget_old_replies": Timer(3_600, _forget)}
            made["clocks"] = Timers(
                timers=timers,
                factory=lane_sessions,
                service=settings.service,
                consent_limit_s=settings.consent_limit_s,
            )
        return made

    def _checks(self) -> dict[str, health.Check]:
        checks = {
            "database": health.database_answers(self._lane_engine),
            "migration": health.migrated(
                self._lane_engine,
                head=migrations.head_revision(self._settings.service),
                earlier=migrations.earlier_revisions(self._settings.service),
            ),
        }
        for name in ("doors", "relay", "lane"):
            part = self._running.get(name)
            if part is not None:
                checks[name] = health.link_up(_readiness_of(part))
        return checks


def _readiness_of(part: Any) -> Callable[[], bool]:
    return lambda: bool(part.ready)


def _keep_standings(keeper: Keeper) -> None:
    """Write down, apart from the calls, of which organisation and teams callers are; what fails is tried again."""
    while True:
        eventlet.sleep(_STANDINGS_S)
        try:
            keeper.standings.keep()
        except SQLAlchemyError as lost:
            log.warning("standings_not_kept", fault=type(lost).__name__)


def _forget(work: Work) -> None:
    """Housekeeping of the chassis: replies older than a day go, and ends of sign-ins that have run out since."""
    forget_old_replies(work.session)
    sign_ins.forget_what_cannot_come(work.session)


def _bound(container: ServiceContainer, declared: dict[str, Entrypoint]) -> dict[str, Any]:
    """The parts that run, by name: binding makes a copy of each declared one."""
    running: dict[str, Any] = {}
    left = list(container.entrypoints)
    for name, part in declared.items():
        running[name] = next(each for each in left if type(each) is type(part))
        left.remove(running[name])
    return running


def _with_entrypoints(service: type, entrypoints: dict[str, Entrypoint]) -> type:
    """The service class as nameko reads it: one method that carries the entrypoints of all parts."""

    def serve(self: object) -> None:
        """Carry the entrypoints; the parts call the service's declarations themselves."""

    serve.nameko_entrypoints = set(entrypoints.values())  # type: ignore[attr-defined]
    return type(service.__name__, (service,), {"serve": serve})


class Timers(Entrypoint):
    """Calls what a service does by itself, each timer in its own time and in one replica at a time."""

    def __init__(
        self,
        *,
        timers: dict[str, Timer],
        factory: sessionmaker[Session],
        service: str,
        consent_limit_s: float,
    ) -> None:
        super().__init__()
        self._timers = timers
        self._factory = factory
        self._service = service
        self._consent_limit_s = consent_limit_s
        self._threads: list[Any] = []

    def start(self) -> None:
        """Begin; the first run of each timer comes at once."""
        self._threads = [eventlet.spawn(self._keep, name, timer) for name, timer in self._timers.items()]

    def stop(self) -> None:
        """Let no run begin any more and end those that wait."""
        for thread in self._threads:
            thread.kill()

    def _keep(self, name: str, timer: Timer) -> None:
        while True:
            began = perf_counter()
            ok = True
            try:
                self._run(name, timer)
            except Exception as fault:
                ok = False
                log.error("timer_failed", timer=name, exc_info=fault)
            spent = perf_counter() - began
            metrics.timer_ran(name, ok=ok, seconds=spent)
            eventlet.sleep(max(0.05, timer.seconds - spent))

    def _run(self, name: str, timer: Timer) -> None:
        with lane_work(self._factory, service=self._service, consent_limit_s=self._consent_limit_s) as work:
            mine = work.session.execute(_MINE, {"name": f"{self._service}.{name}"}).scalar()
            if mine:
                timer.do(work)


_MINE = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")

__all__ = ["Process", "Timers", "main"]

"""One connection to the broker that heals itself, under eventlet (OP-3).

A `Link` owns one AMQP connection. Exactly one greenthread reads from it and exactly one writes to it, so
frames of several greenthreads never interleave and no caller can be stuck in a half-written frame. A broker
that dies, is restarted or falls silent is noticed; the link reconnects for ever with growing pauses and
lets its user set up again. It never ends the process.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from enum import StrEnum
from time import monotonic
from typing import Any

import amqp
import eventlet
import structlog
from eventlet.event import Event
from eventlet.patcher import is_monkey_patched

from chassis.frames import Connection, address

log = structlog.get_logger(__name__)

HEARTBEAT_S = 10
CONNECT_TIMEOUT_S = 3.0
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 1.5


class LinkState(StrEnum):
    """What a link is doing. `BLOCKED` is open, but the broker, out of memory or disk, asks publishers to wait."""

    IDLE = "idle"
    CONNECTING = "connecting"
    OPEN = "open"
    BLOCKED = "blocked"
    CLOSED = "closed"


class LinkDown(ConnectionError):
    """The broker is not reachable just now."""


class Link:
    """A connection that is kept open until `close`.

    `on_open(connection)` runs after every connect, in the reading greenthread: open channels, declare,
    consume there (the only place where methods that wait for an answer may be called). `on_down()` runs
    when the connection is lost. Both may be called many times; neither may block on another greenthread
    that waits for this link.
    """

    def __init__(
        self,
        *,
        url: str,
        name: str,
        on_open: Callable[[Connection], None],
        on_down: Callable[[], None] = lambda: None,
        heartbeat_s: int = HEARTBEAT_S,
    ) -> None:
        self._address = address(url)
        self._name = name
        self._on_open = on_open
        self._on_down = on_down
        self._heartbeat_s = heartbeat_s
        self._connection: Connection | None = None
        self._keeper: Any = None
        self._opened = Event()
        self._ended = Event()
        self.state = LinkState.IDLE
        self.reconnects = 0

    @property
    def ready(self) -> bool:
        """Whether messages can be sent and received now."""
        return self.state is LinkState.OPEN

    @property
    def up(self) -> bool:
        """Whether there is a connection, though the broker may ask publishers to wait."""
        return self.state in (LinkState.OPEN, LinkState.BLOCKED)

    def start(self) -> None:
        """Begin to connect, in the background. Does nothing when already started."""
        if self._keeper is not None:
            return
        if not is_monkey_patched("socket"):
            raise RuntimeError("eventlet.monkey_patch() must run before a Link is started")
        self.state = LinkState.CONNECTING
        self._keeper = eventlet.spawn(self._keep)

    def wait_ready(self, *, timeout_s: float) -> bool:
        """Wait until the link is open; False when it is not within `timeout_s` seconds."""
        ends = monotonic() + timeout_s
        while not self.ready:
            left = ends - monotonic()
            if left <= 0 or self.state is LinkState.CLOSED:
                return False
            if self.state is LinkState.BLOCKED:
                eventlet.sleep(min(left, 0.05))
            else:
                self._opened.wait(timeout=left)
        return True

    def send(self, frames: bytes) -> None:
        """Hand whole frames to the writer; they leave in order. Raises LinkDown without a connection."""
        connection = self._connection
        if connection is None or not self.up:
            raise LinkDown(self._name)
        connection.outbound.put(frames)

    def break_off(self) -> None:
        """Cut the present connection as if it had failed; the link reconnects."""
        if self._connection is not None:
            self._connection.cut()

    def close(self, *, timeout_s: float = 2.0) -> None:
        """Send what is waiting, say goodbye to the broker, stop. Safe to call more than once."""
        if self.state is LinkState.CLOSED:
            return
        was_up, self.state = self.up, LinkState.CLOSED
        if self._keeper is None:
            return
        connection = self._connection
        if was_up and connection is not None:
            connection.outbound.drain(timeout_s=timeout_s)
            connection.say_goodbye()
            self._ended.wait(timeout=timeout_s)
            connection.cut()
        eventlet.kill(self._keeper)

    def _keep(self) -> None:
        pause = FIRST_PAUSE_S
        while self.state is not LinkState.CLOSED:
            opened_at = self._connect_and_read()
            if self.state is LinkState.CLOSED:
                break
            if opened_at is not None and monotonic() - opened_at > LONGEST_PAUSE_S:
                pause = FIRST_PAUSE_S
            eventlet.sleep(pause * random.uniform(0.7, 1.3))  # noqa: S311 - only spreads reconnects
            pause = min(pause * 1.7, LONGEST_PAUSE_S)
        if not self._ended.ready():
            self._ended.send(None)

    def _connect_and_read(self) -> float | None:
        """One life of a connection. Returns when it was opened, None when it never was."""
        opened_at = None
        connection = Connection(
            self._address,
            name=self._name,
            heartbeat_s=self._heartbeat_s,
            connect_timeout_s=CONNECT_TIMEOUT_S,
            on_blocked=self._blocked,
            on_unblocked=self._unblocked,
        )
        pulse = None
        try:
            with eventlet.Timeout(CONNECT_TIMEOUT_S * 3):
                connection.connect()
                self._connection = connection
                self._on_open(connection)
            pulse = eventlet.spawn(self._beat, connection)
            opened_at = monotonic()
            self._has_opened()
            connection.read_for_ever()
        except (OSError, amqp.AMQPError, eventlet.Timeout) as lost:
            if self.state is not LinkState.CLOSED:
                log.warning(
                    "broker_link_lost", link=self._name, was_open=opened_at is not None, cause=_cause(lost)
                )
        except Exception:
            log.exception("broker_link_failed", link=self._name)
        finally:
            self._has_gone(connection, pulse)
        return opened_at

    def _has_opened(self) -> None:
        if self.state is LinkState.CLOSED:
            raise LinkDown(self._name)
        self.state = LinkState.OPEN
        self._opened.send(None)
        log.info("broker_link_open", link=self._name)

    def _has_gone(self, connection: Connection, pulse: Any) -> None:
        if pulse is not None:
            eventlet.kill(pulse)
        connection.discard()
        self._connection = None
        if self.state is not LinkState.CLOSED:
            self.reconnects += 1
            self.state = LinkState.CONNECTING
        if self._opened.ready():
            self._opened = Event()
        try:
            self._on_down()
        except Exception:
            log.exception("broker_link_user_failed", link=self._name)

    def _beat(self, connection: Connection) -> None:
        """Send heartbeats; cut the connection when the broker has been silent for two of them."""
        while True:
            eventlet.sleep(self._heartbeat_s / 4)
            try:
                connection.heartbeat_tick()
            except (OSError, amqp.AMQPError) as silent:
                log.warning("broker_silent", link=self._name, cause=_cause(silent))
                connection.cut()
                return

    def _blocked(self, _reason: str) -> None:
        if self.state is LinkState.OPEN:
            self.state = LinkState.BLOCKED
        log.warning("broker_blocks_publishers", link=self._name)

    def _unblocked(self) -> None:
        if self.state is LinkState.BLOCKED:
            self.state = LinkState.OPEN


def _cause(error: BaseException) -> str:
    """What went wrong, without texts that may hold addresses or passwords."""
    code = getattr(error, "reply_code", None) or getattr(error, "errno", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__

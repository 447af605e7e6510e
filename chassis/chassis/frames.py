"""py-amqp made fit for eventlet: one reader with a large buffer, one writer that joins what is waiting.

py-amqp reads each frame in three small calls, and its publish looks at the socket for news first, which a
second greenthread may not do while the first one reads. Here the handshake, the channels and the tables are
py-amqp's; the socket is read in large pieces by one greenthread and written by one other.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from struct import Struct
from time import monotonic
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp
import eventlet
from amqp import spec
from amqp.method_framing import frame_writer
from eventlet.event import Event

from chassis.wire import BODY, DELIVER, HEADER, METHOD, Incoming, OnMessage

READ_BYTES = 256 * 1024
MOST_WAITING_BYTES = 64 * 1024 * 1024
TCP_OPTIONS = {"TCP_USER_TIMEOUT": 15_000, "TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}

_FRAME_HEAD = Struct(">BHI")


@dataclass(frozen=True)
class Address:
    """Where the broker is and who we are there."""

    host: str
    port: int
    user: str
    password: str
    vhost: str
    tls: bool

    def __repr__(self) -> str:
        return f"Address({self.user}@{self.host}:{self.port}/{self.vhost})"


def address(url: str) -> Address:
    """Read `amqp[s]://user:password@host:port/vhost`."""
    parts = urlsplit(url)
    if parts.scheme not in ("amqp", "amqps"):
        raise ValueError("a broker URL begins with amqp:// or amqps://")
    tls = parts.scheme == "amqps"
    return Address(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or (5671 if tls else 5672),
        user=unquote(parts.username or "guest"),
        password=unquote(parts.password or "guest"),
        vhost=unquote(parts.path[1:]) or "/",
        tls=tls,
    )


class Outbound:
    """Frames that wait to be written; putting never blocks, one greenthread writes all that waits at once."""

    def __init__(self, transport: Any, *, on_broken: Callable[[], None]) -> None:
        self._transport = transport
        self._on_broken = on_broken
        self._waiting: list[bytes] = []
        self._size = 0
        self._wake = Event()
        self._empty = Event()
        self._writer = eventlet.spawn(self._write_for_ever)

    def put(self, frames: bytes) -> None:
        """Queue whole frames. Raises ConnectionError when so much waits that memory is at risk."""
        if self._size > MOST_WAITING_BYTES:
            raise ConnectionError("the broker does not read")
        self._waiting.append(frames)
        self._size += len(frames)
        if not self._wake.ready():
            self._wake.send(None)

    def write(self, view: Any) -> None:
        """What py-amqp's own frame writer calls: it lends a buffer, so copy it."""
        self.put(bytes(view))

    def drain(self, *, timeout_s: float) -> bool:
        """Wait until everything was handed to the kernel; False when it was not in time."""
        ends = monotonic() + timeout_s
        while self._size:
            left = ends - monotonic()
            if left <= 0:
                return False
            if self._empty.ready():
                self._empty = Event()
            self._empty.wait(timeout=left)
        return True

    def stop(self) -> None:
        """Write nothing more."""
        eventlet.kill(self._writer)

    def _write_for_ever(self) -> None:
        while True:
            if not self._waiting:
                self._wake = Event()
                self._wake.wait()
            waiting, self._waiting = self._waiting, []
            frames = waiting[0] if len(waiting) == 1 else b"".join(waiting)
            try:
                self._transport.write(frames)
            except OSError:
                self._on_broken()
                return
            self._size -= len(frames)
            if not self._size and not self._empty.ready():
                self._empty.send(None)


class Channel(amqp.Channel):
    """A channel that stays closed once the broker has closed it; the link then sets up anew."""

    def __init__(self, connection: Connection, channel_id: int | None = None, **rest: Any) -> None:
        super().__init__(connection, channel_id, auto_decode=False, **rest)

    def _do_revive(self) -> None:
        self.is_open = False

    def consume(
        self, queue: str, *, tag: str, on_message: OnMessage, no_ack: bool = False, nowait: bool = False
    ) -> None:
        """Have the messages of a queue given to `on_message`, in the reading greenthread.

        Another greenthread than that one says `nowait`: a refusal then ends the connection.
        """
        self.connection.consumers[self.channel_id, tag] = on_message
        self.basic_consume(queue, consumer_tag=tag, no_ack=no_ack, nowait=nowait)


class Connection(amqp.Connection):
    """A py-amqp connection whose socket is read in large pieces and written by one greenthread."""

    Channel = Channel

    def __init__(
        self,
        where: Address,
        *,
        name: str,
        heartbeat_s: int,
        connect_timeout_s: float,
        on_blocked: Callable[[str], None],
        on_unblocked: Callable[[], None],
    ) -> None:
        self.outbound: Outbound = None  # type: ignore[assignment]  # there is one as soon as the socket is connected
        self.consumers: dict[tuple[int, str], OnMessage] = {}
        self._arriving: dict[int, Incoming] = {}
        self._buffer = b""
        self._at = 0
        super().__init__(
            f"{where.host}:{where.port}",
            userid=where.user,
            password=where.password,
            virtual_host=where.vhost,
            ssl={"server_hostname": where.host, "cert_reqs": ssl.CERT_REQUIRED} if where.tls else False,
            connect_timeout=connect_timeout_s,
            heartbeat=heartbeat_s,
            client_properties={"connection_name": name},
            on_blocked=on_blocked,
            on_unblocked=on_unblocked,
            socket_settings=_tcp_options(),
            frame_writer=_through_outbound,
        )

    def blocking_read(self, timeout: float | None = None) -> Any:
        """Read and dispatch one frame (what py-amqp's own waiting calls); True when it completed something."""
        return self._dispatch(self._next_frame(timeout))

    def read_for_ever(self) -> None:
        """Dispatch frames as they come; raises when the connection ends."""
        while True:
            self._dispatch(self._next_frame(None))

    def _dispatch(self, frame: tuple[int, int, bytes]) -> Any:
        kind, channel, payload = frame
        if kind == METHOD and payload[:4] == DELIVER:
            self._arriving[channel] = Incoming(payload)
            return False
        message = self._arriving.get(channel) if kind in (HEADER, BODY) else None
        if message is None:
            return self.on_inbound_frame(frame)
        self.bytes_recv += 1
        if not (message.take_header(payload) if kind == HEADER else message.take_body(payload)):
            return False
        del self._arriving[channel]
        self.consumers[channel, message.consumer_tag](message)
        return True

    def _next_frame(self, timeout: float | None) -> tuple[int, int, bytes]:
        while True:
            read = self._buffer
            if len(read) - self._at >= 8:
                kind, channel, size = _FRAME_HEAD.unpack_from(read, self._at)
                ends = self._at + 7 + size
                if len(read) > ends:
                    payload = read[self._at + 7 : ends]
                    self._at = ends + 1
                    return kind, channel, payload
            self._read_more(timeout)

    def _read_more(self, timeout: float | None) -> None:
        transport = self._transport
        if transport is None or transport.sock is None:
            raise ConnectionResetError("the connection is closed")
        with transport.having_timeout(timeout) as sock:
            piece = sock.recv(READ_BYTES)
        if not piece:
            raise ConnectionResetError("the broker closed the connection")
        self._buffer = self._buffer[self._at :] + piece
        self._at = 0

    def say_goodbye(self) -> None:
        """Ask the broker to close; its answer ends the reading greenthread."""
        try:
            self.is_closing = True
            self.send_method(spec.Connection.Close, "BsBB", (0, "", 0, 0))
        except (OSError, amqp.AMQPError):
            self.cut()

    def cut(self) -> None:
        """Shut the socket, so that the reading greenthread sees the end; it then calls `discard`.

        Closing it here would take it out of the hub's sight, and the reader would wait for ever.
        """
        transport = self._transport
        if transport is not None and transport.sock is not None:
            transport.connected = False
            with suppress(OSError):
                transport.sock.shutdown(socket.SHUT_RDWR)

    def discard(self) -> None:
        """Close the socket and stop writing; for the reading greenthread, when it has ended."""
        if self.outbound is not None:
            self.outbound.stop()
        if self._transport is not None:
            self._transport.close()


def _through_outbound(connection: Connection, transport: Any) -> Callable[..., None]:
    connection.outbound = Outbound(transport, on_broken=connection.cut)
    writer: Callable[..., None] = frame_writer(connection, connection.outbound)
    return writer


def _tcp_options() -> dict[int, int]:
    return {getattr(socket, name): value for name, value in TCP_OPTIONS.items() if hasattr(socket, name)}

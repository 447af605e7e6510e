"""py-amqp made fit for eventlet: one reader with a large buffer, one writer that joins what is waiting.

py-amqp reads each frame in three small calls, and its publish looks at the socket for news first, which a
second greenthread may not do while the first one reads. Here the handshake, the channels and the tables are
py-amqp's; the socket is read in large pieces by one greenthread and written by one other.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from struct import Struct, pack
from time import monotonic
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp
import eventlet
from amqp import spec
from amqp.method_framing import frame_writer
from amqp.serialization import dumps
from eventlet.event import Event

READ_BYTES = 256 * 1024
MOST_WAITING_BYTES = 64 * 1024 * 1024
TCP_OPTIONS = {"TCP_USER_TIMEOUT": 15_000, "TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}

_FRAME_HEAD = Struct(">BHI")
_METHOD, _HEADER, _BODY, _END = 1, 2, 3, b"\xce"
_ACK = Struct(">BHIHHQBB")


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
        """Read and dispatch one frame (what py-amqp's own waiting calls)."""
        return self.on_inbound_frame(self._next_frame(timeout))

    def read_for_ever(self) -> None:
        """Dispatch frames as they come; raises when the connection ends."""
        dispatch = self.on_inbound_frame
        while True:
            dispatch(self._next_frame(None))

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
        """Drop the socket at once; the reading greenthread then sees the end."""
        transport = self._transport
        if transport is not None:
            transport.connected = False
            transport.close()
        if self.outbound is not None:
            self.outbound.stop()


def _through_outbound(connection: Connection, transport: Any) -> Callable[..., None]:
    connection.outbound = Outbound(transport, on_broken=connection.cut)
    writer: Callable[..., None] = frame_writer(connection, connection.outbound)
    return writer


def _tcp_options() -> dict[int, int]:
    return {getattr(socket, name): value for name, value in TCP_OPTIONS.items() if hasattr(socket, name)}


class Publisher:
    """Turns messages for one exchange into frames; what is the same in every message is made once."""

    def __init__(self, connection: Connection, channel: Channel, *, exchange: str, mandatory: bool) -> None:
        self._channel = channel.channel_id
        self._most = connection.frame_max - 8
        self._exchange = exchange
        self._mandatory = mandatory
        self._methods: dict[str, bytes] = {}

    def frames(self, routing_key: str, message: amqp.Message) -> bytes:
        """The frames that publish `message` (its body is bytes) under `routing_key`."""
        method = self._methods.get(routing_key)
        if method is None:
            if len(self._methods) > 1_000:
                self._methods.clear()
            arguments = dumps("Bssbb", (0, self._exchange, routing_key, self._mandatory, False))
            method = self._frame(_METHOD, pack(">HH", *spec.Basic.Publish) + arguments)
            self._methods[routing_key] = method
        body = message.body
        header = pack(">HHQ", 60, 0, len(body)) + message._serialize_properties()
        parts = [method, self._frame(_HEADER, header)]
        parts += [self._frame(_BODY, body[at : at + self._most]) for at in range(0, len(body), self._most)]
        return b"".join(parts)

    def _frame(self, kind: int, payload: bytes) -> bytes:
        return _FRAME_HEAD.pack(kind, self._channel, len(payload)) + payload + _END


def ack_frame(channel: Channel, delivery_tag: int, *, multiple: bool = False) -> bytes:
    """The frame that acknowledges a delivery, with all before it when `multiple`."""
    return _ACK.pack(_METHOD, channel.channel_id, 13, *spec.Basic.Ack, delivery_tag, multiple, 0xCE)


def reject_frame(channel: Channel, delivery_tag: int) -> bytes:
    """The frame that refuses a delivery for good, so that the broker dead-letters it."""
    return _ACK.pack(_METHOD, channel.channel_id, 13, *spec.Basic.Reject, delivery_tag, False, 0xCE)

"""Messages as AMQP 0-9-1 frames, the few kinds that this house sends and receives, and nothing more.

py-amqp can do all of this, generally and several times slower; a call or an event costs little else, so this is where
their speed is decided. Everything rare (handshake, channels, declarations, returns) stays with py-amqp.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from struct import Struct
from typing import Any

from amqp.serialization import decode_properties_basic, loads

METHOD, HEADER, BODY = 1, 2, 3
DELIVER = b"\x00\x3c\x00\x3c"

_END = b"\xce"
_FRAME_HEAD = Struct(">BHI")
_CONTENT_HEAD = Struct(">HHQH")
_ACK = Struct(">BHIHHQBB")
_LONG = Struct(">I")
_BIG = Struct(">q")
_TAG = Struct(">QB")
_SIZE = Struct(">4xQH")

_CONTENT_TYPE, _HEADERS, _DELIVERY_MODE = 0x8000, 0x2000, 0x1000
_CORRELATION_ID, _REPLY_TO, _EXPIRATION, _MESSAGE_ID, _KIND = 0x0400, 0x0200, 0x0100, 0x0080, 0x0020
_UNDERSTOOD = (
    _HEADERS | _DELIVERY_MODE | _CORRELATION_ID | _REPLY_TO | _EXPIRATION | _MESSAGE_ID | _CONTENT_TYPE
)

TRANSIENT, PERSISTENT = b"\x01", b"\x02"


def short(value: str) -> bytes:
    """A short string: at most 255 bytes."""
    encoded = value.encode()
    return bytes((len(encoded),)) + encoded


def table(values: Mapping[str, str | int]) -> bytes:
    """A header table of texts and numbers."""
    parts = []
    for name, value in values.items():
        parts.append(short(name))
        if isinstance(value, int):
            parts.append(b"l" + _BIG.pack(value))
        else:
            encoded = str(value).encode()
            parts.append(b"S" + _LONG.pack(len(encoded)) + encoded)
    joined = b"".join(parts)
    return _LONG.pack(len(joined)) + joined


def properties(
    *,
    headers: Mapping[str, str | int],
    mode: bytes,
    content_type: str = "",
    correlation_id: str = "",
    reply_to: str = "",
    expiration: str = "",
    message_id: str = "",
    kind: str = "",
) -> tuple[int, bytes]:
    """The flags and the property list of a message; an empty text is left out. `kind` is AMQP's `type`."""
    flags, parts = _HEADERS | _DELIVERY_MODE, [table(headers), mode]
    if content_type:
        flags |= _CONTENT_TYPE
        parts.insert(0, short(content_type))
    for flag, value in (
        (_CORRELATION_ID, correlation_id),
        (_REPLY_TO, reply_to),
        (_EXPIRATION, expiration),
        (_MESSAGE_ID, message_id),
        (_KIND, kind),
    ):
        if value:
            flags |= flag
            parts.append(short(value))
    return flags, b"".join(parts)


class Publisher:
    """Turns messages for one exchange into frames; what is the same in every message is made once."""

    def __init__(self, channel: Any, *, exchange: str, mandatory: bool) -> None:
        self._channel: int = channel.channel_id
        self._most: int = channel.connection.frame_max - 8
        self._exchange = short(exchange)
        self._bits = bytes((1 if mandatory else 0,))
        self._methods: dict[str, bytes] = {}

    def frames(self, routing_key: str, body: bytes, described: tuple[int, bytes]) -> bytes:
        """The frames that publish `body` with these `properties` under `routing_key`."""
        method = self._methods.get(routing_key)
        if method is None:
            if len(self._methods) > 1_000:
                self._methods.clear()
            arguments = b"\x00\x3c\x00\x28\x00\x00" + self._exchange + short(routing_key) + self._bits
            method = self._methods[routing_key] = self._frame(METHOD, arguments)
        flags, listed = described
        header = self._frame(HEADER, _CONTENT_HEAD.pack(60, 0, len(body), flags) + listed)
        if len(body) <= self._most:
            return method + header + self._frame(BODY, body) if body else method + header
        pieces = [self._frame(BODY, body[at : at + self._most]) for at in range(0, len(body), self._most)]
        return b"".join((method, header, *pieces))

    def _frame(self, kind: int, payload: bytes) -> bytes:
        return _FRAME_HEAD.pack(kind, self._channel, len(payload)) + payload + _END


def ack_frame(channel: Any, delivery_tag: int, *, multiple: bool = False) -> bytes:
    """The frame that acknowledges a delivery, with all before it when `multiple`."""
    return _ACK.pack(METHOD, channel.channel_id, 13, 60, 80, delivery_tag, multiple, 0xCE)


def reject_frame(channel: Any, delivery_tag: int) -> bytes:
    """The frame that refuses a delivery for good, so that the broker dead-letters it."""
    return _ACK.pack(METHOD, channel.channel_id, 13, 60, 90, delivery_tag, False, 0xCE)


class Incoming:
    """A message that a consumer was sent. Properties that nobody here uses are dropped."""

    __slots__ = (
        "_missing", "_pieces", "body", "consumer_tag", "correlation_id", "delivery_tag", "headers", "message_id",
        "reply_to", "routing_key",
    )  # fmt: skip

    def __init__(self, deliver: bytes) -> None:
        at = 5 + deliver[4]
        self.consumer_tag = deliver[5:at].decode()
        self.delivery_tag, _redelivered = _TAG.unpack_from(deliver, at)
        at += 9
        at += 1 + deliver[at]
        self.routing_key = deliver[at + 1 : at + 1 + deliver[at]].decode()
        self.headers: dict[str, Any] = {}
        self.correlation_id = self.reply_to = self.message_id = ""
        self.body = b""
        self._missing = 0
        self._pieces: list[bytes] = []

    def take_header(self, payload: bytes) -> bool:
        """Read the content header; True when the message is whole (it has no body)."""
        self._missing, flags = _SIZE.unpack_from(payload)
        if flags & ~_UNDERSTOOD:
            self._take_any(decode_properties_basic(payload, 12)[0])
            return not self._missing
        at = 14
        if flags & _CONTENT_TYPE:
            at += 1 + payload[at]
        if flags & _HEADERS:
            if payload[at : at + 4] == b"\x00\x00\x00\x00":
                at += 4
            else:
                (self.headers,), at = loads("F", payload, at)
        if flags & _DELIVERY_MODE:
            at += 1
        if flags & _CORRELATION_ID:
            self.correlation_id, at = _text(payload, at)
        if flags & _REPLY_TO:
            self.reply_to, at = _text(payload, at)
        if flags & _EXPIRATION:
            at += 1 + payload[at]
        if flags & _MESSAGE_ID:
            self.message_id, at = _text(payload, at)
        return not self._missing

    def take_body(self, payload: bytes) -> bool:
        """Read a piece of the body; True when the message is whole."""
        self._missing -= len(payload)
        if self._missing <= 0 and not self._pieces:
            self.body = payload
            return True
        self._pieces.append(payload)
        if self._missing > 0:
            return False
        self.body = b"".join(self._pieces)
        return True

    def _take_any(self, listed: dict[str, Any]) -> None:
        self.headers = listed.get("application_headers") or {}
        self.correlation_id = listed.get("correlation_id", "")
        self.reply_to = listed.get("reply_to", "")
        self.message_id = listed.get("message_id", "")


OnMessage = Callable[[Incoming], None]


def _text(payload: bytes, at: int) -> tuple[str, int]:
    ends = at + 1 + payload[at]
    return payload[at + 1 : ends].decode(), ends

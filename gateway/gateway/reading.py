"""How requests are read from a connection: in time, and in one way only (GW-1).

A client that trickles holds its place for a limited time. A message whose length can be understood in two ways is
refused and the connection closed, so that no request can hide behind another when a proxy stands in front.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from email.errors import (
    FirstHeaderLineIsContinuationDefect,
    MalformedHeaderDefect,
    MisplacedEnvelopeHeaderDefect,
    MissingHeaderBodySeparatorDefect,
)
from functools import partial
from typing import Any, ClassVar

import eventlet
from nameko.web.server import HttpOnlyProtocol

from chassis.errors import Problem

_LENGTH = re.compile(r"^[0-9]{1,15}$")
_NAME = re.compile(r"^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$")
# Of what Python notes about a head, that which is about its lines; the rest is about a body that it has not seen.
_NO_HEADER = (
    FirstHeaderLineIsContinuationDefect,
    MalformedHeaderDefect,
    MisplacedEnvelopeHeaderDefect,
    MissingHeaderBodySeparatorDefect,
)
CONNECTION = "icm.connection"
_REFUSAL = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class TooSlow(Problem):
    """The request did not come in time."""

    status = 408
    code = "request_timeout"
    title = "The request did not arrive in time"


class Protocol(HttpOnlyProtocol):
    """eventlet's protocol, with an end to waiting and no second way to read a message."""

    seconds_for_the_head: ClassVar[float] = 30.0
    seconds_between: ClassVar[float] = 75.0
    seconds_for_the_rest: ClassVar[float] = 5.0

    def _read_request_line(self) -> Any:
        with eventlet.Timeout(self.seconds_between, False):
            return super()._read_request_line()
        return ""

    def parse_request(self) -> bool:
        """Read the head. False when it did not come in time or can be understood in two ways."""
        with eventlet.Timeout(self.seconds_for_the_head, False):
            if not super().parse_request():
                return False
            if not ambiguous(self.headers):
                return True
            self.wfile.write(_REFUSAL)
        self.close_connection = True
        return False

    def get_environ(self) -> dict[str, Any]:
        """The WSGI environment, with the connection beside it, and with an end to what an answer did not wait for."""
        environ: dict[str, Any] = super().get_environ()
        environ[CONNECTION] = self
        body = environ["eventlet.input"]
        body.discard = partial(self._throw_away, body.discard)
        return environ

    def finish(self) -> None:
        """Let go of the connection, now.

        The inherited way tries for minutes to send what nobody takes, and when that fails it leaves the reading side
        open, which holds the connection until Python looks for rubbish.
        """
        with suppress(OSError, ValueError), eventlet.Timeout(self.seconds_for_the_rest, False):
            self.wfile.flush()
        self.connection.settimeout(0)
        for side in (self.wfile, self.rfile):
            with suppress(OSError):
                side.close()
        self.connection.close()

    def _throw_away(self, discard: Callable[[], None]) -> None:
        thrown = False
        with eventlet.Timeout(self.seconds_for_the_rest, False):
            discard()
            thrown = True
        if not thrown:
            self.close_connection = True


def ambiguous(headers: Any) -> bool:
    """Whether one reader of these headers could see another message than we do (RFC 9112, sections 5 and 6)."""
    if any(isinstance(each, _NO_HEADER) for each in headers.defects) or headers.get_payload():
        return True  # a line that is no header ended the head for Python, and would not for others
    for name, value in headers.items():
        if not _NAME.match(name) or any(sign in value for sign in "\r\n\x00"):
            return True
    lengths, codings = headers.get_all("content-length", []), headers.get_all("transfer-encoding", [])
    if any(not _LENGTH.match(length) for length in lengths) or len(lengths) > 1:
        return True
    if codings and (len(codings) > 1 or codings[0].strip().lower() != "chunked" or lengths):
        return True
    return len(headers.get_all("host", [])) > 1


def in_time(environ: dict[str, Any], *, seconds: float) -> None:
    """Give the body of a request so many seconds to come, from the first read on."""
    environ["wsgi.input"] = _Body(environ["wsgi.input"], seconds=seconds, connection=environ.get(CONNECTION))


class _Body:
    """A body that raises TooSlow once its time is over, and lets the connection end with the answer."""

    def __init__(self, body: Any, *, seconds: float, connection: Any) -> None:
        self._body = body
        self._seconds = seconds
        self._connection = connection
        self._ends: float | None = None

    def read(self, *size: int) -> bytes:
        """As of the body itself."""
        return self._within(self._body.read, *size)

    def readline(self, *size: int) -> bytes:
        """As of the body itself."""
        return self._within(self._body.readline, *size)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _within(self, read: Callable[..., bytes], *size: int) -> bytes:
        now = eventlet.hubs.get_hub().clock()
        self._ends = self._ends or now + self._seconds
        limit = eventlet.Timeout(max(0.0, self._ends - now))
        try:
            return read(*size)
        except eventlet.Timeout as passed:
            if passed is not limit:
                raise
            if self._connection is not None:
                self._connection.close_connection = 1
            raise TooSlow() from None
        finally:
            limit.cancel()

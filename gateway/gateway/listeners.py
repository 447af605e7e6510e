"""Who listens at the audit stream: so many in all, so many of one caller, and nobody who has hung up (AU-5, GW-1)."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any, Protocol

from chassis.errors import TooMany
from gateway.reading import CONNECTION

# What the kernel keeps for a listener who does not read; it doubles the figure for its own needs.
_KEPT_BYTES = 64 * 1024


class Line:
    """The connection to a listener. Whoever takes nothing for `patience_s` seconds is cut off."""

    def __init__(self, environ: Mapping[str, Any], *, patience_s: float) -> None:
        connection = environ[CONNECTION].connection
        connection.settimeout(patience_s)
        # The socket itself: eventlet's would wait for what is asked below.
        self._socket: socket.socket = connection.fd
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KEPT_BYTES)
        # Also when the machine at the other end is gone without a word.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(patience_s * 1000))

    @property
    def dead(self) -> bool:
        """Whether the other end has hung up, as far as is known."""
        try:
            return self._socket.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True


class Sitting(Protocol):
    """Somebody on a place."""

    @property
    def subject(self) -> str:
        """Whose sign-in it is."""

    @property
    def has_left(self) -> bool:
        """Whether nobody is there any more."""


class Seats:
    """Places for listeners of one process: so many and no more, so that memory is bounded."""

    def __init__(self, *, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._sitting: dict[int, Sitting] = {}
        self.sent = 0
        self.refused = 0

    @property
    def taken(self) -> int:
        """How many listen now."""
        return len(self._sitting)

    def take(self, one: Sitting) -> None:
        """Give a place. Raises TooMany when the caller has as many as one may have, or all are taken.

        Before anybody is refused, the places of those who have hung up are given on: many who connect again at
        once find theirs.
        """
        if self._fault(one.subject) is not None:
            self._sitting = {key: each for key, each in self._sitting.items() if not each.has_left}
        fault = self._fault(one.subject)
        if fault is not None:
            self.refused += 1
            raise TooMany(fault, retry_after=10)
        self._sitting[id(one)] = one

    def has(self, one: Sitting) -> bool:
        """Whether the place is still theirs."""
        return id(one) in self._sitting

    def give_back(self, one: Sitting) -> None:
        """Leave a place; again does no harm."""
        self._sitting.pop(id(one), None)

    def _fault(self, subject: str) -> str | None:
        if sum(each.subject == subject for each in self._sitting.values()) >= self._most_of_one:
            return f"You listen {self._most_of_one} times already: end one of them first."
        if len(self._sitting) >= self._most:
            return "All places for listeners are taken."
        return None

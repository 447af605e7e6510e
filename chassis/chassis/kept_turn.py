"""Connections that keep their process's turn while the database answers, for what must not wait behind callers (CO-8).

In one process callers and the lane take turns, and whoever waits for the database gives its turn away. A withdrawal
takes some twenty statements to apply: under load it would wait twenty times for a round of all who are being served,
though the database had answered long ago.
"""

from __future__ import annotations

from collections.abc import Generator
from time import monotonic
from typing import Any

import psycopg
from eventlet.patcher import original
from psycopg.waiting import Wait
from sqlalchemy import Engine, event

# Most statements of the lane are answered sooner.
PATIENCE_S = 0.01
# A long batch lets the others have theirs from time to time.
LONGEST_TURN_S = 0.05

_select = original("select")


class KeptTurn(psycopg.Connection[Any]):
    """A connection that gives its turn away when an answer takes longer than `PATIENCE_S`, or at `LONGEST_TURN_S`.

    Units: seconds. Nobody else in the process runs for as long, so it is for few connections.
    """

    _turn_began = 0.0

    def wait(self, gen: Generator[Any, Any, Any], *limits: Any, **named_limits: Any) -> Any:
        """Run psycopg's generator to its end, within the turn where the server is soon ready."""
        return super().wait(self._in_one_turn(gen), *limits, **named_limits)

    def _in_one_turn(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        try:
            wanted = next(gen)
            while True:
                ready = 0
                if monotonic() - self._turn_began < LONGEST_TURN_S:
                    ready = _ready_soon(self.pgconn.socket, wanted)
                if not ready:
                    ready = yield wanted
                    self._turn_began = monotonic()
                wanted = gen.send(ready)
        except StopIteration as done:
            return done.value


def keep_the_turn(engine: Engine) -> Engine:
    """The engine, whose connections keep their turn from now on."""
    event.listen(
        engine, "do_connect", lambda _dialect, _record, args, named: KeptTurn.connect(*args, **named)
    )
    return engine


def _ready_soon(socket: int, wanted: int) -> int:
    """For what of the wanted the socket is ready within `PATIENCE_S`, as psycopg counts it; 0 when for none."""
    poll = _select.poll()
    poll.register(
        socket,
        (_select.POLLIN if wanted & Wait.R else 0) | (_select.POLLOUT if wanted & Wait.W else 0),
    )
    seen = sum(mask for _, mask in poll.poll(PATIENCE_S * 1000))
    # What else there is to see is a broken connection: who reads or writes finds out how.
    broken = bool(seen & ~(_select.POLLIN | _select.POLLOUT))
    reads, writes = bool(seen & _select.POLLIN), bool(seen & _select.POLLOUT)
    return wanted & ((Wait.R if reads or broken else 0) | (Wait.W if writes or broken else 0))

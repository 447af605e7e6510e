"""How late the hub is: a handler that computes for long holds up everything else in its process (OP-1)."""

from __future__ import annotations

from time import monotonic

import eventlet
from eventlet.greenthread import GreenThread

from chassis.metrics import HUB_SECONDS

EVERY_S = 0.1


def watch_hub(*, every_s: float = EVERY_S) -> GreenThread:
    """Measure the hub's lag for as long as the process runs, in a greenthread of its own; kill it to end."""

    def measure() -> None:
        while True:
            began = monotonic()
            eventlet.sleep(every_s)
            HUB_SECONDS.observe(max(0.0, monotonic() - began - every_s))

    return eventlet.spawn(measure)

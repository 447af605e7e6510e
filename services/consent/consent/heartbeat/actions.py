"""What keeps consent-based grants counting in the other services (CO-8)."""

from __future__ import annotations

from chassis.work import Work
from consent import events


def send(work: Work) -> None:
    """Say that consent is alive, through the same ordered lane as its decisions (CO-8).

    A service that does not hear it for longer than the limit stops counting consent-based grants.
    """
    work.emit(events.heartbeat_sent(at=work.now))

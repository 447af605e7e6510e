"""Counts that only the database knows, read now and then for the metrics: clocks and parked events (OP-1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import eventlet
import structlog
from eventlet.greenthread import GreenThread
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from chassis import metrics
from chassis.doors import Sampled

log = structlog.get_logger(__name__)

EVERY_S = 15.0

_QUESTIONS = {
    metrics.CLOCKS_OVERDUE: (
        "kind",
        """SELECT kind, count(*) FROM clocks
           WHERE breached_at IS NOT NULL AND met_at IS NULL AND cancelled_at IS NULL GROUP BY kind""",
    ),
    metrics.CLOCKS_UNEXPLAINED: (
        "kind",
        """SELECT kind, count(*) FROM clocks
           WHERE breached_at IS NOT NULL AND circumstances IS NULL GROUP BY kind""",
    ),
    metrics.CLOCKS_BREACHED: (
        "kind",
        "SELECT kind, count(*) FROM clocks WHERE breached_at IS NOT NULL GROUP BY kind",
    ),
    metrics.EVENTS_PARKED: ("reason", "SELECT reason, count(*) FROM parked_events GROUP BY reason"),
}


def sample(engine: Engine, *, more: Sequence[Sampled] = ()) -> bool:
    """Read all counts once, those of the service with them, as the lane's role; False when the database is away.

    What could not be read is withdrawn rather than shown as it was.
    """
    questions = _QUESTIONS | {each.series: (each.label, each.question) for each in more}
    try:
        with engine.connect() as connection:
            read = {series: _counts(connection, question) for series, (_, question) in questions.items()}
    except SQLAlchemyError as lost:
        metrics.SAMPLING_FAILURES.inc()
        log.warning("sampling_failed", fault=type(lost).__name__)
        for series, (label, _) in questions.items():
            metrics.show_sample(series, label=label, values=None)
        return False
    for series, (label, _) in questions.items():
        metrics.show_sample(series, label=label, values=read[series])
    return True


def keep_sampling(engine: Engine, *, more: Sequence[Sampled] = (), every_s: float = EVERY_S) -> GreenThread:
    """Read the counts every so many seconds for as long as the process runs; kill the greenthread to end."""

    def again_and_again() -> None:
        while True:
            sample(engine, more=more)
            eventlet.sleep(every_s)

    return eventlet.spawn(again_and_again)


def _counts(connection: Connection, question: str) -> Mapping[str, float]:
    return {str(value): float(count) for value, count in connection.execute(text(question))}

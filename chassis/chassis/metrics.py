"""Metrics of a process, for Prometheus: rate, errors and duration of doors, outbox, lane, hub, pools,
clocks (OP-1).

Every series of the house is named in this module and nowhere else, so that dashboards and alert rules can
be checked against it. Which service a series comes from is said by the scrape (label `service` of the
target). Labels take few values: names of doors, routes, timers, clocks; never an id, a path or a text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from sqlalchemy import Engine, QueuePool

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0)
_LAG = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)

DOOR_SECONDS = Histogram(
    "icm_door_call_duration_seconds",
    "Time from taking a call to its reply; outcome is ok, refused (the caller's doing) or failed (ours).",
    ("door", "outcome"),
    buckets=_FAST,
    registry=REGISTRY,
)
HTTP_SECONDS = Histogram(
    "icm_http_request_duration_seconds",
    "Time from a request to its response at the gateway, by route template.",
    ("method", "route", "code"),
    buckets=_FAST,
    registry=REGISTRY,
)
TIMER_SECONDS = Histogram(
    "icm_timer_run_duration_seconds",
    "Time of one run of a timer; outcome is ok or failed.",
    ("timer", "outcome"),
    buckets=_FAST,
    registry=REGISTRY,
)
EVENT_SECONDS = Histogram(
    "icm_lane_event_age_seconds",
    "Time from an event's happening to the commit of its effect here.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0),
    registry=REGISTRY,
)
HUB_SECONDS = Histogram(
    "icm_hub_lag_seconds",
    "How much later than asked the hub woke a sleeping greenthread; measured ten times a second.",
    buckets=_LAG,
    registry=REGISTRY,
)
SAMPLING_FAILURES = Counter(
    "icm_sampling_failures",
    "Rounds in which the database could not be asked for what stands in it.",
    registry=REGISTRY,
)


@dataclass(frozen=True)
class Series:
    """A series that is read from a part of the process when it is scraped."""

    name: str
    help: str
    counts_up: bool = False


# What the parts tell by `figures()`, in the words of the part. A figure that is not listed is not shown.
PARTS: Mapping[str, Mapping[str, Series]] = {
    "doors": {
        "running": Series("icm_door_calls_running", "Calls being carried out now."),
        "workers": Series("icm_door_workers", "Calls that this process carries out at once, at most."),
        "expired": Series(
            "icm_door_calls_expired", "Calls dropped because they came past their deadline.", True
        ),
        "timed_out": Series(
            "icm_door_calls_timed_out", "Calls that reached their deadline while they ran.", True
        ),
        "malformed": Series("icm_door_calls_malformed", "Messages that were no calls.", True),
    },
    "relay": {
        "active": Series("icm_relay_active", "1 where this process relays, 0 where it stands by."),
        "depth": Series("icm_outbox_depth", "Committed events that wait to be confirmed by the broker."),
        "oldest_age_s": Series("icm_outbox_oldest_age_seconds", "Age of the oldest event in the outbox."),
        "in_flight": Series("icm_outbox_in_flight", "Events sent and not yet confirmed."),
        "unroutable_keys": Series("icm_outbox_unroutable_keys", "Event keys that no queue takes."),
        "published": Series("icm_outbox_events_published", "Events confirmed by the broker.", True),
        "returned": Series(
            "icm_outbox_events_returned", "Events that came back because no queue takes them.", True
        ),
        "refused": Series("icm_outbox_events_refused", "Events that the broker did not confirm.", True),
        "database_errors": Series("icm_relay_database_errors", "Times the relay lost its database.", True),
    },
    "lane": {
        "lag_s": Series(
            "icm_lane_lag_seconds", "Time from the last applied event to the commit of its effect."
        ),
        "waiting": Series("icm_lane_events_waiting", "Events received and not yet applied."),
        "database_away": Series("icm_lane_database_away", "1 while the lane waits for its database."),
        "applied": Series("icm_lane_events_applied", "Events whose effect was committed.", True),
        "doubles": Series("icm_lane_events_duplicate", "Events that had been applied before.", True),
        "ignored": Series("icm_lane_events_ignored", "Events that nothing here follows.", True),
        "parked": Series("icm_lane_events_parked", "Events set aside, each time it happened.", True),
        "taken_aside": Series(
            "icm_lane_events_taken_aside",
            "Events brought again and again and never settled, parked to be tried alone.",
            True,
        ),
        "replayed": Series("icm_lane_events_replayed", "Parked events applied after all.", True),
        "retries": Series("icm_lane_retries", "Attempts repeated because a handler failed.", True),
        "batches": Series("icm_lane_batches", "Transactions in which events were applied.", True),
        "undecodable": Series(
            "icm_lane_events_undecodable", "Messages that were no events (icm.dead, or parked).", True
        ),
        "database_errors": Series("icm_lane_database_errors", "Times the lane lost its database.", True),
    },
    "feed": {
        "published": Series(
            "icm_stream_entries_published", "Sealed audit entries given to the stream.", True
        ),
        "failures": Series("icm_stream_failures", "Times an entry could not be given to the stream.", True),
    },
    "client": {
        "pending": Series("icm_rpc_calls_pending", "Calls that wait for a reply."),
        "calls": Series("icm_rpc_calls", "Calls sent to doors.", True),
        "returned": Series("icm_rpc_calls_returned", "Offers of a call that no replica took.", True),
        "timeouts": Series("icm_rpc_calls_timed_out", "Calls without a reply within the deadline.", True),
        "late_replies": Series(
            "icm_rpc_replies_late", "Replies that came when nobody waited any more.", True
        ),
        "lost": Series("icm_rpc_calls_lost", "Calls whose connection broke while they waited.", True),
    },
    "gate": {
        "streams": Series("icm_gateway_streams_open", "Auditors who follow the log now."),
        "streamed": Series("icm_gateway_stream_entries", "Audit entries sent to those who follow.", True),
        "streams_refused": Series(
            "icm_gateway_streams_refused", "Listeners for whom no place was left.", True
        ),
        "stream_rounds": Series(
            "icm_gateway_stream_rounds", "Questions to audit, each for many who follow.", True
        ),
        "throttled": Series("icm_gateway_requests_throttled", "Requests answered 429.", True),
    },
}
RECONNECTS = Series("icm_broker_reconnects", "Times a link to the broker was opened again.", True)
POOL_SIZE = Series("icm_database_pool_size", "Connections that the pool may hold.")
POOL_IN_USE = Series("icm_database_pool_in_use", "Connections of the pool that are in use.")
CLOCKS_OVERDUE = Series(
    "icm_clocks_overdue", "Clocks past their limit of which the deed is still owed, by kind."
)
CLOCKS_UNEXPLAINED = Series("icm_clocks_unexplained", "Breaches without documented circumstances, by kind.")
CLOCKS_BREACHED = Series("icm_clock_breaches", "Clocks that were ever breached, by kind.", True)
EVENTS_PARKED = Series("icm_events_parked", "Events in the parking table, by reason.")
LOG_DIVERGED = Series(
    "icm_log_diverged",
    "Ways in which the audit log was found to differ from what was signed, not settled yet.",
)
ALERTS_OPEN = Series(
    "icm_alerts_open", "Alerts about signs of misuse that nobody has closed, by rule (AU-7)."
)
ALERTS_WAITING = Series(
    "icm_alerts_waiting_seconds",
    "Age of the oldest alert that nobody has acknowledged, by severity (AU-2).",
)
ALERTS_OVERDUE = Series(
    "icm_alerts_overdue", "Open alerts of which a deadline was missed, by the deadline (AU-2)."
)
EMERGENCIES = Series(
    "icm_emergency_accesses",
    "Emergency accesses that are open, wait for a review, or were found not justified in a month, by standing (CO-6).",
)
LOG_UNWITNESSED = Series(
    "icm_log_unwitnessed_seconds", "Time since a witness last cosigned the audit log, by witness."
)
SAMPLED = {
    series.name: series
    for series in (
        CLOCKS_OVERDUE,
        CLOCKS_UNEXPLAINED,
        CLOCKS_BREACHED,
        EVENTS_PARKED,
        LOG_DIVERGED,
        LOG_UNWITNESSED,
        ALERTS_OPEN,
        ALERTS_WAITING,
        ALERTS_OVERDUE,
        EMERGENCIES,
    )
}


class _Scraped(Collector):
    """Asks the parts, pools and samples of this process for their figures at each scrape."""

    def __init__(self) -> None:
        self.parts: dict[str, Callable[[], Mapping[str, float]]] = {}
        self.pools: dict[str, Engine] = {}
        self.samples: dict[str, tuple[str, Mapping[str, float]]] = {}

    def collect(self) -> Iterator[Metric]:
        told = {part: figures() for part, figures in self.parts.items()}
        for part, figures in told.items():
            for figure, series in PARTS[part].items():
                if figure in figures:
                    yield _family(series, "", {"": figures[figure]})
        links = {part: figures["reconnects"] for part, figures in told.items() if "reconnects" in figures}
        if links:
            yield _family(RECONNECTS, "link", links)
        pools = {
            role: engine.pool for role, engine in self.pools.items() if isinstance(engine.pool, QueuePool)
        }
        if pools:
            yield _family(POOL_SIZE, "role", {role: pool.size() for role, pool in pools.items()})
            yield _family(POOL_IN_USE, "role", {role: pool.checkedout() for role, pool in pools.items()})
        for name, (label, values) in self.samples.items():
            yield _family(SAMPLED[name], label, values)

    def describe(self) -> Iterator[Metric]:
        """Nothing is known before the parts have told it; this keeps the registry from asking them at the
        start.
        """
        return iter(())


_scraped = _Scraped()
REGISTRY.register(_scraped)


def door_answered(door: str, *, http: int, seconds: float) -> None:
    """Count one answered call; `door` is one that the service declares, never what a caller sent."""
    outcome = "ok" if http < 400 else "refused" if http < 500 else "failed"
    DOOR_SECONDS.labels(door, outcome).observe(seconds)


def request_answered(method: str, *, route: str, code: int, seconds: float) -> None:
    """Count one HTTP request at the gateway; `route` is the template, `unmatched` where none matched."""
    HTTP_SECONDS.labels(method, route, str(code)).observe(seconds)


def timer_ran(timer: str, *, ok: bool, seconds: float) -> None:
    """Count one run of a timer."""
    TIMER_SECONDS.labels(timer, "ok" if ok else "failed").observe(seconds)


def event_applied(seconds: float) -> None:
    """Note how old an event was when its effect was committed (the lane's `on_lag`)."""
    EVENT_SECONDS.observe(seconds)


def watch_part(part: str, figures: Callable[[], Mapping[str, float]]) -> None:
    """Show what a part tells of itself: one of `PARTS`. It is asked at each scrape."""
    if part not in PARTS:
        raise LookupError(f"no series are named for the part {part}")
    _scraped.parts[part] = figures


def watch_pool(role: str, engine: Engine) -> None:
    """Show how many connections of an engine's pool are in use; `role` is door, lane or prompt."""
    _scraped.pools[role] = engine


def show_sample(series: Series, *, label: str, values: Mapping[str, float] | None) -> None:
    """Show counts read from the database a moment ago; None withdraws them, when they could not be read."""
    if values is None:
        _scraped.samples.pop(series.name, None)
    else:
        _scraped.samples[series.name] = (label, dict(values))


def exposition() -> tuple[bytes, str]:
    """All series in the text format of Prometheus, and its content type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_PLAIN_0_0_4


def series_names() -> frozenset[str]:
    """The name of every series of the house, as a query would write it."""
    histograms = ("icm_door_call", "icm_http_request", "icm_timer_run")
    names = {f"{each}_duration_seconds_{part}" for each in histograms for part in ("bucket", "count", "sum")}
    lags = ("icm_hub_lag_seconds", "icm_lane_event_age_seconds")
    names |= {f"{each}_{part}" for each in lags for part in ("bucket", "count", "sum")}
    names.add("icm_sampling_failures_total")
    scraped = [series for part in PARTS.values() for series in part.values()]
    for series in (*scraped, RECONNECTS, POOL_SIZE, POOL_IN_USE, *SAMPLED.values()):
        names.add(f"{series.name}_total" if series.counts_up else series.name)
    return frozenset(names)


def _family(series: Series, label: str, values: Mapping[str, float]) -> Metric:
    kind = CounterMetricFamily if series.counts_up else GaugeMetricFamily
    family = kind(series.name, series.help, labels=[label] if label else None)
    for value_of, value in values.items():
        family.add_metric([value_of] if label else [], value)
    return family

"""What audit publishes about alerts: ids, codes and times (rule 4)."""

from __future__ import annotations

from audit.alerts.model import Alert
from chassis.events import Event, event


def alert_raised(alert: Alert) -> Event:
    """A sign of misuse has been found; whoever is on call wants to know."""
    return event(
        "audit.alert.raised.v1",
        subject=alert.id,
        data={
            "alert_id": alert.id,
            "rule": alert.rule,
            "severity": alert.severity,
            "happened_at": alert.happened_at,
            "raised_at": alert.raised_at,
        },
    )


def alert_closed(alert: Alert) -> Event:
    """Somebody has looked into it and says what was found."""
    return event(
        "audit.alert.closed.v1",
        subject=alert.id,
        data={"alert_id": alert.id, "rule": alert.rule, "finding": alert.finding, "at": alert.closed_at},
    )


def alert_escalated(alert: Alert, *, missed: str) -> Event:
    """Nobody has looked into it in time; whoever answers for the officers wants to know."""
    return event(
        "audit.alert.escalated.v1",
        subject=alert.id,
        data={
            "alert_id": alert.id,
            "rule": alert.rule,
            "severity": alert.severity,
            "missed": missed,
            "at": alert.escalated_at,
        },
    )

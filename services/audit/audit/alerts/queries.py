"""Reading alerts: one, or those that wait (AU-2, AU-7)."""

from __future__ import annotations

from uuid import UUID

from audit.alerts.model import CLOSED, Alert
from chassis.work import Page, Work


def read(work: Work, *, id: UUID) -> Alert:
    """One alert with every step taken."""
    return work.load(Alert, id)


def search(
    work: Work,
    *,
    state: str | None,
    open_only: bool | None,
    rule: str | None,
    severity: str | None,
    worker: str | None,
    escalated: bool | None,
    person_id: UUID | None,
    cursor: str | None,
    limit: int,
) -> Page:
    """The alerts that the caller may see, the latest first."""
    wanted = work.visible(Alert)
    if state is not None:
        wanted = wanted.where(Alert.state == state)
    if open_only:
        wanted = wanted.where(Alert.state != CLOSED)
    for column, value in ((Alert.rule, rule), (Alert.severity, severity), (Alert.worker, worker)):
        if value is not None:
            wanted = wanted.where(column == value)
    if escalated is not None:
        wanted = wanted.where(Alert.escalated_at.is_not(None) if escalated else Alert.escalated_at.is_(None))
    if person_id is not None:
        wanted = wanted.where(Alert.persons.contains([person_id]))
    return work.page(wanted, model=Alert, limit=limit, cursor=cursor)


# What the metrics show (AU-7): alerts that nobody has closed, by rule, and those that nobody has taken up.
OPEN_BY_RULE = "SELECT rule, count(*) FROM alerts WHERE state <> 'closed' GROUP BY rule"
WAITING_BY_SEVERITY = (
    "SELECT severity, extract(epoch FROM now() - min(raised_at)) FROM alerts"
    " WHERE state = 'raised' GROUP BY severity"
)

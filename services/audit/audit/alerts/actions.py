"""What may happen to an alert: taken up, given to somebody, closed with what was found (AU-2)."""

from __future__ import annotations

from uuid import UUID

from audit.alerts import events
from audit.alerts.knowledge import of_one_person
from audit.alerts.model import RAISED, Alert, AlertIsAboutYou
from audit.alerts.raising import ACKNOWLEDGE, CLOSE
from chassis.work import Work


def acknowledge(work: Work, *, id: UUID) -> Alert:
    """Take an alert up: its first clock is met. Raises AlertClosed, AcknowledgedAlready, AlertIsAboutYou."""
    alert = _for(work, id, work.actor.subject)
    alert.acknowledge(by=work.actor.subject, at=work.now)
    work.clocks.meet(ACKNOWLEDGE, alert)
    return alert


def assign(work: Work, *, id: UUID, to: str, note: str | None) -> Alert:
    """Give an alert to whoever is to look into it, not to the worker whom it is about.

    Raises AlertClosed, AlertIsAboutYou.
    """
    alert = _for(work, id, work.actor.subject, to)
    taken_up = alert.state == RAISED
    alert.assign(to=to, by=work.actor.subject, at=work.now, note=note)
    if taken_up:
        work.clocks.meet(ACKNOWLEDGE, alert)
    return alert


def close(work: Work, *, id: UUID, finding: str, findings: str) -> Alert:
    """Close an alert with what was found. Raises AlertClosed, AlertIsAboutYou."""
    alert = _for(work, id, work.actor.subject)
    taken_up = alert.state == RAISED
    alert.close(finding=finding, findings=findings, by=work.actor.subject, at=work.now)
    if taken_up:
        work.clocks.meet(ACKNOWLEDGE, alert)
    work.clocks.meet(CLOSE, alert)
    work.emit(events.alert_closed(alert))
    return alert


def _for(work: Work, id: UUID, *whom: str) -> Alert:
    """The alert, for these to look into. Raises AlertIsAboutYou, at another sign-in of theirs too (IN-8)."""
    alert = work.load(Alert, id, for_update=True)
    if of_one_person(work.session, alert.worker, whom):
        raise AlertIsAboutYou
    return alert

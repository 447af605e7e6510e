"""An alert that nobody has looked into in time is told again, once for each missed deadline (AU-2)."""

from __future__ import annotations

from sqlalchemy import select

from audit.alerts import events
from audit.alerts.model import CLOSED, ESCALATED, Alert, AlertStep
from audit.alerts.raising import ACKNOWLEDGE, CLOSE
from chassis.clocks import Clock
from chassis.work import Work

BATCH = 200


def escalate(work: Work) -> int:
    """Escalate alerts that are open although one of their clocks was breached; how many. A timer calls this.

    Each missed deadline is a step of the alert, told by an event to whoever stands above the officers.
    """
    said = (
        select(AlertStep.id)
        .where(AlertStep.alert_id == Alert.id, AlertStep.step == ESCALATED, AlertStep.note == Clock.kind)
        .exists()
    )
    missed = (
        select(Alert, Clock.kind)
        .join(Clock, Clock.subject_id == Alert.id)
        .where(
            Alert.state != CLOSED,
            Clock.kind.in_((ACKNOWLEDGE, CLOSE)),
            Clock.breached_at.is_not(None),
            Clock.met_at.is_(None),
            Clock.cancelled_at.is_(None),
            ~said,
        )
        .order_by(Clock.due_at, Alert.id)
        .limit(BATCH)
        .with_for_update(of=Alert, skip_locked=True)
    )
    found = work.session.execute(missed).unique().all()
    for alert, kind in found:
        alert.escalate(missed=kind, at=work.now)
        work.session.flush()
        work.emit(events.alert_escalated(alert, missed=kind))
    return len(found)


# What the metrics show: open alerts of which a deadline was missed, by which one.
OVERDUE = (
    "SELECT clocks.kind, count(*) FROM clocks JOIN alerts ON alerts.id = clocks.subject_id"
    " WHERE alerts.state <> 'closed' AND clocks.breached_at IS NOT NULL AND clocks.met_at IS NULL"
    " AND clocks.cancelled_at IS NULL GROUP BY clocks.kind"
)

"""Signs become alerts: one for everything of the same key, counted, told, and on a clock (AU-2, AU-7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, tuple_

from audit.alerts import events
from audit.alerts.model import CLOSED, RAISED, Alert, AlertStep
from audit.alerts.rules import rules
from audit.alerts.signs import Sign
from chassis.clocks import working_days
from chassis.ids import new_id
from chassis.work import Work

ACKNOWLEDGE = "alert_acknowledgement"
CLOSE = "alert_closing"
SYSTEM = "system"


def raise_for(work: Work, signs: Sequence[Sign]) -> list[Alert]:
    """Raise an alert for each new key; a key known already counts on, also after its alert was closed."""
    together: dict[tuple[str, str], list[Sign]] = {}
    for sign in signs:
        together.setdefault((sign.rule.code, sign.key), []).append(sign)
    if not together:
        return []
    known = {
        (alert.rule, alert.key): alert
        for alert in work.session.scalars(
            select(Alert).where(tuple_(Alert.rule, Alert.key).in_(list(together))).with_for_update()
        )
    }
    fresh = []
    for rule_and_key, same in together.items():
        alert = known.get(rule_and_key)
        if alert is None:
            fresh.append(_raised(work, same))
        else:
            _counts_on(alert, same)
    return fresh


def _raised(work: Work, signs: Sequence[Sign]) -> Alert:
    first, last = signs[0], signs[-1]
    alert = Alert(
        id=new_id(),
        rule=first.rule.code,
        rules_version=rules().version,
        key=first.key,
        severity=first.rule.severity,
        says=first.rule.says,
        worker=first.access.worker,
        organisation=first.access.organisation,
        persons=sorted({person for sign in signs for person in sign.persons}),
        cases=sorted({case for sign in signs for case in sign.cases}),
        times=len(signs),
        first_position=first.access.position,
        last_position=last.access.position,
        happened_at=first.access.at,
        raised_at=work.now,
        steps=[AlertStep(number=1, step=RAISED, by=SYSTEM, at=work.now, note=None)],
    )
    work.add(alert)
    soon = timedelta(hours=rules().acknowledge_within_hours[alert.severity])
    work.clocks.start(ACKNOWLEDGE, alert, due=work.now + soon)
    work.clocks.start(CLOSE, alert, within=working_days(rules().close_within_working_days))
    work.emit(events.alert_raised(alert))
    return alert


def _counts_on(alert: Alert, signs: Sequence[Sign]) -> None:
    """A closed alert only counts: who closed it has judged that worker, that rule and that day."""
    alert.times += len(signs)
    alert.last_position = max(alert.last_position, signs[-1].access.position)
    if alert.state != CLOSED:
        alert.persons = sorted({*alert.persons, *(person for sign in signs for person in sign.persons)})

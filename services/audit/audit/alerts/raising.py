"""Signs become alerts: one for everything of the same key, counted, told, and on a clock (AU-2, AU-7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Text, any_, cast, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from audit.alerts import events
from audit.alerts.model import CLOSED, RAISED, Alert, AlertStep
from audit.alerts.rules import rules
from audit.alerts.signs import OF_A_DAY, Sign
from chassis.clocks import working_days
from chassis.ids import new_id
from chassis.work import Work

ACKNOWLEDGE = "alert_acknowledgement"
CLOSE = "alert_closing"
SYSTEM = "system"


def raise_for(work: Work, signs: Sequence[Sign]) -> list[Alert]:
    """Raise an alert for each new key; one that is open already counts on, and is not raised again.

    After an alert was closed, a further sign raises a new one: what was found out was about what had been seen until
    then. Only where a sign is a day's total, a closed alert counts on: whoever closed it has judged that day, and each
    further access would be an alert of its own.
    """
    together: dict[tuple[str, str], list[Sign]] = {}
    for sign in signs:
        together.setdefault((sign.rule.code, sign.key), []).append(sign)
    if not together:
        return []
    known = _known(work, together)
    fresh = []
    for rule_and_key, same in together.items():
        alert = known.get(rule_and_key)
        if alert is None:
            fresh.append(_raised(work, same))
        else:
            _counts_on(alert, same)
    return fresh


def _known(work: Work, together: dict[tuple[str, str], list[Sign]]) -> dict[tuple[str, str], Alert]:
    """The alerts that count on, held."""
    days = {code for (code, _), signs in together.items() if signs[0].rule.looks_for in OF_A_DAY}
    keys = cast(sorted({key for _, key in together}), ARRAY(Text()))
    wanted = (
        select(Alert)
        .where(Alert.key == any_(keys), or_(Alert.state != CLOSED, Alert.rule.in_(days)))
        .order_by(Alert.id)
        .with_for_update()
    )
    return {(alert.rule, alert.key): alert for alert in work.session.scalars(wanted)}


def _raised(work: Work, signs: Sequence[Sign]) -> Alert:
    first, last = signs[0], signs[-1]
    alert = Alert(
        id=new_id(),
        rule=first.rule.code,
        rules_version=rules().version,
        key=first.key,
        severity=first.rule.severity,
        says=first.rule.says,
        worker=first.worker,
        organisation=first.organisation,
        persons=sorted({person for sign in signs for person in sign.persons}),
        cases=sorted({case for sign in signs for case in sign.cases}),
        times=len(signs),
        first_position=first.position,
        last_position=last.position,
        happened_at=first.at,
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
    alert.times += len(signs)
    alert.last_position = max(alert.last_position, *(sign.position for sign in signs))
    if alert.state != CLOSED:
        alert.persons = sorted({*alert.persons, *(person for sign in signs for person in sign.persons)})
        alert.cases = sorted({*alert.cases, *(case for sign in signs for case in sign.cases)})

"""The ways of looking: what of an access, or of a worker's day, is a sign of misuse (AU-7). Nothing here is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from audit.alerts.accesses import Access
from audit.alerts.knowledge import Baseline, Day, Knowledge
from audit.alerts.rules import Rule, Rules

BREAKS_THE_GLASS = "begin_emergency_access"


@dataclass(frozen=True)
class Sign:
    """A rule that an access fits; everything with the same key is one alert."""

    rule: Rule
    key: str
    access: Access
    persons: tuple[UUID, ...] = ()
    cases: tuple[UUID, ...] = ()


def of_access(rules: Rules, access: Access, knowledge: Knowledge) -> Iterator[Sign]:
    """The signs that one access gives by itself."""
    for rule in rules.rules:
        look = _WAYS.get(rule.looks_for)
        if look is not None and not rule.spares(access.roles):
            yield from look(rule, access, knowledge)


def is_late(rule: Rule, access: Access) -> bool:
    """Whether the access was made at night or on a day off."""
    start, end = rule.figures["from_hour"], rule.figures["until_hour"]
    at_night = start <= access.hour or access.hour < end if start > end else start <= access.hour < end
    return at_night or not access.working_day


def of_day(rules: Rules, access: Access, day: Day, baseline: Baseline) -> Iterator[Sign]:
    """The signs that a worker's day gives; `access` is the latest of it."""
    key = f"{access.worker}:{access.day}"
    for rule in rules.looking_for("unusual_volume"):
        if not rule.spares(access.roles) and day.persons > most_expected(rule, baseline):
            yield Sign(rule=rule, key=key, access=access)
    for rule in rules.looking_for("no_relationship"):
        if not rule.spares(access.roles) and day.by_statute > rule.figures["at_most"]:
            yield Sign(rule=rule, key=key, access=access)
    for rule in rules.looking_for("repeated_denials"):
        if not rule.spares(access.roles) and day.denials > rule.figures["at_most"]:
            yield Sign(rule=rule, key=key, access=access)
    for rule in rules.looking_for("after_hours"):
        unusual = baseline.days_after_hours < rule.figures["usual_after_days"]
        if day.after_hours and unusual and is_late(rule, access) and not rule.spares(access.roles):
            yield Sign(rule=rule, key=key, access=access)


def most_expected(rule: Rule, baseline: Baseline) -> float:
    """How many persons in a day are nothing unusual for this worker."""
    figures = rule.figures
    if baseline.days < figures["enough_days"]:
        return figures["without_baseline"]
    return max(figures["at_least"], baseline.mean + figures["deviations"] * baseline.deviation)


def _restricted_attempt(rule: Rule, access: Access, knowledge: Knowledge) -> Iterator[Sign]:
    if access.denied and access.restricted:
        whom = ",".join(sorted(map(str, access.persons))) or access.door
        yield Sign(rule, f"{access.worker}:{whom}:{access.day}", access, access.persons)


def _emergency_begun(rule: Rule, access: Access, knowledge: Knowledge) -> Iterator[Sign]:
    if access.door == BREAKS_THE_GLASS and not access.denied:
        yield Sign(rule, str(access.position), access, access.persons)


def _self_and_family(rule: Rule, access: Access, knowledge: Knowledge) -> Iterator[Sign]:
    near = knowledge.own_and_family.get(access.worker, set())
    for person in access.persons:
        if person in near and access.action != "search":
            yield Sign(rule, f"{access.worker}:{person}:{access.day}", access, (person,))


def _after_closure(rule: Rule, access: Access, knowledge: Knowledge) -> Iterator[Sign]:
    grace = timedelta(days=rule.figures["grace_days"])
    for case in access.cases:
        closed_at = knowledge.closed.get(case)
        if closed_at is not None and access.opened and access.at > closed_at + grace:
            yield Sign(rule, f"{access.worker}:{case}:{access.day}", access, access.persons, (case,))


def _dormant_account(rule: Rule, access: Access, knowledge: Knowledge) -> Iterator[Sign]:
    last = knowledge.last_seen.get(access.worker)
    if last is not None and access.at - last > timedelta(days=rule.figures["silent_days"]):
        yield Sign(rule, f"{access.worker}:{access.day}", access)
    knowledge.last_seen[access.worker] = max(access.at, last or access.at)


_WAYS: dict[str, Callable[[Rule, Access, Knowledge], Iterator[Sign]]] = {
    "restricted_attempt": _restricted_attempt,
    "emergency_begun": _emergency_begun,
    "self_and_family": _self_and_family,
    "after_closure": _after_closure,
    "dormant_account": _dormant_account,
}

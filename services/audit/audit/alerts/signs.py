"""The ways of looking: what of an access, or of a worker's day, is a sign of misuse (AU-7). Nothing here is stored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from audit.alerts.accesses import EMERGENCY, Access
from audit.alerts.knowledge import Baseline, Day, Knowledge, Usual
from audit.alerts.rules import Rule, Rules

CONSENT = "consent"
BREAKS_THE_GLASS = "begin_emergency_access"
_NAMED_AT_MOST = 20


@dataclass(frozen=True)
class Sign:
    """A rule that something fits; everything with the same key is one alert as long as that is open."""

    rule: Rule
    key: str
    worker: str
    organisation: str | None
    at: datetime
    position: int
    persons: tuple[UUID, ...] = ()
    cases: tuple[UUID, ...] = ()


def of_access(
    rules: Rules, access: Access, knowledge: Knowledge, *, ways: Collection[str] | None = None
) -> Iterator[Sign]:
    """The signs that one access gives by itself; only those of some ways of looking when these are named."""
    for rule in rules.rules:
        look = _WAYS.get(rule.looks_for)
        wanted = ways is None or rule.looks_for in ways
        if look is not None and wanted and not rule.spares(access.roles):
            yield from look(rule, access, knowledge)


def of_day(rules: Rules, accesses: Sequence[Access], day: Day, baseline: Baseline) -> Iterator[Sign]:
    """The signs that a worker's day gives; `accesses` are those of it that are new, in the order of the log."""
    for rule in rules.rules:
        exceeds = _WAYS_OF_A_DAY.get(rule.looks_for)
        counted = [access for access in accesses if not rule.spares(access.roles)]
        if exceeds is not None and counted and exceeds(rule, counted, day, baseline):
            last = counted[-1]
            yield _sign(rule, f"{last.worker}:{last.day}", last)


def is_late(rule: Rule, access: Access) -> bool:
    """Whether the access was made at night or on a day off, and not by somebody at their own record."""
    start, end = rule.figures["from_hour"], rule.figures["until_hour"]
    at_night = start <= access.hour or access.hour < end if start > end else start <= access.hour < end
    return (at_night or not access.working_day) and not access.at_home


def most_expected(rule: Rule, usual: Usual) -> float:
    """How many persons in a day are nothing unusual for this worker."""
    figures = rule.figures
    if usual.days < figures["enough_days"]:
        return figures["without_baseline"]
    return max(figures["at_least"], usual.mean + figures["deviations"] * usual.deviation)


def _sign(
    rule: Rule, key: str, access: Access, persons: tuple[UUID, ...] = (), cases: tuple[UUID, ...] = ()
) -> Sign:
    return Sign(
        rule=rule,
        key=key,
        worker=access.worker,
        organisation=access.organisation,
        at=access.at,
        position=access.position,
        persons=persons,
        cases=cases,
    )


def _restricted_attempt(rule: Rule, access: Access, knowledge: Knowledge) -> Iterator[Sign]:
    """A denial, or an answer as about nobody: what no grant opened, of a restricted person, is an attempt too.

    What a command answers may need no grant, also when it is told again.
    """
    command = access.action == "write" or access.told_again
    reached_nothing = access.denied or not (command or access.bases)
    if access.restricted and reached_nothing:
        whom = _in_short(access.persons) or access.door
        yield _sign(rule, f"{access.worker}:{whom}:{access.day}", access, access.persons)


def _in_short(persons: Sequence[UUID]) -> str:
    """The same text for the same persons, however many: a key must fit into its index."""
    named = ",".join(sorted(map(str, persons)))
    return named if len(persons) <= _NAMED_AT_MOST else sha256(named.encode()).hexdigest()


def _emergency_begun(rule: Rule, access: Access, knowledge: Knowledge) -> Iterator[Sign]:
    breaks = (access.service, access.door) == (CONSENT, BREAKS_THE_GLASS) and access.action == "write"
    if breaks and not access.denied:
        yield _sign(rule, str(access.position), access, access.persons)


def _emergency_after_end(rule: Rule, access: Access, knowledge: Knowledge) -> Iterator[Sign]:
    """Somebody goes on reaching for a person for whom their emergency is over; clocks may differ by the grace."""
    reached = access.denied or EMERGENCY in access.bases
    if access.purpose != EMERGENCY or not reached:
        return
    grace = timedelta(seconds=rule.figures["grace_seconds"])
    for person in access.persons:
        periods = [each for each in knowledge.emergencies.get(access.worker, ()) if each.person_id == person]
        open_then = any(each.began - grace <= access.at <= each.ended + grace for each in periods)
        if not open_then and any(each.ended + grace < access.at for each in periods):
            yield _sign(rule, f"{access.worker}:{person}:{access.day}", access, (person,))


def _self_and_family(rule: Rule, access: Access, knowledge: Knowledge) -> Iterator[Sign]:
    """A look at oneself or one's family. A list in which they happen to stand is none, unless it is short."""
    near = knowledge.own_and_family.get(access.worker, set())
    if access.at_home:
        near = near - knowledge.own.get(access.worker, set())
    if access.action == "search" and len(access.persons) > rule.figures["narrow_search"]:
        return
    for person in access.persons:
        if person in near:
            yield _sign(rule, f"{access.worker}:{person}:{access.day}", access, (person,))


def _after_closure(rule: Rule, access: Access, knowledge: Knowledge) -> Iterator[Sign]:
    grace = timedelta(days=rule.figures["grace_days"])
    for case in access.cases:
        closed_at = knowledge.closed.get(case)
        if closed_at is not None and access.opened and access.at > closed_at + grace:
            yield _sign(rule, f"{access.worker}:{case}:{access.day}", access, access.persons, (case,))


def _dormant_account(rule: Rule, access: Access, knowledge: Knowledge) -> Iterator[Sign]:
    """A sign-in that works again. What it states to be about its own record neither counts nor breaks the silence."""
    if access.at_home:
        return
    last = knowledge.last_seen.get(access.worker)
    if last is not None and access.at - last > timedelta(days=rule.figures["silent_days"]):
        yield _sign(rule, f"{access.worker}:{access.day}", access)
    knowledge.last_seen[access.worker] = max(access.at, last or access.at)


_WAYS: dict[str, Callable[[Rule, Access, Knowledge], Iterator[Sign]]] = {
    "restricted_attempt": _restricted_attempt,
    "emergency_begun": _emergency_begun,
    "emergency_after_end": _emergency_after_end,
    "self_and_family": _self_and_family,
    "after_closure": _after_closure,
    "dormant_account": _dormant_account,
}


def _unusual_volume(rule: Rule, accesses: Sequence[Access], day: Day, baseline: Baseline) -> bool:
    return day.persons > most_expected(rule, baseline.opened)


def _wide_search(rule: Rule, accesses: Sequence[Access], day: Day, baseline: Baseline) -> bool:
    return day.found > most_expected(rule, baseline.found)


def _no_relationship(rule: Rule, accesses: Sequence[Access], day: Day, baseline: Baseline) -> bool:
    return day.by_statute > rule.figures["at_most"]


def _repeated_denials(rule: Rule, accesses: Sequence[Access], day: Day, baseline: Baseline) -> bool:
    return day.denials > rule.figures["at_most"]


def _after_hours(rule: Rule, accesses: Sequence[Access], day: Day, baseline: Baseline) -> bool:
    unusual = baseline.days_after_hours < rule.figures["usual_after_days"]
    return unusual and any(is_late(rule, access) for access in accesses)


# Signs of a day's totals. Once somebody has judged that day of that worker, more of the same only counts.
_WAYS_OF_A_DAY: dict[str, Callable[[Rule, Sequence[Access], Day, Baseline], bool]] = {
    "unusual_volume": _unusual_volume,
    "wide_search": _wide_search,
    "no_relationship": _no_relationship,
    "repeated_denials": _repeated_denials,
    "after_hours": _after_hours,
}
OF_A_DAY = frozenset(_WAYS_OF_A_DAY)

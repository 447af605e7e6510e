"""The rule form: comparisons of facts joined by all, any, not and at least so many, in three values (IN-4).

A rule is data and cannot do anything but compare. Its answer is yes, no, or *unknown*, by Kleene's logic: unknown never
counts as no, and whatever is decided without a fact stays decided once that fact is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

Value = Decimal | date | str | bool
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Years:
    """An age in whole years that is known as far as the date of birth is: somewhere from `fewest` to `most`."""

    fewest: int
    most: int


Known = Value | Years
Facts = Mapping[str, Known]


@dataclass(frozen=True)
class Compare:
    """A fact compared with values: one, both ends of a period, or a list."""

    fact: str
    how: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class All:
    """Every part is met."""

    of: tuple[Rule, ...]


@dataclass(frozen=True)
class Any:
    """One part at least is met."""

    of: tuple[Rule, ...]


@dataclass(frozen=True)
class Not:
    """The part is not met."""

    rule: Rule


@dataclass(frozen=True)
class AtLeast:
    """So many of the parts are met."""

    count: int
    of: tuple[Rule, ...]


@dataclass(frozen=True)
class Judged:
    """No fact tells: a worker has to judge, so the rule by itself never knows."""

    what: str


Rule = Compare | All | Any | Not | AtLeast | Judged


@dataclass(frozen=True)
class Verdict:
    """What a rule comes to: yes, no or unknown (None), the facts that decide it, and those still to be found out."""

    met: bool | None
    because: frozenset[str] = NOBODY
    missing: frozenset[str] = NOBODY


COMPARISONS: dict[str, Callable[[Value, tuple[Value, ...]], bool]] = {
    "eq": lambda fact, values: fact == values[0],
    "ne": lambda fact, values: fact != values[0],
    "lt": lambda fact, values: fact < values[0],  # type: ignore[operator]
    "le": lambda fact, values: fact <= values[0],  # type: ignore[operator]
    "gt": lambda fact, values: fact > values[0],  # type: ignore[operator]
    "ge": lambda fact, values: fact >= values[0],  # type: ignore[operator]
    "in": lambda fact, values: fact in values,
    "between": lambda fact, values: values[0] <= fact <= values[1],  # type: ignore[operator]
}


def judge(rule: Rule, facts: Facts) -> Verdict:
    """What a rule comes to on these facts; a fact that is not among them is unknown."""
    match rule:
        case Compare():
            return _compared(rule, facts)
        case Judged():
            return Verdict(None)
        case Not():
            part = judge(rule.rule, facts)
            return Verdict(None if part.met is None else not part.met, part.because, part.missing)
        case All():
            return _at_least(len(rule.of), rule.of, facts)
        case Any():
            return _at_least(1, rule.of, facts)
        case AtLeast():
            return _at_least(rule.count, rule.of, facts)


def _compared(rule: Compare, facts: Facts) -> Verdict:
    known = facts.get(rule.fact)
    if known is None:
        return Verdict(None, missing=frozenset([rule.fact]))
    compare = COMPARISONS[rule.how]
    if isinstance(known, Years):
        possible = {compare(Decimal(years), rule.values) for years in range(known.fewest, known.most + 1)}
        if len(possible) > 1:
            return Verdict(None, missing=frozenset([rule.fact]))
        return Verdict(possible.pop(), because=frozenset([rule.fact]))
    return Verdict(compare(known, rule.values), because=frozenset([rule.fact]))


def _at_least(count: int, parts: tuple[Rule, ...], facts: Facts) -> Verdict:
    verdicts = [judge(part, facts) for part in parts]
    met = [verdict for verdict in verdicts if verdict.met is True]
    not_met = [verdict for verdict in verdicts if verdict.met is False]
    if len(met) >= count:
        return Verdict(True, because=_facts(each.because for each in met))
    if len(parts) - len(not_met) < count:
        return Verdict(False, because=_facts(each.because for each in not_met))
    return Verdict(None, missing=_facts(each.missing for each in verdicts if each.met is None))


def _facts(named: Iterable[frozenset[str]]) -> frozenset[str]:
    return NOBODY.union(*named)


def facts_of(rule: Rule) -> frozenset[str]:
    """Every fact that a rule names."""
    return frozenset(each.fact for each in comparisons(rule))


def comparisons(rule: Rule) -> list[Compare]:
    """Every comparison in a rule, in the order written."""
    match rule:
        case Compare():
            return [rule]
        case Judged():
            return []
        case Not():
            return comparisons(rule.rule)
        case All() | Any() | AtLeast():
            return [each for part in rule.of for each in comparisons(part)]


def has_judgement(rule: Rule) -> bool:
    """Whether a part of the rule is left to a worker's judgement."""
    match rule:
        case Judged():
            return True
        case Compare():
            return False
        case Not():
            return has_judgement(rule.rule)
        case All() | Any() | AtLeast():
            return any(has_judgement(part) for part in rule.of)

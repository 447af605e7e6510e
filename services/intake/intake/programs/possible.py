"""Whether a rule can come out either way: one that cannot is a mistake of whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

from intake.programs.criteria import Fact
from intake.programs.rules import (
    All,
    Any,
    AtLeast,
    Compare,
    Not,
    Rule,
    Value,
    comparisons,
    has_judgement,
    judge,
)

_MOST_TRIED = 1_024
# How many comparisons the trial of one file may cost, so that no file keeps a process from answering others.
EFFORT = 150_000
_A_BIT = Decimal("0.001")


class Trial:
    """Tries rules of one file, with the effort that a file may cost; what is beyond it is not tried."""

    def __init__(self, *, effort: int = EFFORT) -> None:
        self._left = effort

    def fixed_part(self, rule: Rule, facts: Mapping[str, Fact]) -> tuple[Rule, bool] | None:
        """An innermost part of the rule that comes out the same whatever the facts are, and what it comes to."""
        for part in _parts(rule):
            inner = self.fixed_part(part, facts)
            if inner is not None:
                return inner
        fixed = self._constant(rule, facts)
        return None if fixed is None else (rule, fixed)

    def _constant(self, rule: Rule, facts: Mapping[str, Fact]) -> bool | None:
        """Facts are tried at and around the values that the rule names: nothing else can make a difference."""
        named = comparisons(rule)
        tried = {
            code: _worth_trying(facts[code], named) for code in dict.fromkeys(each.fact for each in named)
        }
        if has_judgement(rule) or _size(tried.values()) > _MOST_TRIED:
            return None
        results: set[bool | None] = set()
        for values in product(*tried.values()):
            self._left -= len(named)
            results.add(judge(rule, dict(zip(tried, values, strict=True))).met)
            if len(results) > 1 or self._left < 0:
                return None
        return results.pop()


def _parts(rule: Rule) -> tuple[Rule, ...]:
    match rule:
        case Not():
            return (rule.rule,)
        case All() | Any() | AtLeast():
            return rule.of
        case _:
            return ()


def _size(tried: Iterable[list[Value]]) -> int:
    size = 1
    for values in tried:
        size *= len(values)
    return size


def _worth_trying(fact: Fact, named: list[Compare]) -> list[Value]:
    if fact.kind == "boolean":
        return [True, False]
    if fact.kind == "code":
        return [choice.code for choice in fact.choices]
    values = {value for each in named if each.fact == fact.code for value in each.values}
    if fact.kind == "date":
        days = [value for value in values if isinstance(value, date)]
        return sorted({near for day in days for near in _near(day)})
    step = Decimal(1) if fact.kind == "age" else _A_BIT
    numbers = [value for value in values if isinstance(value, Decimal)]
    around = {near for number in numbers for near in (number - step, number, number + step)}
    return sorted(near for near in around if _within(fact, near)) or [Decimal(0)]


def _near(day: date) -> Iterator[date]:
    yield day
    if day > date.min:
        yield day - timedelta(days=1)
    if day < date.max:
        yield day + timedelta(days=1)


def _within(fact: Fact, number: Decimal) -> bool:
    return (fact.lowest is None or number >= fact.lowest) and (fact.highest is None or number <= fact.highest)

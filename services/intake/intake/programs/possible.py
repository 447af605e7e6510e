"""Whether a rule can come out either way: one that cannot is a mistake of whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice, product

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

_MOST_TRIED = 4_096
_A_BIT = Decimal("0.001")


def constant(rule: Rule, facts: Mapping[str, Fact]) -> bool | None:
    """What the rule comes to whatever the facts are; None when it can be met and can be not met.

    Facts are tried at and around the values that the rule names, which is everything that can make a difference.
    A rule over too many facts to try all is looked at part by part.
    """
    named = comparisons(rule)
    tried = {code: _worth_trying(facts[code], named) for code in dict.fromkeys(each.fact for each in named)}
    if _size(tried.values()) > _MOST_TRIED:
        return next((fixed for part in _parts(rule) if (fixed := constant(part, facts)) is not None), None)
    if has_judgement(rule):
        return None
    results = {
        judge(rule, dict(zip(tried, values, strict=True))).met
        for values in islice(product(*tried.values()), _MOST_TRIED)
    }
    return results.pop() if len(results) == 1 else None


def never_both(rule: Rule, facts: Mapping[str, Fact]) -> Iterator[tuple[Rule, bool]]:
    """The innermost parts of a rule that always come out the same, with what they come to."""
    found = False
    for part in _parts(rule):
        for inner in never_both(part, facts):
            found = True
            yield inner
    if not found and (fixed := constant(rule, facts)) is not None:
        yield rule, fixed


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

"""Rules as they are written, checked against the facts that they name: kinds, choices, limits, sense (IN-4).

{fact: age, ge: 19}   {all: [...]}   {any: [...]}   {not: ...}   {at_least: {count: 2, of: [...]}}   {unknown: why}
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from intake.programs.criteria import Fact, Words
from intake.programs.marked import Told, shortly
from intake.programs.reading import Reader
from intake.programs.rules import All, Any, AtLeast, Compare, Judged, Not, Rule, Value

DEEPEST, MOST_PARTS = 8, 200
_JOINED = ("all", "any", "not", "at_least", "unknown")
_IN_ORDER = ("lt", "le", "gt", "ge", "between")
HOW = ("eq", "ne", "in", *_IN_ORDER)


def read_rule(reader: Reader, told: Told, *, facts: Mapping[str, Fact]) -> Rule | None:
    """A rule over facts; None when it has faults, which the reader has noted."""
    return _Rules(reader, facts=facts, over_criteria=False).whole(told)


def read_outcome(reader: Reader, told: Told, *, criteria: Mapping[str, Words]) -> Rule | None:
    """A rule over criteria, each named by its code alone: `all: [one, other]`; None when it has faults."""
    as_facts = {code: Fact(code, "boolean", question) for code, question in criteria.items()}
    return _Rules(reader, facts=as_facts, over_criteria=True).whole(told)


class _Rules:
    def __init__(self, reader: Reader, *, facts: Mapping[str, Fact], over_criteria: bool) -> None:
        self._reader = reader
        self._facts = facts
        self._over_criteria = over_criteria
        self._parts = 0

    def whole(self, told: Told) -> Rule | None:
        before = len(self._reader.faults)
        rule = self._rule(told, depth=1)
        if rule is None or len(self._reader.faults) > before:
            return None
        found = self._reader.trial.fixed_part(rule, self._facts)
        if found is not None:
            says = "always met" if found[1] else "never met"
            self._reader.wrong(told, f"a part of this rule is {says}, whatever is found out")
            return None
        return rule

    def _rule(self, told: Told, *, depth: int) -> Rule | None:
        self._parts += 1
        if depth > DEEPEST or self._parts > MOST_PARTS:
            if self._parts <= MOST_PARTS + 1:
                self._wrong(told, f"a rule has at most {DEEPEST} levels and {MOST_PARTS} parts")
            return None
        if self._over_criteria and told.entries is None and told.parts is None:
            return self._criterion(told)
        if not told.entries:
            self._wrong(told, "a rule must be a comparison of a fact, or one of " + ", ".join(_JOINED))
            return None
        if "fact" in told.entries and not self._over_criteria:
            return self._comparison(told, told.entries)
        if len(told.entries) != 1 or next(iter(told.entries)) not in _JOINED:
            named = ", ".join(shortly(name) for name in list(told.entries)[:3])
            self._wrong(told, f"a rule has one entry out of {', '.join(_JOINED)}, not {named}")
            return None
        ((word, inner),) = told.entries.items()
        return self._joined(word, inner, depth=depth)

    def _joined(self, word: str, inner: Told, *, depth: int) -> Rule | None:
        if word == "unknown":
            if self._over_criteria:
                self._wrong(
                    inner, "an outcome is made of criteria; leave judgement to a criterion without a rule"
                )
                return None
            what = self._reader.text(inner, "unknown (what a worker has to judge)")
            return Judged(what) if what else None
        if word == "not":
            part = self._rule(inner, depth=depth + 1)
            return Not(part) if part is not None else None
        if word == "at_least":
            entries = self._reader.mapping(inner, "at_least", required=("count", "of"))
            of = self._list(entries.get("of"), depth=depth)
            count = self._reader.whole(
                entries.get("count"), "count", least=1, most=len(of) if of is not None else MOST_PARTS
            )
            return AtLeast(count, of) if of and count else None
        of = self._list(inner, depth=depth)
        return (All(of) if word == "all" else Any(of)) if of else None

    def _list(self, told: Told | None, *, depth: int) -> tuple[Rule, ...] | None:
        parts = self._reader.parts(told, "the parts of a rule", most=MOST_PARTS)
        rules = [self._rule(part, depth=depth + 1) for part in parts]
        if any(rule is None for rule in rules):
            return None
        found = tuple(rule for rule in rules if rule is not None)
        for at, (rule, part) in enumerate(zip(found, parts, strict=False)):
            if rule in found[:at]:
                self._wrong(part, "the same part stands twice in one rule")
        return found

    def _criterion(self, told: Told) -> Rule | None:
        code = self._reader.code(told, "a criterion")
        if code is None:
            return None
        if code not in self._facts:
            self._wrong(told, f"there is no criterion {code}")
            return None
        return Compare(code, "eq", (True,))

    def _comparison(self, told: Told, entries: Mapping[str, Told]) -> Rule | None:
        code = self._reader.code(entries["fact"], "the fact of a comparison")
        others = [name for name in entries if name != "fact"]
        if len(others) != 1 or others[0] not in HOW:
            self._wrong(told, f"a comparison has a fact and one entry out of {', '.join(HOW)}")
            return None
        if code is None:
            return None
        fact = self._facts.get(code)
        if fact is None:
            self._wrong(entries["fact"], f"there is no fact {code}")
            return None
        how, told_values = others[0], entries[others[0]]
        if how in _IN_ORDER and fact.kind in ("code", "boolean"):
            self._wrong(told_values, f"{how} goes with numbers, ages and dates; {code} is a {fact.kind}")
            return None
        return self._compare(fact, how, told_values)

    def _compare(self, fact: Fact, how: str, told: Told) -> Rule | None:
        if how == "between":
            parts = self._reader.parts(told, "between", least=2, most=2)
        elif how == "in":
            parts = self._reader.parts(told, "in", most=50)
        else:
            parts = (told,)
        values = [self._value(fact, part) for part in parts]
        known = tuple(value for value in values if value is not None)
        if not parts or len(known) < len(parts):
            return None
        if how == "between" and (len(known) != 2 or known[0] > known[1]):  # type: ignore[operator]
            self._wrong(told, "between needs the lower end first")
            return None
        if len(set(known)) < len(known) and how == "in":
            self._wrong(told, "the same value stands twice")
            return None
        return Compare(fact.code, how, known)

    def _value(self, fact: Fact, told: Told) -> Value | None:
        value = told.value
        if told.entries is not None or told.parts is not None:
            self._wrong(told, f"{fact.code} is compared with a {fact.kind}, not with a list or a mapping")
            return None
        if fact.kind == "boolean":
            fits = isinstance(value, bool)
            return self._fitting(told, value, fits, f"{fact.code} is compared with true or false")
        if fact.kind == "date":
            fits = isinstance(value, date)
            return self._fitting(told, value, fits, f"{fact.code} is compared with a day such as 2026-03-04")
        if fact.kind == "code":
            codes = [choice.code for choice in fact.choices]
            fits = told.written in codes
            return self._fitting(
                told, told.written, fits, f"{fact.code} is compared with one of {', '.join(codes)}"
            )
        if not isinstance(value, Decimal):
            return self._fitting(told, None, False, f"{fact.code} is compared with a number")
        if fact.kind == "age" and value != value.to_integral_value():
            return self._fitting(told, None, False, f"{fact.code} is counted in whole years")
        low = fact.lowest is not None and value < fact.lowest
        high = fact.highest is not None and value > fact.highest
        if low or high:
            self._wrong(told, f"{fact.code} is never {value}")
            return None
        return value

    def _fitting(self, told: Told, value: Value | None, fits: bool, otherwise: str) -> Value | None:
        if fits:
            return value
        self._wrong(told, f"{otherwise}, not {shortly(told.written)}" if told.written else otherwise)
        return None

    def _wrong(self, told: Told, reason: str) -> None:
        self._reader.wrong(told, reason)

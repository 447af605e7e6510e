"""A version of a program's criteria: what is asked, the rules over it, who may decide by it (IN-4, IN-10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from intake.programs.rules import Any as AnyOf
from intake.programs.rules import AtLeast, Compare, Facts, Judged, Not, Rule, Verdict, facts_of, judge

MET, NOT_MET, UNKNOWN = "met", "not_met", "unknown"
_FINDINGS = {True: MET, False: NOT_MET, None: UNKNOWN}
_VALUES = {finding: value for value, finding in _FINDINGS.items()}


@dataclass(frozen=True)
class Words:
    """The same words in English and in French (GW-2)."""

    en: str
    fr: str


@dataclass(frozen=True)
class Choice:
    """One answer out of a list."""

    code: str
    name: Words


@dataclass(frozen=True)
class Informing:
    """A question of a form whose answer may tell what is asked here, and under which category it stands (IN-12)."""

    form: str
    question: str
    category: str
    versions: tuple[int, ...] = ()

    def is_in(self, form: str, version: int) -> bool:
        """Whether the form in that version has the question; with no versions named, every one has."""
        return self.form == form and (not self.versions or version in self.versions)


@dataclass(frozen=True)
class Fact:
    """Something to find out, with the kind of answer it has.

    `number` with limits and unit, `date`, `code` out of choices, `boolean`, or `age`: a date of birth as far as it is
    known, compared as an age in whole years. A `derived` fact is not asked: the record tells it.
    """

    code: str
    kind: str
    question: Words
    choices: tuple[Choice, ...] = ()
    lowest: Decimal | None = None
    highest: Decimal | None = None
    unit: str | None = None
    informed_by: tuple[Informing, ...] = ()
    derived: bool = False


@dataclass(frozen=True)
class Criterion:
    """One thing that makes somebody eligible, as a question; without a rule a worker finds it."""

    code: str
    question: Words
    rule: Rule | None
    informed_by: tuple[Informing, ...] = ()

    @property
    def facts(self) -> frozenset[str]:
        """The facts that its rule names."""
        return frozenset() if self.rule is None else facts_of(self.rule)


@dataclass(frozen=True)
class ExceptionAllowed:
    """A reason, held by some roles, to count criteria as met though they are not."""

    code: str
    name: Words
    lifts: frozenset[str]
    by: frozenset[str]


@dataclass(frozen=True)
class Source:
    """Where the criteria come from; `example` says that no source states them."""

    kind: str
    reference: str


@dataclass(frozen=True)
class Criteria:
    """One version of a program's criteria. It never changes once published."""

    program: str
    version: str
    in_force_from: date
    name: Words
    source: Source
    roles: frozenset[str]
    competences: frozenset[str]
    may_disagree: frozenset[str]
    facts: tuple[Fact, ...]
    derived: tuple[Fact, ...]
    criteria: tuple[Criterion, ...]
    outcome: Rule
    exceptions: tuple[ExceptionAllowed, ...]
    digest: str
    document: str

    @property
    def codes(self) -> frozenset[str]:
        """The codes of all criteria; a decision answers each."""
        return frozenset(criterion.code for criterion in self.criteria)

    @property
    def asked(self) -> dict[str, Fact]:
        """What a screener is asked, by code."""
        return {fact.code: fact for fact in self.facts}

    def judge(self, facts: Facts) -> dict[str, Verdict]:
        """What each criterion that has a rule comes to on these facts."""
        return {each.code: judge(each.rule, facts) for each in self.criteria if each.rule is not None}

    def outcome_of(self, findings: Mapping[str, str], *, lifted: frozenset[str] = frozenset()) -> str:
        """`eligible`, `not_eligible` or `unknown`, from a finding on each criterion; lifted ones count as met."""
        return {MET: "eligible", NOT_MET: "not_eligible", UNKNOWN: "unknown"}[
            finding_of(judge(self.outcome, self._values(findings, lifted)).met)
        ]

    def undecided(
        self, findings: Mapping[str, str], *, lifted: frozenset[str] = frozenset()
    ) -> frozenset[str]:
        """The criteria that keep the outcome unknown."""
        return judge(self.outcome, self._values(findings, lifted)).missing

    def _values(self, findings: Mapping[str, str], lifted: frozenset[str]) -> Facts:
        found = {code: _VALUES[finding] for code, finding in findings.items()}
        found |= dict.fromkeys(lifted, True)
        return {code: value for code, value in found.items() if value is not None}


def finding_of(met: bool | None) -> str:
    """Yes, no or unknown in the words of a finding."""
    return _FINDINGS[met]


def plainly(rule: Rule, *, over_criteria: bool = False) -> Any:
    """A rule as JSON, in the form in which it is written in files; criteria are named by their code alone."""
    match rule:
        case Compare() if over_criteria:
            return rule.fact
        case Compare(how="in" | "between"):
            return {"fact": rule.fact, rule.how: [_plain(value) for value in rule.values]}
        case Compare():
            return {"fact": rule.fact, rule.how: _plain(rule.values[0])}
        case Judged():
            return {"unknown": rule.what}
        case Not():
            return {"not": plainly(rule.rule, over_criteria=over_criteria)}
        case AtLeast():
            parts = [plainly(part, over_criteria=over_criteria) for part in rule.of]
            return {"at_least": {"count": rule.count, "of": parts}}
        case _:
            word = "any" if isinstance(rule, AnyOf) else "all"
            return {word: [plainly(part, over_criteria=over_criteria) for part in rule.of]}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    return value.isoformat() if isinstance(value, date) else value

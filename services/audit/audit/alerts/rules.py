"""The rules by which misuse is looked for, read from a file and checked when they are read (AU-7)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from environs import Env

from chassis import contracts
from chassis.config import SettingsRefused

SHIPPED = Path(__file__).with_name("rules.yaml")
SEVERITIES = ("high", "medium", "low")
# Each way of looking, and the figures that it needs: whole numbers, none below nought.
WAYS: dict[str, tuple[str, ...]] = {
    "restricted_attempt": (),
    "emergency_begun": (),
    "emergency_after_end": ("grace_seconds",),
    "emergency_not_justified": (),
    "repeated_emergencies": ("days", "at_most", "times_the_usual", "baseline_days"),
    "self_and_family": ("narrow_search", "look_back_days"),
    "unusual_volume": ("baseline_days", "enough_days", "deviations", "at_least", "without_baseline"),
    "wide_search": ("baseline_days", "enough_days", "deviations", "at_least", "without_baseline"),
    "no_relationship": ("at_most",),
    "repeated_denials": ("at_most",),
    "after_closure": ("grace_days",),
    "after_hours": ("from_hour", "until_hour", "usual_after_days", "baseline_days"),
    "dormant_account": ("silent_days",),
}

# What a file that was written before a figure was asked for means.
UNSAID = {"narrow_search": 3, "look_back_days": 28}


class BadRules(ValueError):
    """The file of rules breaks one of its own; the message says which and where."""


@dataclass(frozen=True)
class Rule:
    """One sign of misuse: how it is looked for, with which figures, and how much it weighs."""

    code: str
    looks_for: str
    severity: str
    says: str
    figures: dict[str, int] = field(default_factory=dict)
    spares_roles: frozenset[str] = frozenset()

    def spares(self, roles: frozenset[str]) -> bool:
        """Whether the rule would only be noise for somebody who acts in these roles: each of them is spared."""
        return bool(roles) and roles <= self.spares_roles


@dataclass(frozen=True)
class Rules:
    """All rules of one version, and how soon somebody must have looked."""

    version: str
    acknowledge_within_hours: dict[str, int]
    close_within_working_days: int
    rules: tuple[Rule, ...]

    def looking_for(self, way: str) -> tuple[Rule, ...]:
        """The rules that look in this way."""
        return tuple(rule for rule in self.rules if rule.looks_for == way)

    def of_ways(self, ways: Collection[str]) -> tuple[Rule, ...]:
        """The rules that look in one of these ways."""
        return tuple(rule for rule in self.rules if rule.looks_for in ways)

    def says(self, code: str) -> str | None:
        """What a rule means, or None when it is not in force any more."""
        return next((rule.says for rule in self.rules if rule.code == code), None)


@cache
def rules() -> Rules:
    """The rules in force: those shipped, or those of the file named by ICM_AUDIT_ALERT_RULES. Raises BadRules."""
    named = Env().str("ICM_AUDIT_ALERT_RULES", "")
    return read_rules(Path(named) if named else SHIPPED)


def expect_rules() -> None:
    """Raise SettingsRefused unless the rules in force can be read: a service that cannot look does not start."""
    try:
        rules()
    except BadRules as wrong:
        raise SettingsRefused([f"ICM_AUDIT_ALERT_RULES: {wrong}"]) from None


def read_rules(path: Path) -> Rules:
    """The rules of one file. Raises BadRules."""
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as wrong:
        raise BadRules(f"{path.name}: {wrong}") from None
    if not isinstance(told, dict) or not isinstance(told.get("rules"), list):
        raise BadRules(f"{path.name}: a version, limits and a list of rules are expected")
    unknown = set(told) - {"version", "acknowledge_within_hours", "close_within_working_days", "rules"}
    if unknown:
        raise BadRules(f"{path.name}: unknown entry {sorted(unknown)[0]}")
    limits = told.get("acknowledge_within_hours")
    if not isinstance(limits, dict) or set(limits) != set(SEVERITIES):
        raise BadRules(f"{path.name}: acknowledge_within_hours needs high, medium and low")
    found = tuple(_rule(path, number, each) for number, each in enumerate(told["rules"], start=1))
    codes = [rule.code for rule in found]
    if len(set(codes)) != len(codes):
        raise BadRules(f"{path.name}: each rule needs a code of its own")
    return Rules(
        version=str(told.get("version", "")),
        acknowledge_within_hours={name: _figure(path, name, limits[name]) for name in SEVERITIES},
        close_within_working_days=_figure(path, "close", told.get("close_within_working_days")),
        rules=found,
    )


def _rule(path: Path, number: int, told: Any) -> Rule:
    where = f"{path.name}: rule {number}"
    if not isinstance(told, dict):
        raise BadRules(f"{where}: must be a mapping")
    missing = [name for name in ("code", "looks_for", "severity", "says") if not told.get(name)]
    if missing:
        raise BadRules(f"{where}: {missing[0]} is missing")
    way = told["looks_for"]
    if not isinstance(way, str) or way not in WAYS:
        raise BadRules(f"{where}: looks_for must be one of {', '.join(WAYS)}")
    if told["severity"] not in SEVERITIES:
        raise BadRules(f"{where}: severity must be one of {', '.join(SEVERITIES)}")
    said = {**UNSAID, **told}
    figures = {name: said[name] for name in WAYS[way] if name in said}
    lacking = [name for name in WAYS[way] if name not in figures]
    if lacking:
        raise BadRules(f"{where}: {lacking[0]} is missing")
    unknown = set(told) - {"code", "looks_for", "severity", "says", "spares_roles", *WAYS[way]}
    if unknown:
        raise BadRules(f"{where}: unknown entry {sorted(map(str, unknown))[0]}")
    late = [
        name for name in ("from_hour", "until_hour") if name in figures and figures[name] not in range(25)
    ]
    if late:
        raise BadRules(f"{where}: {late[0]} must be an hour of the day, from 0 to 24")
    return Rule(
        code=str(told["code"]),
        looks_for=way,
        severity=told["severity"],
        says=str(told["says"]),
        figures={name: _figure(path, name, value) for name, value in figures.items()},
        spares_roles=_roles(where, told.get("spares_roles", [])),
    )


def _roles(where: str, told: Any) -> frozenset[str]:
    """Roles that there are: one that is misspelt would spare nobody, and nobody would learn of it."""
    known = contracts.access_list("roles")
    if not isinstance(told, list) or not all(isinstance(role, str) and role in known for role in told):
        raise BadRules(f"{where}: spares_roles must be a list of roles from contracts/access/roles.yaml")
    return frozenset(told)


def _figure(path: Path, name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadRules(f"{path.name}: {name} must be a whole number, not below nought")
    return value

"""The rules of the front door that are data: limits, and which team receives a referral (IN-2)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from chassis.clocks import Term, term_of

CLOCKS = ("first_contact", "eligibility", "service_contact", "explanation", "linking", "follow_up")
_SHIPPED = Path(__file__).parent / "desk.yaml"
_ENTRIES = {"limits", "returning_in_crisis", "not_a_discharge", "forecast_days", "desks"}


class BadDeskFile(ValueError):
    """The file with the rules of the desk breaks a rule of its own; says which file and which entry."""


@dataclass(frozen=True)
class DeskRules:
    """Limits by kind of clock, shorter ones for who returns in crisis, and teams by program."""

    limits: Mapping[str, Term]
    in_crisis: Mapping[str, Term]
    not_a_discharge: tuple[str, ...]
    forecast_days: int
    desk_otherwise: str
    desks: Mapping[str, str]

    def limit(self, kind: str, *, returning_in_crisis: bool) -> Term:
        """How long may pass until what the clock asks for is done."""
        shorter = self.in_crisis.get(kind) if returning_in_crisis else None
        return shorter or self.limits[kind]

    def desk_of(self, program: str) -> str:
        """The team that receives referrals to a program."""
        return self.desks.get(program, self.desk_otherwise)


@cache
def desk_rules() -> DeskRules:
    """The rules in force in this process: ICM_INTAKE_DESK_FILE, or those that are shipped. Raises BadDeskFile."""
    return read_desk_rules(Path(os.environ.get("ICM_INTAKE_DESK_FILE") or _SHIPPED))


def read_desk_rules(path: Path) -> DeskRules:
    """The rules that a file holds, checked. Raises BadDeskFile."""
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
        if unknown := sorted(set(told) - _ENTRIES):
            raise ValueError(f"unknown entry {unknown[0]}")
        limits = _terms(told["limits"])
        if lacking := sorted(set(CLOCKS) - set(limits)):
            raise ValueError(f"limits lack {lacking[0]}")
        return DeskRules(
            limits=limits,
            in_crisis=_terms(told["returning_in_crisis"]),
            not_a_discharge=tuple(str(reason) for reason in told["not_a_discharge"]),
            forecast_days=_count(told["forecast_days"]),
            desk_otherwise=_team(told["desks"]["otherwise"]),
            desks={str(code): _team(team) for code, team in told["desks"]["programs"].items()},
        )
    except (OSError, yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError) as wrong:
        raise BadDeskFile(f"{path.name}: {type(wrong).__name__}: {wrong}") from wrong


def _terms(told: dict[str, Any]) -> dict[str, Term]:
    if unknown := sorted(set(told) - set(CLOCKS)):
        raise ValueError(f"{unknown[0]} is no clock")
    return {kind: term_of(str(words)) for kind, words in told.items()}


def _count(told: Any) -> int:
    if not isinstance(told, int) or isinstance(told, bool) or not 1 <= told <= 60:
        raise ValueError("forecast_days must be a number from 1 to 60")
    return told


def _team(told: Any) -> str:
    if not isinstance(told, str) or not told.isprintable() or not told or " " in told:
        raise ValueError("a desk must be the code of a team")
    return told

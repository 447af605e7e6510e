"""The programs that a person can be referred to, read from `data/` and checked when they are read (IN-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from chassis.errors import invalid

_FOLDER = Path(__file__).parent / "data"


class BadProgramFile(ValueError):
    """A program file breaks a rule; the message says which file and why."""


@dataclass(frozen=True)
class Criterion:
    """One thing to find out, as a question."""

    code: str
    asks: str


@dataclass(frozen=True)
class Criteria:
    """One version of a program's criteria: since when, from which source, who may decide by them."""

    version: str
    in_force_from: date
    source: str
    decided_by: frozenset[str]
    criteria: tuple[Criterion, ...]

    @property
    def codes(self) -> frozenset[str]:
        """The codes of all criteria; a decision answers each."""
        return frozenset(criterion.code for criterion in self.criteria)


@dataclass(frozen=True)
class Program:
    """A program and every version of its criteria, the oldest first."""

    code: str
    name: dict[str, str]
    versions: tuple[Criteria, ...]

    def criteria_on(self, day: date) -> Criteria:
        """The version in force on a day. Raises LookupError before the first."""
        in_force = [criteria for criteria in self.versions if criteria.in_force_from <= day]
        if not in_force:
            raise LookupError(f"{self.code} has no criteria in force on {day}")
        return in_force[-1]


@cache
def programs() -> dict[str, Program]:
    """All programs by code. Raises BadProgramFile."""
    return {path.stem: read_program(path) for path in sorted(_FOLDER.glob("*.yaml"))}


def known_program(code: str) -> Program:
    """The program of a code that came from outside; raises InvalidInput for one that we do not know."""
    program = programs().get(code)
    if program is None:
        raise invalid("/program", "program", "Must be the code of a program.")
    return program


def read_program(path: Path) -> Program:
    """One program file. Raises BadProgramFile."""
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
        versions = tuple(_criteria(version) for version in told.pop("criteria"))
        program = Program(code=path.stem, name=told.pop("name"), versions=versions)
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError) as wrong:
        raise BadProgramFile(f"{path.name}: {type(wrong).__name__}: {wrong}") from wrong
    if told:
        raise BadProgramFile(f"{path.name}: unknown entry {sorted(told)[0]}")
    begins = [criteria.in_force_from for criteria in versions]
    if not versions or begins != sorted(set(begins)):
        raise BadProgramFile(
            f"{path.name}: versions must be there, the oldest first, each from a day of its own"
        )
    return program


def _criteria(told: dict[str, Any]) -> Criteria:
    criteria = tuple(Criterion(code=each["code"], asks=each["asks"]) for each in told["criteria"])
    if len({criterion.code for criterion in criteria}) != len(criteria) or not criteria:
        raise ValueError(f"version {told['version']}: each criterion needs a code of its own")
    if not isinstance(told["in_force_from"], date):
        raise ValueError(f"version {told['version']}: in_force_from must be a date")
    return Criteria(
        version=str(told["version"]),
        in_force_from=told["in_force_from"],
        source=told["source"],
        decided_by=frozenset(told["decided_by"]),
        criteria=criteria,
    )

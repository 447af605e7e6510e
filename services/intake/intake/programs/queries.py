"""Reading programs: those that there are, one with its versions, and checking a file (IN-4, IN-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from chassis.errors import NotFound
from chassis.work import Work
from intake.people.days import today
from intake.programs import shipped
from intake.programs.catalogue import PUBLISHED, Program, find_program, programs
from intake.programs.criteria import Criteria, Source, Words
from intake.programs.document import read_criteria
from intake.programs.marked import BadFile, Fault
from intake.programs.model import CriteriaVersion
from intake.programs.words import as_told


@dataclass(frozen=True)
class Short:
    """A program in a list."""

    code: str
    name: Words
    source: Source | None
    criteria_version: str | None


@dataclass(frozen=True)
class Listed:
    """Every program, and what is wrong with shipped files that were refused."""

    items: tuple[Short, ...]
    refused: tuple[Fault, ...]


@dataclass(frozen=True)
class Version:
    """A version of criteria by name, as it stands on a day."""

    version: str
    in_force_from: date
    source: Source
    state: str
    published_by: str | None
    published_at: datetime | None
    digest: str


@dataclass(frozen=True)
class Shown:
    """A program with one version of its criteria in full and all of them by name."""

    code: str
    name: Words
    criteria: dict[str, Any] | None
    versions: tuple[Version, ...]


@dataclass(frozen=True)
class Checked:
    """What a check of a file found."""

    good: bool
    faults: tuple[Fault, ...]
    criteria: dict[str, Any] | None


def search(work: Work, *, on: date | None) -> Listed:
    """Every program with the version in force on a day (IN-10)."""
    day = on or today(work)
    items = tuple(_short(program, day) for program in programs(work))
    return Listed(items=items, refused=tuple(shipped.faults()))


def read(work: Work, *, program: str, on: date | None, version: str | None) -> Shown:
    """One program: the criteria in force on a day, or of a version, and all versions by name (IN-4).

    Raises NotFound for a program or a version that there is none of.
    """
    found = find_program(work, program)
    if found is None:
        raise NotFound
    day = on or today(work)
    return shown(work, found, day=day, version=version)


def shown(work: Work, program: Program, *, day: date, version: str | None = None) -> Shown:
    """A program as it is read. Raises NotFound for a version that there is none of."""
    in_force = program.on(day)
    criteria = in_force
    if version is not None:
        criteria = next((each for each in program.versions if each.version == version), None)
        if criteria is None:
            raise NotFound
    kept = {
        row.version: row
        for row in work.session.execute(
            select(
                CriteriaVersion.version,
                CriteriaVersion.origin,
                CriteriaVersion.published_by,
                CriteriaVersion.published_at,
            ).where(CriteriaVersion.program == program.code)
        )
    }
    listed = sorted(program.versions, key=lambda each: each.in_force_from)
    return Shown(
        code=program.code,
        name=(criteria or program.versions[-1]).name,
        criteria=None if criteria is None else as_told(criteria),
        versions=tuple(_version(each, day, in_force, kept.get(each.version)) for each in listed),
    )


def check(work: Work, *, file: str, document: str) -> Checked:
    """What publishing this file would say of it, without publishing: every fault with its line (IN-4)."""
    try:
        criteria = read_criteria(document, file=file)
    except BadFile as bad:
        return Checked(good=False, faults=tuple(bad.faults), criteria=None)
    return Checked(good=True, faults=(), criteria=as_told(criteria))


def _short(program: Program, day: date) -> Short:
    criteria = program.on(day)
    return Short(
        code=program.code,
        name=(criteria or program.versions[-1]).name,
        source=None if criteria is None else criteria.source,
        criteria_version=None if criteria is None else criteria.version,
    )


def _version(criteria: Criteria, day: date, in_force: Criteria | None, kept: Any) -> Version:
    published = kept is not None and kept.origin == PUBLISHED
    state = "future" if criteria.in_force_from > day else "past"
    return Version(
        version=criteria.version,
        in_force_from=criteria.in_force_from,
        source=criteria.source,
        state="in_force" if criteria is in_force else state,
        published_by=kept.published_by if published else None,
        published_at=kept.published_at if published else None,
        digest=criteria.digest,
    )

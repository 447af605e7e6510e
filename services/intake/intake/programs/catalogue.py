"""The programs that a person can be referred to, and the criteria in force: shipped files and what was published.

What is in the database counts before a file of the same version, so a file that is changed after it was first used
changes nothing. Publishing needs no code and no new release (IN-4, IN-10).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from chassis.clocks import house_calendar
from chassis.errors import RuleBroken, invalid
from chassis.ids import new_id
from chassis.work import Work
from intake.programs import shipped as files
from intake.programs.criteria import Criteria
from intake.programs.document import in_force_on, kept_criteria
from intake.programs.marked import BadFile
from intake.programs.model import CriteriaVersion
from intake.programs.words import as_told

SHIPPED, PUBLISHED = "shipped", "published"
log = structlog.get_logger(__name__)


class NoCriteriaInForce(RuleBroken):
    """The program is known, and its first criteria are not in force yet."""

    code = "no_criteria_in_force"
    title = "The program has no criteria in force today"


@dataclass(frozen=True)
class Program:
    """A program with every version of its criteria, in the order in which they were published."""

    code: str
    versions: tuple[Criteria, ...]

    def on(self, day: date) -> Criteria | None:
        """The version in force on a day; None before the first."""
        return in_force_on(list(self.versions), day)


def must_be_a_program(work: Work, code: str, *, pointer: str = "/program") -> None:
    """Raises InvalidInput for a code that comes from outside and is no program's."""
    if any(criteria.program == code for criteria in files.shipped()):
        return
    published = select(CriteriaVersion.id).where(CriteriaVersion.program == code).limit(1)
    if work.session.scalar(published) is None:
        raise invalid(pointer, "program", "Must be the code of a program.")


def criteria_in_force(work: Work, program: str) -> Criteria:
    """The criteria of a program that are in force today. Raises NoCriteriaInForce."""
    found = find_program(work, program)
    criteria = None if found is None else found.on(house_calendar().day_of(work.now))
    if criteria is None:
        raise NoCriteriaInForce
    return criteria


def find_program(work: Work, code: str) -> Program | None:
    """One program, None when there is no such program."""
    return next(iter(programs(work, code=code)), None)


def programs(work: Work, *, code: str | None = None) -> list[Program]:
    """Every program, or the one of a code, in order of code."""
    kept = select(CriteriaVersion.program, CriteriaVersion.version, CriteriaVersion.document)
    if code is not None:
        kept = kept.where(CriteriaVersion.program == code)
    rows = work.session.execute(kept.order_by(CriteriaVersion.id)).all()
    known = {(row.program, row.version) for row in rows}
    versions = [
        each
        for each in files.shipped()
        if (code is None or each.program == code) and (each.program, each.version) not in known
    ]
    versions += [criteria for row in rows if (criteria := _kept(row.document)) is not None]
    by_code: dict[str, list[Criteria]] = {}
    for each in versions:
        by_code.setdefault(each.program, []).append(each)
    return [Program(each, tuple(by_code[each])) for each in sorted(by_code)]


def keep(work: Work, criteria: Criteria, *, origin: str = SHIPPED, by: str = "intake") -> UUID:
    """Keep these criteria for ever, if they are not yet, and say under which identifier; two at once agree."""
    row = {
        "id": new_id(),
        "program": criteria.program,
        "version": criteria.version,
        "in_force_from": criteria.in_force_from,
        "digest": criteria.digest,
        "document": criteria.document,
        "content": as_told(criteria),
        "origin": origin,
        "published_by": by,
        "published_at": work.now,
    }
    work.session.execute(insert(CriteriaVersion).values(**row).on_conflict_do_nothing())
    kept = select(CriteriaVersion.id).where(
        CriteriaVersion.program == criteria.program, CriteriaVersion.version == criteria.version
    )
    return work.session.scalars(kept).one()


def keep_what_is_shipped(work: Work) -> None:
    """Keep every good version of the files, so that it stays though the file goes; tell of those that are bad."""
    for fault in files.faults():
        log.error("criteria_file_refused", file=fault.file, line=fault.line, reason=fault.reason)
    kept = {
        (row.program, row.version): row.digest
        for row in work.session.execute(
            select(CriteriaVersion.program, CriteriaVersion.version, CriteriaVersion.digest)
        )
    }
    for criteria in files.shipped():
        digest = kept.get((criteria.program, criteria.version))
        if digest is None:
            keep(work, criteria)
        elif digest != criteria.digest:
            log.error(
                "criteria_file_changed_after_publication", program=criteria.program, version=criteria.version
            )


def _kept(document: str) -> Criteria | None:
    try:
        return kept_criteria(document)
    except BadFile as bad:
        # It was good when it was published; this release reads it no more. Older versions stay in force.
        log.error("kept_criteria_unreadable", faults=len(bad.faults), first=bad.faults[0].reason)
        return None

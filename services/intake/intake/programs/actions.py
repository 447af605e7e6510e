"""Publishing criteria: a new version, or a new program, while the platform runs (IN-4, IN-10)."""

from __future__ import annotations

from sqlalchemy import select

from chassis.errors import FieldError, InvalidInput, RuleBroken
from chassis.work import Work
from intake.people.days import today
from intake.programs.catalogue import PUBLISHED, find_program, keep
from intake.programs.criteria import Criteria
from intake.programs.document import read_criteria
from intake.programs.marked import BadFile, Fault
from intake.programs.model import CriteriaVersion
from intake.programs.queries import Shown, shown


class PublishedAlready(RuleBroken):
    """A published version never changes: decisions were made by it. Make another version."""

    code = "version_published"
    title = "This version of the criteria is published already"


def publish(work: Work, *, file: str, document: str) -> Shown:
    """Publish a version of criteria, in force from the day that it names: today or later (IN-4).

    Nothing changes when the file has a fault: InvalidInput names file, line and reason of every one. Raises
    PublishedAlready for a version that there is.
    """
    try:
        criteria = read_criteria(document, file=file)
    except BadFile as bad:
        raise InvalidInput(errors=[_told(fault) for fault in bad.faults]) from None
    if criteria.in_force_from < today(work):
        reason = "in_force_from must be today or later: what was decided until now stands by other criteria"
        raise InvalidInput(errors=[_told(Fault(file, _line_of(document, "in_force_from"), reason))])
    program = find_program(work, criteria.program)
    if program is not None and any(each.version == criteria.version for each in program.versions):
        raise PublishedAlready
    kept = keep(work, criteria, origin=PUBLISHED, by=work.actor.subject)
    if not _is_ours(work, kept, criteria):
        raise PublishedAlready
    now = find_program(work, criteria.program)
    assert now is not None  # noqa: S101 - it was published just above
    return shown(work, now, day=today(work), version=criteria.version)


def _is_ours(work: Work, kept: object, criteria: Criteria) -> bool:
    """Whether what is kept under the version is this text; somebody may have published another at this moment."""
    digest = work.session.scalar(select(CriteriaVersion.digest).where(CriteriaVersion.id == kept))
    return digest == criteria.digest


def _told(fault: Fault) -> FieldError:
    return FieldError(pointer="/document", rule="criteria", detail=str(fault))


def _line_of(document: str, name: str) -> int:
    lines = document.splitlines()
    return next((at for at, line in enumerate(lines, start=1) if line.startswith(name)), 1)

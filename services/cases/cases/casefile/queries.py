"""Reading case files."""

from __future__ import annotations

from uuid import UUID

from cases.casefile.model import Case, Member
from cases.confidence.sight import concerned, told
from chassis import same_person
from chassis.errors import AccessDenied
from chassis.work import Page, Work


def read(work: Work, *, case_id: UUID) -> Case:
    """One case with its members, team and lead (CA-1, CA-2)."""
    case = work.load(Case, case_id)
    concerned(work, case)
    return told(work, case)


def search(work: Work, *, status: str | None, person_id: UUID | None, cursor: str | None, limit: int) -> Page:
    """The cases that the actor may see, newest first; those of a person whichever record of hers they name (IN-8)."""
    work.looked_for(person_id)
    wanted = work.visible(Case)
    if status is not None:
        wanted = wanted.where(Case.closed_at.is_(None) if status == "open" else Case.closed_at.is_not(None))
    if person_id is not None:
        records = same_person.members(work.session, person_id)
        theirs = work.visible(Member).where(Member.person_id.in_(records)).with_only_columns(Member.case_id)
        wanted = wanted.where(Case.id.in_(theirs))
    page = work.page(wanted, model=Case, limit=limit, cursor=cursor)
    for case in page.items:
        concerned(work, case)
    return page


def open_to(work: Work, *, case_id: UUID, category: str) -> Case:
    """The case, when the actor reaches this category of it; raises AccessDenied, NotFound.

    A list of what belongs to a case starts here: an empty list would say that there is nothing.
    """
    case = work.load(Case, case_id)
    seen = work.seen([case])[0]
    if not seen.everything and category not in seen.categories:
        raise AccessDenied
    concerned(work, case)
    return case

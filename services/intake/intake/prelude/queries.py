"""Reading checklists and their forms (IN-12)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.errors import NotFound
from chassis.work import Page, Work
from intake.prelude.form import find
from intake.prelude.model import Checklist


def read_form(work: Work, *, form: str, form_version: int | None) -> dict[str, Any]:
    """A checklist in the version named, else its newest. Raises NotFound."""
    version = find(form, form_version)
    if version is None:
        raise NotFound
    return version.as_told()


def read(work: Work, *, checklist_id: UUID) -> Checklist:
    """One checklist with its questions as they were. Raises NotFound, AccessDenied."""
    return work.load(Checklist, checklist_id)


def search(work: Work, *, person_id: UUID | None, limit: int, cursor: str | None) -> Page:
    """The checklists that the caller may see, of one person if asked; latest first."""
    work.looked_for(person_id)
    wanted = work.visible(Checklist)
    if person_id is not None:
        wanted = wanted.where(Checklist.person_id == person_id)
    return work.page(wanted, model=Checklist, limit=limit, cursor=cursor)

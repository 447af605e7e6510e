"""Reading who may decide for a person (CO-3)."""

from __future__ import annotations

from uuid import UUID

from chassis.work import Page, Work
from consent.representation.model import Representative


def representatives(work: Work, *, person_id: UUID, cursor: str | None, limit: int) -> Page:
    """The representatives of a person that the caller may see, the latest recorded first."""
    work.looked_for(person_id)
    wanted = work.visible(Representative).where(Representative.person_id == person_id)
    return work.page(wanted, model=Representative, limit=limit, cursor=cursor)

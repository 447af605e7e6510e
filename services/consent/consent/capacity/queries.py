"""Reading capacity assessments (CO-3)."""

from __future__ import annotations

from uuid import UUID

from chassis.work import Page, Work
from consent.capacity.model import CapacityAssessment


def search(work: Work, *, person_id: UUID, cursor: str | None, limit: int) -> Page:
    """The assessments of a person that the caller may see, the latest recorded first."""
    work.looked_for(person_id)
    wanted = work.visible(CapacityAssessment).where(CapacityAssessment.person_id == person_id)
    return work.page(wanted, model=CapacityAssessment, limit=limit, cursor=cursor)

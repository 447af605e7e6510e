"""Reading emergency accesses: one, or those that the caller may see (CO-6)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func

from chassis.work import Page, Work
from consent.emergency.model import EmergencyAccess


def read(work: Work, *, id: UUID) -> EmergencyAccess:
    """One emergency access with its review."""
    return work.load(EmergencyAccess, id)


def search(
    work: Work,
    *,
    person_id: UUID | None,
    worker: str | None,
    reviewed: bool | None,
    overdue: bool | None,
    cursor: str | None,
    limit: int,
) -> Page:
    """Emergency accesses that the caller may see, newest first: the custodian's, a person's own, a worker's own."""
    work.looked_for(person_id)
    wanted = work.visible(EmergencyAccess)
    if person_id is not None:
        wanted = wanted.where(EmergencyAccess.person_id == person_id)
    if worker is not None:
        wanted = wanted.where(EmergencyAccess.worker == worker)
    if reviewed is not None:
        is_reviewed = EmergencyAccess.reviewed_at.is_not(None)
        wanted = wanted.where(is_reviewed if reviewed else ~is_reviewed)
    if overdue is not None:
        late = EmergencyAccess.reviewed_at.is_(None) & (
            func.coalesce(EmergencyAccess.review_due_at, work.now) <= work.now
        )
        wanted = wanted.where(late if overdue else ~late)
    return work.page(wanted, model=EmergencyAccess, limit=limit, cursor=cursor)

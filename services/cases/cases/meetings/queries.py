"""Reading meetings."""

from __future__ import annotations

from uuid import UUID

from cases.casefile.queries import open_to
from cases.meetings.model import Meeting
from chassis.work import Page, Work


def of_case(work: Work, *, case_id: UUID, cursor: str | None, limit: int) -> Page:
    """The family team meetings of a case, newest first (CA-6)."""
    open_to(work, case_id=case_id, category="plan")
    return work.page(
        work.visible(Meeting).where(Meeting.case_id == case_id), model=Meeting, limit=limit, cursor=cursor
    )

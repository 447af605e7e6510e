"""Reading what was decided about who sees what (CA-1)."""

from __future__ import annotations

from uuid import UUID

from cases.casefile.queries import open_to
from cases.confidence.model import ALL_SIDES, Confidence
from chassis.work import Page, Work


def history(work: Work, *, case_id: UUID, item_id: UUID | None, cursor: str | None, limit: int) -> Page:
    """Every decision about who sees what, newest first; for the staff of the team (CA-1, AU-3)."""
    open_to(work, case_id=case_id, category=ALL_SIDES)
    wanted = work.visible(Confidence).where(Confidence.record_id == case_id)
    if item_id is not None:
        wanted = wanted.where(Confidence.item_id == item_id)
    return work.page(wanted, model=Confidence, limit=limit, cursor=cursor)

"""Reading what was laid down beforehand (CO-3)."""

from __future__ import annotations

from uuid import UUID

from chassis.work import Page, Work
from consent.prior.model import PriorDecision


def search(work: Work, *, person_id: UUID, cursor: str | None, limit: int) -> Page:
    """What the person laid down beforehand, as far as the caller may see it, the latest recorded first."""
    work.looked_for(person_id)
    wanted = work.visible(PriorDecision).where(PriorDecision.person_id == person_id)
    return work.page(wanted, model=PriorDecision, limit=limit, cursor=cursor)

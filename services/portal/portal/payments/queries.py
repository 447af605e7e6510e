"""Reading payments."""

from __future__ import annotations

from uuid import UUID

from chassis.work import Page, Work
from portal.payments.model import Payment


def search(
    work: Work, *, provider_id: UUID | None, state: str | None, cursor: str | None, limit: int
) -> Page:
    """The payments that the caller may see, newest first; a provider sees when its own are made (PO-4)."""
    wanted = work.visible(Payment)
    if provider_id is not None:
        wanted = wanted.where(Payment.provider_id == provider_id)
    if state is not None:
        wanted = wanted.where(Payment.state == state)
    return work.page(wanted, model=Payment, limit=limit, cursor=cursor)

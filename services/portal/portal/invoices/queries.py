"""Reading invoices."""

from __future__ import annotations

from uuid import UUID

from chassis.work import Page, Work
from portal.invoices.model import Invoice


def read(work: Work, *, id: UUID) -> Invoice:
    """One invoice with its lines and steps."""
    return work.load(Invoice, id)


def search(
    work: Work, *, provider_id: UUID | None, state: str | None, cursor: str | None, limit: int
) -> Page:
    """The invoices that the caller may see, newest first."""
    wanted = work.visible(Invoice)
    if provider_id is not None:
        wanted = wanted.where(Invoice.provider_id == provider_id)
    if state is not None:
        wanted = wanted.where(Invoice.state == state)
    return work.page(wanted, model=Invoice, limit=limit, cursor=cursor)

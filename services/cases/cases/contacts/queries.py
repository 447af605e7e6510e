"""Reading contacts."""

from __future__ import annotations

from uuid import UUID

from cases.casefile.queries import open_to
from cases.contacts.model import Contact
from chassis.work import Page, Work


def of_case(work: Work, *, case_id: UUID, cursor: str | None, limit: int) -> Page:
    """The contacts of a case, newest record first, amended records among them (CA-7)."""
    open_to(work, case_id=case_id, category="notes")
    return work.page(
        work.visible(Contact).where(Contact.case_id == case_id), model=Contact, limit=limit, cursor=cursor
    )

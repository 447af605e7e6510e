"""Reading withdrawals: one, or those of a person that the caller may see (CO-1)."""

from __future__ import annotations

from uuid import UUID

from chassis import same_person
from chassis.work import Page, Work
from consent.withdrawals.model import Withdrawal


def read(work: Work, *, id: UUID) -> Withdrawal:
    """One withdrawal. What it ended stands in the history of each consent."""
    return work.load(Withdrawal, id)


def search(work: Work, *, person_id: UUID, cursor: str | None, limit: int) -> Page:
    """What was taken back for a person, on any record of theirs, as far as the caller may see it; newest first."""
    work.looked_for(person_id)
    records = same_person.members(work.session, person_id)
    wanted = work.visible(Withdrawal).where(Withdrawal.person_id.in_(records))
    return work.page(wanted, model=Withdrawal, limit=limit, cursor=cursor)

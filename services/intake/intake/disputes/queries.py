"""Reading disputes: one's own, and those that one has to answer (IN-9)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import or_

from chassis.work import Page, Work
from intake.accreditation.actions import SYSTEM
from intake.disputes.actions import left_to_staff
from intake.disputes.model import Dispute


def raised(work: Work, *, person_id: UUID, limit: int, cursor: str | None) -> Page:
    """What the caller objected to in a person's entry, with the answers, the newest first."""
    work.looked_for(person_id)
    mine = work.visible(Dispute).where(
        Dispute.person_id == person_id, Dispute.raised_by == work.actor.subject
    )
    return work.page(mine, model=Dispute, limit=limit, cursor=cursor)


def waiting(work: Work, *, limit: int, cursor: str | None) -> Page:
    """Disputes that the caller has to answer, the oldest first: as the source, or as staff for our own cases."""
    asked = work.visible(Dispute).where(Dispute.answer.is_(None))
    if SYSTEM in work.actor.roles:
        asked = asked.where(Dispute.source == work.actor.subject)
    else:
        asked = asked.where(or_(left_to_staff(Dispute.source), Dispute.source == work.actor.subject))
    return work.page(asked, model=Dispute, limit=limit, cursor=cursor, newest_first=False)

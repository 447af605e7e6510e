"""Reading decisions again, with the questions and rules as they were (IN-4)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import selectinload

from chassis.work import Page, Work
from intake.prelude.attachments import opened
from intake.referrals.model import Referral
from intake.screening.model import Finding, Screening, ScreeningAnswer


def search(work: Work, *, referral_id: UUID, limit: int, cursor: str | None) -> Page:
    """Every decision on one referral, the latest first. Raises NotFound, AccessDenied."""
    referral = work.load(Referral, referral_id)
    wanted = work.visible(Screening).where(Screening.referral_id == referral.id)
    whole = (Screening.findings, Screening.answers, Screening.rights_information, Screening.kept_criteria)
    page = work.page(
        wanted.options(*(selectinload(part) for part in whole)), model=Screening, limit=limit, cursor=cursor
    )
    return Page(items=as_the_reader_may_know(work, referral, page.items), next_cursor=page.next_cursor)


def as_the_reader_may_know(
    work: Work, referral: Referral, screenings: Sequence[Screening]
) -> list[Screening]:
    """Decisions that name an assessment only to whom a consent lets know of it at this moment (IN-12)."""
    parts: list[Finding | ScreeningAnswer] = []
    for each in screenings:
        parts += [*each.findings, *each.answers]
    if any(part.informed_by for part in parts):
        known = opened(work, referral)
        for part in parts:
            part.shown_informed_by = part.informed_by if part.informed_by in known else None
    return list(screenings)

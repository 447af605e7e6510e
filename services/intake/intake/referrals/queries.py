"""Reading referrals: one, or those that the caller may see (IN-1)."""

from __future__ import annotations

from uuid import UUID

from chassis.work import Page, Work
from intake.referrals.model import Referral


def read(work: Work, *, referral_id: UUID) -> Referral:
    """One referral with its attempts and deadlines. Raises NotFound, AccessDenied."""
    return work.load(Referral, referral_id)


def search(
    work: Work,
    *,
    person_id: UUID | None,
    program: str | None,
    stage: str | None,
    request_id: UUID | None,
    owner: str | None,
    team: str | None,
    limit: int,
    cursor: str | None,
) -> Page:
    """The referrals that the caller may see, of a person, program, stage, request or keeper if asked; latest first."""
    work.looked_for(person_id)
    wanted = work.visible(Referral)
    if person_id is not None:
        wanted = wanted.where(Referral.person_id == person_id)
    if program is not None:
        wanted = wanted.where(Referral.program == program)
    if stage is not None:
        wanted = wanted.where(Referral.stage == stage)
    if request_id is not None:
        wanted = wanted.where(Referral.request_id == request_id)
    if owner is not None:
        wanted = wanted.where(Referral.owner == owner)
    if team is not None:
        wanted = wanted.where(Referral.team == team)
    return work.page(wanted, model=Referral, limit=limit, cursor=cursor)

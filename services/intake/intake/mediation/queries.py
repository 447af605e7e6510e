"""Reading mediated requests: one's own, and the mediators' queue (IN-9)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from chassis.errors import NotFound
from chassis.work import Page, Work
from intake.directory.model import Involvement
from intake.mediation.model import Introduction, MediationContact, MediationRequest


def own(work: Work, *, limit: int, cursor: str | None) -> Page:
    """What the caller asked, the newest first: the same words whether anybody was concealed or not."""
    mine = work.visible(MediationRequest).where(MediationRequest.asked_by == work.actor.subject)
    return work.page(mine.options(*_introduced()), model=MediationRequest, limit=limit, cursor=cursor)


def queue(work: Work, *, limit: int, cursor: str | None) -> Page:
    """The open requests, the oldest first."""
    waiting = work.visible(MediationRequest).where(MediationRequest.closed_at.is_(None))
    return work.page(
        _for_mediators(waiting), model=MediationRequest, limit=limit, cursor=cursor, newest_first=False
    )


def read(work: Work, *, request_id: UUID) -> MediationRequest:
    """One request with the concealed involvements that it may be about. Raises NotFound."""
    wanted = work.visible(MediationRequest).where(MediationRequest.id == request_id)
    request = work.session.scalar(_for_mediators(wanted))
    if request is None:
        raise NotFound
    return request


def _introduced() -> list[ExecutableOption]:
    introductions = selectinload(MediationRequest.introductions)
    return [
        introductions.joinedload(Introduction.agency),
        introductions.joinedload(Introduction.practitioner),
    ]


def _for_mediators(wanted: Select[MediationRequest]) -> Select[MediationRequest]:
    involvement = selectinload(MediationRequest.contacts).joinedload(MediationContact.involvement)
    return wanted.options(
        joinedload(MediationRequest.listing),
        involvement.joinedload(Involvement.agency),
        involvement.joinedload(Involvement.practitioner),
        *_introduced(),
    )

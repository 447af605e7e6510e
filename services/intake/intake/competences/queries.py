"""Reading competences: whose, and which of those that are asked for the caller holds today (IN-4)."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from chassis.work import Page, Work
from intake.competences.model import Competence
from intake.people.days import today


def held_today(work: Work, wanted: Collection[str]) -> frozenset[str]:
    """Which of these competences are on record for the caller today."""
    if not wanted:
        return frozenset()
    held = select(Competence.competence).where(
        Competence.worker == work.actor.subject,
        Competence.competence.in_(wanted),
        Competence.is_held(on=today(work)),
    )
    return frozenset(work.session.scalars(held))


def search(
    work: Work, *, worker: str | None, competence: str | None, held_only: bool, limit: int, cursor: str | None
) -> Page:
    """Competences on record, of one worker or of one kind if asked, those that have ended too; latest first."""
    wanted = work.visible(Competence)
    if worker is not None:
        wanted = wanted.where(Competence.worker == worker)
    if competence is not None:
        wanted = wanted.where(Competence.competence == competence)
    if held_only:
        wanted = wanted.where(Competence.is_held(on=today(work)))
    return work.page(wanted, model=Competence, limit=limit, cursor=cursor)

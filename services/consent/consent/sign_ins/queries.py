"""Reading what happened to sign-ins (CO-9)."""

from __future__ import annotations

from sqlalchemy import exists, literal, select
from sqlalchemy.orm import aliased

from chassis.sign_ins import LapsedSignIn, of_worker
from chassis.work import Page, Work
from consent.sign_ins.model import REMOVED, SignInStep


def search(
    work: Work, *, worker: str | None, removed_now: bool | None, cursor: str | None, limit: int
) -> Page:
    """What happened to sign-ins, the latest first; with `removed_now` the removals that stand, one a sign-in."""
    wanted = work.visible(SignInStep)
    if worker is not None:
        wanted = wanted.where(SignInStep.worker == worker)
    if removed_now:
        later = aliased(SignInStep)
        stands = exists().where(
            LapsedSignIn.name == literal(of_worker("")) + SignInStep.worker, LapsedSignIn.removed
        )
        again = select(later.id).where(
            later.worker == SignInStep.worker, later.step == REMOVED, later.id > SignInStep.id
        )
        wanted = wanted.where(SignInStep.step == REMOVED, stands, ~again.exists())
    return work.page(wanted, model=SignInStep, limit=limit, cursor=cursor)

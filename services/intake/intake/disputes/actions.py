"""Disputing an entry of the directory, and answering (IN-9)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, literal, or_, select, update

from chassis.clocks import working_days
from chassis.errors import NotFound, RuleBroken
from chassis.ids import new_id
from chassis.work import Work
from intake.accreditation.actions import SYSTEM
from intake.accreditation.model import Accreditation
from intake.directory import queries as directory
from intake.directory.model import Involvement
from intake.directory.schemas import CASES
from intake.disputes.model import CLOCK, Dispute

TERM = working_days(10)
KEPT = timedelta(days=365)


class DisputedAlready(RuleBroken):
    """The same objection by the same person waits for its answer."""

    code = "disputed_already"
    title = "You have disputed this entry already, and its source has yet to answer"


class AnsweredAlready(RuleBroken):
    """The dispute has its answer."""

    code = "answered_already"
    title = "This dispute has been answered"


class NotCorrected(RuleBroken):
    """The source says that it corrected an entry that it has not told anew since."""

    code = "not_corrected"
    title = "The entry has not changed since it was disputed"


class NotTheSource(RuleBroken):
    """An entry is answered for by who told of it: another system cannot, and staff only for our own cases."""

    status = 403
    code = "not_the_source"
    title = "Another system told of this entry"


def raise_dispute(work: Work, *, person_id: UUID, involvement_id: UUID, says: str) -> Dispute:
    """Say that an entry is wrong; its source has ten working days to answer, and readers see that it is disputed.

    Raises NotFound for an entry that the caller does not see, DisputedAlready.
    """
    listing = directory.read(work, person_id=person_id)
    involvement = next((each for each in listing.involvements if each.id == involvement_id), None)
    if involvement is None:
        raise NotFound
    waiting = work.visible(Dispute).where(
        Dispute.involvement_id == involvement.id,
        Dispute.raised_by == work.actor.subject,
        Dispute.answer.is_(None),
    )
    if work.session.scalar(waiting) is not None:
        raise DisputedAlready
    dispute_id = new_id()
    for grantee in dict.fromkeys((work.actor.subject, involvement.source)):
        if grantee == CASES:  # staff answer for our own cases, by statute
            continue
        work.grants.give(
            grantee=f"worker:{grantee}",
            record=("dispute", dispute_id),
            categories=["directory"],
            basis="agreement",
            may_write=True,
        )
    dispute = work.add(
        Dispute(
            id=dispute_id,
            involvement_id=involvement.id,
            person_id=listing.id,
            source=involvement.source,
            reference=involvement.reference,
            raised_by=work.actor.subject,
            raised_at=work.now,
            says=says,
        )
    )
    work.clocks.start(CLOCK, dispute, within=TERM)
    return dispute


def answer(work: Work, *, dispute_id: UUID, answer: str, says: str) -> Dispute:
    """Answer for an entry: it was corrected, it is removed with this answer, or it stands, and why.

    Raises NotFound, NotTheSource, AnsweredAlready, NotCorrected.
    """
    dispute = work.load(Dispute, dispute_id, for_update=True)
    if not _answers_for(work, dispute):
        raise NotTheSource
    if dispute.answer is not None:
        raise AnsweredAlready
    entry = None
    if dispute.involvement_id is not None:
        entry = work.session.scalar(work.visible(Involvement).where(Involvement.id == dispute.involvement_id))
    if (
        answer == "corrected"
        and dispute.source != CASES
        and entry is not None
        and not _told_since(entry, dispute)
    ):
        raise NotCorrected
    dispute.answer, dispute.answer_says = answer, says
    dispute.answered_at, dispute.answered_by = work.now, work.actor.subject
    work.clocks.meet(CLOCK, dispute)
    return dispute


def settle(work: Work) -> int:
    """Mark the entries that are disputed and unmark the others; take out those whose source agreed. A timer."""
    waiting = exists().where(Dispute.involvement_id == Involvement.id, Dispute.answer.is_(None))
    concerned = select(Dispute.involvement_id).where(Dispute.involvement_id.is_not(None))
    removed = work.session.scalars(
        select(Involvement).where(Involvement.id.in_(concerned.where(Dispute.answer == "removed")))
    ).all()
    for entry in removed:
        work.session.delete(entry)
    work.session.flush()
    changed = 0
    for disputed in (True, False):
        mark = (
            update(Involvement)
            .where(
                Involvement.id.in_(concerned),
                Involvement.disputed.is_(not disputed),
                waiting if disputed else ~waiting,
            )
            .values(disputed=disputed)
            .execution_options(synchronize_session=False)
        )
        changed += len(work.session.execute(mark.returning(Involvement.id)).all())
    return changed + len(removed)


def forget_answered(work: Work) -> int:
    """Disputes that were answered a year ago go; say how many. A timer calls this."""
    old = delete(Dispute).where(Dispute.answered_at <= work.now - KEPT)
    gone = work.session.execute(old.returning(Dispute.id).execution_options(synchronize_session=False))
    return len(gone.all())


def _told_since(entry: Involvement, dispute: Dispute) -> bool:
    return entry.told_at is not None and entry.told_at > dispute.raised_at


def _answers_for(work: Work, dispute: Dispute) -> bool:
    if work.actor.subject == dispute.source:
        return True
    return (
        SYSTEM not in work.actor.roles and work.session.scalar(select(left_to_staff(dispute.source))) is True
    )


def left_to_staff(source: Any) -> ColumnElement[bool]:
    """Whether nobody but our own staff can answer for a source: our cases, and systems that may speak no more."""
    ended = exists().where(Accreditation.system == source, Accreditation.ended_at.is_not(None))
    return or_(literal(CASES) == source, ended)

"""How pressing a referral is: changes with their reasons, and what follows for its deadlines (IN-2, IN-5)."""

from __future__ import annotations

from sqlalchemy import select

from chassis.work import Work
from intake import events
from intake.referrals import deadlines
from intake.referrals.history import PriorityChange
from intake.referrals.model import UNDER_WAY, Referral
from intake.waitlist import actions as waitlist

# The least pressing first.
PRIORITIES = ("routine", "urgent", "crisis")
JOINED = "joined_by_a_more_pressing_referral"
DISCHARGED = "discharged_before"
BATCH = 100


def change_priority(work: Work, referral: Referral, *, priority: str, returning: bool, reason: str) -> None:
    """It is more or less pressing from now on; who returns in crisis is owed everything at once."""
    if (referral.priority, referral.returning_in_crisis) == (priority, returning):
        return
    hastened = returning and not referral.returning_in_crisis
    change = PriorityChange(
        referral_id=referral.id,
        person_id=referral.person_id,
        at=work.now,
        by=work.actor.subject,
        from_priority=referral.priority,
        to_priority=priority,
        returning_in_crisis=returning,
        reason=reason,
    )
    referral.priority, referral.returning_in_crisis = priority, returning
    work.session.add(change)
    work.session.flush()
    if hastened:
        deadlines.more_pressing(work, referral)
    waitlist.referral_prioritised(work, referral=referral)
    work.emit(events.referral_prioritised(referral))


def now_returning(work: Work, referral: Referral) -> None:
    """Somebody in crisis turns out to have been a client before."""
    change_priority(work, referral, priority=referral.priority, returning=True, reason=DISCHARGED)


def weigh(work: Work, joined: Referral) -> None:
    """A referral that joins another makes it as pressing as itself, at once where the caller may change that one.

    Where not, the service does it by itself within seconds: who hands in a referral need not see the other.
    """
    wanted = work.visible(Referral, writing=True).where(Referral.id == joined.joined_to)
    if (referral := work.session.scalar(wanted.with_for_update(of=Referral))) is not None:
        _make_as_pressing(work, referral, joined)


def weigh_joined(work: Work) -> int:
    """Make referrals as pressing as those that joined them; how many. A timer of the service does this (IN-1)."""
    waiting = (
        select(Referral)
        .where(Referral.joined_to.is_not(None), Referral.weighed_at.is_(None))
        .order_by(Referral.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    found = work.session.scalars(waiting).all()
    for joined in found:
        referral = work.session.scalar(
            select(Referral).where(Referral.id == joined.joined_to).with_for_update()
        )
        assert referral is not None  # noqa: S101 - a foreign key says so
        _make_as_pressing(work, referral, joined)
    work.session.flush()
    return len(found)


def _make_as_pressing(work: Work, referral: Referral, joined: Referral) -> None:
    joined.weighed_at = work.now
    if referral.stage not in UNDER_WAY:
        return
    most = max(referral.priority, joined.priority, key=PRIORITIES.index)
    returning = referral.returning_in_crisis or joined.returning_in_crisis
    change_priority(work, referral, priority=most, returning=returning, reason=JOINED)

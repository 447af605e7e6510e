"""Breaking the glass: at once, for one person, for hours, and never without a review (CO-6)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from chassis import contracts
from chassis.clocks import house_calendar, working_days
from chassis.errors import AccessDenied, NotFound, RuleBroken
from chassis.ids import new_id
from chassis.work import Work
from consent import events
from consent.codes import expect_codes
from consent.emergency.model import NOT_JUSTIFIED, EmergencyAccess, ReviewIsForSomebodyElse
from consent.people.actions import are_of_one_person, register

REVIEW = "emergency_review"
TO_REVIEW = working_days(3)
WHOM_ONE_HELPS = "identity"
BATCH = 200


class EmergencyOpenAlready(RuleBroken):
    """The worker's access to this person is still open; a longer one is asked for when it has ended."""

    code = "emergency_open_already"
    title = "You have an emergency access to this person already"


def begin(work: Work, *, person_id: UUID, reason: str, categories: list[str], hours: int) -> EmergencyAccess:
    """Open one person's record to the caller in every service, for the purpose `emergency` only (CO-6).

    What is opened are the named categories and who the person is. The custodian sees it in the same moment and owes a
    review within three working days, on a clock. A restricted person is reached only by roles that may; for others
    there is no such person.

    Raises NotFound, AccessDenied for a sign-in outside every organisation, EmergencyOpenAlready, InvalidInput for
    unknown categories.
    """
    expect_codes(categories, known="categories")
    organisation = work.actor.organisation
    if organisation is None:
        raise AccessDenied
    restricted = _expect_reachable(work, person_id)
    access = EmergencyAccess(
        id=new_id(),
        person_id=person_id,
        worker=work.actor.subject,
        organisation=organisation,
        reason=reason,
        categories=sorted({*categories, WHOM_ONE_HELPS}),
        reaches_restricted=_may_reach_restricted(work),
        opened_at=work.now,
        ends_at=work.now + timedelta(hours=hours),
        review_due_at=TO_REVIEW.due(house_calendar(), since=work.now),
    )
    work.grants.give(
        grantee=f"worker:{access.worker}",
        record=("emergency_access", access.id),
        categories=["consent"],
        basis="team",
        may_write=True,
        reaches_restricted=restricted,
        reference=access.id,
    )
    _one_at_a_time(work, access)
    work.clocks.start(REVIEW, access, within=TO_REVIEW, person=person_id)
    work.emit(events.emergency_opened(access))
    return access


def end(work: Work, *, id: UUID) -> EmergencyAccess:
    """The danger is over before the time is: every service closes the record again. Raises EmergencyOver."""
    access = work.load(EmergencyAccess, id, for_update=True)
    _end(work, access, by=work.actor.subject)
    return access


def review(work: Work, *, id: UUID, finding: str, review: str) -> EmergencyAccess:
    """Close the review; an access found not justified ends at once if it is still open (CO-6).

    Nobody judges their own emergency, at another sign-in of theirs neither. Raises ReviewedAlready,
    ReviewIsForSomebodyElse.
    """
    access = work.load(EmergencyAccess, id, for_update=True)
    if are_of_one_person(work, access.worker, work.actor.subject):
        raise ReviewIsForSomebodyElse
    access.close_review(at=work.now, by=work.actor.subject, finding=finding, review=review)
    if finding == NOT_JUSTIFIED and access.ended_at is None:
        _end(work, access, by=work.actor.subject)
    work.clocks.meet(REVIEW, access)
    work.emit(events.emergency_reviewed(access))
    return access


def end_due(work: Work) -> int:
    """End what has run out, oldest first, at most a batch; how many. A timer calls this.

    Nothing waits for it: the grants carry their own end in every service.
    """
    due = (
        select(EmergencyAccess)
        .where(EmergencyAccess.ended_at.is_(None), EmergencyAccess.ends_at <= work.now)
        .order_by(EmergencyAccess.ends_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    over = work.session.scalars(due).all()
    for access in over:
        access.end(at=access.ends_at, by="system")
        work.emit(events.emergency_ended(access))
    work.session.flush()
    return len(over)


def _end(work: Work, access: EmergencyAccess, *, by: str) -> None:
    access.end(at=min(work.now, access.ends_at), by=by)
    work.session.flush()
    work.emit(events.emergency_ended(access))


def _may_reach_restricted(work: Work) -> bool:
    return bool(work.actor.roles & set(contracts.access_list("emergency")["reaches_restricted"]))


def _expect_reachable(work: Work, person_id: UUID) -> bool:
    """Whether the person is restricted; an unknown one and one out of reach are the same to the caller."""
    known = bool(register.known(work, [person_id]))
    restricted = person_id in work.grants.restricted_among([person_id])
    if known and restricted and not _may_reach_restricted(work):
        work.attempted_restricted(person_id)
        raise NotFound
    if not known:
        raise NotFound
    return restricted


def _one_at_a_time(work: Work, access: EmergencyAccess) -> None:
    end_due_of = (
        select(EmergencyAccess)
        .where(
            EmergencyAccess.worker == access.worker,
            EmergencyAccess.person_id == access.person_id,
            EmergencyAccess.ended_at.is_(None),
            EmergencyAccess.ends_at <= work.now,
        )
        .with_for_update()
    )
    for over in work.session.scalars(end_due_of):
        _end(work, over, by="system")
    try:
        with work.session.begin_nested():
            work.add(access)
    except IntegrityError:
        raise EmergencyOpenAlready from None

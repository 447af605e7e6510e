"""What may happen to a referral on its way, and the deadlines that each step starts and meets (IN-1, IN-2, IN-3)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm.attributes import flag_modified

from chassis import same_person
from chassis.errors import RuleBroken, invalid
from chassis.work import Work
from intake import events
from intake.programs.catalogue import must_be_a_program
from intake.referrals import deadlines, keeping
from intake.referrals.discharges import was_discharged
from intake.referrals.ending import withdrawn
from intake.referrals.model import ContactAttempt, DecidedAlready, Referral
from intake.referrals.pressing import change_priority as make
from intake.referrals.pressing import weigh
from intake.referrals.receiving import under_way_for
from intake.waitlist import actions as waitlist

WAIT_LIST = "wait_list"


class NotTriedYet(RuleBroken):
    """Somebody whom nobody has tried to reach is not given up."""

    code = "not_tried_yet"
    title = "No attempt to reach the person is on record"


class SameProgram(RuleBroken):
    """A transfer goes to another program."""

    code = "same_program"
    title = "The referral is for this program already"


class NotTheSameRequest(RuleBroken):
    """Referrals join when they are about one person and for one program, both under way."""

    code = "not_the_same_request"
    title = "The referrals are not about the same person and program"


class OnTheWaitList(RuleBroken):
    """The clock stands still while the person waits for a place; it runs again when one is taken up."""

    code = "on_the_wait_list"
    title = "The person waits for a place in the program"


def record_contact_attempt(
    work: Work,
    *,
    referral_id: UUID,
    made_at: datetime | None,
    made_by: str | None,
    also_present: list[str],
    way: str,
    place: str | None,
    outcome: str,
    note: str | None,
) -> Referral:
    """Record one attempt to reach the person; the first that reaches them meets the contact clock (IN-2, IN-3).

    Attempts may be written down in any order: of those that reached the person the earliest counts, until eligibility
    is decided. Raises ReferralClosed when the referral has ended, ReferralJoined, InvalidInput for a time before the
    referral or in the future.
    """
    referral = to_change(work, referral_id)
    referral.must_be_open()
    attempt = ContactAttempt(
        person_id=referral.person_id,
        made_at=when(work, made_at, field="made_at", not_before=referral.received_at),
        made_by=made_by or work.actor.subject,
        recorded_by=work.actor.subject,
        also_present=also_present,
        way=way,
        place=place,
        outcome=outcome,
        note=note,
    )
    referral.attempts.append(attempt)
    if not attempt.reached:
        return referral
    if referral.first_contact_at is None:
        deadlines.reached(work, referral, at=attempt.made_at)
        work.emit(events.referral_contacted(referral))
    elif referral.stage == "contacted" and attempt.made_at < referral.first_contact_at:
        deadlines.reached_earlier(work, referral, at=attempt.made_at)
    return referral


def record_service_contact(work: Work, *, referral_id: UUID, met_at: datetime | None) -> Referral:
    """The program has met the person: the last clock is met and the referral has done its work (IN-2).

    Raises ReferralClosed, NotFoundEligible, PlaceNotOffered for somebody who still waits, InvalidInput for a time
    before the decision or in the future.
    """
    referral = to_change(work, referral_id)
    at = when(work, met_at, field="met_at", not_before=referral.decided_at)
    waitlist.must_not_wait(work, referral=referral)
    referral.serve(at=at)
    work.clocks.meet("service_contact", referral, at=at)
    work.emit(events.referral_served(referral))
    return referral


def withdraw(work: Work, *, referral_id: UUID, because: str, note: str | None) -> Referral:
    """The person no longer wants the program, or cannot be found after attempts: the referral ends here (IN-1).

    Nothing more is owed; a deadline missed before stays on record. Raises NotTriedYet, ReferralClosed, ReferralJoined.
    """
    referral = to_change(work, referral_id)
    if because == "not_found" and not referral.attempts:
        raise NotTriedYet
    referral.must_be_under_way()
    waitlist.referral_ended(work, referral=referral, because=because)
    withdrawn(work, referral=referral, because=because, note=note)
    return referral


def transfer(work: Work, *, referral_id: UUID, program: str, team: str | None, reason: str) -> Referral:
    """Another program suits the person better: the same referral goes on for that one, and so do its clocks (IN-1).

    The person has waited since they were referred, so nothing starts anew. Where a referral of theirs to that program
    is under way, this one joins it. Raises SameProgram, DecidedAlready once eligibility is decided (take the referral
    up again instead), ReferralClosed, InvalidInput for an unknown program.
    """
    must_be_a_program(work, program)
    referral = to_change(work, referral_id)
    referral.must_be_under_way()
    if referral.stage == "eligible":
        raise DecidedAlready
    if program == referral.program:
        raise SameProgram
    under_way = under_way_for(work, person_id=referral.person_id, program=program)
    keeping.transferred(work, referral, program=program, team=team, reason=reason)
    if under_way is not None:
        _join(work, referral, under_way)
    return referral


def join(work: Work, *, referral_id: UUID, other_id: UUID) -> Referral:
    """Two referrals turn out to ask the same for the same person: this one joins the other (IN-1, IN-8).

    Its referrers are answered, and its urgency counted, by the other. Raises NotTheSameRequest, ReferralClosed.
    """
    first, second = sorted((referral_id, other_id))
    if first == second:
        raise NotTheSameRequest
    locked = {each: work.load(Referral, each, for_update=True) for each in (first, second)}
    referral, other = to_change(work, referral_id), locked[other_id]
    referral.must_be_under_way()
    other.must_be_under_way()
    same = other.person_id in same_person.members(work.session, referral.person_id)
    if not same or referral.program != other.program:
        raise NotTheSameRequest
    _join(work, referral, other.id)
    return referral


def change_priority(work: Work, *, referral_id: UUID, priority: str, reason: str) -> Referral:
    """Say that it is more or less pressing, and why; both are kept (IN-2).

    Who was a client before and is in crisis now goes to the head of the queue, and is owed everything at once (IN-5).
    Raises ReferralClosed, ReferralJoined.
    """
    referral = to_change(work, referral_id)
    referral.must_be_under_way()
    returning = priority == "crisis" and was_discharged(work, referral.person_id)
    make(work, referral, priority=priority, returning=returning, reason=reason)
    return referral


def pause_clock(work: Work, *, referral_id: UUID, clock: str, code: str, reason: str) -> Referral:
    """Let a deadline stand still, for a reason that is kept (IN-2). Raises ClockNotRunning, ClockOverdue."""
    referral = to_change(work, referral_id)
    work.clocks.pause(clock, referral, reason=reason, code=code)
    return referral


def resume_clock(work: Work, *, referral_id: UUID, clock: str) -> Referral:
    """Let a paused deadline run on; the time that it stood still is given back (IN-2).

    Raises ClockNotRunning, OnTheWaitList for one that waits for a place.
    """
    referral = to_change(work, referral_id)
    standing = [each for each in work.clocks.of(referral) if each.kind == clock and each.is_open]
    if any(each.pause_code == WAIT_LIST for each in standing):
        raise OnTheWaitList
    work.clocks.resume(clock, referral)
    return referral


def document_breach(work: Work, *, referral_id: UUID, clock: str, circumstances: str) -> Referral:
    """Keep the extenuating circumstances of a missed deadline, also after the referral ended (IN-2).

    Raises NoBreach when no deadline of this kind was missed.
    """
    referral = to_change(work, referral_id)
    work.clocks.document(clock, referral, circumstances=circumstances)
    return referral


def to_change(work: Work, referral_id: UUID) -> Referral:
    """The referral, locked; what is kept beside it counts as a change of it.

    Attempts and clocks are tables of their own; the version that a reader holds counts all of it.
    """
    referral = work.load(Referral, referral_id, for_update=True)
    referral.updated_at = work.now
    flag_modified(referral, "updated_at")
    return referral


def when(work: Work, told: datetime | None, *, field: str, not_before: datetime | None) -> datetime:
    """When something was done: as told, or now. Raises InvalidInput for the future, or before what led to it."""
    at = told or work.now
    if at > work.now:
        raise invalid(f"/{field}", "past", "Must not be in the future.")
    if not_before is not None and at < not_before:
        raise invalid(f"/{field}", "order", "Must not be before the step that led to it.")
    return at


def _join(work: Work, referral: Referral, other: UUID) -> None:
    deadlines.nothing_more_owed(work, referral)
    referral.join(other, at=work.now)
    for referrer in referral.referrers:
        referrer.joined_to = other
    for earlier in referral.joined:
        earlier.joined_to = other
    weigh(work, referral)
    work.emit(events.referral_joined(referral))

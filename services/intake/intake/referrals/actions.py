"""What may happen to a referral, and the deadlines that each step starts and meets (IN-1, IN-2, IN-3)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm.attributes import flag_modified

from chassis.errors import invalid, under
from chassis.ids import new_id
from chassis.work import Work
from intake import events
from intake.people import actions as people
from intake.people.access import grant_to_reach, worker_and_teams
from intake.people.model import Person
from intake.people.told import PersonTold
from intake.programs.catalogue import must_be_a_program
from intake.referrals import deadlines
from intake.referrals.model import ContactAttempt, Referral
from intake.waitlist import actions as waitlist


def receive(
    work: Work,
    *,
    person_id: UUID | None,
    person: PersonTold | None,
    program: str,
    source: str,
    priority: str,
    reason: str,
    referred_by: str | None,
) -> Referral:
    """Receive a request for help from whatever source, for a known person or one told of only now (IN-1).

    The clock to the first contact starts. Who receives, and their teams, keep the referral from then on.
    Raises InvalidInput for an unknown program, NotFound or AccessDenied for a person whom the caller cannot see.
    """
    must_be_a_program(work, program)
    referral = Referral(
        id=new_id(),
        person=_whom(work, person_id=person_id, person=person),
        program=program,
        source=source,
        priority=priority,
        reason=reason,
        referred_by=referred_by,
        received_at=work.now,
    )
    work.grants.give_each(
        grantees=worker_and_teams(work),
        record=("referral", referral.id),
        categories=["referral"],
        basis="team",
        may_write=True,
    )
    work.add(referral)
    deadlines.start(work, "first_contact", referral)
    work.emit(events.referral_received(referral))
    return referral


def record_contact_attempt(
    work: Work,
    *,
    referral_id: UUID,
    made_at: datetime | None,
    way: str,
    place: str | None,
    outcome: str,
    note: str | None,
) -> Referral:
    """Record one attempt to reach the person; the first that reaches them meets the contact clock (IN-2, IN-3).

    Raises ReferralClosed when the referral has ended, InvalidInput for a time before the referral or in the future.
    """
    referral = _to_change(work, referral_id)
    referral.must_be_open()
    attempt = ContactAttempt(
        person_id=referral.person_id,
        made_at=_when(work, referral, made_at, field="made_at"),
        made_by=work.actor.subject,
        way=way,
        place=place,
        outcome=outcome,
        note=note,
    )
    referral.attempts.append(attempt)
    if attempt.reached and referral.first_contact_at is None:
        deadlines.reached(work, referral, at=attempt.made_at)
        work.emit(events.referral_contacted(referral))
    return referral


def record_service_contact(work: Work, *, referral_id: UUID, met_at: datetime | None) -> Referral:
    """The program has met the person: the last clock is met and the referral has done its work (IN-2).

    Raises ReferralClosed, NotFoundEligible, PlaceNotOffered for somebody who still waits, InvalidInput for a time
    before the decision or in the future.
    """
    referral = _to_change(work, referral_id)
    at = _when(work, referral, met_at, field="met_at")
    waitlist.must_not_wait(work, referral=referral)
    referral.serve(at=at)
    work.clocks.meet("service_contact", referral, at=at)
    return referral


def pause_clock(work: Work, *, referral_id: UUID, clock: str, reason: str) -> Referral:
    """Let a deadline stand still, for a reason that is kept (IN-2). Raises ClockNotRunning, ClockOverdue."""
    referral = _to_change(work, referral_id)
    work.clocks.pause(clock, referral, reason=reason)
    return referral


def resume_clock(work: Work, *, referral_id: UUID, clock: str) -> Referral:
    """Let a paused deadline run on; the time that it stood still is given back (IN-2). Raises ClockNotRunning."""
    referral = _to_change(work, referral_id)
    work.clocks.resume(clock, referral)
    return referral


def document_breach(work: Work, *, referral_id: UUID, clock: str, circumstances: str) -> Referral:
    """Keep the extenuating circumstances of a missed deadline, also after the referral ended (IN-2).

    Raises NoBreach when no deadline of this kind was missed.
    """
    referral = _to_change(work, referral_id)
    work.clocks.document(clock, referral, circumstances=circumstances)
    return referral


def _whom(work: Work, *, person_id: UUID | None, person: PersonTold | None) -> Person:
    if person is not None:
        with under("/person"):
            return people.record(work, **person)
    assert person_id is not None  # noqa: S101 - the schema asks for exactly one of the two
    known = work.load(Person, person_id)
    grant_to_reach(work, person_id=known.id)
    return known


def _to_change(work: Work, referral_id: UUID) -> Referral:
    referral = work.load(Referral, referral_id, for_update=True)
    # Attempts and clocks are tables of their own; the version that a reader holds counts all of it.
    referral.updated_at = work.now
    flag_modified(referral, "updated_at")
    return referral


def _when(work: Work, referral: Referral, told: datetime | None, *, field: str) -> datetime:
    at = told or work.now
    earliest = referral.decided_at if field == "met_at" else referral.received_at
    if at > work.now:
        raise invalid(f"/{field}", "past", "Must not be in the future.")
    if earliest is not None and at < earliest:
        raise invalid(f"/{field}", "order", "Must not be before the step that led to it.")
    return at

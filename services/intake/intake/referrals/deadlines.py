"""Which clock each step of a referral starts and meets (IN-2, IN-5)."""

from __future__ import annotations

from datetime import datetime

from chassis.clocks import Clock
from chassis.work import Work
from intake.referrals.model import Referral
from intake.referrals.rules import desk_rules


def start(work: Work, kind: str, referral: Referral, *, since: datetime | None = None) -> None:
    """Start a clock, with the limit that the rules of the desk give it for this referral."""
    limit = desk_rules().limit(kind, returning_in_crisis=referral.returning_in_crisis)
    work.clocks.start(kind, referral, within=limit, since=since, person=referral.person_id)


def reached(work: Work, referral: Referral, *, at: datetime) -> None:
    """The person was spoken with for the first time: whether the program is for them is owed next."""
    referral.reach(at=at)
    work.clocks.meet("first_contact", referral, at=at)
    start(work, "eligibility", referral, since=at)


def reached_earlier(work: Work, referral: Referral, *, at: datetime) -> None:
    """An attempt told only now had reached the person before: what followed is owed that much earlier."""
    referral.first_contact_at = at
    work.clocks.met_earlier("first_contact", referral, at=at)
    limit = desk_rules().limit("eligibility", returning_in_crisis=referral.returning_in_crisis)
    work.clocks.began_earlier("eligibility", referral, within=limit, at=at)


def decided(work: Work, referral: Referral, *, eligible: bool, at: datetime) -> None:
    """Screening has decided: a first meeting with the program is owed next, or an explanation and another service.

    Raises ReferralClosed, NotReachedYet, DecidedAlready.
    """
    referral.decide(eligible=eligible, at=at)
    work.clocks.meet("eligibility", referral)
    for kind in ("service_contact",) if eligible else ("explanation", "linking"):
        start(work, kind, referral, since=at)


def running(work: Work, kind: str, referral: Referral) -> Clock | None:
    """The clock of a kind that still asks for something, if there is one."""
    return next((each for each in work.clocks.of(referral) if each.kind == kind and each.is_open), None)


def met(work: Work, kind: str, referral: Referral, *, at: datetime) -> bool:
    """What a clock asks for was done, where it asks for it; whether it did.

    Something done before the clock began, and written down after, meets it as it begins.
    """
    clock = running(work, kind, referral)
    if clock is not None:
        work.clocks.meet(kind, referral, at=max(at, clock.started_at))
    return clock is not None


def nothing_more_owed(work: Work, referral: Referral) -> None:
    """Whatever clock still runs is called off; a breach before that stays on record."""
    for clock in work.clocks.of(referral):
        if clock.is_open:
            work.clocks.cancel(clock.kind, referral)


def more_pressing(work: Work, referral: Referral) -> None:
    """The person returns in crisis: what is owed is owed at once."""
    for clock in work.clocks.of(referral):
        if clock.is_open and (limit := desk_rules().in_crisis.get(clock.kind)) is not None:
            work.clocks.bring_forward(clock.kind, referral, within=limit)

"""What may happen to the authority to decide for somebody (CO-3)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from chassis.clocks import house_calendar
from chassis.errors import AccessDenied, RuleBroken, invalid
from chassis.ids import new_id
from chassis.work import Work
from consent.codes import expect_codes
from consent.directives.refusals import sealed_name
from consent.people.actions import OWN_RECORD, open_to_recorder, register, sight_of
from consent.representation.model import Representative
from consent.representation.standings import RANKS, AuthorityStanding, gone

AUTHORITY_ENDS = "authority_ends"


class NoAuthorityToDecide(RuleBroken):
    """The representative's authority has ended, has not begun, or does not cover what is decided."""

    code = "no_authority_to_decide"
    title = "The representative has no authority to decide this"


def appoint(
    work: Work,
    *,
    person_id: UUID,
    name: str,
    account: str | None,
    relationship: str,
    authority: str,
    evidence: str,
    decides_about: list[str],
    valid_from: date | None,
    valid_until: date | None,
) -> Representative:
    """Record a substitute decision maker with authority and period; its end is a clock (CO-3).

    The representative's own sign-in, if any, sees this record. Raises NotFound, AccessDenied for a sign-in outside
    every organisation, InvalidInput for unknown categories and periods that are over.
    """
    expect_codes(decides_about, known="categories", pointer="decides_about")
    if work.actor.organisation is None:
        raise AccessDenied
    register.expect(work, [person_id])
    today = house_calendar().day_of(work.now)
    begins = valid_from or today
    if valid_until is not None and valid_until < max(begins, today):
        raise invalid("/valid_until", "range", "Must not be before today and before valid_from.")
    representative = Representative(
        id=new_id(),
        person_id=person_id,
        name=name,
        account=account,
        relationship=relationship,
        authority=authority,
        evidence=evidence,
        decides_about=sorted(decides_about),
        valid_from=begins,
        valid_until=valid_until,
        recorded_by=work.actor.subject,
    )
    open_to_recorder(work, person_id=person_id, record=("representative", representative.id))
    if account is not None:
        work.grants.give(
            grantee=f"worker:{account}",
            record=("representative", representative.id),
            categories=["consent"],
            purposes=[OWN_RECORD],
            basis="self",
            reference=representative.id,
        )
    work.add(representative)
    work.session.add(
        AuthorityStanding(
            representative_id=representative.id,
            person_id=person_id,
            decider=decider_key(representative),
            rank=RANKS[authority],
            decides_about=representative.decides_about,
            valid_from=representative.valid_from,
            valid_until=representative.valid_until,
        )
    )
    if valid_until is not None:
        due = house_calendar().end_of(valid_until)
        work.clocks.start(AUTHORITY_ENDS, representative, due=due, person=person_id)
    return representative


def end_authority(work: Work, *, id: UUID, reason: str) -> Representative:
    """The representative decides no more, and sees no more of what they decided; that stays, to be looked at anew.

    Whoever recorded the authority ends it, or the custodian: it must not stand because a worker has left.

    Raises AuthorityEnded.
    """
    representative = work.load(Representative, id, for_update=True)
    representative.end(at=work.now, by=work.actor.subject, reason=reason)
    work.session.get_one(AuthorityStanding, representative.id).ended_at = work.now
    work.grants.end(reference=representative.id)
    work.session.flush()
    decides_no_more = decider_key(representative) in gone(work, person_id=representative.person_id)
    if representative.account is not None and decides_no_more:
        work.grants.end(reference=sight_of(representative.account, person_id=representative.person_id))
    for clock in work.clocks.of(representative):
        if clock.is_open:
            work.clocks.cancel(clock.kind, representative)
    return representative


def deciding(
    work: Work, *, representative_id: UUID, person_id: UUID, categories: list[str]
) -> Representative:
    """The representative who decides for the person now. Raises NoAuthorityToDecide, NotFound, AccessDenied."""
    representative = work.load(Representative, representative_id)
    today = house_calendar().day_of(work.now)
    stands = representative.person_id == person_id and representative.decides_on(today)
    if not stands or not representative.may_decide_about(categories):
        raise NoAuthorityToDecide
    return representative


def own_authority(work: Work, *, person_id: UUID, categories: list[str]) -> Representative | None:
    """The authority by which the caller, at their own sign-in, decides for the person today; None without any.

    Of several the best that covers the categories; the best of all when none does.
    """
    today = house_calendar().day_of(work.now)
    mine = work.visible(Representative).where(
        Representative.person_id == person_id, Representative.account == work.actor.subject
    )
    standing = [
        each for each in work.session.scalars(mine.order_by(Representative.id)) if each.decides_on(today)
    ]
    return min(
        standing,
        key=lambda each: (not each.may_decide_about(categories), RANKS[each.authority]),
        default=None,
    )


def decider_key(representative: Representative) -> str:
    """What tells this decider from others, by their sign-in where there is one."""
    return sealed_name(representative.account or str(representative.id))

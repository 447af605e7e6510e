"""Accrediting outside systems, revoking it, and letting it run out (IN-9)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from chassis.clocks import house_calendar
from chassis.errors import NotFound, RuleBroken
from chassis.work import Work
from intake import events
from intake.accreditation.model import Accreditation

SYSTEM = "system_feed"


class NotAccredited(RuleBroken):
    """An outside system tells something without an accreditation that stands today."""

    status = 403
    code = "not_accredited"
    title = "The system is not accredited at this time"


class NotAccreditedForOrganisation(RuleBroken):
    """An outside system speaks for an organisation that its accreditation does not name."""

    status = 403
    code = "not_accredited_for_organisation"
    title = "The system is not accredited to speak for this organisation"


class NotAccreditedForSector(RuleBroken):
    """An outside system speaks for a sector that its accreditation does not name."""

    status = 403
    code = "not_accredited_for_sector"
    title = "The system is not accredited to speak for this sector"


def accredit(
    work: Work,
    *,
    system: str,
    name: str,
    organisations: list[str],
    sectors: list[str],
    valid_from: date,
    valid_until: date,
    most_rows: int,
    most_open_uploads: int,
) -> Accreditation:
    """Accredit a system, or say anew what it is accredited for; counts at once, also after a revocation."""
    known = select(Accreditation).where(Accreditation.system == system).with_for_update()
    accreditation = work.session.scalar(known) or Accreditation(system=system)
    accreditation.name, accreditation.accredited_by = name, work.actor.subject
    accreditation.organisations, accreditation.sectors = sorted(set(organisations)), sorted(set(sectors))
    accreditation.valid_from, accreditation.valid_until = valid_from, valid_until
    accreditation.most_rows, accreditation.most_open_uploads = most_rows, most_open_uploads
    accreditation.ended_at = accreditation.ended_because = accreditation.ended_by = None
    return work.add(accreditation)


def revoke(work: Work, *, system: str) -> Accreditation:
    """From now on nothing is taken from the system, uploads under way included. Raises NotFound."""
    known = select(Accreditation).where(Accreditation.system == system).with_for_update()
    accreditation = work.session.scalar(known)
    if accreditation is None:
        raise NotFound
    if accreditation.ended_at is None:
        accreditation.end(at=work.now, because="revoked", by=work.actor.subject)
        work.emit(events.accreditation_ended(accreditation))
    work.saw([accreditation])
    return accreditation


def end_expired(work: Work) -> int:
    """Close the accreditations whose last day is over, announce each once, and say how many. A timer calls this."""
    today = house_calendar().day_of(work.now)
    over = work.session.scalars(
        select(Accreditation)
        .where(Accreditation.ended_at.is_(None), Accreditation.valid_until < today)
        .order_by(Accreditation.id)
        .with_for_update(skip_locked=True)
    ).all()
    for accreditation in over:
        accreditation.end(at=work.now, because="expired")
        work.emit(events.accreditation_ended(accreditation))
    return len(over)


def standing(work: Work, *, system: str) -> Accreditation:
    """The accreditation under which a system may speak today; it cannot be revoked before this transaction ends.

    Raises NotAccredited.
    """
    known = select(Accreditation).where(Accreditation.system == system).with_for_update(read=True)
    accreditation = work.session.scalar(known.execution_options(populate_existing=True))
    if accreditation is None or not accreditation.is_live(today=house_calendar().day_of(work.now)):
        raise NotAccredited
    return accreditation


def may_speak_for(work: Work, *, organisation: str, sector: str | None = None) -> None:
    """Let an outside system speak only for whom it is accredited; people of our own services pass.

    Raises NotAccredited, NotAccreditedForOrganisation, NotAccreditedForSector.
    """
    if SYSTEM not in work.actor.roles:
        return
    accreditation = standing(work, system=work.actor.subject)
    if not accreditation.speaks_for(organisation):
        raise NotAccreditedForOrganisation
    if sector is not None and sector not in accreditation.sectors:
        raise NotAccreditedForSector

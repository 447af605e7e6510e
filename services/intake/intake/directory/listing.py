"""Who is listed: every child until the 18th birthday, and afterwards those who consented (IN-9).

Statute opens the listing of a child to those who work with children. It does not reach the listing of an adult: that
is seen under a grant of another kind - the adult's own consent to the category *directory*, a team that keeps the
record, the record's own person.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select, update
from sqlalchemy.orm import aliased

from chassis.access import Grant, Restriction
from chassis.access.model import CONSENT
from chassis.access.predicate import grant_counts, of_transaction
from chassis.clocks import house_calendar
from chassis.errors import ConsentNotCurrent, Problem
from chassis.work import HEARD_AGAIN_S, Work
from intake.directory.model import Listing

STATUTE = "statute"
DIRECTORY = "directory"
AT_ONCE = 5_000


def is_shown(work: Work) -> ColumnElement[bool]:
    """Whether the caller may see a listing by the age of the person, or by a grant that statute did not give.

    Comes on top of what `work.visible(Listing)` asks.
    """
    grant = aliased(Grant)
    by_name = exists().where(
        grant.record_kind == "person",
        grant.record_id == Listing.id,
        grant.basis != STATUTE,
        literal(DIRECTORY) == func.any(grant.categories),
        grant_counts(grant, of_transaction()),
    )
    return or_(is_child(at=work.now), by_name)


def has_consented(*, at: datetime) -> ColumnElement[bool]:
    """Whether the person of a listing lets anybody see it by a consent that is live at a moment."""
    grant = aliased(Grant)
    return exists().where(
        grant.record_kind == "person",
        grant.record_id == Listing.id,
        grant.basis == CONSENT,
        literal(DIRECTORY) == func.any(grant.categories),
        grant.ended_at.is_(None),
        grant.valid_from <= at,
        or_(grant.valid_until.is_(None), grant.valid_until > at),
    )


def listed_among(work: Work, persons: Collection[UUID]) -> set[UUID]:
    """Which of these persons an outside system may tell of: listed, and not restricted.

    An adult's own consent counts while it is known to stand (CO-8).
    """
    return _listed(work, persons, by_consent=work.consent_current)


def must_be_listed(work: Work, person_id: UUID, *, otherwise: type[Problem]) -> None:
    """Raise `otherwise` unless an outside system may tell of this person.

    Raises ConsentNotCurrent where an adult has consented to be listed and nobody knows whether that still stands.
    """
    if person_id in listed_among(work, [person_id]):
        return
    if not work.consent_current and _listed(work, [person_id], by_consent=True):
        raise ConsentNotCurrent(retry_after=HEARD_AGAIN_S)
    raise otherwise


def is_child(*, at: datetime) -> ColumnElement[bool]:
    """Whether the person of a listing is listed by age, whatever they consent to."""
    return Listing.may_be_a_child(today=house_calendar().day_of(at))


def _listed(work: Work, persons: Collection[UUID], *, by_consent: bool) -> set[UUID]:
    if not persons:
        return set()
    wanted = select(Listing.id).where(
        Listing.id.in_(persons),
        or_(is_child(at=work.now), and_(literal(by_consent), has_consented(at=work.now))),
        ~exists().where(Restriction.person_id == Listing.id),
    )
    return set(work.session.scalars(wanted))


def keep_listings(work: Work) -> int:
    """Close the listings of those who turned 18 without consent, open those who consented since; say how many.

    A timer calls this. Who sees what does not wait for it: it is the mark from which what outside systems told of an
    adult goes after a year.
    """
    today = house_calendar().day_of(work.now)
    grown_up = (
        select(Listing.id)
        .where(Listing.closed_on.is_(None), Listing.child_until <= today, ~has_consented(at=work.now))
        .limit(AT_ONCE)
    )
    consenting = select(Grant.record_id).where(
        Grant.record_kind == "person",
        Grant.basis == CONSENT,
        literal(DIRECTORY) == func.any(Grant.categories),
        Grant.ended_at.is_(None),
        Grant.valid_from <= work.now,
        or_(Grant.valid_until.is_(None), Grant.valid_until > work.now),
    )
    closing = update(Listing).where(Listing.id.in_(grown_up)).values(closed_on=today)
    opening = (
        update(Listing)
        .where(Listing.closed_on.is_not(None), Listing.id.in_(consenting))
        .values(closed_on=None)
    )
    changed = [
        work.session.execute(each.returning(Listing.id).execution_options(synchronize_session=False)).all()
        for each in (closing, opening)
    ]
    return sum(len(rows) for rows in changed)

"""Looking somebody up in the directory: contact details of who is involved, nothing of the case (IN-9)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Select, any_, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.base import ExecutableOption

from chassis import same_person
from chassis.clocks import house_calendar
from chassis.errors import AccessDenied, ConsentNotCurrent, TooMany, invalid
from chassis.work import HEARD_AGAIN_S, Page, Work
from intake.directory.listing import is_shown
from intake.directory.model import CommonAssessment, Involvement, Listing, Lookup
from intake.people.words import key_of

MOST_QUESTIONS = 300
WITHIN = timedelta(hours=1)


def search(
    work: Work, *, name: str, born_on: date, reason: str | None, limit: int, cursor: str | None
) -> Page:
    """Who goes by this whole name and may be born on this day, with who is involved; the order of names is free.

    Somebody of whose birth nothing is known is not found: nobody browses by name alone. Raises InvalidInput for a
    name without a letter or digit, and TooMany when the caller asks about more people than anybody works with.
    """
    key = key_of(name)
    if not key:
        raise invalid("/name", "letters", "Send at least one letter or digit of a name.")
    _count(work, question=f"{key} {born_on}", reason=reason)
    wanted = work.visible(Listing).where(
        Listing.may_be_born_on(born_on), any_(Listing.name_keys) == key, is_shown(work)
    )
    page = work.page(wanted.options(*_whom_to_reach(work)), model=Listing, limit=limit, cursor=cursor)
    _with_linked_records(work, page.items)
    return page


def read(work: Work, *, person_id: UUID) -> Listing:
    """Who is involved with one person.

    Raises NotFound, and AccessDenied also for an adult who did not consent that the caller sees it: ConsentNotCurrent
    where one did and nobody knows whether that still stands.
    """
    listing = work.load(Listing, person_id)
    shown = select(Listing).where(Listing.id == listing.id, is_shown(work))
    whole = shown.options(*_whom_to_reach(work)).execution_options(populate_existing=True)
    found = work.session.scalars(whole).one_or_none()
    if found is None:
        with work.as_if_consent_were_current():
            waits = work.session.scalars(shown.with_only_columns(Listing.id)).first() is not None
        raise ConsentNotCurrent(retry_after=HEARD_AGAIN_S) if waits else AccessDenied
    _with_linked_records(work, [found])
    return found


def _count(work: Work, *, question: str, reason: str | None) -> None:
    """Note the question, and refuse who has asked too many different ones; the same one again counts once."""
    asked = hashlib.blake2b(question.encode(), key=work.actor.subject.encode()[:64], digest_size=16).digest()
    lately = select(Lookup.question).where(
        Lookup.worker == work.actor.subject, Lookup.asked_at > work.now - WITHIN
    )
    before = {bytes(each) for each in work.session.scalars(lately.distinct().limit(MOST_QUESTIONS + 1))}
    if asked in before:
        return
    if len(before) >= MOST_QUESTIONS:
        raise TooMany(retry_after=60)
    work.session.add(Lookup(worker=work.actor.subject, asked_at=work.now, question=asked, reason=reason))


def _whom_to_reach(work: Work) -> list[ExecutableOption]:
    involvements = Listing.involvements.and_(
        Involvement.id.in_(_shown(work).with_only_columns(Involvement.id))
    )
    today = house_calendar().day_of(work.now)
    assessments = selectinload(Listing.common_assessments.and_(CommonAssessment.is_listed(today=today)))
    return [
        selectinload(involvements).joinedload(Involvement.agency),
        selectinload(involvements).joinedload(Involvement.practitioner),
        assessments.joinedload(CommonAssessment.agency),
        assessments.joinedload(CommonAssessment.practitioner),
    ]


def _shown(work: Work) -> Select[Involvement]:
    today = house_calendar().day_of(work.now)
    return work.visible(Involvement).where(Involvement.is_listed(today=today)).correlate(None)


def _with_linked_records(work: Work, listings: Sequence[Listing]) -> None:
    """Show with each listing what is told of the other records of the same person (IN-8).

    A link opens nothing: of a record whose own listing the caller may not see, nothing is shown.
    """
    clusters = same_person.members_of_each(work.session, [listing.id for listing in listings])
    together = [listing for listing in listings if len(clusters[listing.id]) > 1]
    if not together:
        return
    linked = frozenset().union(*(clusters[listing.id] for listing in together))
    seen = work.visible(Listing).where(Listing.id.in_(linked), is_shown(work)).with_only_columns(Listing.id)
    everybody = set(work.session.execute(seen).scalars())
    work.concerns(everybody)
    reached = (joinedload(Involvement.agency), joinedload(Involvement.practitioner))
    involvements = work.session.scalars(
        _shown(work).where(Involvement.person_id.in_(everybody)).options(*reached)
    ).all()
    today = house_calendar().day_of(work.now)
    assessments = work.session.scalars(
        work.visible(CommonAssessment)
        .where(CommonAssessment.person_id.in_(everybody), CommonAssessment.is_listed(today=today))
        .options(joinedload(CommonAssessment.agency), joinedload(CommonAssessment.practitioner))
    ).all()
    for listing in together:
        mine = clusters[listing.id]
        told = sorted((e for e in involvements if e.person_id in mine), key=lambda e: (e.since, e.id))
        exist = sorted((e for e in assessments if e.person_id in mine), key=lambda e: (e.recorded_on, e.id))
        set_committed_value(listing, "involvements", told)
        set_committed_value(listing, "common_assessments", exist)

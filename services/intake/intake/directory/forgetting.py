"""What is listed no longer goes, on a clock and on record: a year after its end, and not a day earlier (IN-9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from chassis.access import Grant
from chassis.clocks import house_calendar
from chassis.database import record_kind
from chassis.trail import Trail
from chassis.work import Work
from intake.directory.model import CommonAssessment, Involvement, Listing, Lookup, a_year_before
from intake.directory.schemas import CASES

AT_ONCE = 2_000
IN_ONE_ENTRY = 500
LOOKUPS_KEPT = timedelta(days=1)


def forget_long_ended(work: Work) -> int:
    """Take out what ended a year ago or longer, and say how many entries went. A timer calls this.

    So goes what outside systems told of an adult whose listing has been closed for a year. Every deletion is an entry
    of the audit log; grants on what is gone end with it.
    """
    last_day = a_year_before(house_calendar().day_of(work.now))
    closed = select(Listing.id).where(Listing.closed_on <= last_day)
    told_of_an_adult = and_(Involvement.source != CASES, Involvement.person_id.in_(closed))
    gone = _forget(work, Involvement, or_(Involvement.until <= last_day, told_of_an_adult))
    gone += _forget(work, CommonAssessment, CommonAssessment.until <= last_day)
    work.session.execute(
        delete(Lookup)
        .where(Lookup.asked_at <= work.now - LOOKUPS_KEPT)
        .execution_options(synchronize_session=False)
    )
    return gone


def _forget(work: Work, entry: type[Involvement] | type[CommonAssessment], over: ColumnElement[bool]) -> int:
    """Take out entries of one kind, as many as fit in a transaction; the next run takes the rest."""
    ids = select(entry.id).where(over).order_by(entry.id).limit(AT_ONCE).with_for_update(skip_locked=True)
    gone = work.session.execute(
        delete(entry)
        .where(entry.id.in_(ids))
        .returning(entry.id, entry.person_id)
        .execution_options(synchronize_session=False)
    ).all()
    kind = record_kind(entry)
    for at in range(0, len(gone), IN_ONE_ENTRY):
        _record(work, kind, [(row[0], row[1]) for row in gone[at : at + IN_ONE_ENTRY]])
    if gone:
        ended = update(Grant).where(
            Grant.record_kind == kind, Grant.record_id.in_([row[0] for row in gone]), Grant.ended_at.is_(None)
        )
        work.session.execute(ended.values(ended_at=work.now).execution_options(synchronize_session=False))
    return len(gone)


def _record(work: Work, kind: str, gone: Sequence[tuple[UUID, UUID]]) -> None:
    trail = Trail(service=work.service, door="forget_long_ended", action="system", categories={"directory"})
    trail.touched(records=[(kind, entry) for entry, _ in gone], persons=[person for _, person in gone])
    work.emit(trail.entry(actor=work.actor, trace_id=None))

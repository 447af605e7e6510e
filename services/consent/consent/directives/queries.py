"""Reading consents, and what is due for them."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, tuple_

from chassis import same_person
from chassis.clocks import Clock
from chassis.errors import invalid
from chassis.work import Page, Work
from consent.directives.model import GIVEN, Consent
from consent.directives.standing import tell

DUE = ("expiry", "review", "confirmation")


@dataclass(frozen=True)
class DueConsent:
    """A consent for which something is owed, by when."""

    consent_id: UUID
    person_id: UUID
    recipient: str
    live_categories: list[str]
    why: str
    due_at: datetime
    overdue: bool
    working_days_left: int | None


def read(work: Work, *, id: UUID) -> Consent:
    """One consent with its history, and what of it still stands."""
    consent = work.load(Consent, id)
    tell(work, [consent])
    return consent


def search(
    work: Work,
    *,
    person_id: UUID,
    recipient: str | None,
    recorded_by: str | None,
    state: str | None,
    cursor: str | None,
    limit: int,
) -> Page:
    """The decisions of a person that the caller may see, newest first, whichever record of theirs they stand on.

    So whoever withdraws or refuses sees what was decided on linked records too (IN-8). `recorded_by` asks for what was
    recorded at one sign-in, as when it was found not to be the person's.
    """
    work.looked_for(person_id)
    records = same_person.members(work.session, person_id)
    wanted = work.visible(Consent).where(Consent.person_id.in_(records))
    if recipient is not None:
        wanted = wanted.where(Consent.recipient == recipient)
    if recorded_by is not None:
        wanted = wanted.where(Consent.recorded_by == recorded_by)
    if state is not None:
        wanted = wanted.where(Consent.state == state)
    page = work.page(wanted, model=Consent, limit=limit, cursor=cursor)
    tell(work, page.items)
    return page


def due(
    work: Work, *, within_days: int, why: str | None, person_id: UUID | None, cursor: str | None, limit: int
) -> Page:
    """Live consents that end, or are to be looked at again, within so many days or overdue; the next first (CO-1).

    Only those that the caller may see: a worker's own list holds what they recorded.
    """
    work.looked_for(person_id)
    mine = work.visible(Consent).where(Consent.state == GIVEN)
    if person_id is not None:
        mine = mine.where(Consent.person_id.in_(same_person.members(work.session, person_id)))
    seen = mine.subquery()
    owed = (
        select(Clock, seen.c.person_id, seen.c.recipient, seen.c.live_categories)
        .join(seen, seen.c.id == Clock.subject_id)
        .where(
            Clock.kind.in_([why] if why else DUE),
            Clock.met_at.is_(None),
            Clock.cancelled_at.is_(None),
            Clock.due_at <= work.now + timedelta(days=within_days),
        )
    )
    if cursor is not None:
        owed = owed.where(tuple_(Clock.due_at, Clock.id) > _edge(cursor))
    rows = work.session.execute(owed.order_by(Clock.due_at, Clock.id).limit(limit + 1)).all()
    more, rows = len(rows) > limit, rows[:limit]
    work.concerns(person for _, person, _, _ in rows)
    items = [
        DueConsent(
            consent_id=clock.subject_id,
            person_id=person,
            recipient=recipient,
            live_categories=live,
            why=clock.kind,
            due_at=clock.due_at,
            overdue=clock.due_at <= work.now,
            working_days_left=clock.working_days_left,
        )
        for clock, person, recipient, live in rows
    ]
    return Page(items=items, next_cursor=_cursor(rows[-1][0]) if more else None)


def _cursor(last: Clock) -> str:
    return base64.urlsafe_b64encode(f"{last.due_at.isoformat()}|{last.id}".encode()).decode()


def _edge(cursor: str) -> tuple[datetime, UUID]:
    try:
        due_at, _, last = base64.urlsafe_b64decode(cursor).decode().partition("|")
        at = datetime.fromisoformat(due_at)
        if at.tzinfo is None:
            raise ValueError(due_at)
        return at, UUID(last)
    except (ValueError, binascii.Error):
        raise invalid("query/cursor", "cursor", "Use the next_cursor of the page before.") from None

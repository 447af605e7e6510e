"""Outreach contacts by worker, place, person and period (IN-3)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Text, cast

from chassis import same_person
from chassis.errors import invalid
from chassis.work import Page, Work
from intake.outreach.model import OutreachContact
from intake.people.words import words_of


def search(
    work: Work,
    *,
    made_by: str | None,
    place: str | None,
    person_id: UUID | None,
    since: datetime | None,
    until: datetime | None,
    referred: bool | None,
    limit: int,
    cursor: str | None,
) -> Page:
    """The outreach contacts that the caller may see, the latest recorded first.

    `place` finds contacts at places that hold all its words, whatever the case and the accents. Raises InvalidInput
    when the period ends before it begins, or for a place without a letter.
    """
    if since is not None and until is not None and until < since:
        raise invalid("query/until", "order", "Must not be before since.")
    work.looked_for(person_id)
    wanted = work.visible(OutreachContact)
    if made_by is not None:
        wanted = wanted.where(OutreachContact.made_by == made_by)
    if place is not None:
        words = words_of(place)
        if not words:
            raise invalid("query/place", "letters", "Send at least one letter or digit of a place.")
        wanted = wanted.where(OutreachContact.place_words.op("@>")(cast(words, ARRAY(Text()))))
    if person_id is not None:
        wanted = wanted.where(OutreachContact.person_id.in_(same_person.members(work.session, person_id)))
    if since is not None:
        wanted = wanted.where(OutreachContact.made_at >= since)
    if until is not None:
        wanted = wanted.where(OutreachContact.made_at <= until)
    if referred is not None:
        column = OutreachContact.referral_id
        wanted = wanted.where(column.is_not(None) if referred else column.is_(None))
    return work.page(wanted, model=OutreachContact, limit=limit, cursor=cursor)

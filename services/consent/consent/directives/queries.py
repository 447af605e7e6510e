"""Reading consents."""

from __future__ import annotations

from uuid import UUID

from chassis import same_person
from chassis.work import Page, Work
from consent.directives.model import Consent


def read(work: Work, *, id: UUID) -> Consent:
    """One consent with its history."""
    return work.load(Consent, id)


def search(
    work: Work, *, person_id: UUID, recipient: str | None, state: str | None, cursor: str | None, limit: int
) -> Page:
    """The decisions of a person that the caller may see, newest first, whichever record of theirs they stand on.

    So whoever withdraws or refuses sees what was decided on linked records too (IN-8).
    """
    records = same_person.members(work.session, person_id)
    wanted = work.visible(Consent).where(Consent.person_id.in_(records))
    if recipient is not None:
        wanted = wanted.where(Consent.recipient == recipient)
    if state is not None:
        wanted = wanted.where(Consent.state == state)
    return work.page(wanted, model=Consent, limit=limit, cursor=cursor)

"""Reading service authorisations."""

from __future__ import annotations

from uuid import UUID

from chassis import same_person
from chassis.work import Page, Work
from portal.authorisations.model import Authorisation


def read(work: Work, *, id: UUID) -> Authorisation:
    """One authorisation."""
    return work.load(Authorisation, id)


def search(
    work: Work, *, provider_id: UUID | None, person_id: UUID | None, cursor: str | None, limit: int
) -> Page:
    """The authorisations that the caller may see, newest first.

    Asking by person finds only those where the caller may know who the client is: a search is no way round a
    field that is withheld (CO-9).
    """
    work.looked_for(person_id)
    wanted = work.visible(Authorisation)
    if provider_id is not None:
        wanted = wanted.where(Authorisation.provider_id == provider_id)
    if person_id is not None:
        wanted = wanted.where(Authorisation.id.in_(_known_to_be_for(work, person_id)))
    return work.page(wanted, model=Authorisation, limit=limit, cursor=cursor)


def _known_to_be_for(work: Work, person_id: UUID) -> list[UUID]:
    """The person's authorisations, on whichever record of hers, of which the caller may know that they are hers."""
    records = same_person.members(work.session, person_id)
    hers = work.session.scalars(work.visible(Authorisation).where(Authorisation.person_id.in_(records))).all()
    seen = zip(hers, work.seen(hers), strict=True)
    return [each.id for each, opened in seen if opened.everything or "identity" in opened.categories]

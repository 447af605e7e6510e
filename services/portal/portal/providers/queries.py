"""Reading providers and their users."""

from __future__ import annotations

from uuid import UUID

from chassis.work import Page, Work
from portal.providers.model import Provider, ProviderUser


def read(work: Work, *, id: UUID) -> Provider:
    """One provider."""
    return work.load(Provider, id)


def users(work: Work, *, provider_id: UUID, cursor: str | None, limit: int) -> Page:
    """Who acts for a provider, newest first."""
    work.load(Provider, provider_id)
    wanted = work.visible(ProviderUser).where(ProviderUser.provider_id == provider_id)
    return work.page(wanted, model=ProviderUser, limit=limit, cursor=cursor)

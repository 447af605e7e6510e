"""How an organisation becomes a provider, and who acts for it (PO-1, PO-2)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.exc import IntegrityError

from chassis.errors import AccessDenied, RuleBroken
from chassis.ids import new_id
from chassis.work import Work
from portal import events
from portal.providers.model import APPLIED, APPROVED, Provider, ProviderUser


class AlreadyProvider(RuleBroken):
    """An organisation applies once."""

    code = "already_provider"
    title = "This organisation has applied already"


class AlreadyApproved(RuleBroken):
    """Approval happens once."""

    code = "provider_already_approved"
    title = "The provider was approved already"


class ProviderNotApproved(RuleBroken):
    """Nothing is authorised for, or invoiced by, an organisation that is not on board."""

    code = "provider_not_approved"
    title = "The provider is not approved yet"


class UserOfAnotherProvider(RuleBroken):
    """A sign-in acts for one provider only."""

    code = "user_already_listed"
    title = "This sign-in is listed with a provider already"


def apply(
    work: Work,
    *,
    organisation: str,
    legal_name: str,
    services: list[str],
    contact: str | None,
    terms_accepted: str,
) -> Provider:
    """Ask to become a provider and accept the terms on sharing, privacy and security (PO-1).

    Somebody of the organisation itself applies. Raises AccessDenied for another organisation's code,
    AlreadyProvider.
    """
    if work.actor.organisation != organisation:
        raise AccessDenied()
    provider = Provider(
        id=new_id(),
        organisation=organisation,
        legal_name=legal_name,
        services=sorted(set(services)),
        contact=contact,
        terms_accepted=terms_accepted,
        state=APPLIED,
        applied_by=work.actor.subject,
        applied_at=work.now,
    )
    _open_to(work, provider, grantee=f"worker:{work.actor.subject}")
    try:
        with work.session.begin_nested():
            work.add(provider)
    except IntegrityError:
        raise AlreadyProvider() from None
    return provider


def approve(work: Work, *, id: UUID, cohort: str | None) -> Provider:
    """Bring the organisation on board; its users reach what is its own from now on (PO-1, PO-2).

    Raises AlreadyApproved.
    """
    provider = work.load(Provider, id, for_update=True)
    if provider.state == APPROVED:
        raise AlreadyApproved()
    provider.approve(by=work.actor.subject, at=work.now, cohort=cohort)
    work.session.flush()
    _open_to(work, provider, grantee=provider.grantee)
    work.emit(events.provider_approved(provider))
    return provider


def add_user(work: Work, *, provider_id: UUID, account: str, roles: list[str]) -> ProviderUser:
    """List somebody who acts for the provider (PO-2). Raises UserOfAnotherProvider."""
    provider = work.load(Provider, provider_id)
    user = ProviderUser(
        id=new_id(),
        provider_id=provider.id,
        account=account,
        roles=sorted(set(roles)),
        added_by=work.actor.subject,
        added_at=work.now,
    )
    try:
        with work.session.begin_nested():
            work.add(user)
    except IntegrityError:
        raise UserOfAnotherProvider() from None
    return user


def expect_approved(provider: Provider) -> None:
    """Raise ProviderNotApproved unless the provider is on board."""
    if provider.state != APPROVED:
        raise ProviderNotApproved()


def _open_to(work: Work, provider: Provider, *, grantee: str) -> None:
    """The money part of everything of the provider, by the contract.

    It reaches records of restricted people too: what is owed stays payable. Who the client is stands under
    another category, which only the client's consent opens to the provider.
    """
    work.grants.give(
        grantee=grantee,
        record=("provider", provider.id),
        categories=["finance"],
        basis="agreement",
        may_write=True,
        reaches_restricted=True,
        reference=provider.id,
    )

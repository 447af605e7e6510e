"""Authorising a service (PO-3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from chassis.errors import RuleBroken, invalid
from chassis.ids import new_id
from chassis.work import Work
from portal import events
from portal.authorisations.model import NO_UNITS, Authorisation
from portal.money import taxes
from portal.people.actions import expect_in_case
from portal.providers.actions import expect_approved
from portal.providers.model import Provider


class ServiceNotOffered(RuleBroken):
    """A provider is authorised only for services that it was approved to offer."""

    code = "service_not_offered"
    title = "The provider does not offer this service"


def issue(
    work: Work,
    *,
    provider_id: UUID,
    person_id: UUID,
    case_id: UUID | None,
    service: str,
    unit: str,
    rate: Decimal,
    units: Decimal,
    starts_on: date,
    ends_on: date,
    tax: str,
) -> Authorisation:
    """Authorise a provider to deliver a service to a person; rate in CAD for one unit (PO-3).

    Raises ProviderNotApproved, ServiceNotOffered, PersonNotInCase, NotFound for a person unknown or hidden.
    """
    provider = work.load(Provider, provider_id)
    expect_approved(provider)
    if service not in provider.services:
        raise ServiceNotOffered()
    if not taxes.is_known(tax):
        raise invalid("/tax", "choice", "Must be a code of the tax table.")
    expect_in_case(work, person_id=person_id, case_id=case_id)
    authorisation = work.add(
        Authorisation(
            id=new_id(),
            provider_id=provider.id,
            person_id=person_id,
            case_id=case_id,
            service=service,
            unit=unit,
            rate=rate,
            units=units,
            units_used=NO_UNITS,
            starts_on=starts_on,
            ends_on=ends_on,
            tax=tax,
            issued_by=work.actor.subject,
            issued_at=work.now,
        )
    )
    work.emit(events.authorisation_issued(authorisation))
    return authorisation

"""What may happen in the directory by hand or by an outside system (IN-9)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import select

from chassis.clocks import house_calendar
from chassis.errors import NotFound, RuleBroken
from chassis.ids import new_id
from chassis.work import Work
from intake.accreditation.actions import NotAccreditedForOrganisation, may_speak_for
from intake.directory.listing import must_be_listed
from intake.directory.model import Agency, Involvement, Listing, Practitioner


class AgencyNotRegistered(RuleBroken):
    """An involvement names an agency whose contact details nobody has recorded."""

    code = "agency_not_registered"
    title = "The agency is not registered in the directory"


class EndsBeforeItBegins(RuleBroken):
    """An involvement cannot end before it begins."""

    status = 422
    code = "ends_before_it_begins"
    title = "The end is before the beginning"


class PractitionerOfAnotherOrganisation(RuleBroken):
    """An outside system claims a practitioner whom another organisation has registered."""

    code = "practitioner_of_another_organisation"
    title = "The practitioner is registered with another organisation"


class NotListed(RuleBroken):
    """An involvement is told of an adult who did not consent to be listed."""

    code = "not_listed"
    title = "The person is an adult and did not consent to be listed"


class ReferenceOfAnotherPerson(RuleBroken):
    """The sender used this reference for somebody else before."""

    code = "reference_of_another_person"
    title = "This reference belongs to another person's involvement"


def record_agency(
    work: Work,
    *,
    organisation: str,
    name: str,
    sector: str,
    phone: str | None,
    email: str | None,
    hours: str | None,
    concealed_as: str | None,
) -> Agency:
    """Register an agency, or replace its details; what it conceals counts at once for all its involvements.

    Raises NotAccredited, NotAccreditedForOrganisation, NotAccreditedForSector for an outside system.
    """
    may_speak_for(work, organisation=organisation, sector=sector)
    agency = work.session.scalar(select(Agency).where(Agency.organisation == organisation).with_for_update())
    agency = agency or Agency(organisation=organisation)
    agency.name, agency.sector, agency.concealed_as = name, sector, concealed_as
    agency.phone, agency.email, agency.hours = phone, email, hours
    return work.add(agency)


def record_practitioner(
    work: Work,
    *,
    worker: str,
    organisation: str,
    name: str,
    title: str,
    phone: str | None,
    email: str | None,
) -> Practitioner:
    """Register a practitioner, or replace their details.

    Raises AgencyNotRegistered, NotAccredited, NotAccreditedForOrganisation, and PractitionerOfAnotherOrganisation when
    the system may not speak for the organisation that registered them before.
    """
    may_speak_for(work, organisation=organisation)
    _registered(work, organisation)
    known = select(Practitioner).where(Practitioner.worker == worker).with_for_update()
    practitioner = work.session.scalar(known) or Practitioner(worker=worker, organisation=organisation)
    try:
        may_speak_for(work, organisation=practitioner.organisation)
    except NotAccreditedForOrganisation:
        raise PractitionerOfAnotherOrganisation from None
    practitioner.organisation, practitioner.name, practitioner.title = organisation, name, title
    practitioner.phone, practitioner.email = phone, email
    return work.add(practitioner)


def record_involvement(
    work: Work,
    *,
    reference: str,
    person_id: UUID,
    organisation: str,
    worker: str | None,
    role: str,
    since: date,
    until: date | None,
    concealed_as: str | None,
) -> Involvement:
    """Take an involvement from an outside system; the same reference again replaces what was there (IN-9).

    Raises NotAccredited and NotAccreditedForOrganisation for an outside system, AgencyNotRegistered,
    ReferenceOfAnotherPerson, NotFound for a person whom we do not know, NotListed for an adult who did not consent,
    ConsentNotCurrent for one who did while nobody knows whether it still stands.
    """
    may_speak_for(work, organisation=organisation)
    listing = work.load(Listing, person_id)
    must_be_listed(work, listing.id, otherwise=NotListed)
    agency = _registered(work, organisation)
    involvement = _told_before(work, reference)
    if involvement is None:
        involvement = Involvement(
            id=new_id(), person_id=listing.id, source=_sender(work), reference=reference
        )
        if concealed_as or agency.concealed_as:
            _let_the_sender_keep(work, involvement, category=concealed_as or agency.concealed_as or "")
    if involvement.person_id != listing.id:
        raise ReferenceOfAnotherPerson
    involvement.organisation, involvement.worker, involvement.role = organisation, worker, role
    involvement.since, involvement.until, involvement.concealed_as = since, until, concealed_as
    involvement.told_at = work.now
    return work.add(involvement)


def end_involvement(work: Work, *, reference: str, until: date | None) -> Involvement:
    """Note that an involvement has ended, or correct when it did; it stays listed for a year after that day.

    Raises NotFound for an unknown reference, EndsBeforeItBegins, and as `record_involvement` does.
    """
    involvement = _told_before(work, reference)
    if involvement is None:
        raise NotFound
    may_speak_for(work, organisation=involvement.organisation)
    if until is None:
        involvement.end(on=house_calendar().day_of(work.now))
    elif until < involvement.since:
        raise EndsBeforeItBegins
    else:
        involvement.until = until
    involvement.told_at = work.now
    return involvement


def _registered(work: Work, organisation: str) -> Agency:
    agency = work.session.scalar(select(Agency).where(Agency.organisation == organisation))
    if agency is None:
        raise AgencyNotRegistered
    return agency


def _told_before(work: Work, reference: str) -> Involvement | None:
    return work.session.scalar(
        work.visible(Involvement, writing=True)
        .where(Involvement.source == _sender(work), Involvement.reference == reference)
        .with_for_update(of=Involvement)
    )


def _sender(work: Work) -> str:
    """Who tells, by their own credential and never by what they say of themselves."""
    return work.actor.subject


def _let_the_sender_keep(work: Work, involvement: Involvement, *, category: str) -> None:
    """A system that told of a concealed involvement may go on correcting that one entry."""
    work.grants.give(
        grantee=f"worker:{work.actor.subject}",
        record=("involvement", involvement.id),
        categories=[category],
        basis="agreement",
        may_write=True,
    )

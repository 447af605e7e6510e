"""What outreach workers record, and how it becomes a referral (IN-3)."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict
from uuid import UUID

from chassis.errors import invalid
from chassis.ids import new_id
from chassis.work import Page, Work
from intake.outreach.model import KnownAsAnother, OutreachContact, ReferredAlready
from intake.people.access import worker_and_teams
from intake.people.model import Person
from intake.people.told import PersonTold
from intake.people.words import words_of
from intake.programs.catalogue import must_be_a_program
from intake.referrals.actions import when
from intake.referrals.model import Referral
from intake.referrals.receiving import Asked, find_or_record, open_referral
from intake.referrals.told import ReferrerTold


class MetTold(TypedDict):
    """One of those whom the worker met or looked for."""

    person_id: UUID | None
    alias: str | None
    description: str | None
    outcome: str | None
    note: str | None


def record(
    work: Work,
    *,
    met: list[MetTold],
    place: str | None,
    made_at: datetime | None,
    made_by: str | None,
    also_present: list[str],
    way: str,
    outcome: str,
    note: str | None,
) -> Page:
    """Record one occasion: whom the worker met, or looked for, or that nobody was there (IN-3).

    Each who was met has a contact of their own under one `occasion_id`. Who records, and their teams, keep them.
    Raises InvalidInput for a time in the future, NotFound or AccessDenied for a person whom the caller cannot see.
    """
    at = when(work, made_at, field="made_at", not_before=None)
    occasion_id = new_id()
    nobody: MetTold = {"person_id": None, "alias": None, "description": None, "outcome": None, "note": None}
    contacts = []
    for each in met or [nobody]:
        contact = OutreachContact(
            id=new_id(),
            occasion_id=occasion_id,
            person_id=work.load(Person, each["person_id"]).id if each["person_id"] else None,
            alias=each["alias"],
            described_as=each["description"],
            place=place,
            place_words=sorted(set(words_of(place or ""))),
            made_at=at,
            made_by=made_by or work.actor.subject,
            recorded_by=work.actor.subject,
            team=min(work.actor.teams, default=None),
            also_present=also_present,
            way=way,
            outcome=each["outcome"] or outcome,
            note=each["note"] or note,
        )
        work.grants.give_each(
            grantees=worker_and_teams(work),
            record=("outreach_contact", contact.id),
            categories=["referral"],
            basis="team",
            may_write=True,
        )
        contacts.append(work.add(contact))
    return Page(items=contacts)


def know(work: Work, *, contact_id: UUID, person_id: UUID) -> OutreachContact:
    """It is known by now whom the contact was with (IN-3). Raises KnownAsAnother."""
    contact = work.load(OutreachContact, contact_id, for_update=True)
    contact.is_with(work.load(Person, person_id).id)
    return contact


def refer(
    work: Work,
    *,
    contact_ids: list[UUID],
    person_id: UUID | None,
    person: PersonTold | None,
    program: str,
    source: str,
    priority: str,
    reason: str,
    referred_by: str | None,
    referrers: list[ReferrerTold],
    team: str | None,
) -> Referral:
    """Outreach contacts with somebody become a referral and are part of its history; its clock starts now (IN-3).

    Whom it is about is said here, or known from a contact, or goes by the alias or the description of the latest one.
    Raises ReferredAlready, KnownAsAnother, InvalidInput when nothing says who it is or the program is unknown.
    """
    must_be_a_program(work, program)
    contacts = [work.load(OutreachContact, each, for_update=True) for each in sorted(set(contact_ids))]
    if any(contact.referral_id is not None for contact in contacts):
        raise ReferredAlready
    known = {contact.person_id for contact in contacts if contact.person_id is not None}
    if person_id is not None:
        known.add(person_id)
    if len(known) > 1 or (known and person is not None):
        raise KnownAsAnother
    latest = max(contacts, key=lambda contact: (contact.made_at, contact.id))
    alias, description = _said(contacts, "alias"), _said(contacts, "described_as")
    if not known and person is None and not alias and not description:
        raise invalid(
            "/person", "required", "Say who it was: no contact has a person, an alias or a description."
        )
    whom = find_or_record(
        work,
        {
            "person_id": next(iter(known), None),
            "person": person,
            "described": None
            if known or person is not None
            else {
                "alias": alias,
                "description": description,
                "where_to_find": latest.place,
                "safe_to_look_there": True,
            },
        },
    )
    asked = Asked(
        program=program,
        source=source,
        priority=priority,
        reason=reason,
        referred_by=referred_by,
        referrers=referrers,
        team=team,
        described_as=description,
    )
    referral = open_referral(work, whom, asked)
    for contact in contacts:
        contact.became(referral_id=referral.joined_to or referral.id, person_id=whom.id)
    return referral


def _said(contacts: list[OutreachContact], field: str) -> str | None:
    """The latest that was said of somebody who was met several times."""
    told = [contact for contact in contacts if getattr(contact, field)]
    if not told:
        return None
    said: str = getattr(max(told, key=lambda contact: (contact.made_at, contact.id)), field)
    return said

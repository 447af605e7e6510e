"""Recording contacts with the client (CA-7)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from cases import events
from cases.casefile.model import Case
from cases.confidence.actions import keep
from cases.contacts.model import Contact
from cases.errors import ContactAmended
from chassis.errors import invalid
from chassis.work import Work


def record(
    work: Work,
    *,
    case_id: UUID,
    person_id: UUID,
    took_place_at: datetime,
    means: str,
    place: str,
    in_community: bool,
    length_minutes: int,
    note: str | None,
    amends: UUID | None,
    reason_for_amending: str | None,
    visibility: dict[str, Any] | None = None,
) -> Contact:
    """Record a contact, or amend an earlier record, which stays and says what it said (CA-7).

    Raises CaseClosed for a new contact, ContactAmended, and InvalidInput for a contact in the future, with a
    person who is no member, or that amends a record of another case.
    """
    case = work.load(Case, case_id, for_update=True)
    if amends is None:
        case.must_be_open()
    if took_place_at > work.now:
        raise invalid("/took_place_at", "past", "Must not be in the future.")
    if person_id not in case.persons_in_sight:
        raise invalid("/person_id", "member", "Must be a member of the case.")
    amended = _amended(work, case=case, contact_id=amends)
    contact = work.add(
        Contact(
            case_id=case.id,
            person_id=person_id,
            took_place_at=took_place_at,
            means=means,
            place=place,
            in_community=in_community,
            length_minutes=length_minutes,
            note=note,
            author=work.actor.subject,
            organisation=work.actor.organisation,
            recorded_at=work.now,
            amends=amended.id if amended is not None else None,
            reason_for_amending=reason_for_amending,
        )
    )
    keep(work, case=case, kind="contact", item=contact, said=visibility or _as_before(amended))
    work.emit(events.contact_recorded(contact))
    return contact


def _as_before(amended: Contact | None) -> dict[str, Any] | None:
    """An amendment is for the same eyes as what it amends, unless it says otherwise (CA-1)."""
    held = amended.visibility if amended is not None else None
    if held is None:
        return None
    return {
        "about": held.about,
        "shown_to": held.shown_to,
        "in_confidence": held.in_confidence,
        "also_shown_to": held.named,
    }


def _amended(work: Work, *, case: Case, contact_id: UUID | None) -> Contact | None:
    if contact_id is None:
        return None
    amended = work.load(Contact, contact_id)
    if amended.case_id != case.id:
        raise invalid("/amends", "same_case", "Must be a contact of this case.")
    if amended.amendment is not None:
        raise ContactAmended
    return amended

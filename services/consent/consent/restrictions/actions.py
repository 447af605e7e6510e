"""What may happen to the restriction flag of a person (CO-5)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.exc import IntegrityError

from chassis.errors import RuleBroken
from chassis.ids import new_id
from chassis.work import Work
from consent import events
from consent.people.actions import expect_known
from consent.restrictions.model import PlacedRestriction

CUSTODIAN = "role:privacy_officer"


class AlreadyRestricted(RuleBroken):
    """A person has one restriction at a time; lifting it needs no guess at which one counts."""

    code = "already_restricted"
    title = "The person's records are restricted already"


class RestrictionLifted(RuleBroken):
    """What was lifted is history; a new reason is a new restriction."""

    code = "restriction_lifted"
    title = "This restriction was lifted already"


def place(work: Work, *, person_id: UUID, reason: str) -> PlacedRestriction:
    """Hide a person's records from normal roles in every service (CO-5).

    The privacy officers, as custodians, are the only role that still reaches the person's consents here.
    Raises AlreadyRestricted, NotFound for a person nobody recorded or hidden from the caller.
    """
    expect_known(work, person_id=person_id)
    restriction = PlacedRestriction(
        id=new_id(), person_id=person_id, reason=reason, placed_by=work.actor.subject, placed_at=work.now
    )
    for grantee, record, basis in (
        (CUSTODIAN, ("person", person_id), "statute"),
        (f"worker:{work.actor.subject}", ("placed_restriction", restriction.id), "team"),
    ):
        work.grants.give(
            grantee=grantee,
            record=record,
            categories=["consent"],
            basis=basis,
            may_write=True,
            reaches_restricted=True,
            reference=restriction.id,
        )
    try:
        with work.session.begin_nested():
            work.add(restriction)
    except IntegrityError:
        raise AlreadyRestricted() from None
    work.restrict(person_id)
    work.emit(events.restriction_placed(restriction))
    return restriction


def lift(work: Work, *, id: UUID, reason: str) -> PlacedRestriction:
    """Open the person's records to normal roles again (CO-5). Raises RestrictionLifted."""
    restriction = work.load(PlacedRestriction, id, for_update=True)
    if restriction.lifted_at is not None:
        raise RestrictionLifted()
    restriction.lift(at=work.now, by=work.actor.subject, reason=reason)
    work.session.flush()
    work.unrestrict(restriction.person_id)
    work.grants.end(reference=restriction.id)
    work.emit(events.restriction_lifted(restriction))
    return restriction

"""What may happen to the restriction flag of a person (CO-5)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from chassis import same_person
from chassis.access import Grant
from chassis.errors import RuleBroken
from chassis.events import Received
from chassis.ids import new_id
from chassis.work import Work
from consent import events
from consent.people.actions import register
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

    The privacy officers, as custodians, are the only role that still reaches the person's consents here, those on
    linked records among them (IN-8). Raises AlreadyRestricted, NotFound for a person nobody recorded or hidden from
    the caller.
    """
    cluster = same_person.hold(work.session, [person_id])[person_id]
    register.expect(work, [person_id])
    restriction = PlacedRestriction(
        id=new_id(), person_id=person_id, reason=reason, placed_by=work.actor.subject, placed_at=work.now
    )
    for each in sorted(cluster):
        _give(work, restriction, grantee=CUSTODIAN, record=("person", each), basis="statute")
    recorder = f"worker:{work.actor.subject}"
    _give(work, restriction, grantee=recorder, record=("placed_restriction", restriction.id), basis="team")
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


def follow_clusters(work: Work, *, event: Received) -> None:
    """Records are of one person, or no longer: restrictions and the custodian's key go with them (IN-8, CO-5)."""
    persons = [person for cluster in same_person.clusters_told(event) for person in cluster]
    before = same_person.hold(work.session, persons)
    same_person.followed(work, event=event)
    touched = frozenset(persons).union(*before.values())
    standing = select(PlacedRestriction).where(
        PlacedRestriction.person_id.in_(touched), PlacedRestriction.lifted_at.is_(None)
    )
    for restriction in work.session.scalars(standing.order_by(PlacedRestriction.id)).all():
        cluster = same_person.members(work.session, restriction.person_id)
        keys = {
            key.record_id: key
            for key in work.session.scalars(
                select(Grant).where(
                    Grant.reference == restriction.id, Grant.grantee == CUSTODIAN, Grant.ended_at.is_(None)
                )
            )
        }
        for person_id, key in keys.items():
            if person_id not in cluster:
                key.ended_at = work.now
        for person_id in sorted(cluster - keys.keys()):
            _give(work, restriction, grantee=CUSTODIAN, record=("person", person_id), basis="statute")


def _give(
    work: Work, restriction: PlacedRestriction, *, grantee: str, record: tuple[str, UUID], basis: str
) -> None:
    work.grants.give(
        grantee=grantee,
        record=record,
        categories=["consent"],
        basis=basis,
        may_write=True,
        reaches_restricted=True,
        reference=restriction.id,
    )

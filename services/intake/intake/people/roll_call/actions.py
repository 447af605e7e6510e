"""Calling the roll: every person's identifier, in parts, for a service that asked (IN-7, CO-5).

Who is recorded while it runs is told by `intake.person.recorded` as always, so everybody is told one way or the other.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from chassis.events import Received
from chassis.work import Work
from intake import events
from intake.people.model import Person
from intake.people.roll_call.model import RollCall

A_PART = 500
PARTS_AT_ONCE = 20


def wanted(work: Work, *, event: Received) -> None:
    """A service asks for everybody; asked again under the same identifier, the roll is called once."""
    begun = insert(RollCall).values(id=UUID(event.data["roll_call_id"]), wanted_since=work.now)
    work.session.execute(begun.on_conflict_do_nothing())


def call_the_roll(work: Work) -> int:
    """Go on with the oldest roll call under way; says how many persons were told. A timer calls this."""
    oldest = (
        select(RollCall)
        .order_by(RollCall.wanted_since, RollCall.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    roll_call = work.session.scalars(oldest).first()
    if roll_call is None:
        return 0
    told = 0
    for _ in range(PARTS_AT_ONCE):
        part = _next_part(work, after=roll_call.told_up_to)
        last = len(part) < A_PART
        work.emit(events.persons_listed(roll_call, person_ids=part, last=last))
        told += len(part)
        if last:
            work.session.delete(roll_call)
            break
        roll_call.told_up_to = part[-1]
    return told


def _next_part(work: Work, *, after: UUID | None) -> list[UUID]:
    following = select(Person.id).order_by(Person.id).limit(A_PART)
    if after is not None:
        following = following.where(Person.id > after)
    return list(work.session.scalars(following))

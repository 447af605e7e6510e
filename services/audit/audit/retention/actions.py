"""Holding and erasing. An erasure is ordered by an entry of the log itself, and carried out after that is sealed.

So nobody can make content vanish quietly: the order stays in the log, signed, and the verifier asks for it (AU-8).
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import select, text

from audit.entries.model import Entry
from audit.entries.queries import see_all
from audit.log.queries import sealed_size
from audit.retention.errors import HeldByLaw, HoldOver, NothingToErase
from audit.retention.model import ErasureDone, Hold, HoldRelease, OrderedErasure
from audit.retention.queries import erasable, is_held, stretches
from audit.retention.rules import may_go, must_go
from chassis.errors import NotFound
from chassis.trail import Trail
from chassis.work import Work

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 2_000
MOST_OF_AN_HOUR = 50_000
# An order is two thousand entries; whoever places a hold meanwhile waits until these few are carried out.
ORDERS_AT_ONCE = 4
END_OF_RETENTION = "end_of_retention"


@dataclass(frozen=True)
class Ordered:
    """What an order covers. Content goes once the order itself is in the log and sealed."""

    person_id: UUID
    because: str
    entries: int


def place_hold(work: Work, *, kind: str, record_id: UUID, because: str, reference: str) -> Hold:
    """Keep the entries about a person or a case from being erased until the hold is released.

    A hold on a person reaches the records linked with hers for as long as they are linked (IN-8). It waits for an
    erasure that is under way; once it is acknowledged, nothing that it reaches is erased.
    """
    _touch(work, kind, record_id)
    return work.add(
        Hold(
            kind=kind,
            record_id=record_id,
            because=because,
            reference=reference,
            placed_by=work.actor.subject,
            placed_at=work.now,
        )
    )


def release_hold(work: Work, *, id: UUID, because: str) -> Hold:
    """End a hold. Raises NotFound, and HoldOver when it was ended before."""
    hold = work.session.get(Hold, id)
    if hold is None:
        raise NotFound()
    _touch(work, hold.kind, hold.record_id)
    if work.session.get(HoldRelease, id) is not None:
        raise HoldOver()
    work.add(HoldRelease(hold_id=id, because=because, released_by=work.actor.subject, released_at=work.now))
    work.session.refresh(hold)
    return hold


def order_erasure(work: Work, *, person_id: UUID, because: str) -> Ordered:
    """Order that the entries about this person alone lose their content: up to 2,000, the oldest first.

    Entries younger than their rule's shortest time stay, and so do those that are about others too. A linked record
    is ordered by itself: a link may be a mistake, and erasing cannot be taken back. Raises HeldByLaw while a hold
    stands on this record or a linked one, and NothingToErase.
    """
    see_all(work)
    _touch(work, "person", person_id)
    if is_held(work, person_id=person_id):
        raise HeldByLaw()
    hers = erasable(
        work, before=sealed_size(work.session), old_enough=may_go(now=work.now), most=MOST_AT_ONCE
    )
    # The first condition is what the index knows, the second one is what is meant.
    hers = hers.where(Entry.persons.contains([person_id]), Entry.persons == [person_id])
    positions = work.session.scalars(hers).all()
    if not positions:
        raise NothingToErase()
    if work.trail is not None:
        work.trail.further["erases"] = stretches(positions)
    return Ordered(person_id=person_id, because=because, entries=len(positions))


def end_retention(work: Work) -> int:
    """Order the erasure of entries whose longest time is over, in orders of the usual length; returns of how many."""
    over = erasable(
        work, before=sealed_size(work.session), old_enough=must_go(now=work.now), most=MOST_OF_AN_HOUR
    )
    positions = work.session.scalars(over).all()
    for at in range(0, len(positions), MOST_AT_ONCE):
        trail = Trail(service=work.service, door=END_OF_RETENTION, action="system")
        trail.further["erases"] = stretches(positions[at : at + MOST_AT_ONCE])
        work.emit(trail.entry(actor=work.actor, trace_id=None))
    return len(positions)


def erase_ordered(work: Work) -> int:
    """Erase the content that sealed entries of the log order to be erased; returns how many entries lost it.

    The runtime roles cannot delete: a function of the owner does, and it looks for order, seal and holds itself, as
    they are at that moment.
    """
    size = sealed_size(work.session)
    due = work.session.scalars(
        select(OrderedErasure.order_position)
        .distinct()
        .where(OrderedErasure.order_position < size)
        .where(
            ~select(ErasureDone).where(ErasureDone.order_position == OrderedErasure.order_position).exists()
        )
        .order_by(OrderedErasure.order_position)
        .limit(ORDERS_AT_ONCE)
    ).all()
    erased = 0
    for order in due:
        count = work.session.scalar(text("SELECT icm_erase_ordered(:order)"), {"order": order}) or 0
        work.session.add(ErasureDone(order_position=order, erased=count, done_at=work.now))
        log.info("entries_erased", order_position=order, entries=count)
        erased += count
    return erased


def _touch(work: Work, kind: str, record_id: UUID) -> None:
    if work.trail is not None:
        persons = [record_id] if kind == "person" else []
        work.trail.touched(records=[(kind, record_id)], persons=persons)

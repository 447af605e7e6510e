"""What keeps the entries of the service directory true (IN-11)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import or_, select

from chassis.clocks import house_calendar
from chassis.errors import invalid
from chassis.work import Work
from intake.services_directory.model import (
    CorrectionSettled,
    HsdsObject,
    Service,
    ServiceCorrection,
)
from intake.services_directory.queries import present
from intake.services_directory.reading import mark_age, verified_since

AT_ONCE = 500


def verify(work: Work, *, service_id: UUID, verified_on: date | None) -> Service:
    """Somebody has checked that the entry is true; it is fresh from that day, in the export too. Raises NotFound."""
    service = present(work, service_id, for_update=True)
    today = house_calendar().day_of(work.now)
    on = verified_on or today
    if on > today:
        raise invalid("/verified_on", "past", "Must not be in the future.")
    if service.last_verified_on is None or on >= service.last_verified_on:
        service.last_verified_on, service.verified_by = on, work.actor.subject
        told = work.session.scalars(
            select(HsdsObject)
            .where(HsdsObject.kind == "service", HsdsObject.hsds_id == service.id)
            .with_for_update()
        ).one()
        told.content = {**told.content, "assured_date": on.isoformat()}
    mark_age(service)
    return service


def set_availability(
    work: Work, *, service_id: UUID, availability: str, available_from: date | None
) -> Service:
    """Tell whether the service takes people on: accepting, with a waiting list, or full until a day (IN-11).

    Raises NotFound, InvalidInput for a day that has passed or that belongs to no waiting.
    """
    service = present(work, service_id, for_update=True)
    if available_from is not None and availability in ("accepting", "unknown"):
        raise invalid("/available_from", "order", "Belongs to a service that does not take people on now.")
    if available_from is not None and available_from < house_calendar().day_of(work.now):
        raise invalid("/available_from", "future", "Must not be in the past.")
    service.availability, service.available_from = availability, available_from
    service.availability_as_of = None if availability == "unknown" else work.now
    return service


def propose_correction(work: Work, *, service_id: UUID, said: str) -> ServiceCorrection:
    """Tell those who keep the directory what is wrong in an entry. Raises NotFound."""
    service = present(work, service_id)
    return work.add(
        ServiceCorrection(
            service_id=service.id, said=said, proposed_by=work.actor.subject, proposed_at=work.now
        )
    )


def settle_correction(work: Work, *, correction_id: UUID, settled_as: str) -> ServiceCorrection:
    """Say what was made of a correction. Raises NotFound, CorrectionSettled."""
    correction = work.load(ServiceCorrection, correction_id, for_update=True)
    if correction.settled_at is not None:
        raise CorrectionSettled
    correction.settled_as, correction.settled_at = settled_as, work.now
    correction.settled_by = work.actor.subject
    return correction


def flag_stale(work: Work) -> int:
    """Mark entries that nobody has verified for longer than the limit; a timer calls this. Says how many (IN-11)."""
    old = (
        select(Service)
        .where(
            Service.stale_since.is_(None),
            Service.removed_at.is_(None),
            or_(Service.last_verified_on.is_(None), Service.last_verified_on < verified_since()),
        )
        .order_by(Service.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    found = work.session.scalars(old).all()
    for service in found:
        service.stale_since = work.now
    return len(found)

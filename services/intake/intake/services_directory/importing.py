"""Importing HSDS, part by part: each part is taken whole or not at all (IN-11)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select, update

from chassis.errors import InvalidInput
from chassis.work import Page, Work
from intake.services_directory.flattening import Flat, Key, flattened
from intake.services_directory.keeping import (
    Kept,
    contradictions,
    forget_what_nothing_holds,
    holders_of,
    keep,
    known,
    nested,
)
from intake.services_directory.model import (
    HsdsObject,
    ImportEnded,
    ImportOfAnotherSender,
    NothingTold,
    Service,
    ServiceImport,
)
from intake.services_directory.reading import read_into

SERVICE = "service"


@dataclass(frozen=True)
class PartTaken:
    """What a part of an import has brought."""

    import_id: UUID
    objects: int
    services: int
    created: int
    changed: int
    unchanged: int


def begin(work: Work, *, source: str, absent: str) -> ServiceImport:
    """Begin an import of a source. `absent` decides on services that the source tells no more: keep or remove them.

    An import of the same source that was never finished is given up.
    """
    earlier = select(ServiceImport).where(ServiceImport.source == source, ServiceImport.state == "open")
    for each in work.session.scalars(earlier.with_for_update()):
        each.state, each.ended_at = "given_up", work.now
    run = ServiceImport(source=source, absent=absent, begun_by=work.actor.subject, begun_at=work.now)
    return work.add(run)


def take_part(work: Work, *, import_id: UUID, content: Any) -> PartTaken:
    """Check a part and keep it; the same part again changes nothing.

    Raises InvalidInput with every error as a JSON pointer into the part and the rule that it breaks: then nothing of
    the part is kept. Raises NotFound, ImportEnded, ImportOfAnotherSender.
    """
    run = _open_run(work, import_id)
    flat = flattened(content, at="/content")
    before = known(work.session, {*flat.objects, *(key for _, key in flat.references)})
    flat.missing_references(set(before))
    contradictions(flat, before, run_id=run.id)
    if flat.errors:
        raise InvalidInput(errors=flat.errors)
    earlier = {key: row for key, row in before.items() if key in flat.objects}
    done = keep(work.session, flat, earlier, run_id=run.id)
    _read_services(work, _touched(work, flat, done), told=_services(flat.objects), source=run.source)
    run.parts += 1
    run.created += len(done.created)
    run.changed += len(done.changed)
    run.unchanged += len(done.unchanged)
    work.session.flush()
    return PartTaken(
        import_id=run.id,
        objects=len(flat.objects),
        services=len(_services(flat.objects)),
        created=len(done.created),
        changed=len(done.changed),
        unchanged=len(done.unchanged),
    )


def finish(work: Work, *, import_id: UUID) -> ServiceImport:
    """End an import: what no object holds any more goes, and services that were not told, where that was chosen.

    A removed service is found by nobody and can be told again. Raises NotFound, ImportEnded, ImportOfAnotherSender,
    and NothingTold when an import that told of no service is to remove all the others.
    """
    run = _open_run(work, import_id)
    if run.absent == "remove":
        run.removed = _remove_untold(work, run)
    forget_what_nothing_holds(work.session)
    run.state, run.ended_at = "finished", work.now
    return run


def search(work: Work, *, source: str | None, limit: int, cursor: str | None) -> Page:
    """Imports, latest first; those of one source if asked."""
    wanted = select(ServiceImport)
    if source is not None:
        wanted = wanted.where(ServiceImport.source == source)
    return work.page(wanted, model=ServiceImport, limit=limit, cursor=cursor)


def _open_run(work: Work, import_id: UUID) -> ServiceImport:
    run = work.load(ServiceImport, import_id, for_update=True)
    if run.begun_by != work.actor.subject:
        raise ImportOfAnotherSender
    if run.state != "open":
        raise ImportEnded
    return run


def _touched(work: Work, flat: Flat, done: Kept) -> set[UUID]:
    """Services that were told, and services that hold something that changed."""
    changed = done.created | done.changed | {holder for holder, _ in flat.holdings}
    return _services(flat.objects) | holders_of(work.session, changed, kind=SERVICE)


def _services(keys: Collection[Key]) -> set[UUID]:
    return {hsds_id for kind, hsds_id in keys if kind == SERVICE}


def _read_services(work: Work, touched: set[UUID], *, told: set[UUID], source: str) -> None:
    kept = {
        each.id: each
        for each in work.session.scalars(
            select(Service).where(Service.id.in_(touched)).order_by(Service.id).with_for_update()
        )
    }
    whole = nested(work.session, [(SERVICE, service_id) for service_id in sorted(touched)])
    for (_, service_id), content in whole.items():
        service = kept.get(service_id) or Service(id=service_id, source=source, availability="unknown")
        if service_id in told:
            service.source, service.removed_at = source, None
        read_into(service, content)
        work.session.add(service)
    work.session.flush()


def _remove_untold(work: Work, run: ServiceImport) -> int:
    told = exists().where(
        HsdsObject.kind == SERVICE, HsdsObject.hsds_id == Service.id, HsdsObject.run_id == run.id
    )
    if work.session.scalar(select(Service.id).where(Service.source == run.source, told).limit(1)) is None:
        raise NothingTold
    removed = work.session.execute(
        update(Service)
        .where(Service.source == run.source, Service.removed_at.is_(None), ~told)
        .values(removed_at=work.now, version=Service.version + 1, updated_at=work.now)
        .returning(Service.id)
        .execution_options(synchronize_session=False)
    )
    return len(removed.all())

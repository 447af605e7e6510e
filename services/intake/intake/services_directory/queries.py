"""Finding a service for somebody, and giving the directory to others (IN-11)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Text, cast, literal, or_, select
from sqlalchemy.dialects.postgresql import TSQUERY

from chassis.clocks import house_calendar
from chassis.errors import NotFound, invalid
from chassis.work import Page, Work
from intake.people.words import words_of
from intake.services_directory.hours import is_open
from intake.services_directory.keeping import Key, nested
from intake.services_directory.model import HsdsObject, Service, ServiceCorrection
from intake.services_directory.reading import folded
from intake.services_directory.specification import specification

_BATCH = 200


@dataclass(frozen=True)
class ServiceWhole:
    """One service: as it is searched, and as HSDS tells it."""

    entry: Service
    hsds: dict[str, Any]


@dataclass(frozen=True)
class Exported:
    """A page of the directory in HSDS JSON."""

    lists: dict[str, list[dict[str, Any]]]
    next_cursor: str | None


def known_service(work: Work, service_id: UUID) -> Service:
    """The service that somebody is to be linked to (IN-5); raises InvalidInput when there is none such now."""
    service = work.session.get(Service, service_id)
    if service is None or service.removed_at is not None or service.status == "defunct":
        raise invalid("/service_id", "service", "Must be a service of the directory.")
    return service


def present(work: Work, service_id: UUID, *, for_update: bool = False) -> Service:
    """A service that has not been removed. Raises NotFound."""
    service = work.load(Service, service_id, for_update=for_update)
    if service.removed_at is not None:
        raise NotFound
    return service


def read(work: Work, *, service_id: UUID) -> ServiceWhole:
    """One service with everything that was told of it. Raises NotFound."""
    service = present(work, service_id)
    key = ("service", service.id)
    return ServiceWhole(entry=service, hsds=nested(work.session, [key])[key])


def search(
    work: Work,
    *,
    words: str | None,
    need: str | None,
    locality: str | None,
    language: str | None,
    program: str | None,
    age: float | None,
    status: str,
    availability: str | None,
    stale: bool | None,
    open_at: datetime | None,
    open_now: bool,
    limit: int,
    cursor: str | None,
) -> Page:
    """Services that answer all that is asked; an open question is no condition.

    `need` is a term of a taxonomy by identifier, code or name; words are compared without accents and as beginnings.
    With `open_at` or `open_now`, services whose hours cannot be read are left out.
    """
    wanted = select(Service).where(Service.removed_at.is_(None), Service.status == status)
    if words is not None:
        wanted = wanted.where(Service.words.op("@@")(_beginnings(words)))
    for column, asked in (
        (Service.needs, need),
        (Service.languages, language),
        (Service.localities, locality),
    ):
        if asked is not None:
            wanted = wanted.where(_any_of(column, asked, folded(asked)))
    if program is not None:
        wanted = wanted.where(_any_of(Service.programs, program))
    if availability is not None:
        wanted = wanted.where(Service.availability == availability)
    if stale is not None:
        wanted = wanted.where(Service.stale_since.is_not(None) if stale else Service.stale_since.is_(None))
    if age is not None:
        wanted = wanted.where(
            or_(Service.minimum_age.is_(None), Service.minimum_age <= age),
            or_(Service.maximum_age.is_(None), Service.maximum_age >= age),
        )
    at = open_at or (work.now if open_now else None)
    if at is None:
        return work.page(wanted, model=Service, limit=limit, cursor=cursor, newest_first=False)
    return _open_ones(work, wanted, at=at, limit=limit, cursor=cursor)


def corrections(
    work: Work, *, service_id: UUID | None, settled: bool | None, limit: int, cursor: str | None
) -> Page:
    """Corrections that were proposed, latest first; of one service, or open ones, if asked."""
    wanted = select(ServiceCorrection)
    if service_id is not None:
        wanted = wanted.where(ServiceCorrection.service_id == service_id)
    if settled is not None:
        done = ServiceCorrection.settled_at.is_not(None)
        wanted = wanted.where(done if settled else ~done)
    return work.page(wanted, model=ServiceCorrection, limit=limit, cursor=cursor)


def export(work: Work, *, limit: int, cursor: str | None) -> Exported:
    """A page of the directory: every object that stands by itself, with all that it holds; removed services left out.

    Imported again, all pages together give the same directory.
    """
    wanted = select(HsdsObject.kind, HsdsObject.hsds_id).where(
        HsdsObject.root,
        or_(
            HsdsObject.kind != "service",
            ~select(Service.id)
            .where(Service.id == HsdsObject.hsds_id, Service.removed_at.is_not(None))
            .exists(),
        ),
    )
    if cursor is not None:
        kind, hsds_id = _read_cursor(cursor)
        wanted = wanted.where(
            or_(HsdsObject.kind > kind, (HsdsObject.kind == kind) & (HsdsObject.hsds_id > hsds_id))
        )
    rows = work.session.execute(wanted.order_by(HsdsObject.kind, HsdsObject.hsds_id).limit(limit + 1)).all()
    keys: list[Key] = [(row.kind, row.hsds_id) for row in rows[:limit]]
    lists: dict[str, list[dict[str, Any]]] = {}
    for (kind, _), content in nested(work.session, keys).items():
        lists.setdefault(specification().tables[kind].listed_as, []).append(content)
    return Exported(lists=lists, next_cursor=_write_cursor(keys[-1]) if len(rows) > limit else None)


def _open_ones(work: Work, wanted: Select[Service], *, at: datetime, limit: int, cursor: str | None) -> Page:
    """A page of those whose hours say that they are open at that moment."""
    found: list[Service] = []
    last: str | None = None
    zone = house_calendar().zone
    for service, behind in _one_by_one(work, wanted, cursor=cursor):
        service.open_then = is_open(service.hours, at=at, zone=zone)
        if not service.open_then:
            continue
        if len(found) == limit:
            return Page(items=found, next_cursor=last)
        found.append(service)
        last = behind
    return Page(items=found, next_cursor=None)


def _one_by_one(work: Work, wanted: Select[Service], *, cursor: str | None) -> Iterator[tuple[Service, str]]:
    """Every match with the cursor that goes on behind it."""
    while True:
        page = work.page(wanted, model=Service, limit=_BATCH, cursor=cursor, newest_first=False)
        for service in page.items:
            yield service, base64.urlsafe_b64encode(service.id.bytes).rstrip(b"=").decode()
        if page.next_cursor is None:
            return
        cursor = page.next_cursor


def _any_of(column: Any, *values: str) -> Any:
    """Whether a list holds one of the values; by index."""
    return column.op("&&")(cast(literal(list(values), ARRAY(Text())), ARRAY(Text())))


def _beginnings(words: str) -> Any:
    """A query for all the words, each as the beginning of a word."""
    asked = words_of(words)
    if not asked:
        raise invalid("query/words", "words", "Must hold a letter or a digit.")
    lexemes = ("'" + word.replace("\\", "\\\\").replace("'", "''") + "':*" for word in asked)
    return cast(literal(" & ".join(lexemes)), TSQUERY)


def _write_cursor(key: Key) -> str:
    return base64.urlsafe_b64encode(f"{key[0]}|{key[1]}".encode()).rstrip(b"=").decode()


def _read_cursor(cursor: str) -> Key:
    try:
        said = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        kind, hsds_id = said.split("|")
        return kind, UUID(hsds_id)
    except (ValueError, binascii.Error):
        raise invalid("query/cursor", "cursor", "Use the next_cursor of the page before.") from None

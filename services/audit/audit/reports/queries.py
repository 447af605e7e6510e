"""Who opened my record, when, and why (AU-6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.entries.model import Entry
from audit.entries.queries import narrowed, newest_first, note_access, reaches
from audit.log import tree
from audit.log.encoding import base64_of
from chassis import same_person
from chassis.errors import AccessDenied
from chassis.work import Work


@dataclass(frozen=True)
class AccessToPerson:
    """One access to a person's record, told to her: nothing in it is about a third person."""

    entry_id: UUID
    position: int
    leaf: str
    at: datetime
    worker: str
    organisation: str | None
    roles: list[str]
    service: str
    door: str
    action: str
    outcome: str
    reason: str | None
    purpose: str | None
    basis: list[str]
    categories: list[str]
    withheld: list[str]


@dataclass(frozen=True)
class AccessReport:
    """A page of the report on one person, newest first. `person_ids` are the records that it covers."""

    person_id: UUID
    person_ids: list[UUID]
    size: int
    items: list[AccessToPerson]
    next_cursor: str | None


def access_report(
    work: Work,
    *,
    person_id: UUID,
    outcome: str | None,
    since: datetime | None,
    until: datetime | None,
    cursor: str | None,
    limit: int,
) -> AccessReport:
    """Every access to the person's records, denied ones too: who, when, why, and what was shown.

    It covers the records that are linked with the one named (IN-8), as far as the caller may have a report on each:
    for an overseer all of them, for a person those that her own sign-in belongs to, since a link may be a mistake.

    Open to the person herself by her own grant, and to those who oversee by statute; AccessDenied to anybody
    else. The report is itself an access to what is hers, and stands in the next one.
    """
    hers = admit(work, person_id)
    wanted = narrowed(work.visible(Entry), outcome=outcome, since=since, until=until)
    rows, next_cursor = newest_first(
        work, wanted.where(Entry.persons.overlap(hers)), cursor=cursor, limit=limit
    )
    return AccessReport(
        person_id=person_id,
        person_ids=hers,
        size=tree.size_of(work.session),
        items=[_told(row, row.told) for row in rows],
        next_cursor=next_cursor,
    )


def admit(work: Work, person_id: UUID) -> list[UUID]:
    """Note that the report on a person was asked for, and tell which of her records the caller may have it on.

    Raises AccessDenied unless the record named is one of them.
    """
    note_access(work, persons=[person_id], by=("person", person_id))
    if not reaches(work, ("person", person_id)):
        raise AccessDenied()
    records = same_person.members(work.session, person_id)
    hers = sorted(each for each in records if reaches(work, ("person", each)))
    note_access(work, persons=hers, by=("person", person_id))
    return hers


def _told(row: Entry, told: dict[str, Any]) -> AccessToPerson:
    who = told["actor"]
    return AccessToPerson(
        entry_id=row.id,
        position=row.position,
        leaf=base64_of(row.leaf),
        at=datetime.fromisoformat(told["at"]),
        worker=who["subject"],
        organisation=who.get("organisation"),
        roles=who.get("roles", []),
        service=told["service"],
        door=told["door"],
        action=told["action"],
        outcome=told["outcome"],
        reason=told.get("reason"),
        purpose=told.get("purpose"),
        basis=sorted({each["basis"] for each in told.get("basis", [])}),
        categories=told.get("categories", []),
        withheld=told.get("withheld", []),
    )

"""The trail of a case and of a person: what was decided and done, by whom, when, for whom and why (AU-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import cast
from sqlalchemy.dialects.postgresql import JSONB

from audit.entries.model import Entry
from audit.entries.queries import narrowed, newest_first
from audit.log import tree
from audit.log.encoding import base64_of
from audit.log.queries import sealed_size
from audit.trails import entitled
from audit.trails.entitled import Sight
from audit.trails.words import title_of
from chassis.work import Work

DECISIONS = "decisions"
PROOF = "/api/v1/audit/proofs/inclusion?position={position}"


@dataclass(frozen=True)
class Step:
    """One step, told without a word about anybody or anything else that its entry may concern."""

    entry_id: UUID
    position: int
    leaf: str
    sealed: bool
    proof: str
    at: datetime
    worker: str
    organisation: str | None
    roles: list[str]
    service: str
    door: str
    title: str
    action: str
    outcome: str
    reason: str | None
    purpose: str | None
    basis: list[str]
    records: list[dict[str, Any]]
    categories: list[str]


@dataclass(frozen=True)
class CaseTrail:
    """A page of the trail of a case, newest first."""

    case_id: UUID
    size: int
    items: list[Step]
    next_cursor: str | None


@dataclass(frozen=True)
class PersonTrail:
    """A page of the trail of a person, newest first. `person_ids` are the records that it covers."""

    person_id: UUID
    person_ids: list[UUID]
    size: int
    items: list[Step]
    next_cursor: str | None


def case_trail(work: Work, *, case_id: UUID, **asked: Any) -> CaseTrail:
    """What was decided and done in a case, as far as the caller is entitled. Raises AccessDenied."""
    sight = entitled.to_case(work, case_id)
    items, next_cursor = _steps(work, sight, **asked)
    return CaseTrail(case_id=case_id, size=tree.size_of(work.session), items=items, next_cursor=next_cursor)


def person_trail(work: Work, *, person_id: UUID, **asked: Any) -> PersonTrail:
    """What was decided and done about a person, as far as the caller is entitled. Raises AccessDenied."""
    sight = entitled.to_person(work, person_id)
    items, next_cursor = _steps(work, sight, **asked)
    return PersonTrail(
        person_id=person_id,
        person_ids=list(sight.persons),
        size=tree.size_of(work.session),
        items=items,
        next_cursor=next_cursor,
    )


def _steps(
    work: Work,
    sight: Sight,
    *,
    which: str,
    service: str | None,
    since: datetime | None,
    until: datetime | None,
    cursor: str | None,
    limit: int,
) -> tuple[list[Step], str | None]:
    wanted = narrowed(work.visible(Entry), outcome=None, since=since, until=until).where(sight.told)
    if which == DECISIONS:
        done = cast(Entry.words, JSONB)["action"].astext == "write"
        wanted = wanted.where(Entry.outcome == "permitted", done)
    if service is not None:
        wanted = wanted.where(Entry.service == service)
    rows, next_cursor = newest_first(work, wanted, cursor=cursor, limit=limit)
    sealed = sealed_size(work.session)
    return [_told(row, sight, sealed=sealed) for row in rows], next_cursor


def _told(row: Entry, sight: Sight, *, sealed: int) -> Step:
    told = row.told
    who = told["actor"]
    whole = sight.about_this_alone(row)
    return Step(
        entry_id=row.id,
        position=row.position,
        leaf=base64_of(row.leaf),
        sealed=row.position < sealed,
        proof=PROOF.format(position=row.position),
        at=datetime.fromisoformat(told["at"]),
        worker=who["subject"],
        organisation=who.get("organisation"),
        roles=who.get("roles", []),
        service=told["service"],
        door=told["door"],
        title=title_of(service=told["service"], door=told["door"], told_again=told.get("told_again", False)),
        action=told["action"],
        outcome=told["outcome"],
        reason=told.get("reason"),
        purpose=told.get("purpose"),
        basis=sorted({each["basis"] for each in told.get("basis", [])}),
        records=[each for each in told.get("records", []) if each["kind"] != "person"] if whole else [],
        categories=told.get("categories", []) if whole else [],
    )

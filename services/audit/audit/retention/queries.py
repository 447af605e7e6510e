"""Which holds stand, and which entries may be erased (AU-8)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, any_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from audit.entries.model import Entry
from audit.retention.model import Hold, HoldRelease, OrderedErasure
from chassis.work import Page, Work

STANDING = ~select(HoldRelease).where(HoldRelease.hold_id == Hold.id).exists()


def list_holds(work: Work, *, standing: bool | None, cursor: str | None, limit: int) -> Page:
    """Holds, newest first: all, those that stand, or those that are over."""
    wanted: Select[Hold] = select(Hold)
    if standing is not None:
        wanted = wanted.where(STANDING if standing else ~STANDING)
    return work.page(wanted, model=Hold, limit=limit, cursor=cursor)


def is_held(work: Work, *, person_id: UUID) -> bool:
    """Whether a hold stands on a person."""
    wanted = select(Hold.id).where(Hold.kind == "person", Hold.record_id == person_id, STANDING)
    return work.session.scalar(select(wanted.exists())) or False


def erasable(work: Work, *, before: int, old_enough: ColumnElement[bool], most: int) -> Select[Any]:
    """The positions of sealed entries that may be erased, the oldest first.

    No entry under a hold, none whose erasure is ordered already, and no order: orders explain for ever what is gone.
    """
    hold = and_(
        STANDING,
        or_(
            and_(Hold.kind == "person", Hold.record_id == any_(Entry.persons)),
            and_(Hold.kind == "case", Hold.record_id == any_(Entry.cases)),
        ),
    )
    ordered = Entry.position.between(OrderedErasure.first, OrderedErasure.last)
    return (
        work.visible(Entry)
        .with_only_columns(Entry.position)
        .where(Entry.position < before, old_enough)
        .where(~select(Hold.id).where(hold).exists(), ~select(OrderedErasure).where(ordered).exists())
        .where(~func.jsonb_exists(cast(Entry.words, JSONB), "erases"))
        .order_by(Entry.position)
        .limit(most)
    )


def stretches(positions: Iterable[int]) -> list[list[int]]:
    """Positions as first and last of each stretch without a gap."""
    found: list[list[int]] = []
    for position in sorted(positions):
        if found and position == found[-1][1] + 1:
            found[-1][1] = position
        else:
            found.append([position, position])
    return found

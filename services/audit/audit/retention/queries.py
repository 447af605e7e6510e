"""Which holds stand, and which entries may be erased (AU-8)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from audit.entries.model import Entry
from audit.retention.model import ErasureDone, Hold, HoldRelease, OrderedErasure
from chassis.work import Page, Work

STANDING = ~select(HoldRelease).where(HoldRelease.hold_id == Hold.id).exists()
# Whom and what standing holds reach, linked records with them: the function that erases asks the same.
_HELD_PERSONS = select(func.icm_held_persons(type_=ARRAY(Uuid()))).scalar_subquery()
_HELD_CASES = select(func.icm_held_cases(type_=ARRAY(Uuid()))).scalar_subquery()


def list_holds(work: Work, *, standing: bool | None, cursor: str | None, limit: int) -> Page:
    """Holds, newest first: all, those that stand, or those that are over."""
    wanted: Select[Hold] = select(Hold)
    if standing is not None:
        wanted = wanted.where(STANDING if standing else ~STANDING)
    return work.page(wanted, model=Hold, limit=limit, cursor=cursor)


def is_held(work: Work, *, person_id: UUID) -> bool:
    """Whether a hold stands on a person: on this record, or on one that is linked with it (IN-8)."""
    return work.session.scalar(select(_HELD_PERSONS.contains([person_id]))) or False


def erasable(work: Work, *, before: int, old_enough: ColumnElement[bool], most: int) -> Select[Any]:
    """The positions of sealed entries that may be erased, the oldest first.

    No entry under a hold, none that an order waits for, and no order: orders explain for ever what is gone. What a
    hold has kept from an order that was carried out may be ordered again once the hold is released.
    """
    done = select(ErasureDone).where(ErasureDone.order_position == OrderedErasure.order_position).exists()
    waiting = select(OrderedErasure).where(
        Entry.position.between(OrderedErasure.first, OrderedErasure.last), ~done
    )
    return (
        work.visible(Entry)
        .with_only_columns(Entry.position)
        .where(Entry.position < before, old_enough)
        .where(~Entry.persons.overlap(_HELD_PERSONS), ~Entry.cases.overlap(_HELD_CASES))
        .where(~waiting.exists())
        .where(~func.jsonb_exists(cast(Entry.words, JSONB), "erases"))
        .order_by(Entry.position)
        .limit(most)
    )


def last_order_carried_out(work: Work, *, reaching_before: int) -> int | None:
    """The position of the last order that was carried out on entries before a position; None when there is none."""
    return work.session.scalar(
        select(func.max(ErasureDone.order_position))
        .join(OrderedErasure, OrderedErasure.order_position == ErasureDone.order_position)
        .where(OrderedErasure.first < reaching_before)
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

"""Reading agreements: all of an organisation, and which partners the standard misses (CO-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from chassis.clocks import house_calendar
from chassis.work import Page, Work
from consent.agreements.model import PARTNERS, Agreement


@dataclass(frozen=True)
class Coverage:
    """With which of the standard's partners an organisation holds an agreement in force today."""

    organisation: str
    held: list[str]
    missing: list[str]


def search(
    work: Work, *, organisation: str | None, with_organisation: str | None, cursor: str | None, limit: int
) -> Page:
    """Agreements, the latest recorded first; of an organisation, and between it and another, if asked."""
    wanted = work.visible(Agreement)
    for each in (organisation, with_organisation):
        if each is not None:
            wanted = wanted.where(_holds(Agreement.organisations, [each]))
    return work.page(wanted, model=Agreement, limit=limit, cursor=cursor)


def read(work: Work, *, id: UUID) -> Agreement:
    """One agreement."""
    return work.load(Agreement, id)


def coverage(work: Work, *, organisation: str) -> Coverage:
    """The standard's eight partners, with and without an agreement in force with the organisation."""
    today = house_calendar().day_of(work.now)
    in_force = work.session.scalars(
        select(Agreement.partner)
        .where(_holds(Agreement.organisations, [organisation]), Agreement.partner.is_not(None))
        .where(*_in_force(today))
        .distinct()
    )
    held = set(in_force)
    return Coverage(
        organisation=organisation,
        held=[partner for partner in PARTNERS if partner in held],
        missing=[partner for partner in PARTNERS if partner not in held],
    )


def permits(
    work: Work, *, organisations: tuple[str, str], categories: list[str], purposes: list[str]
) -> Agreement | None:
    """An agreement in force between the two that covers all of it, or None; the one that lasts longest first."""
    today = house_calendar().day_of(work.now)
    return work.session.scalars(
        select(Agreement)
        .where(
            _holds(Agreement.organisations, list(organisations)),
            _holds(Agreement.categories, categories),
            _holds(Agreement.purposes, purposes),
            *_in_force(today),
        )
        .order_by(Agreement.valid_until.desc().nulls_first(), Agreement.id)
        .limit(1)
    ).first()


def _holds(listed: Any, wanted: list[str]) -> ColumnElement[bool]:
    """Whether the list has all of these in it."""
    found: ColumnElement[bool] = listed.op("@>", is_comparison=True)(wanted)
    return found


def _in_force(day: date) -> tuple[ColumnElement[bool], ...]:
    return (
        Agreement.ended_at.is_(None),
        Agreement.valid_from <= day,
        or_(Agreement.valid_until.is_(None), Agreement.valid_until >= day),
    )

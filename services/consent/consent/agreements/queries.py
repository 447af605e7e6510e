"""Reading agreements: all of an organisation, and which partners the standard misses (CO-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import aliased

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
    work: Work,
    *,
    organisation: str | None,
    with_organisation: str | None,
    expiring_within_days: int | None,
    cursor: str | None,
    limit: int,
) -> Page:
    """Agreements, the latest recorded first; of an organisation, and between it and another, if asked.

    `expiring_within_days` keeps those in force that end within so many days and that none renews yet (CO-4).
    """
    wanted = work.visible(Agreement)
    if expiring_within_days is not None:
        today = house_calendar().day_of(work.now)
        later = aliased(Agreement)
        renewed = exists().where(later.renews == Agreement.id, later.ended_at.is_(None))
        wanted = wanted.where(
            *_in_force(today),
            Agreement.valid_until <= today + timedelta(days=expiring_within_days),
            ~renewed,
        )
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


def covering(work: Work, *, recipient: str, categories: list[str], purposes: list[str]) -> Agreement | None:
    """The agreement that covers it between the caller's organisation and the recipient's, if that is told."""
    kind, _, code = recipient.partition(":")
    if kind != "organisation" or work.actor.organisation is None:
        return None
    pair = (work.actor.organisation, code)
    return permits(work, organisations=pair, categories=categories, purposes=purposes)


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

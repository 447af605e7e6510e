"""The worklist: one question for all that is due, overdue, coming, unexplained or nobody's (IN-2, IN-5)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_, union_all
from sqlalchemy.orm import aliased, selectinload

from chassis.errors import invalid
from chassis.work import Page, Work
from intake.people.model import Person
from intake.referrals.rules import desk_rules
from intake.worklist.model import Times, WorkItem

_FOLLOW_UP = ("explanation", "linking", "follow_up")
MOST_COUNTED = 1_000
_Edge = tuple[int, datetime, UUID]

_BUCKETS: dict[str, Callable[[Any, Times], ColumnElement[bool]]] = {
    "overdue": lambda line, times: line.order_at <= times.now,
    "due_today": lambda line, times: _between(line, times.now, times.today_ends),
    "forecast": lambda line, times: _between(line, times.now, times.horizon),
    "later": lambda line, times: and_(
        line.order_at > times.horizon, line.clock.is_not(None), line.paused_at.is_(None)
    ),
    "standing_still": lambda line, _: line.paused_at.is_not(None),
    "undocumented": lambda line, times: or_(
        func.cardinality(line.unexplained) > 0, and_(line.order_at <= times.now, ~line.explained)
    ),
    "follow_up": lambda line, times: and_(
        line.clock.in_(_FOLLOW_UP), line.order_at <= max(times.now, times.today_ends)
    ),
    "unassigned": lambda line, _: and_(line.owner.is_(None), line.clock.is_not(None)),
    "head_of_queue": lambda line, _: line.rank < 2,
}


def read(
    work: Work,
    *,
    owner: str | None,
    team: str | None,
    bucket: str | None,
    due_before: datetime | None,
    within_days: int | None,
    limit: int,
    cursor: str | None,
    **equal: str | None,
) -> Page:
    """What is to be done by a worker or a team, the most pressing first, and how much of what there is (IN-2).

    Counts are taken among the first thousand lines: `everything` is 1,000 when there are as many or more.

    Head of the queue first, then what is overdue for longest, then what is due next, then what stands still. Pages are
    taken by place in that order, which time does not change, and read as of the moment of the first page; so a line
    that nobody touched meanwhile is seen once. Only what the caller may see is there or counted. Raises InvalidInput
    for a cursor that we did not give.
    """
    as_of, edge = _read_cursor(cursor, work.now) if cursor is not None else (work.now, None)
    times = Times.at(as_of, days_ahead=within_days or desk_rules().forecast_days)
    asked = [getattr(WorkItem, column) == value for column, value in equal.items() if value is not None]
    if due_before is not None:
        asked.append(WorkItem.order_at < due_before)
    whose = _whose(work, owner=work.actor.subject if owner == "me" else owner, team=team)
    counts = _counts(work, whose, asked, times) if edge is None else None
    if bucket is not None:
        asked.append(_BUCKETS[bucket](WorkItem, times))
    if edge is not None:
        asked.append(tuple_(WorkItem.rank, WorkItem.order_at, WorkItem.id) > edge)
    lines = _lines(work, whose, asked, limit=limit + 1)
    shown = [line.as_of(times) for line in lines[:limit]]
    following = _write_cursor(as_of, shown[-1]) if len(lines) > limit else None
    return Page(items=shown, next_cursor=following, beside={"counts": counts, "as_of": as_of})


def _whose(work: Work, *, owner: str | None, team: str | None) -> list[ColumnElement[bool]]:
    """The parts of the list, none of which overlap: each is read in its order from an index of its own."""
    if owner is not None and team is not None:
        return [and_(WorkItem.team == team, WorkItem.owner == owner)]
    if team is not None:
        return [WorkItem.team == team]
    if owner is not None:
        return [WorkItem.owner == owner]
    me = work.actor.subject
    others = WorkItem.owner.is_distinct_from(me)
    return [WorkItem.owner == me, *(and_(WorkItem.team == own, others) for own in sorted(work.actor.teams))]


def _lines(
    work: Work, whose: list[ColumnElement[bool]], asked: list[ColumnElement[bool]], *, limit: int
) -> list[WorkItem]:
    wanted, line = _first(work, whose, asked, limit=limit)
    names = selectinload(line.person).selectinload(Person.names)
    return list(work.session.scalars(wanted.options(names)))


def _first(
    work: Work, whose: list[ColumnElement[bool]], asked: list[ColumnElement[bool]], *, limit: int
) -> tuple[Select[Any], Any]:
    """The first lines in the order of the list, each part read by its index; and what the lines are called there."""
    parts = [_in_order(work.visible(WorkItem).where(part, *asked), WorkItem, limit) for part in whose]
    if len(parts) == 1:
        return parts[0], WorkItem
    line = aliased(WorkItem, union_all(*(select(part.subquery()) for part in parts)).subquery())
    return _in_order(select(line), line, limit), line


def _in_order(wanted: Select[Any], line: Any, limit: int) -> Select[Any]:
    return wanted.order_by(line.rank, line.order_at, line.id).limit(limit)


def _counts(
    work: Work, whose: list[ColumnElement[bool]], asked: list[ColumnElement[bool]], times: Times
) -> dict[str, int]:
    """How much there is in each bucket among the first lines, up to MOST_COUNTED: whoever has more needs no number."""
    wanted, _ = _first(work, whose, asked, limit=MOST_COUNTED)
    line = aliased(WorkItem, wanted.subquery())
    columns = [func.count().filter(among(line, times)).label(name) for name, among in _BUCKETS.items()]
    counted = select(func.count().label("everything"), *columns).select_from(line)
    return dict(work.session.execute(counted).one()._mapping)


def _between(line: Any, after: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(line.order_at > after, line.order_at <= until)


def _write_cursor(as_of: datetime, last: WorkItem) -> str:
    place = [as_of.isoformat(), last.rank, last.order_at.isoformat(), last.id.hex]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).rstrip(b"=").decode()


def _read_cursor(cursor: str, now: datetime) -> tuple[datetime, _Edge]:
    try:
        told = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        as_of, rank, order_at, line = told
        edge = (int(rank), _moment(order_at), UUID(line))
        if _moment(as_of) > now or not 0 <= edge[0] <= 2:
            raise ValueError("a place in no list of ours")
        return _moment(as_of), edge
    except (ValueError, TypeError, AttributeError, binascii.Error):
        raise invalid("query/cursor", "cursor", "Use the next_cursor of the page before.") from None


def _moment(told: str) -> datetime:
    at = datetime.fromisoformat(told)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at

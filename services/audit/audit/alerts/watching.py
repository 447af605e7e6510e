"""Looking over the log as it grows: each entry once, in order, within a second (AU-2, AU-7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import orjson
import structlog
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from audit.alerts.accesses import Access, at_work
from audit.alerts.knowledge import Knowledge, baselines, count, gather, remember_seen
from audit.alerts.model import PersonFound, PersonOfDay, WatchCursor, WorkerDay
from audit.alerts.raising import raise_for
from audit.alerts.rules import Rules, rules
from audit.alerts.signs import OF_A_DAY, Sign, is_late, of_access, of_day
from audit.entries.model import Entry
from chassis.clocks import Calendar, house_calendar
from chassis.work import Work

CURSOR = "alerts"
BATCH = 2_000
PERSONS_KEPT = timedelta(days=3)
DAYS_KEPT = timedelta(days=120)
STATUTE_ALONE = frozenset({"statute"})
# Words and not models: every entry of the house is looked at here.
_WORDS = select(Entry.position, Entry.words)

log = structlog.get_logger(__name__)


def watch(work: Work) -> int:
    """Look at the entries since the last time, at most a batch; how many. A timer calls this.

    Signs and the place in the log commit together: none is raised twice, and none is missed when the process dies.
    """
    cursor = hold_place(work.session)
    entries = work.session.execute(
        _WORDS.where(Entry.position >= cursor.next_position).order_by(Entry.position).limit(BATCH)
    ).all()
    if not entries:
        return 0
    raise_for(work, _signs(work, rules(), _understood(entries)))
    cursor.next_position = entries[-1].position + 1
    return len(entries)


def look_again(work: Work, *, worker: str, since: datetime, ways: Collection[str], before: Knowledge) -> None:
    """Look once more at what a worker did, because something has become known; `before` is what was known then.

    Only signs that come of what is new are raised, so that nothing counts twice (rule 2: events come in any order).
    All of it is looked at, a batch at a time.
    """
    edge = hold_place(work.session).next_position
    found: list[Sign] = []
    while entries := work.session.execute(
        _WORDS.where(Entry.actor == worker, Entry.at >= since, Entry.position < edge)
        .order_by(Entry.position.desc())
        .limit(BATCH)
    ).all():
        edge = entries[-1].position
        accesses = _understood(reversed(entries))
        had = {_told(sign) for access in accesses for sign in of_access(rules(), access, before, ways=ways)}
        now = gather(work.session, accesses)
        signs = [sign for access in accesses for sign in of_access(rules(), access, now, ways=ways)]
        found = [*(sign for sign in signs if _told(sign) not in had), *found]
    raise_for(work, found)


def _told(sign: Sign) -> tuple[str, str, int]:
    return sign.rule.code, sign.key, sign.position


def hold_place(session: Session) -> WatchCursor:
    """The place in the log, held for this transaction: whoever raises alerts takes turns."""
    session.execute(insert(WatchCursor).values(name=CURSOR, next_position=0).on_conflict_do_nothing())
    return session.scalars(select(WatchCursor).where(WatchCursor.name == CURSOR).with_for_update()).one()


def forget_old_days(work: Work) -> None:
    """Whose records were opened is kept for some days, the numbers of a day for some months. A timer calls this."""
    today = house_calendar().day_of(work.now)
    for persons in (PersonOfDay, PersonFound):
        work.session.execute(delete(persons).where(persons.day < today - PERSONS_KEPT))
    work.session.execute(delete(WorkerDay).where(WorkerDay.day < today - DAYS_KEPT))


def _understood(entries: Iterable[Any]) -> list[Access]:
    """The accesses that entries tell of. One that cannot be understood is logged and passed over.

    Else a single entry of a service gone wrong would end the looking for all that follow.
    """
    calendar, found = house_calendar(), []
    for position, words in entries:
        access = _access(position, words, calendar)
        if access is not None:
            found.append(access)
    return found


def _access(position: int, words: str, calendar: Calendar) -> Access | None:
    try:
        return at_work(position, orjson.loads(words), calendar=calendar)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        log.error("entry_not_understood", position=position)
        return None


def _signs(work: Work, rules: Rules, accesses: Sequence[Access]) -> list[Sign]:
    if not accesses:
        return []
    session = work.session
    knowledge = gather(session, accesses)
    signs = [sign for access in accesses for sign in of_access(rules, access, knowledge)]
    days = count(session, accesses, after_hours=_late(rules, accesses), unrelated=_unrelated(rules, accesses))
    back = max((rule.figures.get("baseline_days", 0) for rule in rules.of_ways(OF_A_DAY)), default=0)
    judged = [rule.code for way in ("unusual_volume", "wide_search") for rule in rules.looking_for(way)]
    late = [rule.code for rule in rules.looking_for("after_hours")]
    before = baselines(session, days, back=back, judged=judged, late=late)
    of_each: dict[tuple[str, date], list[Access]] = defaultdict(list)
    for access in accesses:
        of_each[access.worker, access.day].append(access)
    for worker_and_day, day in days.items():
        signs += of_day(rules, of_each[worker_and_day], day, before[worker_and_day])
    remember_seen(session, accesses, now=work.now)
    return signs


def _late(rules: Rules, accesses: Sequence[Access]) -> set[int]:
    looking = rules.looking_for("after_hours")
    return {access.position for rule in looking for access in accesses if is_late(rule, access)}


def _unrelated(rules: Rules, accesses: Sequence[Access]) -> set[int]:
    """The positions of accesses that statute alone opened, to somebody whom a rule about that does not spare."""
    looking = rules.looking_for("no_relationship")
    return {
        access.position
        for access in accesses
        if access.bases == STATUTE_ALONE and not all(rule.spares(access.roles) for rule in looking)
    }

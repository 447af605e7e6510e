"""Looking over the log as it grows: each entry once, in order, within a second (AU-2, AU-7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from audit.alerts.accesses import Access, at_work
from audit.alerts.knowledge import baselines, count, gather, remember_seen
from audit.alerts.model import PersonOfDay, WatchCursor, WorkerDay
from audit.alerts.raising import raise_for
from audit.alerts.rules import Rules, rules
from audit.alerts.signs import Sign, is_late, of_access, of_day
from audit.entries.model import Entry
from chassis.clocks import house_calendar
from chassis.work import Work

CURSOR = "alerts"
BATCH = 2_000
PERSONS_KEPT = timedelta(days=3)
DAYS_KEPT = timedelta(days=120)


def watch(work: Work) -> int:
    """Look at the entries since the last time, at most a batch; how many. A timer calls this.

    Signs and the place in the log commit together: none is raised twice, and none is missed when the process dies.
    """
    cursor = _cursor(work.session)
    entries = work.session.scalars(
        select(Entry).where(Entry.position >= cursor.next_position).order_by(Entry.position).limit(BATCH)
    ).all()
    if not entries:
        return 0
    calendar = house_calendar()
    found = [at_work(entry.position, entry.told, calendar=calendar) for entry in entries]
    accesses = [access for access in found if access is not None]
    raise_for(work, _signs(work.session, rules(), accesses))
    cursor.next_position = entries[-1].position + 1
    return len(entries)


def forget_old_days(work: Work) -> None:
    """Whose records were opened is kept for some days, the numbers of a day for some months. A timer calls this."""
    today = house_calendar().day_of(work.now)
    work.session.execute(delete(PersonOfDay).where(PersonOfDay.day < today - PERSONS_KEPT))
    work.session.execute(delete(WorkerDay).where(WorkerDay.day < today - DAYS_KEPT))


def _signs(session: Session, rules: Rules, accesses: Sequence[Access]) -> list[Sign]:
    if not accesses:
        return []
    knowledge = gather(session, accesses)
    signs = [sign for access in accesses for sign in of_access(rules, access, knowledge)]
    late = {
        access.position
        for rule in rules.looking_for("after_hours")
        for access in accesses
        if is_late(rule, access)
    }
    days = count(session, accesses, after_hours=late)
    back = max((rule.figures.get("baseline_days", 0) for rule in rules.rules), default=0)
    before = baselines(session, days, back=back)
    latest = {(access.worker, access.day): access for access in accesses}
    for worker_and_day, day in days.items():
        signs += of_day(rules, latest[worker_and_day], day, before[worker_and_day])
    remember_seen(session, accesses)
    return signs


def _cursor(session: Session) -> WatchCursor:
    """The place in the log, held for this transaction: two replicas take turns."""
    session.execute(insert(WatchCursor).values(name=CURSOR, next_position=0).on_conflict_do_nothing())
    return session.scalars(select(WatchCursor).where(WatchCursor.name == CURSOR).with_for_update()).one()

"""Starting, stopping and watching clocks (IN-2).

A paused clock loses no time: the days that end while it stands still are given back when it goes on. A
limit counted in days is given back whole days of its own kind, a limit set to an instant the time that
passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import make_transient_to_detached

from chassis.clocks.calendar import Calendar, Term, Unit, days_ahead, house_calendar
from chassis.clocks.model import Clock, ClockPause
from chassis.database import record_kind, run
from chassis.errors import RuleBroken
from chassis.events import Event, event
from chassis.ids import new_id

if TYPE_CHECKING:
    from chassis.work import Work

BATCH = 200


_OPENED_WITH = (
    *("id", "kind", "subject_kind", "subject_id", "person_id"),
    *("unit", "started_at", "due_at", "warn_at"),
)
_OPEN = (
    f"INSERT INTO clocks ({', '.join(_OPENED_WITH)})"  # noqa: S608 - names of this module
    f" VALUES ({', '.join(f'%({name})s' for name in _OPENED_WITH)}) ON CONFLICT DO NOTHING RETURNING 1"
)


class ClockAlreadyRuns(RuleBroken):
    """The subject has an open clock of this kind; meet or cancel it first."""

    code = "clock_already_runs"
    title = "A clock of this kind is already running"


class ClockNotRunning(RuleBroken):
    """There is no open clock of this kind, or it is not in a state that allows the step."""

    code = "clock_not_running"
    title = "No clock of this kind is running"


class ClockOverdue(RuleBroken):
    """A limit that has been reached cannot be paused away."""

    code = "clock_overdue"
    title = "The deadline has passed; record the circumstances instead"


class NoBreach(RuleBroken):
    """Circumstances explain a breach, and there is none."""

    code = "clock_not_breached"
    title = "No deadline of this kind was missed"


class ReasonMissing(RuleBroken):
    """A pause without a reason, or a breach explained by nothing."""

    status = 422
    code = "clock_reason_missing"
    title = "Say why"


class Clocks:
    """The clocks of one unit of work: `work.clocks`.

    `subject` is a model with an `id`, or the id itself. Every method works in the caller's transaction and
    locks the clock that it changes.
    """

    def __init__(self, work: Work, *, calendar: Calendar | None = None) -> None:
        self._work = work
        self._calendar = calendar or house_calendar()

    def start(
        self,
        kind: str,
        subject: Any,
        *,
        within: Term | None = None,
        due: datetime | None = None,
        person: UUID | None = None,
        since: datetime | None = None,
    ) -> Clock:
        """Start a clock, due `within` a term or at the instant `due`; exactly one of the two.

        Time runs from `since`, or from now. The forecast of a limit set to an instant comes as long ahead as that of
        a term of as many days. Raises ClockAlreadyRuns when the subject has an open clock of
        the kind.
        """
        if (within is None) == (due is None):
            raise TypeError("a clock is due within a term or at an instant: give one of the two")
        started = since or self._work.now
        if within is not None:
            unit, ends = within.unit, within.due(self._calendar, since=started)
            warn = within.warning(self._calendar, due=ends)
        else:
            assert due is not None  # noqa: S101 - said above, for the type checker
            unit, ends = Unit.INSTANT, due
            warn = self._calendar.moved(due, unit=Unit.DAY, days=-days_ahead((due - started).days))
        clock = Clock(
            id=new_id(),
            kind=kind,
            subject_kind=_kind_of(subject),
            subject_id=_id_of(subject),
            person_id=person,
            unit=unit.value,
            started_at=started,
            due_at=ends,
            warn_at=min(max(warn, started), ends),
        )
        self._open_in_database(clock)
        return clock

    def _open_in_database(self, clock: Clock) -> None:
        """Write the clock, unless one of its kind is open; one statement, and no error that ends the transaction."""
        row = {name: getattr(clock, name) for name in _OPENED_WITH}
        if run(self._work.session, _OPEN, row).one_or_none() is None:
            raise ClockAlreadyRuns
        make_transient_to_detached(clock)
        self._work.session.add(clock)

    def met_earlier(self, kind: str, subject: Any, *, at: datetime) -> Clock:
        """What the latest met clock of a kind asked for was done at an earlier time than was known.

        A breach that was noted stays: its circumstances say that it was done in time. Raises ClockNotRunning.
        """
        clock = self._met_last(kind, subject)
        clock.met_at = min(clock.met_at or at, at)
        self._work.session.flush()
        return clock

    def reopen(self, kind: str, subject: Any) -> Clock:
        """What met the latest clock of a kind turned out not to be about its subject: it runs on, due as before.

        A breach that was noted stays. Raises ClockNotRunning when none was met, ClockAlreadyRuns.
        """
        clock = self._met_last(kind, subject)
        if self._open(kind, subject) is not None:
            raise ClockAlreadyRuns
        clock.met_at = None
        self._work.session.flush()
        return clock

    def _met_last(self, kind: str, subject: Any) -> Clock:
        clock = self._work.session.scalars(
            self._of(subject)
            .where(Clock.kind == kind, Clock.met_at.is_not(None))
            .order_by(None)
            .order_by(Clock.met_at.desc(), Clock.id.desc())
            .limit(1)
            .with_for_update()
        ).first()
        if clock is None:
            raise ClockNotRunning
        return clock

    def began_earlier(self, kind: str, subject: Any, *, within: Term, at: datetime) -> Clock:
        """What started a running clock happened earlier than was known: it is due that much sooner, pauses kept.

        Raises ClockNotRunning.
        """
        clock = self._running(kind, subject)
        if at >= clock.started_at or clock.breached_at is not None:
            return clock
        was, is_now = (within.due(self._calendar, since=since) for since in (clock.started_at, at))
        clock.due_at = self._sooner(clock, clock.due_at, was=was, is_now=is_now)
        clock.warn_at = min(self._sooner(clock, clock.warn_at, was=was, is_now=is_now), clock.due_at)
        clock.started_at = at
        self._work.session.flush()
        return clock

    def _sooner(self, clock: Clock, instant: datetime, *, was: datetime, is_now: datetime) -> datetime:
        if clock.counted_in is Unit.INSTANT:
            return instant - (was - is_now)
        days = self._calendar.days_ended(after=is_now, until=was, unit=clock.counted_in, beyond=date.min)
        return self._calendar.moved(instant, unit=clock.counted_in, days=-days) if days else instant

    def bring_forward(self, kind: str, subject: Any, *, within: Term) -> Clock:
        """Let a limit come sooner, for what has become more pressing: a term from now, or as before if that is sooner.

        A paused clock goes on standing still, with the term that it would have had when it stopped. Raises
        ClockNotRunning.
        """
        clock = self._running(kind, subject)
        since = clock.paused_at or self._work.now
        due = within.due(self._calendar, since=since)
        if clock.breached_at is None and due < clock.due_at:
            clock.unit, clock.due_at = within.unit.value, due
            clock.warn_at = min(max(within.warning(self._calendar, due=due), since), due)
            clock.forecast_at = None
            self._work.session.flush()
        return clock

    def pause(self, kind: str, subject: Any, *, reason: str, code: str | None = None) -> Clock:
        """Stop the time of a running clock, for a reason that is kept, with the code of its kind where there is one.

        Raises ClockNotRunning, ClockOverdue when the limit has been reached, ReasonMissing when the reason
        is blank.
        """
        clock = self._running(kind, subject)
        if clock.breached_at is not None or clock.due_at <= self._work.now:
            raise ClockOverdue
        if clock.paused_at is not None:
            raise ClockNotRunning
        clock.pause_reason = _said(reason)
        clock.pause_code = code
        clock.paused_at = self._work.now
        self._work.session.flush()
        return clock

    def resume(self, kind: str, subject: Any) -> Clock:
        """Let a paused clock go on; what it lost meanwhile is added to its due date. Raises
        ClockNotRunning.
        """
        clock = self._running(kind, subject)
        if clock.paused_at is None:
            raise ClockNotRunning
        self._go_on(clock, at=self._work.now)
        self._work.session.flush()
        return clock

    def meet(self, kind: str, subject: Any, *, at: datetime | None = None) -> Clock:
        """Say that what the clock asks for was done, now or `at` an earlier time. Raises ClockNotRunning.

        Done after the due date, it is a breach as well, announced here if nobody noticed before. Done in
        time but recorded so late that the breach was announced, the breach stays: its circumstances say
        that.
        """
        clock = self._running(kind, subject)
        met_at = at or self._work.now
        if clock.paused_at is not None:
            self._go_on(clock, at=max(met_at, clock.paused_at))
        if clock.breached_at is None and met_at > clock.due_at:
            _breach(self._work, clock)
        clock.met_at = met_at
        self._work.session.flush()
        return clock

    def cancel(self, kind: str, subject: Any) -> Clock:
        """End a clock because nothing is owed any more; a breach before that stays on record. Raises
        ClockNotRunning.
        """
        clock = self._running(kind, subject)
        now = self._work.now
        if clock.paused_at is not None:
            self._go_on(clock, at=now)
        if clock.breached_at is None and clock.due_at < now:
            _breach(self._work, clock)
        clock.cancelled_at = now
        self._work.session.flush()
        return clock

    def document(self, kind: str, subject: Any, *, circumstances: str) -> Clock:
        """Explain the latest breach of a kind, once or again with better words; by whom and when is kept.

        Raises NoBreach, ReasonMissing.
        """
        clock = self._work.session.scalars(
            self._of(subject)
            .where(Clock.kind == kind, Clock.breached_at.is_not(None))
            .order_by(None)
            .order_by(Clock.started_at.desc(), Clock.id.desc())
            .limit(1)
            .with_for_update()
        ).first()
        if clock is None:
            raise NoBreach
        clock.circumstances = _said(circumstances)
        clock.documented_by, clock.documented_at = self._work.actor.subject, self._work.now
        self._work.session.flush()
        return clock

    def of(self, subject: Any) -> list[Clock]:
        """All clocks of a subject, ended ones too, in the order in which they started."""
        return list(self._work.session.scalars(self._of(subject)))

    def _of(self, subject: Any) -> Select[Clock]:
        return select(Clock).where(Clock.subject_id == _id_of(subject)).order_by(Clock.started_at, Clock.id)

    def _open(self, kind: str, subject: Any) -> Clock | None:
        return self._work.session.scalars(
            self._of(subject)
            .where(Clock.kind == kind, Clock.met_at.is_(None), Clock.cancelled_at.is_(None))
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one_or_none()

    def _running(self, kind: str, subject: Any) -> Clock:
        clock = self._open(kind, subject)
        if clock is None:
            raise ClockNotRunning
        return clock

    def _go_on(self, clock: Clock, *, at: datetime) -> None:
        paused_at, reason, code = clock.paused_at, clock.pause_reason, clock.pause_code
        assert paused_at is not None and reason is not None  # noqa: S101 - the table's constraint keeps both together
        clock.due_at = self._given_back(clock, clock.due_at, since=paused_at, until=at)
        clock.warn_at = self._given_back(clock, clock.warn_at, since=paused_at, until=at)
        clock.paused_at = clock.pause_reason = clock.pause_code = None
        self._work.session.add(
            ClockPause(clock_id=clock.id, paused_at=paused_at, resumed_at=at, reason=reason, code=code)
        )

    def _given_back(self, clock: Clock, instant: datetime, *, since: datetime, until: datetime) -> datetime:
        if clock.counted_in is Unit.INSTANT:
            return instant + (until - since)
        lost = self._calendar.days_ended(
            after=since, until=until, unit=clock.counted_in, beyond=self._calendar.day_of(clock.started_at)
        )
        return self._calendar.moved(instant, unit=clock.counted_in, days=lost) if lost else instant


def breach_overdue(work: Work, *, limit: int = BATCH) -> int:
    """Mark and announce clocks whose limit has been reached, oldest first; the number of them.

    Several replicas may do this at once: each takes rows that no other holds, and announces each exactly
    once because mark and announcement commit together. A full batch means that more may wait.
    """
    overdue = _ticking().where(Clock.due_at <= work.now).order_by(Clock.due_at, Clock.id)
    found = _taken(work, overdue, limit=limit)
    for clock in found:
        _breach(work, clock)
    work.session.flush()
    return len(found)


def forecast_upcoming(work: Work, *, limit: int = BATCH) -> int:
    """Announce clocks that will be breached soon unless something is done, each exactly once; the number of
    them.
    """
    upcoming = (
        _ticking()
        .where(Clock.warn_at <= work.now, Clock.due_at > work.now, Clock.forecast_at.is_(None))
        .order_by(Clock.warn_at, Clock.id)
    )
    found = _taken(work, upcoming, limit=limit)
    for clock in found:
        clock.forecast_at = work.now
        work.emit(_announcement(work, clock, what="forecast"))
    work.session.flush()
    return len(found)


def forecast(work: Work, *, until: datetime, among: Select[Any] | None = None) -> list[Clock]:
    """Clocks that reach their limit before `until` if nothing is done, the next first; paused ones stand
    still.

    `among` selects the ids of the subjects that the caller may see
    (`work.visible(Referral).with_only_columns(Referral.id)`); doors give it always, the service's own
    timers need not.
    """
    upcoming = _ticking().where(Clock.due_at > work.now, Clock.due_at <= until)
    if among is not None:
        upcoming = upcoming.where(Clock.subject_id.in_(among.scalar_subquery()))
    return list(work.session.scalars(upcoming.order_by(Clock.due_at, Clock.id)))


def _ticking() -> Select[Clock]:
    return select(Clock).where(
        Clock.paused_at.is_(None),
        Clock.breached_at.is_(None),
        Clock.met_at.is_(None),
        Clock.cancelled_at.is_(None),
    )


def _taken(work: Work, statement: Select[Clock], *, limit: int) -> Sequence[Clock]:
    return work.session.scalars(statement.limit(limit).with_for_update(skip_locked=True)).all()


def _breach(work: Work, clock: Clock) -> None:
    clock.breached_at = clock.due_at
    work.emit(_announcement(work, clock, what="breached"))


def _announcement(work: Work, clock: Clock, *, what: str) -> Event:
    return event(
        f"{work.service}.clock.{what}.v1",
        subject=clock.subject_id,
        data={
            "clock_id": clock.id,
            "kind": clock.kind,
            "subject_id": clock.subject_id,
            "due_at": clock.due_at,
        },
    )


def _id_of(subject: Any) -> UUID:
    return subject if isinstance(subject, UUID) else subject.id


def _kind_of(subject: Any) -> str:
    """The record kind whose grants open the clock; for a bare id only grants on the person do."""
    return "" if isinstance(subject, UUID) else record_kind(type(subject))


def _said(text: str) -> str:
    words = text.strip()
    if not words:
        raise ReasonMissing
    return words

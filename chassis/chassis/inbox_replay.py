"""Parked events applied after all, each alone: when somebody asks, or at once when they came too often (rule 6, CO-8).

An event that ends the process which applies it cannot be told from its neighbours by what the broker says. So before an
event is replayed it is committed that this life of the lane begins with it. A life that finds that others began and are
gone knows what ended them; after `CRASHES_AT_MOST` of them the event stays parked until somebody asks again.

What came too often and fails in the ordinary way is tried as often, and with the same pauses, as if it had not.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from uuid import uuid4

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from chassis import inbox
from chassis.events import Undecodable, decode
from chassis.inbox import CAME_TOO_OFTEN, CRASHES, OUT_OF_ORDER, UNREADABLE, ParkedEvent
from chassis.inbox_apply import Applier, DatabaseAway, Delivery, HandlerFailed, is_away, reason_of
from chassis.inbox_course import RETRY_PAUSES_S
from chassis.work import Work

log = structlog.get_logger(__name__)

CRASHES_AT_MOST = 3


class EndsItsProcess(Exception):
    """Several lives of the lane began to apply this event and none of them ended well."""


class Replay:
    """Applies the parked events that are asked for, in order. One of these is one life of a lane."""

    def __init__(self, applier: Applier) -> None:
        self._applier = applier
        self._life = uuid4()

    def one(self) -> bool:
        """Apply the next parked event whose replay was asked for, if there is one; True when there may be more.

        When it fails again its request and those behind it in its subject are taken back. Raises
        DatabaseAway.
        """
        parked_id: int | None = None
        try:
            with self._applier.open_work([]) as work:
                inbox.take_the_lane(work.session)
                row = work.session.scalars(_next(work.now)).first()
                if row is None:
                    return False
                parked_id, key = row.id, row.key
                self._begin_with(parked_id)
                self._apply(work, row)
        except Exception as failed:
            if parked_id is not None and is_away(failed):
                self._goes_on(parked_id)
            if parked_id is None or is_away(failed):
                raise DatabaseAway(type(failed).__name__) from None
            self._take_back(parked_id, failed)
            return True
        log.info("parked_event_replayed", key=key, parked_id=parked_id)
        return True

    def _begin_with(self, parked_id: int) -> None:
        """Commit that this life begins with the event; in a transaction of its own, which outlives the process.

        The caller's transaction holds the lane, so that no other replica begins with it in the meantime.
        """
        with self._applier.open_work([]) as work:
            row = work.session.get_one(ParkedEvent, parked_id)
            if row.begun_by not in (None, self._life):
                row.crashes += 1
                row.attempts += 1
            row.begun_by = self._life
            crashes = row.crashes
        if crashes >= CRASHES_AT_MOST:
            raise EndsItsProcess

    def _goes_on(self, parked_id: int) -> None:
        """Say, if that can be said, that this life was not ended: another replica may be the next to try."""
        mine = (ParkedEvent.id == parked_id) & (ParkedEvent.begun_by == self._life)
        with suppress(Exception), self._applier.open_work([]) as work:
            work.session.execute(update(ParkedEvent).where(mine).values(begun_by=None))

    def _apply(self, work: Work, row: ParkedEvent) -> None:
        event = decode(row.body)
        if event.key != row.key:
            raise Undecodable("the event came under another key")
        asked_at = row.replay_requested_at
        self._applier.apply_parked(work, Delivery(event=event, body=row.body))
        if event.version is not None:
            inbox.advance(work.session, {(event.source, event.subject): event.version})
        if inbox.in_line(row):
            following = (
                select(ParkedEvent.id)
                .where(ParkedEvent.source == row.source, ParkedEvent.subject == row.subject)
                .where(ParkedEvent.id > row.id, inbox.IN_LINE)
                .order_by(ParkedEvent.id)
                .limit(1)
            )
            # The subject was asked for: what was parked behind it since then follows too.
            work.session.execute(
                update(ParkedEvent)
                .where(ParkedEvent.id.in_(following), ParkedEvent.replay_requested_at.is_(None))
                .values(replay_requested_at=asked_at)
            )
        work.session.delete(row)

    def _take_back(self, parked_id: int, failed: Exception) -> None:
        """Say why the event could not be applied; it and those behind it wait for somebody, or for the next try."""
        try:
            with self._applier.open_work([]) as work:
                inbox.take_the_lane(work.session)
                row = work.session.get(ParkedEvent, parked_id)
                if row is None:
                    return
                reason = self._note_failure(row, failed)
                if row.reason == CAME_TOO_OFTEN and reason != CRASHES and row.attempts <= len(RETRY_PAUSES_S):
                    pause = timedelta(seconds=RETRY_PAUSES_S[row.attempts - 1])
                    row.replay_requested_at = work.now + pause
                    return
                if row.reason != OUT_OF_ORDER:
                    row.reason = reason
                same = ParkedEvent.id == row.id
                if inbox.in_line(row):
                    same = (ParkedEvent.source == row.source) & (ParkedEvent.subject == row.subject)
                work.session.execute(update(ParkedEvent).where(same).values(replay_requested_at=None))
        except Exception as away:
            raise DatabaseAway(type(away).__name__) from None
        log.error("replay_failed", parked_id=parked_id, reason=reason)

    def _note_failure(self, row: ParkedEvent, failed: Exception) -> str:
        """Forget who began, count the try, tell the reason. Tries that ended a process are counted already."""
        row.begun_by, row.crashes = None, 0
        if isinstance(failed, EndsItsProcess):
            return CRASHES
        row.attempts += 1
        if isinstance(failed, Undecodable):
            return UNREADABLE
        return failed.reason if isinstance(failed, HandlerFailed) else reason_of(failed)


def _next(now: datetime):  # type: ignore[no-untyped-def]  # the type of a select is longer than the select
    earlier = aliased(ParkedEvent)
    blocked = (
        select(earlier.id)
        .where(earlier.source == ParkedEvent.source, earlier.subject == ParkedEvent.subject)
        .where(earlier.id < ParkedEvent.id, earlier.version.is_not(None), earlier.reason != OUT_OF_ORDER)
        .exists()
    )
    first_of_its_line = ~inbox.IN_LINE | ~blocked
    return (
        select(ParkedEvent)
        .where(ParkedEvent.replay_requested_at <= now, first_of_its_line)
        .order_by(ParkedEvent.id)
        .limit(1)
    )

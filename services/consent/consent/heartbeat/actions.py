"""What keeps consent-based grants counting in the other services (CO-8)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, or_, select

from chassis.outbox import OutboxMessage
from chassis.work import Work
from consent import events

DECISIONS = ("consent.consent.", "consent.withdrawal.", "consent.restriction.", "consent.emergency.")


def send(work: Work) -> None:
    """Say up to when every decision is published, through the same ordered lane as the decisions (CO-8).

    A service that does not hear of a moment within the limit stops counting consent-based grants.
    """
    work.emit(events.heartbeat_sent(at=_all_is_published_until(work)))


def _all_is_published_until(work: Work) -> datetime:
    """Now, or since when a decision waits for the broker to take it.

    Decisions of one consent do not wait for those of another, and a heartbeat for none of them: so one that the broker
    refuses again and again must not be hidden by heartbeats that overtake it.
    """
    waiting = select(func.min(OutboxMessage.created_at)).where(
        or_(*(OutboxMessage.key.startswith(key) for key in DECISIONS))
    )
    since: datetime | None = work.session.scalar(waiting)
    return work.now if since is None else min(since, work.now)

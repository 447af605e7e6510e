"""Emergency accesses as the consent service tells of them: what of them is a sign of misuse (CO-6, AU-7)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert

from audit.alerts.knowledge import gather_about
from audit.alerts.model import Emergency
from audit.alerts.raising import raise_for
from audit.alerts.rules import Rule, rules
from audit.alerts.signs import BREAKS_THE_GLASS, Sign
from audit.alerts.watching import hold_place, look_again
from audit.entries.model import Entry
from chassis.events import Received
from chassis.work import Work

NOT_JUSTIFIED = "not_justified"
AFTER_END = "emergency_after_end"

# What the metrics show: emergency accesses that are open, that wait for a review, found not justified in a month.
STANDING = (
    "SELECT standing, count(*) FROM (SELECT unnest(ARRAY["
    "CASE WHEN ended_at IS NULL AND valid_until > now() THEN 'open' END, "
    "CASE WHEN valid_from IS NOT NULL AND reviewed_at IS NULL THEN 'unreviewed' END, "
    "CASE WHEN finding = 'not_justified' AND reviewed_at > now() - interval '30 days' THEN 'not_justified' END"
    "]) AS standing FROM emergencies) AS each WHERE standing IS NOT NULL GROUP BY standing"
)


def opened(work: Work, *, event: Received) -> None:
    """A worker has broken the glass; more often than is usual is a sign."""
    told = event.data
    hold_place(work.session)
    emergency = _learned(
        work,
        event,
        worker=told["worker"],
        organisation=told["organisation"],
        valid_from=datetime.fromisoformat(told["valid_from"]),
        valid_until=datetime.fromisoformat(told["valid_until"]),
    )
    if emergency is not None:
        looking = rules().looking_for("repeated_emergencies")
        raise_for(work, [sign for rule in looking for sign in _repeated(work, rule, emergency)])


def ended(work: Work, *, event: Received) -> None:
    """It is over; who has gone on since then has done so after its end, also when this comes late."""
    hold_place(work.session)
    known = work.session.get(Emergency, UUID(event.data["emergency_id"]))
    worker = known.worker if known is not None else None
    before = gather_about(work.session, [worker] if worker else [])
    at = datetime.fromisoformat(event.data["at"])
    if _learned(work, event, ended_at=at) is not None and worker is not None:
        look_again(work, worker=worker, since=at, ways=(AFTER_END,), before=before)


def reviewed(work: Work, *, event: Received) -> None:
    """Somebody has judged it; an emergency that was none is a sign by itself."""
    told = event.data
    hold_place(work.session)
    emergency = _learned(
        work,
        event,
        worker=told["worker"],
        reviewed_at=datetime.fromisoformat(told["at"]),
        finding=told["finding"],
    )
    if emergency is None or told["finding"] != NOT_JUSTIFIED:
        return
    raise_for(
        work,
        [
            _sign(work, rule, emergency, key=str(emergency.id), at=datetime.fromisoformat(told["at"]))
            for rule in rules().looking_for("emergency_not_justified")
        ],
    )


def _learned(work: Work, event: Received, **facts: Any) -> Emergency | None:
    """Keep what an event tells; None when it was known already, so that a repeated event raises nothing."""
    emergency_id = UUID(event.data["emergency_id"])
    row = {"id": emergency_id, "person_id": UUID(event.data["person_id"])}
    work.session.execute(insert(Emergency).values(row).on_conflict_do_nothing())
    emergency = work.session.get_one(Emergency, emergency_id, with_for_update=True, populate_existing=True)
    unknown = {name: fact for name, fact in facts.items() if getattr(emergency, name) is None}
    for name, fact in unknown.items():
        setattr(emergency, name, fact)
    work.session.flush()
    return emergency if unknown else None


def _repeated(work: Work, rule: Rule, emergency: Emergency) -> list[Sign]:
    """More emergencies than usual in the days up to this one: for the worker, and for the worker's organisation."""
    at = emergency.valid_from
    if at is None or emergency.worker is None:
        return []
    days, back = rule.figures["days"], rule.figures["baseline_days"]
    began = at - timedelta(days=days)
    recent, _ = _counted(work, Emergency.worker == emergency.worker, since=began, until=at)
    periods = max(back / days, 1) if days else 1
    earlier = began - timedelta(days=back)
    own, _ = _counted(work, Emergency.worker == emergency.worker, since=earlier, until=began)
    others, workers = _counted(
        work, Emergency.organisation == emergency.organisation, since=earlier, until=began
    )
    usual = max(own, others / workers if workers else 0) / periods
    if recent <= max(rule.figures["at_most"], rule.figures["times_the_usual"] * usual):
        return []
    return [_sign(work, rule, emergency, key=emergency.worker, at=at)]


def _counted(work: Work, whose: ColumnElement[bool], *, since: datetime, until: datetime) -> tuple[int, int]:
    """How many emergency accesses began after one moment and until another, and of how many workers."""
    row = work.session.execute(
        select(func.count(), func.count(Emergency.worker.distinct())).where(
            whose, Emergency.valid_from > since, Emergency.valid_from <= until
        )
    ).one()
    return row[0], row[1]


def _sign(work: Work, rule: Rule, emergency: Emergency, *, key: str, at: datetime) -> Sign:
    return Sign(
        rule=rule,
        key=key,
        worker=emergency.worker or "",
        organisation=emergency.organisation,
        at=at,
        position=_position(work, emergency),
        persons=(emergency.person_id,),
    )


def _position(work: Work, emergency: Emergency) -> int:
    """Where the log tells that the glass was broken; where the log stands, while that entry is on its way."""
    begun = (
        select(func.max(Entry.position))
        .where(Entry.persons.contains([emergency.person_id]), Entry.actor == emergency.worker)
        .where(Entry.words.contains(f'"door":"{BREAKS_THE_GLASS}"'))
        .where(Entry.words.contains(str(emergency.id)))
    )
    found = work.session.scalar(begun)
    return found if found is not None else work.session.scalar(select(func.max(Entry.position))) or 0

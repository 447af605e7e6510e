"""Keeping the ledger of who leads what, and telling each change as an absolute count (CA-3, IN-6)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select, text, update

from cases import events
from cases.casefile.model import Case
from cases.caseload.model import LedCase
from cases.team.model import TeamMember
from chassis.work import Work

MOST_AT_ONCE = 200


def now_leads(work: Work, *, case: Case, membership: TeamMember) -> None:
    """The case counts in this worker's caseload from now on, and in nobody else's; both caseloads are told."""
    _one_change_at_a_time(work, [membership.worker, *_leading(work, case)])
    ledger = work.session.get(LedCase, case.id, populate_existing=True)
    before = None if ledger is None else (ledger.worker, ledger.organisation)
    ledger = ledger or LedCase(id=case.id, program=case.program)
    ledger.worker, ledger.organisation = membership.worker, membership.organisation
    ledger.since, ledger.told = work.now, True
    work.session.add(ledger)
    work.session.flush()
    _tell(work, worker=membership.worker, organisation=membership.organisation)
    if before is not None and before[0] != membership.worker:
        _tell(work, worker=before[0], organisation=before[1])


def nobody_leads(work: Work, *, case: Case) -> None:
    """A closed case counts in no caseload; its last lead's is told."""
    _one_change_at_a_time(work, _leading(work, case))
    ledger = work.session.get(LedCase, case.id, populate_existing=True)
    if ledger is None:
        return
    work.session.delete(ledger)
    work.session.flush()
    _tell(work, worker=ledger.worker, organisation=ledger.organisation)


def tell_what_was_never_told(work: Work) -> int:
    """Put the ledger right where an earlier release led or closed cases without it, and tell those caseloads.

    A timer calls this; once every replica keeps the ledger it finds nothing. Says how many caseloads were told.
    """
    gone = work.session.execute(_TAKE_OUT_CLOSED).scalars().all()
    work.session.execute(_TAKE_IN_RUNNING)
    untold = work.session.scalars(
        select(LedCase.worker).where(~LedCase.told).distinct().order_by(LedCase.worker).limit(MOST_AT_ONCE)
    )
    workers = sorted({*gone, *untold})
    _one_change_at_a_time(work, workers)
    for worker in workers:
        newest = select(LedCase.organisation).where(LedCase.worker == worker).order_by(LedCase.since.desc())
        _tell(work, worker=worker, organisation=work.session.scalars(newest.limit(1)).first())
    work.session.execute(update(LedCase).where(LedCase.worker.in_(workers)).values(told=True))
    return len(workers)


_TAKE_OUT_CLOSED = text(
    "DELETE FROM led_cases l USING cases c WHERE c.id = l.id AND c.closed_at IS NOT NULL RETURNING l.worker"
)
# A case whose lead an earlier release has changed is told for the new lead, and leaves the former one's count with it.
_TAKE_IN_RUNNING = text(
    """
    INSERT INTO led_cases (id, worker, organisation, program, weight, since, told)
    SELECT c.id, m.worker, m.organisation, c.program, 1, t.began_at, false
    FROM lead_terms t JOIN team_members m ON m.id = t.membership_id JOIN cases c ON c.id = t.case_id
    LEFT JOIN led_cases l ON l.id = c.id
    WHERE t.ended_at IS NULL AND c.closed_at IS NULL AND (l.id IS NULL OR l.worker <> m.worker)
    ON CONFLICT (id) DO UPDATE SET worker = excluded.worker, organisation = excluded.organisation,
        since = excluded.since, told = false
    """
)


def _leading(work: Work, case: Case) -> list[str]:
    return list(work.session.scalars(select(LedCase.worker).where(LedCase.id == case.id)))


def _one_change_at_a_time(work: Work, workers: Iterable[str]) -> None:
    """Wait for whoever changes these caseloads now, so that each event counts what the one before it wrote."""
    for worker in sorted(set(workers)):
        work.session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:worker, 16))"), {"worker": worker}
        )


def _tell(work: Work, *, worker: str, organisation: str | None) -> None:
    led = work.session.scalars(
        select(LedCase).where(LedCase.worker == worker).order_by(LedCase.program, LedCase.id)
    ).all()
    work.emit(events.caseload_changed(worker=worker, organisation=organisation, led=led, as_of=work.now))

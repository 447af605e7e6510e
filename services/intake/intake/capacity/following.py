"""What capacity learns from cases: what each worker carries, and which places are cases by now (IN-6).

Events come late, repeated, or before the capacity of a program was recorded. A caseload is told in full, so the last
one counts whatever went before; a place is held by its turn until a caseload counts the case, or the case has closed.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from chassis import same_person
from chassis.events import Received
from chassis.work import Work
from intake.capacity.model import Caseload, CaseloadCase
from intake.waitlist.model import Turn, WaitListEntry


def caseload_changed(work: Work, *, event: Received) -> None:
    """Keep what a worker carries now; a place whose case is counted from here on is held no longer."""
    told, as_of = event.data, datetime.fromisoformat(event.data["as_of"])
    known = work.session.scalar(select(Caseload).where(Caseload.worker == told["worker"]).with_for_update())
    if known is not None and _is_older(event, as_of, known):
        return
    known = known or Caseload(worker=told["worker"])
    known.organisation, known.led_cases, known.weight = (
        told["organisation"],
        told["led_cases"],
        told["weight"],
    )
    known.as_of, known.version = as_of, event.version
    work.session.add(known)
    led = {UUID(case): each["program"] for each in told["programs"] for case in each["case_ids"]}
    work.session.execute(delete(CaseloadCase).where(CaseloadCase.worker == told["worker"]))
    work.session.add_all(
        CaseloadCase(worker=told["worker"], program=program, case_id=case_id)
        for case_id, program in sorted(led.items())
    )
    work.session.flush()
    _counted(work, case_ids=list(led))


def case_opened(work: Work, *, event: Received) -> None:
    """The case of somebody who has a place in this program: the place will be counted by it.

    Somebody who still waits stays in line, since a family's case need not be this person's place; the turn knows the
    case, so that a place accepted later is not counted twice.
    """
    case_id = UUID(event.data["case_id"])
    named = [UUID(person_id) for person_id in event.data["person_ids"]]
    persons = same_person.records_of(work.session, named)
    theirs = (
        select(Turn)
        .join(WaitListEntry, WaitListEntry.id == Turn.id)
        .where(
            WaitListEntry.person_id.in_(persons),
            Turn.program == event.data["program"],
            Turn.state != "left",
            Turn.released_at.is_(None),
            Turn.case_id.is_(None),
        )
        .order_by(Turn.id)
    )
    for turn in work.session.scalars(theirs.with_for_update(of=Turn)):
        turn.case_id = case_id
    work.session.flush()
    if is_counted(work, case_id=case_id):
        _counted(work, case_ids=[case_id])


def case_closed(work: Work, *, event: Received) -> None:
    """A place that the case has taken over is free again, also when no caseload ever counted it."""
    case_id = UUID(event.data["case_id"])
    _release(work, case_ids=[case_id], reason="case_closed", fixed_too=True)
    work.session.execute(
        update(Turn)
        .where(Turn.case_id == case_id, Turn.state.in_(("waiting", "offered")))
        .values(case_id=None, version=Turn.version + 1, updated_at=work.now)
        .execution_options(synchronize_session=False)
    )


def is_counted(work: Work, *, case_id: UUID) -> bool:
    """Whether the caseload of some worker counts the case."""
    counted = select(CaseloadCase.case_id).where(CaseloadCase.case_id == case_id)
    return work.session.scalars(counted).first() is not None


def _counted(work: Work, *, case_ids: list[UUID]) -> None:
    _release(work, case_ids=case_ids, reason="counted_in_caseload", fixed_too=False)


def _release(work: Work, *, case_ids: list[UUID], reason: str, fixed_too: bool) -> None:
    """Let these cases' turns hold their places no longer; a fixed place has no worker and stays until the close."""
    held = (
        update(Turn)
        .where(Turn.case_id.in_(case_ids), Turn.state == "placed", Turn.released_at.is_(None))
        .values(released_at=work.now, release_reason=reason, version=Turn.version + 1, updated_at=work.now)
        .returning(Turn.id)
        .execution_options(synchronize_session=False)
    )
    if not fixed_too:
        held = held.where(Turn.worker.is_not(None))
    released = list(work.session.scalars(held))
    if released:
        work.session.execute(
            update(WaitListEntry)
            .where(WaitListEntry.id.in_(released))
            .values(closed_at=work.now)
            .execution_options(synchronize_session=False)
        )


def _is_older(event: Received, as_of: datetime, known: Caseload) -> bool:
    """By the count of the worker's events; by the time told where an event came without one."""
    if event.version is not None and known.version is not None:
        return event.version <= known.version
    return as_of < known.as_of

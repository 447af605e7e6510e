"""Keeping up with teams, leads, closings and restrictions by events, in any order and repeated (AU-3, rule 2).

Each event writes what it tells, with its time; then the grants of the case are made what the facts known so far say.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from audit.trails.model import CaseCourse, RestrictedPerson, TeamPlace
from chassis.events import Received
from chassis.work import Work

TEAM = "team"
# As in cases: the last lead goes on reading for as long as the directory lists an ended involvement.
ANSWERABLE_FOR = timedelta(days=365)
_SHOWN = ("directory",)


def team_member_joined(work: Work, *, event: Received) -> None:
    """Somebody is on the team from now on, unless it was told before that they left."""
    _place(work, event, standing=event.data.get("standing"), joined_at=event.time)


def team_member_left(work: Work, *, event: Received) -> None:
    """A membership is over."""
    _place(work, event, left_at=event.time)


def team_member_kept_out(work: Work, *, event: Received) -> None:
    """A member who stays named opens nothing any more."""
    _place(work, event, closed_to_at=event.time)


def team_listed(work: Work, *, event: Received) -> None:
    """The whole team of a case, for what was told before this service followed it; newer words stand."""
    told, case_id = event.data, UUID(event.data["case_id"])
    course = _course(work, case_id)
    course.opens(datetime.fromisoformat(told["opened_at"]))
    if told["closed_at"] is not None:
        course.closes(datetime.fromisoformat(told["closed_at"]))
    since = datetime.fromisoformat(told["lead"]["since"])
    if course.lead_since is None or course.lead_since < since:
        course.lead, course.lead_since = told["lead"]["worker"], since
    for each in told["members"]:
        learned = {"standing": each["standing"], "joined_at": datetime.fromisoformat(each["joined_at"])}
        if each["left_at"] is not None:
            learned["left_at"] = datetime.fromisoformat(each["left_at"])
        if each["kept_out"]:
            learned["closed_to_at"] = event.time
        _write(work, case_id, membership_id=UUID(each["membership_id"]), worker=each["worker"], **learned)
    _settle(work, case_id)


def lead_changed(work: Work, *, event: Received) -> None:
    """Somebody leads; an older word changes nothing."""
    case_id = UUID(event.data["case_id"])
    course = _course(work, case_id)
    if course.lead_since is None or course.lead_since <= event.time:
        course.lead, course.lead_since = event.data["worker"], event.time
    _settle(work, case_id)


def case_opened(work: Work, *, event: Received) -> None:
    """The case is open, for the first time or again."""
    course = _course(work, UUID(event.data["case_id"]))
    course.opens(event.time)
    _settle(work, course.case_id)


def case_closed(work: Work, *, event: Received) -> None:
    """The case takes no more work; its last lead reads on for a year."""
    course = _course(work, UUID(event.data["case_id"]))
    course.closes(event.time)
    _settle(work, course.case_id)


def restriction_placed(work: Work, *, event: Received) -> None:
    """A person is restricted."""
    _restriction(work, event, restricted=True)


def restriction_lifted(work: Work, *, event: Received) -> None:
    """A person is restricted no longer."""
    _restriction(work, event, restricted=False)


def _place(work: Work, event: Received, **learned: Any) -> None:
    told = event.data
    case_id = UUID(told["case_id"])
    _course(work, case_id)
    _write(work, case_id, membership_id=UUID(told["membership_id"]), worker=told["worker"], **learned)
    _settle(work, case_id)


def _write(work: Work, case_id: UUID, *, membership_id: UUID, worker: str, **learned: Any) -> None:
    word = insert(TeamPlace).values(membership_id=membership_id, case_id=case_id, worker=worker, **learned)
    # What is known already stays: an event that is told again, or late, takes nothing back.
    kept = {name: func.coalesce(getattr(TeamPlace, name), getattr(word.excluded, name)) for name in learned}
    work.session.execute(word.on_conflict_do_update(index_elements=["membership_id"], set_=kept))


def _course(work: Work, case_id: UUID) -> CaseCourse:
    """The row of a case, held: events of one case take turns."""
    work.session.execute(insert(CaseCourse).values(case_id=case_id).on_conflict_do_nothing())
    return work.session.scalars(
        select(CaseCourse)
        .where(CaseCourse.case_id == case_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _settle(work: Work, case_id: UUID) -> None:
    """Make the grants on the case's trail those that the facts known so far ask for."""
    work.session.flush()
    due = _due(work, case_id)
    for grant in work.grants.live(record=("case", case_id), basis=TEAM):
        held = (grant.grantee.removeprefix("worker:"), grant.reference, grant.valid_until)
        if held in due:
            due.remove(held)
        else:
            grant.ended_at = work.now
    for worker, reference, until in sorted(due, key=str):
        if until is None or until > work.now:
            work.grants.give(
                grantee=f"worker:{worker}",
                record=("case", case_id),
                categories=_SHOWN,
                basis=TEAM,
                reference=reference,
                valid_until=until,
            )


def _due(work: Work, case_id: UUID) -> set[tuple[str, UUID, datetime | None]]:
    course = work.session.get_one(CaseCourse, case_id)
    places = work.session.scalars(
        select(TeamPlace).where(TeamPlace.case_id == case_id).execution_options(populate_existing=True)
    ).all()
    kept_out = {place.worker for place in places} - {
        place.worker for place in places if place.closed_to_at is None
    }
    if course.closed_at is not None:
        until = course.closed_at + ANSWERABLE_FOR
        return {(course.lead, case_id, until)} if course.lead and course.lead not in kept_out else set()
    due: set[tuple[str, UUID, datetime | None]] = {
        (place.worker, place.membership_id, None) for place in places if place.opens_the_case
    }
    # Only staff lead; a lead may be told of before the membership is.
    if course.lead is not None and course.lead not in {place.worker for place in places}:
        due.add((course.lead, case_id, None))
    return due


def _restriction(work: Work, event: Received, *, restricted: bool) -> None:
    person_id = UUID(event.data["person_id"])
    word = insert(RestrictedPerson).values(person_id=person_id, restricted=restricted, as_of=event.time)
    work.session.execute(
        word.on_conflict_do_update(
            index_elements=["person_id"],
            set_={"restricted": restricted, "as_of": event.time},
            where=RestrictedPerson.as_of <= event.time,
        )
    )

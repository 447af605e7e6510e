"""Holding a family team meeting (CA-6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from cases import events
from cases.casefile.model import Case
from cases.confidence.actions import keep
from cases.confidence.sight import concerned
from cases.meetings.model import Attendance, Decision, Meeting
from cases.plan.actions import agree
from cases.plan.model import Plan
from chassis.clocks import house_calendar, months
from chassis.errors import FieldError, InvalidInput, invalid
from chassis.ids import new_id
from chassis.work import Work

REVIEW = "review"
REVIEW_WITHIN = months(3)


def hold(
    work: Work,
    *,
    case_id: UUID,
    held_at: datetime,
    place: str,
    attendees: Sequence[dict[str, Any]],
    decisions: Sequence[str],
    actions: Sequence[dict[str, Any]],
    next_review_on: date | None,
    further_decisions: Sequence[dict[str, Any]] = (),
    visibility: dict[str, Any] | None = None,
) -> Meeting:
    """Record a meeting: who came, what was decided, who does what, and when the plan is looked at again
    (CA-6).

    What is not for the whole family goes with its visibility: a decision, an action, or all of the meeting (CA-1).
    Its actions go into the plan, which is begun when there is none. The review that the meeting before
    promised is met by this one, and the next is on the clock: three months, or sooner when the meeting says
    so.

    Raises CaseClosed; InvalidInput for a meeting in the future, a review later than three months, a person
    who is no member, or an owner who is not on the team.
    """
    case = work.load(Case, case_id, for_update=True)
    case.must_be_open()
    if held_at > work.now:
        raise invalid("/held_at", "past", "Must not be in the future.")
    _check_attendees(case, attendees)
    review_at = _review_after(held_at, on=next_review_on)

    meeting = work.add(
        Meeting(
            id=new_id(),
            case_id=case.id,
            held_at=held_at,
            place=place,
            next_review_on=house_calendar().day_of(review_at),
            came=[
                Attendance(case_id=case.id, place_in_list=at, **attendee)
                for at, attendee in enumerate(attendees)
            ],
            decided=[
                Decision(case_id=case.id, place_in_list=at, words=words)
                for at, words in enumerate([*decisions, *(each["words"] for each in further_decisions)])
            ],
            actions=[],
        )
    )
    keep(work, case=case, kind="meeting", item=meeting, said=visibility)
    for at, said in enumerate(further_decisions):
        keep(
            work,
            case=case,
            kind="decision",
            item=meeting.decided[len(decisions) + at],
            said=said["visibility"],
            pointer=f"/further_decisions/{at}",
        )
    if actions:
        plan = work.session.get(Plan, case.id) or work.add(
            Plan(id=case.id, sections=[], goals=[], actions=[])
        )
        for at, agreed in enumerate(actions):
            action = agree(
                work, case=case, plan=plan, meeting_id=meeting.id, pointer=f"/actions/{at}", **agreed
            )
            meeting.actions.append(action)
    _put_review_on_the_clock(work, case=case, held_at=held_at, due=review_at)
    work.emit(events.meeting_held(meeting))
    concerned(work, case, meeting.visibility)
    return meeting


def _check_attendees(case: Case, attendees: Sequence[dict[str, Any]]) -> None:
    strangers = [
        FieldError(f"/attendees/{at}/person_id", "member", "Must be a member of the case.")
        for at, attendee in enumerate(attendees)
        if attendee["person_id"] is not None and attendee["person_id"] not in case.persons_in_sight
    ]
    if strangers:
        raise InvalidInput(errors=strangers)


def _review_after(held_at: datetime, *, on: date | None) -> datetime:
    calendar = house_calendar()
    latest = REVIEW_WITHIN.due(calendar, since=held_at)
    if on is None:
        return latest
    if on <= calendar.day_of(held_at):
        raise invalid("/next_review_on", "after_meeting", "Must be after the meeting.")
    if on > calendar.day_of(latest):
        raise invalid(
            "/next_review_on", "within_three_months", "Must be at most three months after the meeting."
        )
    return calendar.end_of(on)


def _put_review_on_the_clock(work: Work, *, case: Case, held_at: datetime, due: datetime) -> None:
    running = next((clock for clock in work.clocks.of(case) if clock.kind == REVIEW and clock.is_open), None)
    if running is not None:
        if running.started_at > held_at:
            return  # A meeting recorded late, after the one that followed it, which set the clock.
        work.clocks.meet(REVIEW, case, at=held_at)
    work.clocks.start(REVIEW, case, due=due, since=held_at)

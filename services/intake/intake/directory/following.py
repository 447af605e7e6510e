"""What the directory learns from cases: who works with whom, who leads, that an assessment exists (IN-9).

The same events say which staff would come to know a person's name and how to reach them; `people/vouching.py` decides
whether they do (CO-9). Nothing else of a case is kept, and events tell no names: whom to show is looked up among the
agencies and practitioners that registered here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import select

from chassis import consented
from chassis.clocks import house_calendar
from chassis.events import Received
from chassis.work import Work
from intake.directory.model import CommonAssessment, Involvement, Joining
from intake.directory.schemas import CASES
from intake.people.by_name import actions as by_name
from intake.people.vouching import acted, open_to_teams, stop_seeing

COMMON_ASSESSMENT = "common_assessment"
# Relatives and the client are on the team as themselves, not for an agency.
WORKS_FOR_AN_AGENCY = ("staff", "provider", "advocate")


def case_opened(work: Work, *, event: Received) -> None:
    """The agency that opened a case is involved with each person in it."""
    told = event.data
    for person_id in told["person_ids"]:
        work.add(
            Involvement(
                person_id=UUID(person_id),
                organisation=told["organisation"],
                role="case_holder",
                since=_day(event),
                source=CASES,
                reference=told["case_id"],
                case_id=UUID(told["case_id"]),
            )
        )


def team_member_joined(work: Work, *, event: Received) -> None:
    """A worker is involved from now on; staff who are vouched for may see who the person is, while on the team."""
    told = event.data
    for person_id in map(UUID, told["person_ids"]):
        if told.get("standing") in WORKS_FOR_AN_AGENCY and told["organisation"]:
            work.add(
                Involvement(
                    person_id=person_id,
                    organisation=told["organisation"],
                    worker=told["worker"],
                    role=told["role"],
                    since=_day(event),
                    source=CASES,
                    reference=told["membership_id"],
                    case_id=UUID(told["case_id"]),
                )
            )
        if told.get("standing") == "staff":
            work.add(
                Joining(
                    membership_id=UUID(told["membership_id"]),
                    case_id=UUID(told["case_id"]),
                    person_id=person_id,
                    worker=told["worker"],
                )
            )
    case_id, persons = UUID(told["case_id"]), [UUID(each) for each in told["person_ids"]]
    acted(work, case_id=case_id, worker=told.get("added_by"), persons=persons)
    open_to_teams(work, case_id=case_id)


def member_added(work: Work, *, event: Received) -> None:
    """Who is on the team when a person joins the family is involved with that person too.

    Whether they may see who that person is, is asked anew: knowing a girl is not knowing everybody named beside her.
    """
    case_id, person_id = UUID(event.data["case_id"]), UUID(event.data["person_id"])
    present = {each.reference: each for each in _of_case(work, event) if each.until is None}
    for each in present.values():
        if each.person_id != person_id:
            work.add(each.with_person(person_id, since=_day(event)))
    joined = work.session.scalars(
        select(Joining).where(Joining.case_id == case_id).order_by(Joining.id)
    ).all()
    known = {each.membership_id for each in joined if each.person_id == person_id}
    for membership_id, worker in {each.membership_id: each.worker for each in joined}.items():
        if membership_id not in known:
            work.add(
                Joining(membership_id=membership_id, case_id=case_id, person_id=person_id, worker=worker)
            )
    acted(work, case_id=case_id, worker=event.data.get("added_by"), persons=[person_id])
    open_to_teams(work, case_id=case_id)


def consent_given(work: Work, *, event: Received) -> None:
    """A person's consent opens what it names, to the team of whoever it is given to no further than it says (CO-9)."""
    consented.given(work, event=event)
    by_name.gave(work, event=event)
    open_to_teams(work, person_id=UUID(event.data["person_id"]))


def consent_ended(work: Work, *, event: Received) -> None:
    """A consent has ended, and what it lent to a team with it (CO-8)."""
    consented.withdrawn(work, event=event)
    open_to_teams(work, person_id=UUID(event.data["person_id"]))


def consent_refused(work: Work, *, event: Received) -> None:
    """A person refuses; what was lent of it is taken back too, and whom they refuse is lent nothing (CO-1, CO-8)."""
    consented.refused(work, event=event)
    by_name.refused(work, event=event)
    open_to_teams(work, person_id=UUID(event.data["person_id"]))


def withdrawal_declared(work: Work, *, event: Received) -> None:
    """A person takes back what was given before; what was lent of it is taken back too (CO-1, CO-8)."""
    consented.withdrawal_declared(work, event=event)
    by_name.took_back(work, event=event)
    for person_id in event.data["person_ids"]:
        open_to_teams(work, person_id=UUID(person_id))


def lead_changed(work: Work, *, event: Received) -> None:
    """The directory shows who leads; exactly one worker of the team does."""
    for each in _of_case(work, event):
        each.lead = each.until is None and each.worker == event.data["worker"]


def team_member_left(work: Work, *, event: Received) -> None:
    """The involvement has ended, and with it what the worker could see of the person here."""
    membership_id = event.data["membership_id"]
    _end(event, (each for each in _of_case(work, event) if each.reference == membership_id))
    stop_seeing(work, membership_id=UUID(membership_id))


def case_closed(work: Work, *, event: Received) -> None:
    """Nobody is involved through this case any more; its entries stay for a year."""
    involvements = _of_case(work, event)
    _end(event, involvements)
    case_id = UUID(event.data["case_id"])
    for membership_id in set(
        work.session.scalars(select(Joining.membership_id).where(Joining.case_id == case_id))
    ):
        stop_seeing(work, membership_id=membership_id)
    _end(event, work.session.scalars(select(CommonAssessment).where(CommonAssessment.case_id == case_id)))


def assessment_recorded(work: Work, *, event: Received) -> None:
    """A common assessment exists, and its author is whom to ask. That other forms exist is not told here.

    Whoever wrote any assessment of the person works with them, and vouches for their team if they know them.
    """
    told = event.data
    case_id = UUID(told["case_id"])
    acted(work, case_id=case_id, worker=told["author"], persons=[UUID(told["person_id"])])
    open_to_teams(work, case_id=case_id)
    if told["form"] != COMMON_ASSESSMENT:
        return
    work.add(
        CommonAssessment(
            assessment_id=UUID(told["assessment_id"]),
            person_id=UUID(told["person_id"]),
            case_id=case_id,
            organisation=told["organisation"],
            worker=told["author"],
            recorded_on=_day(event),
        )
    )


def _end(event: Received, entries: Iterable[Involvement | CommonAssessment]) -> None:
    for entry in entries:
        entry.end(on=_day(event))


def _of_case(work: Work, event: Received) -> list[Involvement]:
    case_id = UUID(event.data["case_id"])
    return list(work.session.scalars(select(Involvement).where(Involvement.case_id == case_id)))


def _day(event: Received) -> date:
    return house_calendar().day_of(event.time)

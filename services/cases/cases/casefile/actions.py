"""What may happen to a case file (CA-1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from cases import events
from cases.casefile.model import Case, Member
from cases.caseload import actions as caseloads
from cases.confidence.actions import keep_from
from cases.confidence.sight import concerned, must_see_all_sides, told
from cases.errors import HiddenFromThisPerson, OrganisationMissing
from cases.people.queries import sign_ins_of
from cases.people.roll_call import expect_on_record
from cases.team.actions import begin_lead, give_reach, join
from cases.team.model import REACH_OF_STANDING, TeamMember
from chassis import same_person
from chassis.errors import invalid
from chassis.ids import new_id
from chassis.work import Work

# As long as the directory lists an ended involvement (IN-9), somebody can still answer for it.
ANSWERABLE_FOR = timedelta(days=365)


def open_case(
    work: Work,
    *,
    program: str,
    title: str | None,
    members: Sequence[dict[str, Any]],
    role: str,
    expertise: str | None,
    introduced_on: date | None,
) -> Case:
    """Open a case for a whole family or one person; the opener joins its team and leads (CA-1, CA-2).

    Raises OrganisationMissing, NotFound for a member who is not on record, and HiddenFromThisPerson when a member is
    hidden from the opener.
    """
    if len({given["person_id"] for given in members}) < len(members):
        raise invalid("/members", "unique", "A person is a member once.")
    if work.actor.organisation is None:
        raise OrganisationMissing
    expect_on_record(work, [given["person_id"] for given in members])
    opener = TeamMember(
        id=new_id(),
        worker=work.actor.subject,
        organisation=work.actor.organisation,
        standing="staff",
        role=role,
        expertise=expertise,
        introduced_on=introduced_on,
        joined_at=work.now,
    )
    case = Case(
        id=new_id(),
        program=program,
        title=title,
        organisation=work.actor.organisation,
        lead_membership_id=opener.id,
        person_ids=[],
        kept_away=[],
        opened_at=work.now,
        members=[],
        team=[],
        leads=[],
        assessments=[],
    )
    kept = []
    for given in members:
        member = Member(**{name: value for name, value in given.items() if name != "kept_from"})
        case.take_in(member)
        kept.append((member, given.get("kept_from", [])))
    # The grant comes first: the database lets nobody write a case that they could not reach.
    give_reach(work, case_id=case.id, membership=opener)
    work.add(case)
    work.emit(events.case_opened(case))
    for member, others in kept:
        if others:
            keep_from(work, case=case, member=member, kept_from=others, reason=None)
    join(work, case=case, membership=opener)
    begin_lead(work, case=case, membership=opener, asked_by=None, reason=None)
    concerned(work, case)
    return case


def add_member(
    work: Work,
    *,
    case_id: UUID,
    person_id: UUID,
    relation: str,
    since: date | None,
    hidden_from: Sequence[UUID],
    kept_from: Sequence[UUID] = (),
) -> Case:
    """Add somebody whom the client names as family (CA-1).

    Raises CaseClosed, NotFound for somebody who is not on record, AlreadyMember, and HiddenFromThisPerson when somebody
    from whom the new member is to be hidden is on the team, or has somebody there who stands for them: that membership
    has to end first.
    """
    case = work.load(Case, case_id, for_update=True)
    must_see_all_sides(work, case=case)
    expect_on_record(work, [person_id])
    present = {membership.worker for membership in case.present_team}
    stood_for = {membership.for_member for membership in case.present_team}
    away = same_person.records_of(work.session, hidden_from)
    if present & sign_ins_of(work, persons=hidden_from) or stood_for & away:
        raise HiddenFromThisPerson
    member = Member(person_id=person_id, relation=relation, since=since, hidden_from=list(hidden_from))
    case.take_in(member)
    work.session.flush()
    if kept_from:
        keep_from(work, case=case, member=member, kept_from=kept_from, reason=None)
    work.emit(events.member_added(member, added_by=work.actor.subject))
    concerned(work, case)
    return told(work, case)


def close(work: Work, *, case_id: UUID, reason: str) -> Case:
    """End the work on a case: its lead term, its team and its clocks end with it (CA-1).

    The last lead keeps reading for a year, to answer those who find the ended involvement in the directory
    (IN-9). Raises CaseClosed.
    """
    case = work.load(Case, case_id, for_update=True)
    case.close(at=work.now, reason=reason)
    lead = case.lead
    if lead is not None:
        lead.ended_at = work.now
        # Who was kept out of the case while leading it does not come in by its closing.
        if work.grants.live(record=("case", case.id), grantee=f"worker:{lead.worker}", basis="team"):
            work.grants.give(
                grantee=f"worker:{lead.worker}",
                record=("case", case.id),
                categories=REACH_OF_STANDING["staff"].categories,
                basis="team",
                valid_until=work.now + ANSWERABLE_FOR,
            )
    for membership in case.present_team:
        membership.leave(at=work.now, reason="case_closed")
        work.emit(events.team_member_left(case, membership))
    for clock in work.clocks.of(case):
        if clock.is_open:
            work.clocks.cancel(clock.kind, case)
    work.emit(events.case_closed(case))
    caseloads.nobody_leads(work, case=case)
    concerned(work, case)
    # Written while the team still reaches the case, whose grants end last.
    work.session.flush()
    for membership in case.team:
        work.grants.end(reference=membership.id)
    return case

"""What may happen to the team around the family and to its lead (CA-2)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from cases import events
from cases.casefile.model import Case
from cases.caseload import actions as caseloads
from cases.confidence.actions import keep
from cases.confidence.sight import concerned, must_see_all_sides, persons_told, told
from cases.errors import (
    AlreadyLead,
    AlreadyOnTeam,
    HiddenFromThisPerson,
    LeadIsSeen,
    LeadMustBeHandedOver,
    NotOnTeam,
    OnlyStaffLead,
)
from cases.people.queries import sign_ins_of
from cases.team.model import LeadTerm, TeamMember
from chassis import same_person
from chassis.errors import invalid
from chassis.work import Work


def add_member(
    work: Work,
    *,
    case_id: UUID,
    worker: str,
    organisation: str | None,
    standing: str,
    role: str,
    expertise: str | None,
    introduced_on: date | None,
    for_member: UUID | None = None,
    visibility: dict[str, Any] | None = None,
) -> TeamMember:
    """Let somebody join the team; their standing decides how much of the case they reach (CA-2).

    A relative, an advocate or the client sees what the member sees for whom they stand (CA-1). `visibility` says who
    in the family may know that they are on the team.

    Nothing of an assessment: that is the person's to open. Raises CaseClosed, AlreadyOnTeam,
    HiddenFromThisPerson.
    """
    case = work.load(Case, case_id, for_update=True)
    must_see_all_sides(work, case=case)
    case.must_be_open()
    if worker in {membership.worker for membership in case.present_team}:
        raise AlreadyOnTeam
    membership = TeamMember(
        worker=worker,
        organisation=organisation,
        standing=standing,
        role=role,
        expertise=expertise,
        introduced_on=introduced_on,
        joined_at=work.now,
        for_member=_stood_for(work, case, for_member),
    )
    join(work, case=case, membership=membership, visibility=visibility)
    give_reach(work, case_id=case.id, membership=membership)
    concerned(work, case)
    return membership


def end_membership(work: Work, *, case_id: UUID, membership_id: UUID, reason: str) -> TeamMember:
    """End a membership, and with it what it opened; the client may refuse a team member (CA-2).

    Raises NotOnTeam, and LeadMustBeHandedOver for the lead.
    """
    case = work.load(Case, case_id, for_update=True)
    case.must_be_open()
    membership = _present(case, membership_id)
    if membership.id == case.lead_membership_id:
        raise LeadMustBeHandedOver
    membership.leave(at=work.now, reason=reason)
    # Written while the actor still reaches the case: it may be the actor who leaves.
    work.session.flush()
    work.emit(events.team_member_left(case, membership))
    concerned(work, case)
    told(work, case)
    work.grants.end(reference=membership.id)
    return membership


def change_lead(work: Work, *, case_id: UUID, membership_id: UUID, asked_by: str, reason: str | None) -> Case:
    """Pass the lead to another member of the team, noting who asked for it (CA-2).

    Raises CaseClosed, NotOnTeam, AlreadyLead, OnlyStaffLead, and LeadIsSeen for a place that is kept apart.
    """
    case = work.load(Case, case_id, for_update=True)
    case.must_be_open()
    membership = _present(case, membership_id)
    if membership.id == case.lead_membership_id:
        raise AlreadyLead
    if membership.visibility is not None:
        raise LeadIsSeen
    begin_lead(work, case=case, membership=membership, asked_by=asked_by, reason=reason)
    concerned(work, case)
    return told(work, case)


def join(work: Work, *, case: Case, membership: TeamMember, visibility: dict[str, Any] | None = None) -> None:
    """Write a membership and announce it, for those members who may know of it. Raises HiddenFromThisPerson."""
    if membership.worker in sign_ins_of(work, persons=case.kept_away):
        raise HiddenFromThisPerson
    case.team.append(membership)
    work.session.flush()
    word = keep(work, case=case, kind="team_member", item=membership, said=visibility)
    persons = persons_told(work, case=case, word=word)
    work.emit(events.team_member_joined(case, membership, added_by=work.actor.subject, persons=persons))


def _stood_for(work: Work, case: Case, member: UUID | None) -> UUID | None:
    """The member for whom somebody joins; raises HiddenFromThisPerson when the family is hidden from that member."""
    if member is None:
        return None
    if member not in {each.person_id for each in case.members}:
        raise invalid("/for_member", "member", "Must be a member of the case.")
    if same_person.members(work.session, member) & set(case.kept_away):
        raise HiddenFromThisPerson
    return member


def give_reach(work: Work, *, case_id: UUID, membership: TeamMember) -> None:
    """Open the case to a team member, as far as the standing goes and as long as the membership lasts."""
    work.grants.give(
        grantee=f"worker:{membership.worker}",
        record=("case", case_id),
        categories=membership.reach.categories,
        basis="team",
        may_write=membership.reach.may_write,
        reference=membership.id,
    )


def begin_lead(
    work: Work, *, case: Case, membership: TeamMember, asked_by: str | None, reason: str | None
) -> None:
    """End the running lead term, then begin another: the database allows one at a time."""
    if not membership.reach.may_write:
        raise OnlyStaffLead
    previous = case.lead
    if previous is not None:
        previous.ended_at = work.now
        work.session.flush()
    case.lead_membership_id = membership.id
    case.leads.append(LeadTerm(membership=membership, began_at=work.now, asked_by=asked_by, reason=reason))
    work.session.flush()
    work.emit(events.lead_changed(case, membership, previous=previous.worker if previous else None))
    caseloads.now_leads(work, case=case, membership=membership)


def _present(case: Case, membership_id: UUID) -> TeamMember:
    found = next((each for each in case.present_team if each.id == membership_id), None)
    if found is None:
        raise NotOnTeam
    return found

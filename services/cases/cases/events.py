"""What cases publishes. The subject is the case, so that everything of one case arrives in order.

A caseload has its worker for a subject, so that the counts of one worker arrive in order; a roll call has itself.

Ids, codes and times only (rule 4). What cases understands is listed in `service.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import groupby
from uuid import NAMESPACE_URL, UUID, uuid5

from cases.assessments.model import Assessment
from cases.casefile.model import Case, Member
from cases.caseload.model import LedCase
from cases.contacts.model import Contact
from cases.meetings.model import Meeting
from cases.people.model import RollCallWanted
from cases.plan.model import Action
from cases.team.model import TeamMember
from chassis.events import Event, event


def case_opened(case: Case) -> Event:
    """A case has been opened for these persons."""
    return event(
        "cases.case.opened.v1",
        subject=case.id,
        data={
            "case_id": case.id,
            "person_ids": case.person_ids,
            "program": case.program,
            "organisation": case.organisation,
        },
    )


def case_closed(case: Case) -> Event:
    """The case takes no more work."""
    return event(
        "cases.case.closed.v1",
        subject=case.id,
        data={"case_id": case.id, "person_ids": case.person_ids, "reason": case.reason_for_closing},
    )


def member_added(member: Member, *, added_by: str) -> Event:
    """A person has become a member of the family; who added them answers for it."""
    return event(
        "cases.member.added.v1",
        subject=member.case_id,
        data={"case_id": member.case_id, "person_id": member.person_id, "added_by": added_by},
    )


def team_member_joined(
    case: Case, membership: TeamMember, *, added_by: str, persons: Sequence[UUID]
) -> Event:
    """A worker has joined the team; who opens a case adds themselves.

    `persons` are the members who may know of it: nobody else's entry in the directory shows the agency (CA-1).
    """
    return event(
        "cases.team_member.joined.v1",
        subject=case.id,
        data={
            "case_id": case.id,
            "membership_id": membership.id,
            "person_ids": list(persons),
            "worker": membership.worker,
            "organisation": membership.organisation,
            "standing": membership.standing,
            "role": membership.role,
            "added_by": added_by,
        },
    )


def team_member_left(case: Case, membership: TeamMember) -> Event:
    """A worker has left the team."""
    return event(
        "cases.team_member.left.v1",
        subject=case.id,
        data={
            "case_id": case.id,
            "membership_id": membership.id,
            "person_ids": case.person_ids,
            "worker": membership.worker,
            "reason": membership.reason_for_leaving,
        },
    )


def team_member_kept_out(membership: TeamMember) -> Event:
    """A lead from whom a member is hidden stays named and opens nothing any more."""
    return event(
        "cases.team_member.kept_out.v1",
        subject=membership.case_id,
        data={
            "case_id": membership.case_id,
            "membership_id": membership.id,
            "worker": membership.worker,
        },
    )


def roll_call_wanted(asked: RollCallWanted) -> Event:
    """Intake is asked to tell everybody whom it holds, under this identifier."""
    return event("cases.roll_call.wanted.v1", subject=asked.id, data={"roll_call_id": asked.id})


def team_listed(case: Case, *, kept_out: Collection[TeamMember]) -> Event:
    """The whole team as it stands, those who left with it; `kept_out` are members whose place opens nothing."""
    term = case.leads[-1]
    return event(
        "cases.team.listed.v1",
        subject=case.id,
        data={
            "case_id": case.id,
            "opened_at": case.opened_at,
            "closed_at": case.closed_at,
            "lead": {"worker": term.worker, "since": term.began_at},
            "members": [
                {
                    "membership_id": membership.id,
                    "worker": membership.worker,
                    "standing": membership.standing,
                    "joined_at": membership.joined_at,
                    "left_at": membership.left_at,
                    "kept_out": membership in kept_out,
                }
                for membership in case.team
            ],
        },
    )


def lead_changed(case: Case, membership: TeamMember, *, previous: str | None) -> Event:
    """Another worker leads the case; `previous` is None when it has just been opened."""
    return event(
        "cases.case.lead_changed.v1",
        subject=case.id,
        data={
            "case_id": case.id,
            "person_ids": case.person_ids,
            "worker": membership.worker,
            "organisation": membership.organisation,
            "previous": previous,
        },
    )


def assessment_recorded(assessment: Assessment) -> Event:
    """An assessment exists, whom to ask about it, and which questions were answered: their codes, never an answer."""
    return event(
        "cases.assessment.recorded.v1",
        subject=assessment.case_id,
        data={
            "assessment_id": assessment.id,
            "case_id": assessment.case_id,
            "person_id": assessment.person_id,
            "form": assessment.form,
            "form_version": assessment.form_version,
            "author": assessment.author,
            "organisation": assessment.organisation,
            "answered": sorted(answer.question for answer in assessment.answers),
        },
    )


def meeting_held(meeting: Meeting) -> Event:
    """A family team meeting has been held, and when the plan is looked at again."""
    return event(
        "cases.meeting.held.v1",
        subject=meeting.case_id,
        data={
            "meeting_id": meeting.id,
            "case_id": meeting.case_id,
            "next_review_on": meeting.next_review_on,
        },
    )


def action_updated(action: Action) -> Event:
    """An action of the plan stands differently now."""
    return event(
        "cases.action.updated.v1",
        subject=action.case_id,
        data={"action_id": action.id, "case_id": action.case_id, "status": action.status},
    )


def contact_recorded(contact: Contact) -> Event:
    """A contact with the client has been recorded, or an earlier record amended."""
    return event(
        "cases.contact.recorded.v1",
        subject=contact.case_id,
        data={
            "contact_id": contact.id,
            "case_id": contact.case_id,
            "person_id": contact.person_id,
            "took_place_at": contact.took_place_at,
            "length_minutes": contact.length_minutes,
            "in_community": contact.in_community,
            "amends": contact.amends,
        },
    )


def caseload_of(worker: str) -> UUID:
    """The subject of a worker's caseload events: the same for ever, made of the sign-in."""
    return uuid5(NAMESPACE_URL, f"caseload:{worker}")


def caseload_changed(
    *, worker: str, organisation: str | None, led: Sequence[LedCase], as_of: datetime
) -> Event:
    """What a worker leads now, in full; `led` is in the order of programs (CA-3, IN-6)."""
    return event(
        "cases.caseload.changed.v1",
        subject=caseload_of(worker),
        data={
            "worker": worker,
            "organisation": organisation,
            "led_cases": len(led),
            "weight": float(sum(each.weight for each in led)),
            "programs": [
                {"program": program, "case_ids": [each.id for each in cases]}
                for program, cases in groupby(led, key=lambda each: each.program)
            ],
            "as_of": as_of,
        },
    )

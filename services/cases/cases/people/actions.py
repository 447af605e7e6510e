"""What cases does when intake links a sign-in to a person."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import or_, select

from cases import events
from cases.assessments.form import CONTENT_CATEGORIES
from cases.casefile.model import Case
from cases.people.model import LinkedAccount
from cases.people.roll_call import register
from cases.team.model import TeamMember
from chassis import same_person
from chassis.events import Received
from chassis.work import Work

OWN_RECORD = "own_record"


def link_account(work: Work, *, event: Received) -> None:
    """Let persons reach what is recorded about themselves, and keep them from families hidden from them
    (CA-1).

    Only the person's own sign-in gets a grant here, to read: a parent or a carer reads of an assessment what
    the person's consent names. No grant reaches the case or its plan; for that the client joins the team.
    """
    register.recorded(work, event=event)
    account, person_id, relation = (
        event.data["account"],
        UUID(event.data["person_id"]),
        event.data["relation"],
    )
    known = select(LinkedAccount).where(
        LinkedAccount.account == account, LinkedAccount.person_id == person_id
    )
    if work.session.scalars(known).first() is not None:
        return
    work.add(LinkedAccount(account=account, person_id=person_id, relation=relation, linked_at=event.time))
    if relation != "self":
        return
    work.grants.give(
        grantee=f"worker:{account}",
        record=("person", person_id),
        categories=CONTENT_CATEGORIES,
        purposes=[OWN_RECORD],
        basis="self",
        reaches_restricted=True,
    )
    for membership in _memberships_hidden_from(work, same_person.members(work.session, person_id)):
        _send_away(work, membership)


def follow_clusters(work: Work, *, event: Received) -> None:
    """Records are of one person, or no longer: who is hidden from one of them is hidden from all (IN-8, CA-1).

    A membership that this ends stays ended when the link turns out to be a mistake: whoever leads adds them anew.
    """
    same_person.followed(work, event=event)
    persons = {person for cluster in same_person.clusters_told(event) for person in cluster}
    for records in sorted(set(same_person.members_of_each(work.session, persons).values()), key=min):
        for membership in _memberships_hidden_from(work, records):
            _send_away(work, membership)


def _send_away(work: Work, membership: TeamMember) -> None:
    """End what the membership opened, here and in every service that hears of it.

    A lead stays named as such, without any reach, until the case is handed over: there is exactly one (CA-2). Who led a
    case that is closed does not answer for it any more.
    """
    case = work.session.get_one(Case, membership.case_id)
    work.grants.end(grantee=f"worker:{membership.worker}", record=("case", case.id), basis="team")
    if membership.id == case.lead_membership_id:
        work.emit(events.team_member_kept_out(membership))
    else:
        membership.leave(at=work.now, reason="hidden_from")
        work.emit(events.team_member_left(case, membership))


def _memberships_hidden_from(work: Work, records: Collection[UUID]) -> list[TeamMember]:
    """What reaches a case from which the person of these records is kept: present memberships, and who led it last.

    Of the person's own sign-ins, and of whoever stands for the person: nobody knew it when the team was made.
    """
    own = select(LinkedAccount.account).where(
        LinkedAccount.person_id.in_(records), LinkedAccount.relation == "self"
    )
    reaching = (
        select(TeamMember)
        .join(Case, Case.id == TeamMember.case_id)
        .where(
            Case.kept_away.op("&&")(sorted(records)),
            or_(TeamMember.worker.in_(own), TeamMember.for_member.in_(records)),
            or_(TeamMember.left_at.is_(None), TeamMember.id == Case.lead_membership_id),
        )
    )
    return list(work.session.scalars(reaching.order_by(TeamMember.id)))

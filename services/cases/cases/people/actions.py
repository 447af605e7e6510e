"""What cases does when intake links a sign-in to a person, or ends such a link."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from cases import events
from cases.assessments.form import CONTENT_CATEGORIES
from cases.casefile.model import Case, Member
from cases.people.model import LinkedAccount
from cases.people.roll_call import register
from cases.team.model import TeamMember
from chassis import account_links, same_person
from chassis.events import Received
from chassis.ids import new_id
from chassis.work import Work


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
    if not account_links.linked(work, event=event, categories=CONTENT_CATEGORIES):
        return
    row = {
        "id": new_id(),
        "account": account,
        "person_id": person_id,
        "relation": relation,
        "linked_at": event.time,
    }
    work.session.execute(insert(LinkedAccount).values(row).on_conflict_do_nothing())
    if relation != "self":
        return
    for membership in _memberships_hidden_from(work, same_person.members(work.session, person_id)):
        _send_away(work, membership, reason="hidden_from")


def unlink_account(work: Work, *, event: Received) -> None:
    """A sign-in is this person's no more, or acts for her no more: it reaches nothing as such (CA-1, CO-9).

    A place on a team that was hers as the client rests on who signs in, and ends. Any other place somebody gave to the
    sign-in itself, and it stays; so does the ending of one that the link had ended.
    """
    account, person_id = event.data["account"], UUID(event.data["person_id"])
    another = account_links.unlinked(work, event=event)
    known = and_(LinkedAccount.account == account, LinkedAccount.person_id == person_id)
    if another is None:
        work.session.execute(delete(LinkedAccount).where(known))
    else:
        work.session.execute(update(LinkedAccount).where(known).values(relation=another.relation))
    if event.data["relation"] == "self" and (another is None or another.relation != "self"):
        for membership in _memberships_as_client(work, account=account, person_id=person_id):
            _send_away(work, membership, reason="account_unlinked")


def follow_clusters(work: Work, *, event: Received) -> None:
    """Records are of one person, or no longer: who is hidden from one of them is hidden from all (IN-8, CA-1).

    A membership that this ends stays ended when the link turns out to be a mistake: whoever leads adds them anew.
    """
    same_person.followed(work, event=event)
    persons = {person for cluster in same_person.clusters_told(event) for person in cluster}
    for records in sorted(set(same_person.members_of_each(work.session, persons).values()), key=min):
        for membership in _memberships_hidden_from(work, records):
            _send_away(work, membership, reason="hidden_from")


def _send_away(work: Work, membership: TeamMember, *, reason: str) -> None:
    """End what the membership opened, here and in every service that hears of it.

    A lead stays named as such, without any reach, until the case is handed over: there is exactly one (CA-2). Who led a
    case that is closed does not answer for it any more.
    """
    case = work.session.get_one(Case, membership.case_id)
    work.grants.end(grantee=f"worker:{membership.worker}", record=("case", case.id), basis="team")
    if membership.id == case.lead_membership_id:
        work.emit(events.team_member_kept_out(membership))
    else:
        membership.leave(at=work.now, reason=reason)
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


def _memberships_as_client(work: Work, *, account: str, person_id: UUID) -> list[TeamMember]:
    """Present memberships of a sign-in as the client, in cases of this person, for her or for nobody named."""
    records = sorted(same_person.members(work.session, person_id))
    hers = select(Member.case_id).where(Member.person_id.in_(records))
    present = select(TeamMember).where(
        TeamMember.worker == account,
        TeamMember.standing == "client",
        TeamMember.left_at.is_(None),
        TeamMember.case_id.in_(hers),
        or_(TeamMember.for_member.is_(None), TeamMember.for_member.in_(records)),
    )
    return list(work.session.scalars(present.order_by(TeamMember.id)))

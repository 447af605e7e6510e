"""Whose sign-in it is: linking one to a person, ending a link, and which there are (AU-6, CO-9)."""

from __future__ import annotations

from uuid import UUID

from chassis.errors import NotFound, RuleBroken
from chassis.work import Page, Work
from intake import events
from intake.people.access import grant_to_oneself
from intake.people.model import AccountLink, Person


class AccountLinkedAlready(RuleBroken):
    """This sign-in acts for this person already."""

    code = "account_linked_already"
    title = "The account is linked to this person already"


def link(work: Work, *, person_id: UUID, account: str, relation: str) -> AccountLink:
    """Say whose sign-in this is: the person's own, which then reads their record, or a parent's or carer's (AU-6).

    What a parent or carer may see is not given here: it is consented to. Raises AccountLinkedAlready.
    """
    person = work.load(Person, person_id, for_update=True)
    before = work.session.scalars(
        work.visible(AccountLink).where(AccountLink.person_id == person.id, AccountLink.account == account)
    ).all()
    if any(each.ending is None for each in before):
        raise AccountLinkedAlready
    link = work.add(
        AccountLink(
            person_id=person.id,
            account=account,
            relation=relation,
            linked_at=work.now,
            number=len(before) + 1,
            ending=None,
        )
    )
    if relation == "self":
        grant_to_oneself(work, link=link)
    work.emit(events.account_linked(link))
    return link


def unlink(work: Work, *, person_id: UUID, link_id: UUID, because: str) -> AccountLink:
    """End a link that was a mistake or holds no more; what it opened closes here, and everywhere by its event (CO-9).

    It stays on record, and the sign-in may be linked again, to this person or to another. Raises NotFound, also for a
    link of another person, and AccountUnlinkedAlready.
    """
    person = work.load(Person, person_id, for_update=True)
    link = work.load(AccountLink, link_id)
    if link.person_id != person.id:
        raise NotFound
    link.end(at=work.now, by=work.actor.subject, because=because)
    work.session.flush()
    work.grants.end(reference=link.id)
    work.emit(events.account_unlinked(link))
    return link


def search(work: Work, *, person_id: UUID, limit: int, cursor: str | None) -> Page:
    """The sign-ins linked to a person, the latest first, those whose link has ended too.

    Raises NotFound, AccessDenied.
    """
    work.load(Person, person_id)
    linked = work.visible(AccountLink).where(AccountLink.person_id == person_id)
    return work.page(linked, model=AccountLink, limit=limit, cursor=cursor)

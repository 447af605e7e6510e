"""What may happen to the record of a person (IN-7)."""

from __future__ import annotations

from datetime import date
from typing import Any, Unpack
from uuid import UUID

from sqlalchemy.orm.attributes import flag_modified

from chassis.clocks import house_calendar
from chassis.errors import RuleBroken
from chassis.ids import new_id
from chassis.work import Work
from intake import events
from intake.directory.model import Listing
from intake.linking.queries import visible_links
from intake.people.access import grant_to_oneself, grant_to_recorder
from intake.people.birth import Born
from intake.people.model import AccountLink, ContactPoint, Person, PersonName
from intake.people.told import ContactPointTold, DetailsTold, NameTold


class BornInTheFuture(RuleBroken):
    """A date of birth that has not come yet."""

    status = 422
    code = "born_in_the_future"
    title = "The date of birth is in the future"


class AccountLinkedAlready(RuleBroken):
    """This sign-in acts for this person already."""

    code = "account_linked_already"
    title = "The account is linked to this person already"


def record(
    work: Work,
    *,
    names: list[NameTold],
    contact_points: list[ContactPointTold],
    **details: Unpack[DetailsTold],
) -> Person:
    """Record a person as first told; an alias and where to look are enough (IN-1, IN-7).

    Who records, and their teams, may see and amend the record from then on. Raises BornInTheFuture.
    """
    person = Person(id=new_id())
    _know(work, person, details)
    person.go_by([PersonName(**name) for name in names], today=_today(work))
    person.contact_points = [ContactPoint(**point) for point in contact_points]
    grant_to_recorder(work, person_id=person.id)
    work.add(Listing(person=person).as_called())
    work.emit(events.person_recorded(person))
    return person


def amend(
    work: Work,
    *,
    person_id: UUID,
    names: list[NameTold] | None = None,
    contact_points: list[ContactPointTold] | None = None,
    **details: Unpack[DetailsTold],
) -> Person:
    """Set what is now known; what is not sent stays, and a name no longer listed becomes a former one (IN-7).

    Raises StaleVersion when somebody else amended the record since the caller read it, BornInTheFuture.
    """
    person = work.load(Person, person_id, for_update=True)
    _know(work, person, details)
    if names is not None:
        person.go_by([PersonName(**name) for name in names], today=_today(work))
    if contact_points is not None:
        person.contact_points = [ContactPoint(**point) for point in contact_points]
    # Names and contact points are tables of their own; the version that a reader holds counts all of it.
    person.updated_at = work.now
    flag_modified(person, "updated_at")
    work.load(Listing, person.id, for_update=True).as_called()
    person.seen_linked_with(visible_links(work, person.id))
    return person


def link_account(work: Work, *, person_id: UUID, account: str, relation: str) -> AccountLink:
    """Say whose sign-in this is: the person's own, which then reads their record, or a parent's or carer's (AU-6).

    What a parent or carer may see is not given here: it is consented to. Raises AccountLinkedAlready.
    """
    person = work.load(Person, person_id, for_update=True)
    known = work.visible(AccountLink).where(
        AccountLink.person_id == person.id, AccountLink.account == account
    )
    if work.session.scalar(known) is not None:
        raise AccountLinkedAlready
    link = work.add(AccountLink(person_id=person.id, account=account, relation=relation, linked_at=work.now))
    if relation == "self":
        grant_to_oneself(work, link=link)
    work.emit(events.account_linked(link))
    return link


def _know(work: Work, person: Person, details: DetailsTold) -> None:
    told: dict[str, Any] = {**details}
    if born := details.get("born"):
        told["born"] = Born(**born)
        if told["born"].earliest > _today(work):
            raise BornInTheFuture
    for field, value in told.items():
        setattr(person, field, value)


def _today(work: Work) -> date:
    return house_calendar().day_of(work.now)

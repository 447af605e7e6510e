"""What looking for misuse needs to know of the other services: whose sign-in, which family, which case is closed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from audit.alerts.knowledge import Knowledge, gather_about
from audit.alerts.model import AccountOfPerson, ClosedCase, FamilyOfCase
from audit.alerts.rules import rules
from audit.alerts.watching import look_again
from audit.trails import following as trails
from audit.trails.model import CaseCourse
from chassis import account_links, same_person
from chassis.events import Received
from chassis.work import Work

SELF_AND_FAMILY = "self_and_family"


def account_linked(work: Work, *, event: Received) -> None:
    """A sign-in is a person's own, or a parent's or carer's: it reads its own report and is not to read at work.

    What it opened at work in the days before counts as well: a link that comes late hides nothing.
    """
    if not account_links.linked(work, event=event):
        return
    told = event.data
    account = told["account"]
    with _looked_at_again(work, [account], event=event):
        row = {"account": account, "person_id": UUID(told["person_id"]), "relation": told["relation"]}
        work.session.execute(insert(AccountOfPerson).values(row).on_conflict_do_nothing())


def account_unlinked(work: Work, *, event: Received) -> None:
    """The sign-in is this person's no more: it reads her report no more, and what it opens of her is nobody's own.

    An alert that was raised because of the link stays, for whoever looks into it to close.
    """
    told = event.data
    account, person_id = told["account"], UUID(told["person_id"])
    another = account_links.unlinked(work, event=event)
    known = and_(AccountOfPerson.account == account, AccountOfPerson.person_id == person_id)
    if another is None:
        work.session.execute(delete(AccountOfPerson).where(known))
    else:
        work.session.execute(update(AccountOfPerson).where(known).values(relation=another.relation))


def case_opened(work: Work, *, event: Received) -> None:
    """These persons are one family; a case that was closed and opens again is open."""
    case_id = UUID(event.data["case_id"])
    _are_family(work, case_id, [UUID(person) for person in event.data["person_ids"]], event=event)
    trails.case_opened(work, event=event)
    _closed_or_not(work, case_id)


def member_added(work: Work, *, event: Received) -> None:
    """Another person is in the family."""
    _are_family(work, UUID(event.data["case_id"]), [UUID(event.data["person_id"])], event=event)


def case_closed(work: Work, *, event: Received) -> None:
    """From some days after now on there is no reason to open the case."""
    trails.case_closed(work, event=event)
    _closed_or_not(work, UUID(event.data["case_id"]))


def _are_family(work: Work, case_id: UUID, persons: Sequence[UUID], *, event: Received) -> None:
    """Learn that persons belong to the family of a case; whoever of the family works here may have looked before."""
    if not persons:
        return
    known = work.session.scalars(select(FamilyOfCase.person_id).where(FamilyOfCase.case_id == case_id))
    records = same_person.members_of_each(work.session, {*known, *persons})
    theirs = select(AccountOfPerson.account).where(
        AccountOfPerson.person_id.in_(set().union(*records.values()))
    )
    accounts = sorted(set(work.session.scalars(theirs)))
    with _looked_at_again(work, accounts, event=event):
        rows = [{"case_id": case_id, "person_id": person} for person in persons]
        work.session.execute(insert(FamilyOfCase).values(rows).on_conflict_do_nothing())


@contextmanager
def _looked_at_again(work: Work, accounts: Sequence[str], *, event: Received) -> Iterator[None]:
    """Look again at what these workers did in the days before, by what becomes known within the block."""
    before = gather_about(work.session, list(accounts)) if accounts else Knowledge()
    yield
    looking = rules().looking_for(SELF_AND_FAMILY)
    back = max((rule.figures["look_back_days"] for rule in looking), default=0)
    since = event.time - timedelta(days=back)
    for account in accounts:
        look_again(work, worker=account, since=since, ways=(SELF_AND_FAMILY,), before=before)


def _closed_or_not(work: Work, case_id: UUID) -> None:
    """Whether the case is closed, by the newest word about it: events may come late and twice."""
    course = work.session.get_one(CaseCourse, case_id)
    if course.closed_at is None:
        work.session.execute(delete(ClosedCase).where(ClosedCase.case_id == case_id))
        return
    closed = insert(ClosedCase).values(case_id=case_id, closed_at=course.closed_at)
    work.session.execute(
        closed.on_conflict_do_update(index_elements=["case_id"], set_={"closed_at": course.closed_at})
    )

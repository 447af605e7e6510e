"""What looking for misuse needs to know of the other services: whose sign-in, which family, which case is closed."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from audit.alerts.knowledge import gather_about
from audit.alerts.model import AccountOfPerson, ClosedCase, FamilyOfCase
from audit.alerts.rules import rules
from audit.alerts.watching import look_again
from audit.trails import following as trails
from audit.trails.model import CaseCourse
from chassis import consented
from chassis.events import Received
from chassis.work import Work

SELF_AND_FAMILY = "self_and_family"


def account_linked(work: Work, *, event: Received) -> None:
    """A sign-in is a person's own, or a parent's or carer's: it reads its own report and is not to read at work.

    What it opened at work in the days before counts as well: a link that comes late hides nothing.
    """
    consented.account_linked(work, event=event)
    told = event.data
    account = told["account"]
    before = gather_about(work.session, [account])
    row = {"account": account, "person_id": UUID(told["person_id"]), "relation": told["relation"]}
    work.session.execute(insert(AccountOfPerson).values(row).on_conflict_do_nothing())
    looking = rules().looking_for(SELF_AND_FAMILY)
    back = max((rule.figures["look_back_days"] for rule in looking), default=0)
    since = event.time - timedelta(days=back)
    look_again(work, worker=account, since=since, ways=(SELF_AND_FAMILY,), before=before)


def case_opened(work: Work, *, event: Received) -> None:
    """These persons are one family; a case that was closed and opens again is open."""
    case_id = UUID(event.data["case_id"])
    rows = [{"case_id": case_id, "person_id": UUID(person)} for person in event.data["person_ids"]]
    if rows:
        work.session.execute(insert(FamilyOfCase).values(rows).on_conflict_do_nothing())
    trails.case_opened(work, event=event)
    _closed_or_not(work, case_id)


def member_added(work: Work, *, event: Received) -> None:
    """Another person is in the family."""
    row = {"case_id": UUID(event.data["case_id"]), "person_id": UUID(event.data["person_id"])}
    work.session.execute(insert(FamilyOfCase).values(row).on_conflict_do_nothing())


def case_closed(work: Work, *, event: Received) -> None:
    """From some days after now on there is no reason to open the case."""
    trails.case_closed(work, event=event)
    _closed_or_not(work, UUID(event.data["case_id"]))


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

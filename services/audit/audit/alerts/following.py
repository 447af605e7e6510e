"""What looking for misuse needs to know of the other services: whose sign-in, which family, which case is closed."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from audit.alerts.model import AccountOfPerson, ClosedCase, FamilyOfCase
from chassis import consented
from chassis.events import Received
from chassis.work import Work


def account_linked(work: Work, *, event: Received) -> None:
    """A sign-in is a person's own, or a parent's or carer's: it reads its own report and is not to read at work."""
    consented.account_linked(work, event=event)
    told = event.data
    row = {"account": told["account"], "person_id": UUID(told["person_id"]), "relation": told["relation"]}
    work.session.execute(insert(AccountOfPerson).values(row).on_conflict_do_nothing())


def case_opened(work: Work, *, event: Received) -> None:
    """These persons are one family; a case that was closed and opens again is open."""
    case_id = UUID(event.data["case_id"])
    rows = [{"case_id": case_id, "person_id": UUID(person)} for person in event.data["person_ids"]]
    if rows:
        work.session.execute(insert(FamilyOfCase).values(rows).on_conflict_do_nothing())
    work.session.execute(delete(ClosedCase).where(ClosedCase.case_id == case_id))


def member_added(work: Work, *, event: Received) -> None:
    """Another person is in the family."""
    row = {"case_id": UUID(event.data["case_id"]), "person_id": UUID(event.data["person_id"])}
    work.session.execute(insert(FamilyOfCase).values(row).on_conflict_do_nothing())


def case_closed(work: Work, *, event: Received) -> None:
    """From some days after now on there is no reason to open the case."""
    closed = insert(ClosedCase).values(case_id=UUID(event.data["case_id"]), closed_at=event.time)
    work.session.execute(
        closed.on_conflict_do_update(index_elements=["case_id"], set_={"closed_at": event.time})
    )

"""Who is known, who belongs to which case, who sees the services authorised for herself (PO-3, AU-6)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from chassis import account_links
from chassis.errors import RuleBroken
from chassis.events import Received
from chassis.on_record import Register
from chassis.work import Work
from portal.people.model import PersonInCase, PersonOnRecord


class PersonNotInCase(RuleBroken):
    """A service for a case is for one of its members."""

    code = "person_not_in_case"
    title = "The person is not a member of this case"


register = Register(PersonOnRecord)


def link_account(work: Work, *, event: Received) -> None:
    """A sign-in belongs to the person herself: she sees what was authorised for her (AU-6)."""
    register.recorded(work, event=event)
    account_links.linked(work, event=event)


def join_case(work: Work, *, event: Received) -> None:
    """Somebody belongs to a case: all its members when it opens, one more when one is added."""
    told = event.data
    case_id = UUID(told["case_id"])
    persons = [UUID(person_id) for person_id in told.get("person_ids") or [told["person_id"]]]
    register.remember(work, persons)
    for person_id in persons:
        work.session.execute(
            insert(PersonInCase).values(case_id=case_id, person_id=person_id).on_conflict_do_nothing()
        )


def expect_in_case(work: Work, *, person_id: UUID, case_id: UUID | None) -> None:
    """Raise NotFound for a person unknown or hidden from the caller, PersonNotInCase for another case."""
    register.expect(work, [person_id])
    if case_id is not None and work.session.get(PersonInCase, (case_id, person_id)) is None:
        raise PersonNotInCase()

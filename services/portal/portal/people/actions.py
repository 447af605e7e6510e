"""Who is known, who belongs to which case, who sees the services authorised for herself (PO-3, AU-6)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from chassis import consented
from chassis.errors import NotFound, RuleBroken
from chassis.events import Received
from chassis.work import Work
from portal.people.model import PersonInCase, PersonOnRecord


class PersonNotInCase(RuleBroken):
    """A service for a case is for one of its members."""

    code = "person_not_in_case"
    title = "The person is not a member of this case"


def remember(work: Work, *, event: Received) -> None:
    """Intake has recorded a person: services can be authorised for her from now on."""
    _known(work, UUID(event.data["person_id"]))


def link_account(work: Work, *, event: Received) -> None:
    """A sign-in belongs to the person herself: she sees what was authorised for her (AU-6)."""
    remember(work, event=event)
    consented.account_linked(work, event=event)


def join_case(work: Work, *, event: Received) -> None:
    """Somebody belongs to a case: all its members when it opens, one more when one is added."""
    told = event.data
    case_id = UUID(told["case_id"])
    for person_id in told.get("person_ids") or [told["person_id"]]:
        _known(work, UUID(person_id))
        work.session.execute(
            insert(PersonInCase).values(case_id=case_id, person_id=UUID(person_id)).on_conflict_do_nothing()
        )


def expect_in_case(work: Work, *, person_id: UUID, case_id: UUID | None) -> None:
    """Raise NotFound for a person unknown or hidden from the caller, PersonNotInCase for another case."""
    if work.session.get(PersonOnRecord, person_id) is None:
        raise NotFound()
    reaches, restricted = work.grants.reaching([("person", person_id)])
    if restricted and not any(reach.reaches_restricted for reach in reaches):
        raise NotFound()
    if case_id is not None and work.session.get(PersonInCase, (case_id, person_id)) is None:
        raise PersonNotInCase()


def _known(work: Work, person_id: UUID) -> None:
    work.session.execute(
        insert(PersonOnRecord).values(person_id=person_id, known_since=work.now).on_conflict_do_nothing()
    )

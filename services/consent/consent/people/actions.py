"""Who is known, and whose own decisions a sign-in may read and withdraw (CO-1, CO-3)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from chassis import account_links, same_person
from chassis.access import Grant
from chassis.account_links import ToldAccountLink
from chassis.events import Received
from chassis.on_record import Register
from chassis.work import Work
from consent.people.model import KnownPerson, LinkedSignIn

OWN_RECORD = "own_record"
_SELF = (
    Grant.record_kind == "person",
    Grant.record_id.is_not(None),
    Grant.basis == "self",
    Grant.ended_at.is_(None),
)


register = Register(KnownPerson)


def link_account(work: Work, *, event: Received) -> None:
    """A sign-in belongs to the person herself: she reads all her decisions and withdraws any of them (CO-1).

    A parent or carer gets nothing by being linked: it is kept whose sign-in it is, for a rule (`own_favour`). A child's
    own decisions are the child's; what a parent decided for the child opens to that parent when it is recorded (CO-3).
    """
    register.recorded(work, event=event)
    stands = account_links.linked(work, event=event, categories=["consent"], may_write=True)
    if stands and event.data["relation"] != "self":
        of = {"person_id": UUID(event.data["person_id"]), "account": event.data["account"]}
        work.session.execute(insert(LinkedSignIn).values(of).on_conflict_do_nothing())


def forget_link(work: Work, *, event: Received) -> ToldAccountLink | None:
    """A sign-in is the person's, or acts for her, no more. Gives another link that stands between the two, if any."""
    another = account_links.unlinked(work, event=event)
    if another is None or another.relation == "self":
        known = delete(LinkedSignIn).where(
            LinkedSignIn.person_id == UUID(event.data["person_id"]),
            LinkedSignIn.account == event.data["account"],
        )
        work.session.execute(known)
    return another


def is_the_person(work: Work, person_id: UUID) -> bool:
    """Whether the caller is the person, at a sign-in that is their own."""
    me = f"worker:{work.actor.subject}"
    return bool(work.grants.live(record=("person", person_id), grantee=me, basis="self"))


def are_of_one_person(work: Work, one: str, other: str) -> bool:
    """Whether two sign-ins belong to the same person, as intake linked them to a record of theirs (IN-8)."""
    return one == other or not _own_records(work, one).isdisjoint(_own_records(work, other))


def sign_ins_of_one_person(work: Work, account: str) -> frozenset[str]:
    """Every sign-in known to belong to the same person as this one, itself included (IN-8)."""
    own = select(Grant.grantee).where(*_SELF, Grant.record_id.in_(_own_records(work, account)))
    return frozenset({account, *(each.removeprefix("worker:") for each in work.session.scalars(own))})


def _own_records(work: Work, account: str) -> frozenset[UUID]:
    own = select(Grant.record_id).where(*_SELF, Grant.grantee == f"worker:{account}")
    named = {each for each in work.session.scalars(own) if each is not None}
    return same_person.records_of(work.session, named)


def open_to_recorder(work: Work, *, person_id: UUID, record: tuple[str, UUID]) -> None:
    """Whoever records keeps sight of it, while the person is restricted too if it was recorded then."""
    work.grants.give(
        grantee=f"worker:{work.actor.subject}",
        record=record,
        categories=["consent"],
        basis="team",
        may_write=True,
        reaches_restricted=person_id in work.grants.restricted_among([person_id]),
    )


def open_to_decider(
    work: Work, *, account: str, person_id: UUID, record: tuple[str, UUID], until: datetime | None
) -> None:
    """Who decided in the person's place sees that decision at their own sign-in, and may take it back.

    It ends with their authority: `until` where its end is known, and see `sight_of`.
    """
    work.grants.give(
        grantee=f"worker:{account}",
        record=record,
        categories=["consent"],
        purposes=[OWN_RECORD],
        basis="self",
        may_write=True,
        valid_until=until,
        reference=sight_of(account, person_id=person_id),
    )


def sight_of(account: str, *, person_id: UUID) -> UUID:
    """The one reference of all that somebody sees of what they decided for a person, so that it ends at once."""
    return uuid5(person_id, account)

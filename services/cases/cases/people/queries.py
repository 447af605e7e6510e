"""Questions about sign-ins."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from cases.people.model import LinkedAccount
from chassis import same_person
from chassis.work import Work


def sign_ins_of(work: Work, *, persons: Iterable[UUID]) -> set[str]:
    """The own sign-ins of these persons, whichever record of theirs is named, as far as intake has told (IN-8).

    Which records are theirs stays as it is until the transaction ends: nobody slips in between this question and a link
    that is told of at the same moment.
    """
    named = set(persons)
    if not named:
        return set()
    wanted = named.union(*same_person.hold(work.session, named).values())
    own = select(LinkedAccount.account).where(
        LinkedAccount.person_id.in_(wanted), LinkedAccount.relation == "self"
    )
    return set(work.session.scalars(own))

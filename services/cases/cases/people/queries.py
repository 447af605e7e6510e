"""Questions about sign-ins."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from cases.people.model import LinkedAccount
from chassis.work import Work


def sign_ins_of(work: Work, *, persons: Iterable[UUID]) -> set[str]:
    """The own sign-ins of these persons, as far as intake has told."""
    wanted = set(persons)
    if not wanted:
        return set()
    own = select(LinkedAccount.account).where(
        LinkedAccount.person_id.in_(wanted), LinkedAccount.relation == "self"
    )
    return set(work.session.scalars(own))

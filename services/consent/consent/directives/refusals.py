"""What somebody refused, so that nobody decides otherwise in the person's place (CO-3).

Codes only, for the rules and for no reader. The person's own *no* binds everybody who decides in their place. The *no*
of a parent, carer or substitute binds the others of the same or a lesser authority, and never the person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, delete, exists, false, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, aliased, mapped_column

from chassis import same_person
from chassis.database import Base
from chassis.errors import RuleBroken
from chassis.work import Work

ANYBODY = "*"


class RefusedByThePerson(RuleBroken):
    """A parent, carer or substitute does not open what the person refused; only the person can."""

    code = "refused_by_the_person"
    title = "The person refused this in their own word"


class RefusedByAnother(RuleBroken):
    """Of two who decide for a person with the same authority, one does not open what the other refused."""

    code = "refused_by_another"
    title = "Somebody else who decides for the person refused this"


class OwnRefusal(Base):
    """A category that a person refuses a recipient at present, or everybody (`*`).

    `lifted` is what the person gave one recipient again after refusing everybody.
    """

    __tablename__ = "own_refusals"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    lifted: Mapped[bool] = mapped_column(default=False, server_default=false())
    said_at: Mapped[datetime]


class RefusalInPlace(Base):
    """A category that somebody refuses a recipient in the place of a person; `decider` names nobody in the clear."""

    __tablename__ = "refusals_in_place"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    decider: Mapped[str] = mapped_column(primary_key=True)
    rank: Mapped[int]
    said_at: Mapped[datetime]


def remember(work: Work, *, person_id: UUID, recipient: str, categories: Iterable[str], at: datetime) -> None:
    """The person has refused these."""
    named = sorted(categories)
    if recipient == ANYBODY:
        work.session.execute(delete(OwnRefusal).where(*_of(work, person_id, named), OwnRefusal.lifted))
    rows = [
        {"person_id": person_id, "recipient": recipient, "category": code, "lifted": False, "said_at": at}
        for code in named
    ]
    _write(work, rows)


def forget(work: Work, *, person_id: UUID, recipient: str, categories: Iterable[str], at: datetime) -> None:
    """The person has given these since: people change their minds. What stands towards all others goes on standing."""
    named = sorted(categories)
    of_these = _of(work, person_id, named)
    work.session.execute(delete(OwnRefusal).where(*of_these, OwnRefusal.recipient == recipient))
    towards_all = work.session.scalars(
        select(OwnRefusal.category).where(*of_these, OwnRefusal.recipient == ANYBODY).distinct()
    ).all()
    _write(
        work,
        [
            {"person_id": person_id, "recipient": recipient, "category": code, "lifted": True, "said_at": at}
            for code in towards_all
        ],
    )
    work.session.execute(
        delete(RefusalInPlace).where(
            RefusalInPlace.person_id.in_(same_person.members(work.session, person_id)),
            RefusalInPlace.category.in_(named),
            RefusalInPlace.recipient == recipient,
        )
    )


def expect_none(
    work: Work,
    *,
    person_id: UUID,
    recipient: str,
    categories: Iterable[str],
    bound_since: Mapping[str, datetime],
) -> None:
    """Raise RefusedByThePerson when one of these stands refused, on this record or one linked with it (IN-8).

    `bound_since` names categories for which the person had laid down that a *no* said from that moment on is not to
    be the last word: a Ulysses agreement that applies.
    """
    again = aliased(OwnRefusal)
    lifted = exists().where(
        again.person_id.in_(same_person.members(work.session, person_id)),
        again.recipient == recipient,
        again.category == OwnRefusal.category,
        again.lifted,
    )
    standing = select(OwnRefusal.category, OwnRefusal.said_at).where(
        *_of(work, person_id, sorted(categories)),
        ~OwnRefusal.lifted,
        or_(OwnRefusal.recipient == recipient, (OwnRefusal.recipient == ANYBODY) & ~lifted),
    )
    for category, said_at in work.session.execute(standing):
        since = bound_since.get(category)
        if since is None or said_at < since:
            raise RefusedByThePerson


def remember_in_place(
    work: Work,
    *,
    person_id: UUID,
    recipient: str,
    categories: Iterable[str],
    decider: str,
    rank: int,
    at: datetime,
) -> None:
    """Somebody refused these in the person's place."""
    rows = [
        {
            "person_id": person_id,
            "recipient": recipient,
            "category": code,
            "decider": decider,
            "rank": rank,
            "said_at": at,
        }
        for code in sorted(categories)
    ]
    told = insert(RefusalInPlace).values(rows)
    work.session.execute(
        told.on_conflict_do_update(
            index_elements=["person_id", "recipient", "category", "decider"],
            set_={"rank": told.excluded.rank, "said_at": told.excluded.said_at},
        )
    )


def settle_in_place(
    work: Work,
    *,
    person_id: UUID,
    recipient: str,
    categories: Iterable[str],
    decider: str,
    rank: int,
    gone: Collection[str],
) -> None:
    """Who decides gives now: their own earlier *no* is gone, and that of lesser authorities.

    Raises RefusedByAnother when somebody else of the same or a better authority refuses one of these; a *no* of those
    who are `gone`, whose authority is over, binds nobody.
    """
    these = [
        RefusalInPlace.person_id.in_(same_person.members(work.session, person_id)),
        RefusalInPlace.recipient.in_([recipient, ANYBODY]),
        RefusalInPlace.category.in_(sorted(categories)),
    ]
    others = select(RefusalInPlace.rank).where(
        *these, RefusalInPlace.decider.not_in([decider, *gone]), RefusalInPlace.rank <= rank
    )
    if work.session.scalars(others.limit(1)).first() is not None:
        raise RefusedByAnother
    work.session.execute(delete(RefusalInPlace).where(*these, RefusalInPlace.recipient == recipient))


def sealed_name(*parts: str) -> str:
    """A name that tells two deciders apart and tells nobody who they are."""
    return hashlib.sha256("\n".join(" ".join(part.casefold().split()) for part in parts).encode()).hexdigest()


def _of(work: Work, person_id: UUID, categories: list[str]) -> tuple[Any, ...]:
    records = same_person.members(work.session, person_id)
    return (OwnRefusal.person_id.in_(records), OwnRefusal.category.in_(categories))


def _write(work: Work, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    told = insert(OwnRefusal).values(rows)
    # A *no* that stands is as old as when it was said first: who says it again does not weaken it.
    since = case(
        (or_(OwnRefusal.lifted, told.excluded.lifted), told.excluded.said_at),
        else_=func.least(OwnRefusal.said_at, told.excluded.said_at),
    )
    work.session.execute(
        told.on_conflict_do_update(
            index_elements=["person_id", "recipient", "category"],
            set_={"lifted": told.excluded.lifted, "said_at": since},
        )
    )

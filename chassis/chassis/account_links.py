"""Whose own record a sign-in reads: what every service keeps of the links that intake makes and ends (AU-6).

A link is a word of intake about a sign-in and a person, with an identifier of its own. It begins once and ends once;
whoever is linked again is linked anew. So no order is needed to follow links: what has ended opens nothing when its
beginning is heard again, and the end of one leaves another of the same sign-in alone (rule 6).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Index, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from chassis import contracts, inbox
from chassis.database import Base
from chassis.events import Received

if TYPE_CHECKING:
    from chassis.work import Work

OWN_RECORD = "own_record"


class ToldAccountLink(Base):
    """A link of which intake has told, and when it ended."""

    __tablename__ = "told_account_links"
    __at_the_door__ = ()
    __table_args__ = (Index("ix_told_account_links_account", "account", "person_id"),)

    link_id: Mapped[UUID] = mapped_column(primary_key=True)
    account: Mapped[str]
    person_id: Mapped[UUID]
    relation: Mapped[str]
    linked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


def linked(
    work: Work, *, event: Received, categories: Iterable[str] | None = None, may_write: bool = False
) -> bool:
    """A sign-in acts for a person: her own reads these categories of what is held about her, all if none are named.

    A parent or carer gets no grant; what they may see is consented to. False when the link is known to have ended:
    then nothing follows from it.
    """
    told = event.data
    if not _stands(work, event):
        return False
    link_id = _link_id(event)
    grantee, record = f"worker:{told['account']}", ("person", UUID(told["person_id"]))
    held = work.grants.live(record=record, grantee=grantee, basis="self")
    if told["relation"] == "self" and all(grant.reference != link_id for grant in held):
        work.grants.give(
            grantee=grantee,
            record=record,
            categories=contracts.access_list("categories") if categories is None else categories,
            purposes=[OWN_RECORD],
            basis="self",
            may_write=may_write,
            reaches_restricted=True,
            reference=link_id,
        )
    return True


def unlinked(work: Work, *, event: Received) -> ToldAccountLink | None:
    """A link has ended, and with it what it opened here. Another that stands between the same two, if there is one."""
    told = event.data
    link_id, account, person_id = UUID(told["link_id"]), told["account"], UUID(told["person_id"])
    link = insert(ToldAccountLink).values(
        link_id=link_id,
        account=account,
        person_id=person_id,
        relation=told["relation"],
        linked_at=datetime.fromisoformat(told["linked_at"]),
        ended_at=datetime.fromisoformat(told["at"]),
    )
    work.session.execute(
        link.on_conflict_do_update(index_elements=["link_id"], set_={"ended_at": link.excluded.ended_at})
    )
    another = work.session.scalars(
        select(ToldAccountLink)
        .where(
            ToldAccountLink.account == account,
            ToldAccountLink.person_id == person_id,
            ToldAccountLink.ended_at.is_(None),
        )
        .order_by(ToldAccountLink.link_id.desc())
    ).first()
    # What was opened before links had identifiers has no reference: without another link all of it ends.
    work.grants.end(
        reference=None if another is None else link_id,
        grantee=f"worker:{account}",
        record=("person", person_id),
        basis="self",
    )
    return another


def _stands(work: Work, event: Received) -> bool:
    """Whether the link has not ended, as far as is known here. One told without its identifier stands unless a later
    word about the person was applied before it.
    """
    link_id, told = _link_id(event), event.data
    if link_id is None:
        return not inbox.overtaken(work.session, event)
    work.session.execute(
        insert(ToldAccountLink)
        .values(
            link_id=link_id,
            account=told["account"],
            person_id=UUID(told["person_id"]),
            relation=told["relation"],
            linked_at=event.time,
        )
        .on_conflict_do_nothing()
    )
    ended_at = select(ToldAccountLink.ended_at).where(ToldAccountLink.link_id == link_id)
    return work.session.scalar(ended_at) is None


def _link_id(event: Received) -> UUID | None:
    told = event.data.get("link_id")
    return None if told is None else UUID(told)

"""What a person refused in their own word, so that nobody decides otherwise in their place (CO-3)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from chassis import same_person
from chassis.database import Base
from chassis.errors import RuleBroken
from chassis.work import Work


class RefusedByThePerson(RuleBroken):
    """A parent, carer or substitute does not open what the person refused; only the person can."""

    code = "refused_by_the_person"
    title = "The person refused this in their own word"


class OwnRefusal(Base):
    """A category that a person refuses a recipient at present. Codes only, for the rule and for no reader."""

    __tablename__ = "own_refusals"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)


def remember(work: Work, *, person_id: UUID, recipient: str, categories: list[str]) -> None:
    """The person has refused these."""
    rows = [{"person_id": person_id, "recipient": recipient, "category": code} for code in categories]
    work.session.execute(insert(OwnRefusal).values(rows).on_conflict_do_nothing())


def forget(work: Work, *, person_id: UUID, recipient: str, categories: list[str]) -> None:
    """The person has given these since: people change their minds."""
    work.session.execute(
        delete(OwnRefusal).where(
            OwnRefusal.person_id.in_(same_person.members(work.session, person_id)),
            OwnRefusal.recipient == recipient,
            OwnRefusal.category.in_(categories),
        )
    )


def expect_none(work: Work, *, person_id: UUID, recipient: str, categories: list[str]) -> None:
    """Raise RefusedByThePerson when one of these stands refused, on this record or one linked with it (IN-8)."""
    standing = (
        select(OwnRefusal.category)
        .where(
            OwnRefusal.person_id.in_(same_person.members(work.session, person_id)),
            OwnRefusal.recipient == recipient,
            OwnRefusal.category.in_(categories),
        )
        .limit(1)
    )
    if work.session.scalar(standing) is not None:
        raise RefusedByThePerson

"""In which order people decide in somebody's place, and whose authority is over (CO-3).

The rules read codes, so that who records a consent learns that somebody else goes before, and not who.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, mapped_column

from chassis import same_person
from chassis.clocks import house_calendar
from chassis.database import Base
from chassis.errors import RuleBroken
from chassis.work import Work

# Who goes before whom: what a court ordered, what the person signed while able, what the law names, whom the person
# or the team chose. Of the same rank nobody goes first.
RANKS = {
    "court": 1,
    "guardian": 1,
    "representation_agreement": 2,
    "parent": 3,
    "legislation": 3,
    "chosen": 4,
}
# Of somebody who is named in a decision and stands on no record.
UNRECORDED = {"parent": 3, "carer": 5, "substitute": 5}


class SomebodyElseDecides(RuleBroken):
    """A representative with a better authority is on record and decides about this."""

    code = "somebody_else_decides"
    title = "A representative with a better authority decides about this"


class AuthorityStanding(Base):
    """What the rules need to know of an authority: its rank, what it covers, until when. It names nobody."""

    __tablename__ = "authority_standings"
    __table_args__ = (Index("ix_authority_standings_person_id", "person_id"),)

    representative_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    decider: Mapped[str]
    rank: Mapped[int]
    decides_about: Mapped[list[str]]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    ended_at: Mapped[datetime | None]

    def in_force(self, day: date) -> bool:
        """Whether the authority stands on a day."""
        begun, over = self.valid_from <= day, self.valid_until is not None and self.valid_until < day
        return self.ended_at is None and begun and not over

    def is_over(self, day: date) -> bool:
        """Whether the authority stood once and stands no more."""
        return self.ended_at is not None or (self.valid_until is not None and self.valid_until < day)

    def covers_some(self, categories: Collection[str]) -> bool:
        """Whether the authority is about any of these; none named means all."""
        return not self.decides_about or bool(set(self.decides_about) & set(categories))


def expect_first(work: Work, *, person_id: UUID, rank: int, categories: Collection[str]) -> None:
    """Raise SomebodyElseDecides when a better authority than of this rank stands for one of the categories."""
    today = house_calendar().day_of(work.now)
    for standing in _standings(work, person_id):
        if standing.rank < rank and standing.in_force(today) and standing.covers_some(categories):
            raise SomebodyElseDecides


def gone(work: Work, *, person_id: UUID) -> frozenset[str]:
    """Those who decided for the person once, by an authority on record, and by none that stands today."""
    today = house_calendar().day_of(work.now)
    standings = _standings(work, person_id)
    over = {each.decider for each in standings if each.is_over(today)}
    return frozenset(over - {each.decider for each in standings if not each.is_over(today)})


def deciders_in_force(work: Work, *, person_id: UUID) -> frozenset[str]:
    """What tells those apart who decide for the person today by an authority on record; it names nobody."""
    today = house_calendar().day_of(work.now)
    return frozenset(each.decider for each in _standings(work, person_id) if each.in_force(today))


def _standings(work: Work, person_id: UUID) -> list[AuthorityStanding]:
    records = same_person.members(work.session, person_id)
    return list(
        work.session.scalars(
            select(AuthorityStanding)
            .where(AuthorityStanding.person_id.in_(records))
            .order_by(AuthorityStanding.representative_id)
        )
    )

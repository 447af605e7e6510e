"""Judgements about pairs of records, and the clusters that follow from them (IN-8)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base, Protection, Versioned
from chassis.errors import RuleBroken
from chassis.ids import new_id

SAME, NOT_THE_SAME = "same", "not_the_same"


class TakenBackAlready(RuleBroken):
    """A judgement is taken back once."""

    code = "taken_back_already"
    title = "This judgement has been taken back already"


class Judgement(Versioned, Base):
    """Somebody judged that two records are of the same person, or that they are not, and why.

    It stands until somebody takes it back, with a reason; then it is history. Only who may see both records sees it,
    and whoever sees both may judge, since no record changes by it. `SAME` judgements that stand are the links: between
    two records there is at most one way along links, so that taking one back always parts its cluster in two.
    """

    __tablename__ = "judgements"
    __protected__ = Protection(
        links=[("person", "one_id"), ("person", "other_id")],
        categories=("identity",),
        each_link=True,
        readers_write=True,
    )
    __table_args__ = (
        CheckConstraint("kind IN ('same', 'not_the_same')", name="kind"),
        CheckConstraint("one_id < other_id", name="two_records"),
        CheckConstraint(
            "num_nulls(taken_back_by, taken_back_at, taken_back_because) IN (0, 3)", name="taken_back_wholly"
        ),
        Index(
            "uq_judgements_standing",
            "one_id",
            "other_id",
            unique=True,
            postgresql_where=text("taken_back_at IS NULL"),
        ),
        Index("ix_judgements_one_id", "one_id"),
        Index("ix_judgements_other_id", "other_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    one_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    other_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    because: Mapped[str]
    taken_back_by: Mapped[str | None]
    taken_back_at: Mapped[datetime | None]
    taken_back_because: Mapped[str | None]

    @classmethod
    def of(
        cls, pair: Collection[UUID], *, kind: str, made_by: str, made_at: datetime, because: str
    ) -> Judgement:
        """A judgement about two records, in whichever order they are named."""
        one, other = sorted(pair)
        return cls(kind=kind, one_id=one, other_id=other, made_by=made_by, made_at=made_at, because=because)

    @property
    def person_ids(self) -> list[UUID]:
        """The two records."""
        return [self.one_id, self.other_id]

    @property
    def stands(self) -> bool:
        """Whether nobody has taken it back."""
        return self.taken_back_at is None

    def take_back(self, *, by: str, at: datetime, because: str) -> None:
        """Let it be history. Raises TakenBackAlready."""
        if not self.stands:
            raise TakenBackAlready
        self.taken_back_by, self.taken_back_at, self.taken_back_because = by, at, because


def parts(persons: Collection[UUID], links: Iterable[tuple[UUID, UUID]]) -> list[frozenset[UUID]]:
    """The clusters of these records: who is joined by links, directly or through others. A partition."""
    cluster_of = {person: frozenset({person}) for person in persons}
    for one, other in links:
        joined = cluster_of[one] | cluster_of[other]
        cluster_of |= dict.fromkeys(joined, joined)
    return sorted(set(cluster_of.values()), key=min)

"""Keys by which alike people are found, and pairs that may be one person: tables (IN-8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Float, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base, Protection
from chassis.ids import new_id
from intake.matching.candidate import Candidate


class MatchKey(Base):
    """A key that alike people share: the sound of both names, the day of birth with an initial, half of a number.

    Kept as rows and compared for equality, because under row-level security PostgreSQL uses an index only for
    comparisons that cannot leak. A key is a number made of the words, so that nobody reads a name or a phone number
    here; `category` is that of what it was made of, so that nobody is found by what the caller may not see.
    """

    __tablename__ = "match_keys"
    __protected__ = Protection(links=[("person", "person_id")], category_column="category")
    __table_args__ = (
        CheckConstraint("category IN ('identity', 'contact')", name="category"),
        Index("ix_match_keys_person_id", "person_id"),
    )

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), primary_key=True)


class SoughtFor(Base):
    """A person whose details changed and whose duplicates are to be looked for; gone once they have been.

    One person may be here several times: who records never waits for who looks.
    """

    __tablename__ = "sought_for"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))


class PossibleDuplicate(Base):
    """Two records that may be of one person, found by the service itself. Only who may see both records sees it."""

    __tablename__ = "possible_duplicates"
    __protected__ = Protection(
        links=[("person", "one_id"), ("person", "other_id")], categories=("identity",), each_link=True
    )
    __table_args__ = (
        CheckConstraint("one_id < other_id", name="two_records"),
        Index("uq_possible_duplicates_pair", "one_id", "other_id", unique=True),
        Index("ix_possible_duplicates_other_id", "other_id"),
        Index("ix_possible_duplicates_bits", "bits", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    one_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    other_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    bits: Mapped[float] = mapped_column(Float)
    found_at: Mapped[datetime]

    @property
    def people(self) -> list[Any]:
        """Both records, as far as the reader may see them."""
        return getattr(self, "_people", [])

    @property
    def why(self) -> Candidate:
        """How likely they are one person, and why, as far as the reader sees both."""
        return self._why

    def seen_with(self, people: list[Any], *, why: Candidate) -> None:
        """Show the reader both records and the reasons."""
        self._people, self._why = people, why


class CommonWord(Base):
    """A word that many names hold, and in what share of records: a common name says little about who somebody is.

    Rare words are not kept, so that nobody's name stands here because it is theirs. The empty word stands for all.
    """

    __tablename__ = "common_words"

    word: Mapped[str] = mapped_column(primary_key=True)
    share: Mapped[float] = mapped_column(Float)

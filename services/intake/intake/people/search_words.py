"""The words that people are found by, as rows that PostgreSQL reads in order (IN-7).

Under row-level security PostgreSQL uses an index only for comparisons that cannot leak: `word >= 'mar' AND word <
'mas'` is one, LIKE and trigrams are not. And it asks for the right to see each row that the index gives it, which costs
far more than to read it. So two words are looked for in rows that hold both: the index alone tells where they meet,
however many people go by either (docs/decisions/0043).
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base, Protection
from chassis.ids import new_id

# Of somebody whose names have more words than this, any is found alone and the first ones are found together.
FOUND_TOGETHER = 16


class SearchWord(Base):
    """A word of one of a person's names, in the order of code points; with the year of birth, to narrow by."""

    __tablename__ = "search_words"
    __protected__ = Protection(links=[("person", "person_id")], categories=("identity",))
    __table_args__ = (
        UniqueConstraint("person_id", "word"),
        Index("ix_search_words_in_order", "word", "person_id", postgresql_include=["born_year"]),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    word: Mapped[str] = mapped_column(Text(collation="C"))
    born_year: Mapped[int | None] = mapped_column(SmallInteger, nullable=True)


class SearchPair(Base):
    """Two words of a person's names; each two stand here in both orders."""

    __tablename__ = "search_pairs"
    __protected__ = Protection(links=[("person", "person_id")], categories=("identity",))
    __table_args__ = (
        UniqueConstraint("person_id", "word", "beside"),
        Index("ix_search_pairs_in_order", "word", "beside", "person_id", postgresql_include=["born_year"]),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    word: Mapped[str] = mapped_column(Text(collation="C"))
    beside: Mapped[str] = mapped_column(Text(collation="C"))
    born_year: Mapped[int | None] = mapped_column(SmallInteger, nullable=True)

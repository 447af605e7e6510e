"""People: tables, and what is always true of them (IN-7)."""

from __future__ import annotations

from datetime import date, datetime
from itertools import permutations
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis import moment
from chassis.clocks import house_calendar
from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.errors import RuleBroken
from chassis.ids import new_id
from chassis.work import Page
from intake.matching.candidate import Candidate
from intake.people.addresses.model import Address
from intake.people.birth import HasBirthDate
from intake.people.contact.model import ContactPoint
from intake.people.identifiers.model import Identifier
from intake.people.periods import HasPeriod
from intake.people.relationships.model import Related, Relationship
from intake.people.search_words import FOUND_TOGETHER, SearchPair, SearchWord
from intake.people.words import words_of

# Most telling first: how somebody wants to be called is how they are called.
_AS_CALLED = ("preferred", "legal", "alias", "birth", "former")
# What people say of themselves, and the fields that hold it.
ASPECTS = {
    "gender": ("gender",),
    "pronouns": ("pronouns",),
    "indigenous_identity": ("indigenous_identity",),
    "indigenous_nation": ("indigenous_nation",),
    "languages": ("languages", "written_languages", "preferred_language"),
    "interpreter": ("interpreter_needed", "interpreter_language"),
    "communication_needs": ("communication_needs",),
}
SELF_DESCRIBED = tuple(field for fields in ASPECTS.values() for field in fields)
_NOT_ASKED = {"answer": "not_asked", "told_by": None, "told_on": None}
_TOLD_SOMEHOW = {**_NOT_ASKED, "answer": "told"}


class Person(HasBirthDate, Versioned, Timestamps, Base):
    """Anyone known to us, under one name at least. All else may be unknown."""

    __tablename__ = "persons"
    __protected__ = Protection(links=[("person", "id")], categories=("identity",))
    __table_args__ = (
        Index("ix_persons_born", "born_year", "born_month", "born_day", "id"),
        CheckConstraint("born_year IS NOT NULL OR born_month IS NULL", name="month_of_a_year"),
        CheckConstraint("born_month IS NOT NULL OR born_day IS NULL", name="day_of_a_month"),
        CheckConstraint("born_month BETWEEN 1 AND 12 AND born_day BETWEEN 1 AND 31", name="born_on_a_day"),
        CheckConstraint(
            "interpreter_needed OR interpreter_language IS NULL", name="interpreter_of_a_language"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    gender: Mapped[str | None]
    pronouns: Mapped[str | None]
    indigenous_identity: Mapped[str | None]
    indigenous_nation: Mapped[str | None]
    languages: Mapped[list[str]] = mapped_column(default=list)
    written_languages: Mapped[list[str]] = mapped_column(default=list)
    preferred_language: Mapped[str | None]
    interpreter_needed: Mapped[bool] = mapped_column(default=False)
    interpreter_language: Mapped[str | None]
    communication_needs: Mapped[str | None]
    self_described: Mapped[dict[str, Any]] = mapped_column(default=dict)
    no_fixed_address: Mapped[bool] = mapped_column(default=False)

    names: Mapped[list[PersonName]] = relationship(cascade="all, delete-orphan", order_by="PersonName.id")
    contact_points: Mapped[list[ContactPoint]] = relationship(
        cascade="all, delete-orphan", order_by=ContactPoint.id
    )
    addresses: Mapped[list[Address]] = relationship(cascade="all, delete-orphan", order_by=Address.id)
    identifiers: Mapped[list[Identifier]] = relationship(cascade="all, delete-orphan", order_by=Identifier.id)
    relationships: Mapped[list[Relationship]] = relationship(
        cascade="all, delete-orphan", order_by=Relationship.id, foreign_keys=Relationship.person_id
    )
    search_words: Mapped[list[SearchWord]] = relationship(cascade="all, delete-orphan")
    search_pairs: Mapped[list[SearchPair]] = relationship(cascade="all, delete-orphan")

    @property
    def linked_with(self) -> list[UUID]:
        """Other records of the same person, as far as the reader of this one may see them (IN-8)."""
        return getattr(self, "_linked_with", [])

    def seen_linked_with(self, others: list[UUID]) -> None:
        """Tell the reader of these linked records."""
        self._linked_with = others

    @property
    def related(self) -> list[Related]:
        """Who is what to the person, as far as the reader of this record may see it."""
        return getattr(self, "_related", [])

    def seen_related(self, related: list[Related]) -> None:
        """Tell the reader of these relationships."""
        self._related = related

    @property
    def possible_duplicates(self) -> list[UUID]:
        """Other records that hold an identifier of this one, as far as the reader may see them (IN-8)."""
        return getattr(self, "_possible_duplicates", [])

    def seen_twice(self, others: list[UUID]) -> None:
        """Tell the reader of records that may be of the same person."""
        self._possible_duplicates = others

    @property
    def candidate(self) -> Candidate | None:
        """How likely this is the person who was asked for, and why (IN-8)."""
        return getattr(self, "_candidate", None)

    def seen_as(self, candidate: Candidate) -> None:
        """Tell the reader how likely this is the person who was asked for."""
        self._candidate = candidate

    @property
    def changes(self) -> list[Any]:
        """The page of changes that the reader of this record asked for."""
        return self._changes.items

    @property
    def next_cursor(self) -> str | None:
        """Where the page after it begins."""
        return self._changes.next_cursor

    def seen_changed(self, changes: Page) -> None:
        """Tell the reader of these changes."""
        self._changes = changes

    @property
    def called(self) -> str:
        """The name to call the person by: the preferred one in use, else the next best."""
        return self._called_by.whole

    @property
    def sorted_as(self) -> str:
        """The same name as a list has it, the family's part first; a single word is itself."""
        name = self._called_by
        return ", ".join(part for part in (name.family, name.given) if part)

    @property
    def _called_by(self) -> PersonName:
        return min(
            self.names, key=lambda name: (not name.in_use(today=_today()), _AS_CALLED.index(name.kind))
        )

    @property
    def contact_warnings(self) -> list[str]:
        """What to know before reaching for the phone: `<kind>_not_safe`, `<kind>_no_message`, `mail_not_safe`."""
        warnings = {f"{point.kind}_not_safe" for point in self.reached_by if not point.safe_to_contact}
        warnings |= {
            f"{point.kind}_no_message"
            for point in self.reached_by
            if point.safe_to_contact and not point.safe_to_leave_message
        }
        if any(not address.safe_to_send_mail for address in self.found_at):
            warnings.add("mail_not_safe")
        return sorted(warnings)

    @property
    def answers(self) -> dict[str, dict[str, Any]]:
        """For each aspect of self-description, whether it was told, by whom and when; `not_asked` where nothing is."""
        return {
            aspect: self.self_described.get(aspect)
            or (_TOLD_SOMEHOW if any(getattr(self, field) for field in fields) else _NOT_ASKED)
            for aspect, fields in ASPECTS.items()
        }

    @property
    def reached_by(self) -> list[ContactPoint]:
        """The contact points that are in use today."""
        return [point for point in self.contact_points if point.in_use(today=_today())]

    @property
    def found_at(self) -> list[Address]:
        """The addresses that are in use today."""
        return [address for address in self.addresses if address.in_use(today=_today())]

    def keep_search_words(self) -> None:
        """Be found by the words of every name, present and past, and by no other; by each alone and by each two."""
        words = list(dict.fromkeys(word for name in self.names for word in words_of(name.whole)))
        alone = {row.word: row for row in self.search_words}
        self.search_words = [alone.get(word) or SearchWord(word=word) for word in words]
        together = {(row.word, row.beside): row for row in self.search_pairs}
        self.search_pairs = [
            together.get(pair) or SearchPair(word=pair[0], beside=pair[1])
            for pair in permutations(words[:FOUND_TOGETHER], 2)
        ]
        rows: list[SearchWord | SearchPair] = [*self.search_words, *self.search_pairs]
        for row in rows:
            row.born_year = self.born_year


def _today() -> date:
    return house_calendar().day_of(moment.now())


class PersonName(HasPeriod, Base):
    """One name of a person, with what kind it is and when it was in use."""

    __tablename__ = "person_names"
    __protected__ = Protection(links=[("person", "person_id")], categories=("identity",))
    __table_args__ = (
        CheckConstraint("kind IN ('legal', 'preferred', 'alias', 'birth', 'former')", name="kind"),
        CheckConstraint("given IS NOT NULL OR family IS NOT NULL", name="says_something"),
        CheckConstraint("used_until >= used_from", name="period"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), index=True)
    kind: Mapped[str]
    given: Mapped[str | None]
    family: Mapped[str | None]

    @property
    def whole(self) -> str:
        """Both parts as one line."""
        return " ".join(part for part in (self.given, self.family) if part)

    @property
    def same_as(self) -> tuple[str, str | None, str | None]:
        """What makes it this name and no other."""
        return self.kind, self.given, self.family


class AccountUnlinkedAlready(RuleBroken):
    """A link ends once."""

    code = "account_unlinked_already"
    title = "This link has ended already"


class AccountLink(Base):
    """A sign-in that acts for a person: their own, or that of a parent or carer.

    It counts until its ending is written. `number` counts the links of one sign-in to one person: each is made after
    the one before it has ended.
    """

    __tablename__ = "account_links"
    __append_only__ = True
    __protected__ = Protection(links=[("person", "person_id")], categories=("identity",))
    __table_args__ = (
        UniqueConstraint("person_id", "account", "number"),
        CheckConstraint("relation IN ('self', 'parent', 'carer')", name="relation"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    account: Mapped[str]
    relation: Mapped[str]
    linked_at: Mapped[datetime]
    number: Mapped[int] = mapped_column(default=1, server_default="1")
    ending: Mapped[AccountLinkEnding | None] = relationship(lazy="selectin")

    @property
    def ended_at(self) -> datetime | None:
        """Since when the sign-in acts for the person no more; None while it does."""
        return self.ending.ended_at if self.ending else None

    @property
    def ended_by(self) -> str | None:
        """The sign-in of whoever ended the link."""
        return self.ending.ended_by if self.ending else None

    @property
    def ended_because(self) -> str | None:
        """Why the link has ended."""
        return self.ending.because if self.ending else None

    def end(self, *, at: datetime, by: str, because: str) -> None:
        """Let it be history. Raises AccountUnlinkedAlready."""
        if self.ending is not None:
            raise AccountUnlinkedAlready
        self.ending = AccountLinkEnding(ended_at=at, ended_by=by, because=because)


class AccountLinkEnding(Base):
    """That a link between a sign-in and a person has ended: when, by whom, why."""

    __tablename__ = "account_link_endings"
    __append_only__ = True
    __protected__ = Protection(through=("link_id", AccountLink))
    __table_args__ = (CheckConstraint("because IN ('changed', 'recorded_in_error')", name="because"),)

    link_id: Mapped[UUID] = mapped_column(ForeignKey("account_links.id"), primary_key=True)
    ended_at: Mapped[datetime]
    ended_by: Mapped[str]
    because: Mapped[str]

"""The directory of involvement: tables, and what may be seen of them by whom (IN-9)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    false,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.ids import new_id
from intake.people.birth import HasBirthDate
from intake.people.model import Person
from intake.people.words import key_of

ADULT_AT = 18


def a_year_before(day: date) -> date:
    """What ended on that day or before it has been listed for its year."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)


class Agency(Versioned, Timestamps, Base):
    """An agency and how it is reached. `concealed_as` names what its help would give away of a person, if anything."""

    __tablename__ = "agencies"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    sector: Mapped[str]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    hours: Mapped[str | None]
    concealed_as: Mapped[str | None]


class Practitioner(Versioned, Timestamps, Base):
    """A practitioner and how they are reached at work."""

    __tablename__ = "practitioners"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    worker: Mapped[str] = mapped_column(unique=True)
    organisation: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    title: Mapped[str]
    phone: Mapped[str | None]
    email: Mapped[str | None]


class Listing(HasBirthDate, Base):
    """A person as the directory knows them: a name and a date of birth, to be found by, and nothing more.

    Every child recorded is listed, with or without involvements, so that an empty entry gives nothing away.
    `child_until` is the day on which the person is certainly 18: the latest that the date of birth allows, so that no
    child is left out; None while nothing is known of it. From that day on they are listed by their own consent only
    (`directory/listing.py`); `closed_on` is the day on which that was noticed, None while they are listed.
    """

    __tablename__ = "listings"
    __protected__ = Protection(links=[("person", "id")], categories=("directory", "identity"))
    __table_args__ = (
        Index("ix_listings_born", "born_year", "born_month", "born_day"),
        Index("ix_listings_to_close", "child_until", postgresql_where=text("closed_on IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    name: Mapped[str]
    name_keys: Mapped[list[str]]
    child_until: Mapped[date | None]
    closed_on: Mapped[date | None]

    person: Mapped[Person] = relationship()
    involvements: Mapped[list[Involvement]] = relationship(
        primaryjoin=lambda: Listing.id == foreign(Involvement.person_id),
        order_by=lambda: (Involvement.since, Involvement.id),
        viewonly=True,
        lazy="raise",
    )
    common_assessments: Mapped[list[CommonAssessment]] = relationship(
        primaryjoin=lambda: Listing.id == foreign(CommonAssessment.person_id),
        order_by=lambda: (CommonAssessment.recorded_on, CommonAssessment.id),
        viewonly=True,
        lazy="raise",
    )

    def as_called(self) -> Self:
        """Take over the person's name and date of birth as they are now."""
        self.name = self.person.called
        self.name_keys = sorted({key_of(name.whole) for name in self.person.names})
        self.born = self.person.born
        child_until = self.born.turns(ADULT_AT)[1] if self.born is not None else None
        if child_until != self.child_until:
            self.child_until, self.closed_on = child_until, None
        return self

    @classmethod
    def may_be_a_child(cls, *, today: date) -> ColumnElement[bool]:
        """Whether what is known of the birth leaves open that the person is under 18 on this day."""
        return or_(cls.child_until.is_(None), cls.child_until > today)


class StaysAYear:
    """Something that stays listed for a year after it has ended."""

    until: Mapped[date | None] = mapped_column(index=True)

    @classmethod
    def is_listed(cls, *, today: date) -> ColumnElement[bool]:
        """Whether it goes on, or ended less than a year ago."""
        return or_(cls.until.is_(None), cls.until > a_year_before(today))

    def end(self, *, on: date) -> None:
        """It ended on this day. The first end that was told stays."""
        self.until = self.until or on


class Involvement(StaysAYear, Versioned, Timestamps, Base):
    """An agency, or one practitioner of it, is involved with a person: who and since when, never why.

    It is shown under a category that its agency decides: *directory* when there is nothing to conceal, else the
    category that its help would give away, which is seen only with a grant for that (a consent, as a rule). While the
    agency is not registered there is no category, so nobody sees it: what an unknown agency would give away is
    unknown. `source` is the system that told of it, `reference` that system's own identifier, and `told_at` when it
    was told last: what was said earlier and comes later changes nothing.
    """

    __tablename__ = "involvements"
    __protected__ = Protection(
        links=[("person", "person_id"), ("involvement", "id")], category_column="category"
    )
    __table_args__ = (
        UniqueConstraint("source", "reference", "person_id"),
        CheckConstraint("until >= since", name="period"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"), index=True)
    organisation: Mapped[str]
    worker: Mapped[str | None]
    role: Mapped[str]
    lead: Mapped[bool] = mapped_column(default=False)
    since: Mapped[date]
    concealed_as: Mapped[str | None]
    source: Mapped[str]
    reference: Mapped[str]
    case_id: Mapped[UUID | None] = mapped_column(index=True)
    told_at: Mapped[datetime | None]
    disputed: Mapped[bool] = mapped_column(default=False, server_default=false())

    agency: Mapped[Agency | None] = relationship(
        primaryjoin=lambda: foreign(Involvement.organisation) == Agency.organisation, viewonly=True
    )
    practitioner: Mapped[Practitioner | None] = relationship(
        primaryjoin=lambda: foreign(Involvement.worker) == Practitioner.worker, viewonly=True
    )

    @hybrid_property
    def category(self) -> str | None:
        """The category under which the involvement is shown; None while its agency is not registered."""
        if self.agency is None:
            return None
        return self.concealed_as or self.agency.concealed_as or "directory"

    @category.inplace.expression
    @classmethod
    def _category(cls) -> ColumnElement[str]:
        return (
            select(func.coalesce(cls.concealed_as, Agency.concealed_as, "directory"))
            .where(Agency.organisation == cls.organisation)
            .correlate(cls)
            .scalar_subquery()
        )

    def with_person(self, person_id: UUID, *, since: date) -> Involvement:
        """The same involvement with one more person."""
        return Involvement(
            person_id=person_id,
            organisation=self.organisation,
            worker=self.worker,
            role=self.role,
            lead=self.lead,
            since=since,
            concealed_as=self.concealed_as,
            source=self.source,
            reference=self.reference,
            case_id=self.case_id,
        )

    def end(self, *, on: date) -> None:
        """It ended on this day, or on the day it began if that is later; who left leads no more."""
        super().end(on=max(on, self.since))
        self.lead = False


class Joining(Base):
    """A worker of staff is on the team around a person, as cases told; gone when they leave.

    `opened_at` is when the person's record was opened to them; None while nobody on the team is known to work with the
    person otherwise than through this case (CO-9, see `people/vouching.py`). `acted_at` is when the worker first did
    something of their own in the case for this person; None while they were only named by others. What a consent lends
    meanwhile is a grant whose reference is this row's id.
    """

    __tablename__ = "joinings"
    __protected__ = Protection(links=[("person", "person_id")], categories=("case",))
    __table_args__ = (UniqueConstraint("membership_id", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    membership_id: Mapped[UUID]
    case_id: Mapped[UUID] = mapped_column(index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"), index=True)
    worker: Mapped[str]
    opened_at: Mapped[datetime | None]
    acted_at: Mapped[datetime | None]


class CommonAssessment(StaysAYear, Base):
    """That a common assessment of a person exists, and whom to ask about it; nothing of what it says."""

    __tablename__ = "common_assessments"
    __protected__ = Protection(links=[("person", "person_id")], categories=("directory",))
    __table_args__ = (UniqueConstraint("assessment_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    assessment_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(index=True)
    organisation: Mapped[str]
    worker: Mapped[str]
    recorded_on: Mapped[date]

    agency: Mapped[Agency | None] = relationship(
        primaryjoin=lambda: foreign(CommonAssessment.organisation) == Agency.organisation, viewonly=True
    )
    practitioner: Mapped[Practitioner | None] = relationship(
        primaryjoin=lambda: foreign(CommonAssessment.worker) == Practitioner.worker, viewonly=True
    )


class Lookup(Base):
    """That a worker asked the directory a question, as a digest that says neither whom nor what; kept for a day.

    Counted so that nobody fishes: `search` refuses who asks about more people than anybody works with.
    """

    __tablename__ = "lookups"
    __table_args__ = (Index("ix_lookups_worker", "worker", "asked_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    worker: Mapped[str]
    asked_at: Mapped[datetime]
    question: Mapped[bytes] = mapped_column(LargeBinary)
    reason: Mapped[str | None]

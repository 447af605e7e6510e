"""Outreach contacts: kept from the first meeting on, and part of a referral's history once there is one (IN-3)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.errors import RuleBroken
from chassis.ids import new_id
from intake.people.model import Person


class ReferredAlready(RuleBroken):
    """The contact belongs to the history of a referral; that referral goes on."""

    code = "referred_already"
    title = "The contact has become part of a referral already"


class KnownAsAnother(RuleBroken):
    """The contact was with a person who is known by now, and not with the one named here."""

    code = "known_as_another"
    title = "The contact was with another person"


class OutreachContact(Versioned, Timestamps, Base):
    """A worker met somebody, or looked for somebody, or was at a place: when, where, how, and what came of it (IN-3).

    It is about a person on record, or an alias, or a description, or a place only. Several people met at once are a row
    each under one `occasion_id`, so that each may become a referral of their own and none tells of another.
    """

    __tablename__ = "outreach_contacts"
    __protected__ = Protection(
        links=[("outreach_contact", "id"), ("referral", "referral_id"), ("person", "person_id")],
        categories=("referral",),
    )
    __table_args__ = (
        CheckConstraint(
            "person_id IS NOT NULL OR alias IS NOT NULL OR described_as IS NOT NULL OR place IS NOT NULL",
            name="about_something",
        ),
        CheckConstraint(
            "way IN ('in_person', 'phone', 'text_message', 'email', 'letter', 'through_someone')", name="way"
        ),
        CheckConstraint(
            "outcome IN ('talked', 'greeted', 'helped', 'not_found', 'declined')", name="outcome"
        ),
        CheckConstraint("referral_id IS NULL OR person_id IS NOT NULL", name="referred_as_somebody"),
        Index("ix_outreach_contacts_worker", "made_by", "made_at", "id"),
        Index("ix_outreach_contacts_made_at", "made_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    occasion_id: Mapped[UUID] = mapped_column(index=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"), index=True)
    referral_id: Mapped[UUID | None] = mapped_column(ForeignKey("referrals.id"), index=True)
    alias: Mapped[str | None]
    described_as: Mapped[str | None]
    place: Mapped[str | None]
    place_words: Mapped[list[str]] = mapped_column(default=list)
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    recorded_by: Mapped[str]
    team: Mapped[str | None]
    also_present: Mapped[list[str]] = mapped_column(default=list)
    way: Mapped[str]
    outcome: Mapped[str]
    note: Mapped[str | None]

    person: Mapped[Person | None] = relationship()

    def is_with(self, person_id: UUID) -> None:
        """It is known now who it was. Raises KnownAsAnother."""
        if self.person_id not in (None, person_id):
            raise KnownAsAnother
        self.person_id = person_id

    def became(self, *, referral_id: UUID, person_id: UUID) -> None:
        """It is part of the history of a referral. Raises ReferredAlready, KnownAsAnother."""
        if self.referral_id is not None:
            raise ReferredAlready
        self.is_with(person_id)
        self.referral_id = referral_id

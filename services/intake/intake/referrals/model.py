"""Referrals: tables, the stages that one goes through, and the rules between them (IN-1, IN-2, IN-3)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from chassis.clocks import Clock
from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.errors import RuleBroken
from chassis.ids import new_id
from intake.people.model import Person

ENDED = ("not_eligible", "in_service")


class ReferralClosed(RuleBroken):
    """The person is in service, or was found not eligible: nothing more is tried under this referral."""

    code = "referral_closed"
    title = "The referral has ended"


class NotReachedYet(RuleBroken):
    """Nobody is screened who has not been spoken to."""

    code = "not_reached_yet"
    title = "The person has not been reached yet"


class NotFoundEligible(RuleBroken):
    """The program meets people whom screening found eligible."""

    code = "not_found_eligible"
    title = "Screening has not found the person eligible"


class DecidedAlready(RuleBroken):
    """Screening has found the person eligible; the next step is service."""

    code = "decided_already"
    title = "Eligibility has been decided"


class Referral(Versioned, Timestamps, Base):
    """A request that a program help a person.

    It is *received*, then the person is *contacted*, then found *eligible* or *not_eligible*, and when eligible met by
    the program: *in_service*. The last of either way ends it.
    """

    __tablename__ = "referrals"
    __protected__ = Protection(links=[("referral", "id"), ("person", "person_id")], categories=("referral",))
    __table_args__ = (
        CheckConstraint("priority IN ('routine', 'urgent', 'crisis')", name="priority"),
        CheckConstraint(
            "stage IN ('received', 'contacted', 'eligible', 'not_eligible', 'in_service')", name="stage"
        ),
        CheckConstraint("(stage = 'received') = (first_contact_at IS NULL)", name="contacted"),
        CheckConstraint(
            "(stage IN ('eligible', 'not_eligible', 'in_service')) = (decided_at IS NOT NULL)", name="decided"
        ),
        CheckConstraint("(stage = 'in_service') = (service_contact_at IS NOT NULL)", name="served"),
        CheckConstraint("(stage IN ('not_eligible', 'in_service')) = (ended_at IS NOT NULL)", name="ended"),
        Index("ix_referrals_program_stage", "program", "stage", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), index=True)
    program: Mapped[str]
    source: Mapped[str]
    priority: Mapped[str]
    reason: Mapped[str]
    referred_by: Mapped[str | None]
    stage: Mapped[str] = mapped_column(default="received")
    received_at: Mapped[datetime]
    first_contact_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    service_contact_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()
    attempts: Mapped[list[ContactAttempt]] = relationship(
        order_by="ContactAttempt.made_at, ContactAttempt.id", back_populates="referral"
    )
    clocks: Mapped[list[Clock]] = relationship(
        primaryjoin=lambda: Referral.id == foreign(Clock.subject_id),
        order_by=lambda: (Clock.started_at, Clock.id),
        viewonly=True,
    )

    def must_be_open(self) -> None:
        """Raises ReferralClosed when the referral has ended."""
        if self.stage in ENDED:
            raise ReferralClosed

    def reach(self, *, at: datetime) -> None:
        """The person was reached for the first time."""
        self.must_be_open()
        self.stage, self.first_contact_at = "contacted", at

    def decide(self, *, eligible: bool, at: datetime) -> None:
        """Screening has decided. Raises ReferralClosed, NotReachedYet, DecidedAlready."""
        self.may_be_screened()
        self.stage, self.decided_at = ("eligible" if eligible else "not_eligible"), at
        self.ended_at = None if eligible else at

    def may_be_screened(self) -> None:
        """Raises ReferralClosed, NotReachedYet or DecidedAlready when it is not the time to screen."""
        self.must_be_open()
        if self.stage == "received":
            raise NotReachedYet
        if self.stage == "eligible":
            raise DecidedAlready

    def serve(self, *, at: datetime) -> None:
        """The program has met the person. Raises ReferralClosed, NotFoundEligible."""
        self.must_be_open()
        if self.stage != "eligible":
            raise NotFoundEligible
        self.stage, self.service_contact_at, self.ended_at = "in_service", at, at


class ContactAttempt(Base):
    """One attempt to reach the person: by whom, when, how, where, and what came of it (IN-3). Never changed."""

    __tablename__ = "contact_attempts"
    __append_only__ = True
    __protected__ = Protection(
        links=[("referral", "referral_id"), ("person", "person_id")], categories=("referral",)
    )
    __table_args__ = (
        CheckConstraint(
            "way IN ('in_person', 'phone', 'text_message', 'email', 'letter', 'through_someone')", name="way"
        ),
        CheckConstraint(
            "outcome IN ('reached', 'no_answer', 'message_left', 'not_found', 'wrong_details', 'contact_declined')",
            name="outcome",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referrals.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    way: Mapped[str]
    place: Mapped[str | None]
    outcome: Mapped[str]
    note: Mapped[str | None]

    referral: Mapped[Referral] = relationship(back_populates="attempts")

    @property
    def reached(self) -> bool:
        """Whether somebody spoke with the person; one who declines has been spoken with."""
        return self.outcome in ("reached", "contact_declined")

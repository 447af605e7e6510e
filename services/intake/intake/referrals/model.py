"""Referrals: the stages that one goes through, and the rules between them (IN-1, IN-2, IN-3)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from chassis.clocks import Clock
from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.errors import RuleBroken
from chassis.ids import new_id
from intake.people.model import Person

if TYPE_CHECKING:
    from intake.follow_up.model import Explanation, OnwardLink
    from intake.outreach.model import OutreachContact
    from intake.referrals.history import Assignment, PriorityChange, Referrer

# The stages in which the program still owes the person something; one of them a person and program at a time.
UNDER_WAY = ("received", "contacted", "eligible")


class ReferralClosed(RuleBroken):
    """The person is in service, was found not eligible, or withdrew: nothing more is tried under this referral."""

    code = "referral_closed"
    title = "The referral has ended"


class ReferralJoined(RuleBroken):
    """Another referral of this person to this program was open before; the work goes on under that one."""

    code = "referral_joined"
    title = "The referral has joined an earlier one, which is worked on"


class NotReachedYet(RuleBroken):
    """Nobody is screened who has not been spoken to."""

    code = "not_reached_yet"
    title = "The person has not been reached yet"


class NotFoundEligible(RuleBroken):
    """The program meets people whom screening found eligible."""

    code = "not_found_eligible"
    title = "Screening has not found the person eligible"


class FoundNotEligible(RuleBroken):
    """What is asked belongs to a referral that screening found not eligible, and to no other."""

    code = "not_found_ineligible"
    title = "Screening has not found the person not eligible"


class DecidedAlready(RuleBroken):
    """Screening has found the person eligible; the next step is service."""

    code = "decided_already"
    title = "Eligibility has been decided"


class Referral(Versioned, Timestamps, Base):
    """A request that a program help a person.

    It is *received*, then the person is *contacted*, then found *eligible* or *not_eligible*, and when eligible met by
    the program: *in_service*, which ends it. Not eligible, it ends when the person has been linked to another service
    and the link is confirmed (IN-5). Before a decision it may be *withdrawn*. A second one for the same person and
    program has *joined* the first, which keeps the clocks.
    """

    __tablename__ = "referrals"
    __protected__ = Protection(
        links=[("referral", "id"), ("person", "person_id"), ("referral", "joined_to")],
        categories=("referral",),
    )
    __table_args__ = (
        CheckConstraint("priority IN ('routine', 'urgent', 'crisis')", name="priority"),
        CheckConstraint(
            "stage IN ('received', 'contacted', 'eligible', 'not_eligible', 'in_service', 'withdrawn', 'joined')",
            name="stage",
        ),
        CheckConstraint(
            "stage IN ('withdrawn', 'joined') OR (stage = 'received') = (first_contact_at IS NULL)",
            name="contacted",
        ),
        CheckConstraint(
            "stage = 'withdrawn'"
            " OR (stage IN ('eligible', 'not_eligible', 'in_service')) = (decided_at IS NOT NULL)",
            name="decided",
        ),
        CheckConstraint("(stage = 'in_service') = (service_contact_at IS NOT NULL)", name="served"),
        CheckConstraint(
            "stage = 'not_eligible'"
            " OR (stage IN ('in_service', 'withdrawn', 'joined')) = (ended_at IS NOT NULL)",
            name="ended",
        ),
        CheckConstraint("(stage = 'withdrawn') = (withdrawn_because IS NOT NULL)", name="withdrawn"),
        CheckConstraint("(stage = 'joined') = (joined_to IS NOT NULL)", name="joined"),
        CheckConstraint("(follow_up_outcome IS NULL) OR stage = 'not_eligible'", name="followed_up"),
        CheckConstraint("priority = 'crisis' OR NOT returning_in_crisis", name="returning"),
        UniqueConstraint("feed", "feed_reference"),
        Index("ix_referrals_program_stage", "program", "stage", "id"),
        Index("ix_referrals_joined_to", "joined_to", postgresql_where=text("joined_to IS NOT NULL")),
        Index(
            "ix_referrals_to_weigh",
            "id",
            postgresql_where=text("joined_to IS NOT NULL AND weighed_at IS NULL"),
        ),
        Index("ix_referrals_continues", "continues", postgresql_where=text("continues IS NOT NULL")),
        Index("ix_referrals_request", "request_id", postgresql_where=text("request_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), index=True)
    program: Mapped[str]
    source: Mapped[str]
    priority: Mapped[str]
    returning_in_crisis: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    reason: Mapped[str]
    described_as: Mapped[str | None]
    referred_by: Mapped[str | None]
    received_by: Mapped[str | None]
    owner: Mapped[str | None]
    team: Mapped[str | None]
    stage: Mapped[str] = mapped_column(default="received")
    received_at: Mapped[datetime]
    first_contact_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    service_contact_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str | None]
    withdrawn_note: Mapped[str | None]
    follow_up_outcome: Mapped[str | None]
    follow_up_note: Mapped[str | None]
    request_id: Mapped[UUID | None]
    joined_to: Mapped[UUID | None] = mapped_column(ForeignKey("referrals.id"))
    weighed_at: Mapped[datetime | None]
    continues: Mapped[UUID | None] = mapped_column(ForeignKey("referrals.id"))
    feed: Mapped[str | None]
    feed_reference: Mapped[str | None]

    person: Mapped[Person] = relationship()
    attempts: Mapped[list[ContactAttempt]] = relationship(
        order_by="ContactAttempt.made_at, ContactAttempt.id", back_populates="referral"
    )
    clocks: Mapped[list[Clock]] = relationship(
        primaryjoin=lambda: Referral.id == foreign(Clock.subject_id),
        order_by=lambda: (Clock.started_at, Clock.id),
        viewonly=True,
    )
    joined: Mapped[list[Referral]] = relationship(
        primaryjoin=lambda: Referral.id == foreign(Referral.joined_to),
        order_by=lambda: Referral.id,
        viewonly=True,
    )
    continued_by: Mapped[list[Referral]] = relationship(
        primaryjoin=lambda: Referral.id == foreign(Referral.continues),
        order_by=lambda: Referral.id,
        viewonly=True,
    )
    referrers: Mapped[list[Referrer]] = relationship(
        "Referrer",
        primaryjoin="or_(Referral.id == foreign(Referrer.referral_id), Referral.id == foreign(Referrer.joined_to))",
        order_by="Referrer.id",
        viewonly=True,
    )
    assignments: Mapped[list[Assignment]] = relationship(
        "Assignment", order_by="Assignment.id", viewonly=True
    )
    priority_changes: Mapped[list[PriorityChange]] = relationship(
        "PriorityChange", order_by="PriorityChange.id", viewonly=True
    )
    outreach: Mapped[list[OutreachContact]] = relationship(
        "OutreachContact", order_by="OutreachContact.made_at, OutreachContact.id", viewonly=True
    )
    explanations: Mapped[list[Explanation]] = relationship(
        "Explanation", order_by="Explanation.explained_at, Explanation.id", viewonly=True
    )
    links: Mapped[list[OnwardLink]] = relationship(
        "OnwardLink", order_by="OnwardLink.linked_at, OnwardLink.id", viewonly=True
    )

    def must_be_under_way(self) -> None:
        """Raises ReferralJoined, or ReferralClosed when the program owes the person nothing more."""
        if self.stage == "joined":
            raise ReferralJoined
        if self.stage not in UNDER_WAY:
            raise ReferralClosed

    def must_be_open(self) -> None:
        """Raises ReferralJoined, or ReferralClosed when nothing at all is owed: also the follow-up has ended."""
        if self.stage == "joined":
            raise ReferralJoined
        if self.ended_at is not None:
            raise ReferralClosed

    def must_be_followed_up(self) -> None:
        """Raises FoundNotEligible, or ReferralClosed once the link to another service is confirmed (IN-5)."""
        if self.stage != "not_eligible":
            raise FoundNotEligible
        self.must_be_open()

    def reach(self, *, at: datetime) -> None:
        """The person was reached for the first time."""
        self.must_be_under_way()
        self.stage, self.first_contact_at = "contacted", at

    def decide(self, *, eligible: bool, at: datetime) -> None:
        """Screening has decided. Not eligible, the referral stays open until a service has taken the person on (IN-5).

        Raises ReferralClosed, NotReachedYet, DecidedAlready.
        """
        self.may_be_screened()
        self.stage, self.decided_at = ("eligible" if eligible else "not_eligible"), at

    def may_be_screened(self) -> None:
        """Raises ReferralClosed, NotReachedYet or DecidedAlready when it is not the time to screen."""
        self.must_be_under_way()
        if self.stage == "received":
            raise NotReachedYet
        if self.stage == "eligible":
            raise DecidedAlready

    def serve(self, *, at: datetime) -> None:
        """The program has met the person. Raises ReferralClosed, NotFoundEligible."""
        self.must_be_under_way()
        if self.stage != "eligible":
            raise NotFoundEligible
        self.stage, self.service_contact_at, self.ended_at = "in_service", at, at

    def withdraw(self, *, because: str, note: str | None, at: datetime) -> None:
        """The person no longer wants it, or nobody does. Raises ReferralClosed, ReferralJoined."""
        self.must_be_under_way()
        self.stage, self.ended_at = "withdrawn", at
        self.withdrawn_because, self.withdrawn_note = because, note

    def join(self, other: UUID, *, at: datetime) -> None:
        """Another referral of this person to this program is under way and goes on for both (IN-1)."""
        self.stage, self.joined_to, self.ended_at = "joined", other, at

    def follow_up_ended(self, *, outcome: str, at: datetime) -> None:
        """What became of the person elsewhere is known (IN-5). Raises FoundNotEligible, ReferralClosed."""
        self.must_be_followed_up()
        self.follow_up_outcome, self.ended_at = outcome, at


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
    recorded_by: Mapped[str | None]
    also_present: Mapped[list[str] | None]
    way: Mapped[str]
    place: Mapped[str | None]
    outcome: Mapped[str]
    note: Mapped[str | None]

    referral: Mapped[Referral] = relationship(back_populates="attempts")

    @property
    def reached(self) -> bool:
        """Whether somebody spoke with the person; one who declines has been spoken with."""
        return self.outcome in ("reached", "contact_declined")


# What the relationships above name, so that whoever has a referral has all that is kept beside it.
import intake.follow_up.model  # noqa: E402
import intake.outreach.model  # noqa: E402
import intake.referrals.history  # noqa: E402, F401

"""Following up whom a program is not for: explanations, links to other services, what came of them (IN-5)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.errors import RuleBroken
from chassis.ids import new_id
from intake.referrals.model import Referral

_OF_A_REFERRAL = Protection(
    links=[("referral", "referral_id"), ("person", "person_id")], categories=("referral",)
)
TOLD_TO = ("person", "family", "referrer")
LINK_OUTCOMES = ("connected", "declined", "service_refused", "lost_contact")
# A service that refuses leaves the person where they were: another link is owed.
SETTLING = ("connected", "declined", "lost_contact")


class LinkSettled(RuleBroken):
    """What came of the link is known and stays; a new link may be made."""

    code = "link_settled"
    title = "What came of this link has been recorded"


class NotExplainedYet(RuleBroken):
    """Nobody's follow-up ends before the decision was explained to them or their family, unless contact was lost."""

    code = "not_explained_yet"
    title = "The decision has not been explained to the person or the family"


class LinksStillOpen(RuleBroken):
    """A link to a service is being followed; say what came of it first."""

    code = "links_still_open"
    title = "A link to another service is still being followed"


class Explanation(Base):
    """The decision was explained: to whom, by whom, when and how (IN-5). Never changed."""

    __tablename__ = "explanations"
    __append_only__ = True
    __protected__ = _OF_A_REFERRAL
    __table_args__ = (
        CheckConstraint("told_to IN ('person', 'family', 'referrer')", name="told_to"),
        CheckConstraint("way IN ('verbal', 'written')", name="way"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referrals.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    told_to: Mapped[str]
    way: Mapped[str]
    explained_at: Mapped[datetime]
    explained_by: Mapped[str]
    interpreter: Mapped[bool]
    words: Mapped[str]

    referral: Mapped[Referral] = relationship()


class OnwardLink(Versioned, Timestamps, Base):
    """The person was linked to a service that suits them better; open until it is known what came of it (IN-5).

    `service_id` is an entry of the service directory where there is one, else `service` says in words which it is.
    """

    __tablename__ = "onward_links"
    __protected__ = _OF_A_REFERRAL
    __table_args__ = (
        CheckConstraint("service_id IS NOT NULL OR service IS NOT NULL", name="names_a_service"),
        CheckConstraint(
            "way IN ('introduced_in_person', 'called_together', 'appointment_made', 'referral_sent',"
            " 'contact_given')",
            name="way",
        ),
        CheckConstraint(
            "outcome IN ('connected', 'declined', 'service_refused', 'lost_contact')", name="outcome"
        ),
        CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", name="settled"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referrals.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    service_id: Mapped[UUID | None]
    service: Mapped[str | None]
    way: Mapped[str]
    note: Mapped[str | None]
    linked_at: Mapped[datetime]
    linked_by: Mapped[str]
    outcome: Mapped[str | None]
    outcome_note: Mapped[str | None]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]

    referral: Mapped[Referral] = relationship()
    checks: Mapped[list[LinkCheck]] = relationship(
        order_by="LinkCheck.made_at, LinkCheck.id", back_populates="link"
    )

    def must_be_open(self) -> None:
        """Raises LinkSettled."""
        if self.outcome is not None:
            raise LinkSettled

    def settle(self, *, outcome: str, note: str | None, by: str, at: datetime) -> None:
        """What came of it is known. Raises LinkSettled."""
        self.must_be_open()
        self.outcome, self.outcome_note, self.settled_by, self.settled_at = outcome, note, by, at


class LinkCheck(Base):
    """One attempt to find out whether the person and the service have met: by whom, when, how, whom (IN-5)."""

    __tablename__ = "link_checks"
    __append_only__ = True
    __protected__ = _OF_A_REFERRAL
    __table_args__ = (
        CheckConstraint("asked IN ('person', 'family', 'service')", name="asked"),
        CheckConstraint("found IN ('not_reached', 'waiting', 'appointment_made', 'met')", name="found"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    link_id: Mapped[UUID] = mapped_column(ForeignKey("onward_links.id"), index=True)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referrals.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    asked: Mapped[str]
    way: Mapped[str]
    found: Mapped[str]
    note: Mapped[str | None]

    link: Mapped[OnwardLink] = relationship(back_populates="checks")

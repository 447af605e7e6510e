"""Mediated requests: what somebody asked to be passed on, and what only the mediators know of it (IN-9)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database import Base, Protection
from chassis.ids import new_id
from intake.directory.model import Agency, Involvement, Listing, Practitioner

ANSWERS = ("will_call", "put_in_touch", "declines", "not_reached")
CLOCK = "mediation"


class MediationRequest(Base):
    """Somebody who works with a person asks that a message be passed to whoever may be concealed.

    What the asker sees of this row is the same either way. So it has no version, which would tell that somebody works
    on it, and what the asker may do next follows from `answer_by`, never from when the mediators were done.
    """

    __tablename__ = "mediation_requests"
    __protected__ = Protection(
        links=[("mediation_request", "id")], categories=("directory",), person="person_id"
    )
    __table_args__ = (Index("ix_mediation_requests_open", "id", postgresql_where=text("closed_at IS NULL")),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"))
    asked_by: Mapped[str] = mapped_column(index=True)
    organisation: Mapped[str | None]
    message: Mapped[str]
    reach_me_by: Mapped[str]
    asked_at: Mapped[datetime]
    answer_by: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]

    listing: Mapped[Listing] = relationship(viewonly=True)
    introductions: Mapped[list[Introduction]] = relationship(order_by="Introduction.id", viewonly=True)
    contacts: Mapped[list[MediationContact]] = relationship(order_by="MediationContact.id", viewonly=True)


class MediationContact(Base):
    """One concealed involvement that a request may be about, and what the practitioner answered; mediators only."""

    __tablename__ = "mediation_contacts"
    __protected__ = Protection(
        links=[("mediation_contact", "id")], categories=("directory",), person="person_id"
    )
    __table_args__ = (
        UniqueConstraint("request_id", "involvement_id"),
        CheckConstraint("answer IN ('will_call', 'put_in_touch', 'declines', 'not_reached')", name="answer"),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("mediation_requests.id", ondelete="CASCADE"))
    involvement_id: Mapped[UUID] = mapped_column(
        ForeignKey("involvements.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[UUID]
    found_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    recorded_by: Mapped[str | None]

    involvement: Mapped[Involvement] = relationship(viewonly=True)


class Introduction(Base):
    """A practitioner agreed to be put in touch with the asker, who may know it from now on."""

    __tablename__ = "introductions"
    __protected__ = Protection(through=("request_id", MediationRequest))
    __append_only__ = True
    __table_args__ = (UniqueConstraint("request_id", "organisation", "worker"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("mediation_requests.id", ondelete="CASCADE"))
    organisation: Mapped[str]
    worker: Mapped[str | None]
    at: Mapped[datetime]

    agency: Mapped[Agency | None] = relationship(
        primaryjoin="foreign(Introduction.organisation) == Agency.organisation", viewonly=True
    )
    practitioner: Mapped[Practitioner | None] = relationship(
        primaryjoin="foreign(Introduction.worker) == Practitioner.worker", viewonly=True
    )

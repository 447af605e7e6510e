"""The wait list: turns, whose they are, offers, and what is written down while somebody waits (IN-6).

A *turn* is a place in the line and says nothing of whose it is, so that the line can be counted and moved by somebody
who may not see everybody in it. Whose turn it is stands in `WaitListEntry`, under need-to-know like the referral.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from chassis.clocks import Clock
from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.errors import RuleBroken
from chassis.ids import new_id
from intake.people.model import Person
from intake.referrals.model import Referral

CHECK_IN = "wait_list_check_in"
# Who comes first. Within one priority, who became eligible first.
PRIORITIES = ("returning_in_crisis", "crisis", "urgent", "routine")
_IN_RANK = f"(ARRAY[{', '.join(repr(code) for code in PRIORITIES)}])[rank + 1] = priority"


class NotWaiting(RuleBroken):
    """Somebody who has a place, or has left the list, waits no more."""

    code = "not_waiting"
    title = "This person does not wait any more"


class NoOfferStands(RuleBroken):
    """There is no offer to answer."""

    code = "no_offer_stands"
    title = "No offer stands for this person"


class OfferExpired(RuleBroken):
    """The time to answer is over; the place goes to the next."""

    code = "offer_expired"
    title = "The offer has expired"


class PlaceGone(RuleBroken):
    """The offered place has been taken by a case that was opened meanwhile, and there is no other."""

    code = "place_gone"
    title = "The place is not free any more"


class NoPlaceHeld(RuleBroken):
    """Only a place that is held can be given back."""

    code = "no_place_held"
    title = "This person holds no place"


class NotFirstInLine(RuleBroken):
    """A place goes to the first in line; an exception is declared with its reason."""

    code = "not_first_in_line"
    title = "Somebody else comes first: say why this person goes before them"


class AttemptsMissing(RuleBroken):
    """Nobody is given up as lost before the attempts to reach them are on record."""

    code = "attempts_missing"
    title = "Too few attempts to reach the person are on record"


class PlaceNotOffered(RuleBroken):
    """Somebody on the wait list is served after accepting a place: nobody is passed over unseen."""

    code = "place_not_offered"
    title = "The person waits for a place; offer one first"


class NobodyWaits(RuleBroken):
    """There is nobody to offer a place to."""

    code = "nobody_waits"
    title = "Nobody waits who could be offered a place now"


class ProgramFull(RuleBroken):
    """Nobody is placed beyond the maximum: never over 1:20 for a full-time worker."""

    code = "program_full"
    title = "There is no free place"


class Turn(Versioned, Timestamps, Base):
    """A turn in the line of one program: *waiting*, *offered* a place, *placed*, or *left*.

    A turn that is offered or placed takes a place, `worker`'s in a program of caseloads, until `released_at`: when the
    caseload of cases counts the case itself, or the place is given back. `ordered_at` is the time that counts as age.
    """

    __tablename__ = "turns"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'offered', 'placed', 'left')", name="state"),
        CheckConstraint(_IN_RANK, name="rank_of_priority"),
        CheckConstraint(
            "(state IN ('offered', 'placed')) = (took_place_at IS NOT NULL)", name="place_is_taken"
        ),
        CheckConstraint("worker IS NULL OR took_place_at IS NOT NULL", name="worker_holds_a_place"),
        CheckConstraint("(state = 'left') = (left_at IS NOT NULL)", name="left"),
        CheckConstraint("released_at IS NULL OR state = 'placed'", name="released_after_placing"),
        CheckConstraint("(released_at IS NULL) = (release_reason IS NULL)", name="released_for_a_reason"),
        Index("ix_turns_line", "program", "state", "rank", "ordered_at", "id"),
        Index(
            "ix_turns_holding",
            "worker",
            "program",
            postgresql_where=text("state IN ('offered', 'placed') AND released_at IS NULL"),
        ),
        Index("ix_turns_case_id", "case_id", postgresql_where=text("case_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    program: Mapped[str]
    priority: Mapped[str]
    rank: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(default="waiting")
    entered_at: Mapped[datetime]
    eligible_at: Mapped[datetime]
    ordered_at: Mapped[datetime]
    rest_until: Mapped[datetime | None]
    refusals: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None]
    took_place_at: Mapped[datetime | None]
    placed_at: Mapped[datetime | None]
    case_id: Mapped[UUID | None]
    released_at: Mapped[datetime | None]
    release_reason: Mapped[str | None]
    left_at: Mapped[datetime | None]
    left_because: Mapped[str | None]

    offers: Mapped[list[Offer]] = relationship(order_by="Offer.id", back_populates="turn")

    @property
    def standing_offer(self) -> Offer | None:
        """The offer that waits for an answer."""
        return next((offer for offer in self.offers if offer.state == "standing"), None)

    @property
    def holds_a_place(self) -> bool:
        """Whether a place is taken by this turn and not by a case that is counted elsewhere."""
        return self.took_place_at is not None and self.released_at is None

    def prioritise(self, priority: str) -> None:
        """Come before or after others by another priority; the age stays."""
        self.priority, self.rank = priority, PRIORITIES.index(priority)

    def take_place(self, *, worker: str | None, at: datetime) -> None:
        """A place is reserved for this turn. Raises NotWaiting."""
        if self.state != "waiting":
            raise NotWaiting
        self.state, self.worker, self.took_place_at = "offered", worker, at

    def keep_place(self, *, at: datetime) -> None:
        """The reserved place is this person's now."""
        if self.state != "offered":
            raise NoOfferStands
        self.state, self.placed_at, self.rest_until = "placed", at, None

    def give_back(self, *, rest_until: datetime | None, ordered_at: datetime | None) -> None:
        """Back into the line without the place: at the former position, or behind all when `ordered_at` is now."""
        self.state, self.worker, self.took_place_at = "waiting", None, None
        self.rest_until = rest_until
        self.ordered_at = ordered_at or self.ordered_at

    def release(self, *, at: datetime, reason: str) -> None:
        """The place counts no longer through this turn. Raises NoPlaceHeld."""
        if self.state != "placed" or self.released_at is not None:
            raise NoPlaceHeld
        self.released_at, self.release_reason = at, reason

    def leave(self, *, at: datetime, because: str) -> None:
        """Out of the line. Raises NotWaiting."""
        if self.state not in ("waiting", "offered"):
            raise NotWaiting
        self.state, self.left_at, self.left_because = "left", at, because
        self.worker = self.took_place_at = self.rest_until = None


class Offer(Base):
    """A place offered for a turn, until it is answered or expires. At most one stands for a turn."""

    __tablename__ = "offers"
    __table_args__ = (
        CheckConstraint(
            "state IN ('standing', 'accepted', 'declined', 'expired', 'withdrawn')", name="state"
        ),
        CheckConstraint("(state = 'standing') = (ended_at IS NULL)", name="ended"),
        Index("uq_offers_standing", "turn_id", unique=True, postgresql_where=text("state = 'standing'")),
        Index("ix_offers_expiring", "expires_at", postgresql_where=text("state = 'standing'")),
        Index("ix_offers_turn_id", "turn_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    turn_id: Mapped[UUID] = mapped_column(ForeignKey("turns.id"))
    program: Mapped[str]
    worker: Mapped[str | None]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    expires_at: Mapped[datetime]
    above_ideal: Mapped[bool] = mapped_column(default=False)
    out_of_turn: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default="standing")
    ended_at: Mapped[datetime | None]
    because: Mapped[str | None]

    turn: Mapped[Turn] = relationship(back_populates="offers")

    def end(self, state: str, *, at: datetime, because: str | None = None) -> None:
        """The offer stands no more: accepted, declined, expired or withdrawn."""
        self.state, self.ended_at, self.because = state, at, because


class WaitListEntry(Base):
    """Whose turn it is: the person of a referral that was found eligible. Its id is the turn's."""

    __tablename__ = "wait_list_entries"
    __protected__ = Protection(
        links=[("referral", "referral_id"), ("person", "person_id")], categories=("referral",)
    )
    __table_args__ = (
        Index(
            "uq_wait_list_entries_open",
            "referral_id",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_wait_list_entries_referral_id", "referral_id"),
        Index("ix_wait_list_entries_person_id", "person_id", "program"),
    )

    id: Mapped[UUID] = mapped_column(ForeignKey("turns.id"), primary_key=True)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referrals.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    program: Mapped[str]
    closed_at: Mapped[datetime | None]

    turn: Mapped[Turn] = relationship(lazy="joined", innerjoin=True)
    referral: Mapped[Referral] = relationship()
    # None for a reader whose grants do not open who the person is.
    person: Mapped[Person | None] = relationship()
    diary: Mapped[list[WaitingNote]] = relationship(
        order_by="WaitingNote.at, WaitingNote.id", back_populates="entry"
    )
    check_ins: Mapped[list[Clock]] = relationship(
        primaryjoin=lambda: (
            (WaitListEntry.referral_id == foreign(Clock.subject_id)) & (Clock.kind == CHECK_IN)
        ),
        order_by=lambda: (Clock.started_at, Clock.id),
        viewonly=True,
    )

    # Told with a reading: how many go before, and how long that takes at the pace of the last months.
    position = None  # type: int | None
    estimated_wait_days = None  # type: int | None

    @property
    def check_in_due_at(self) -> datetime | None:
        """When somebody is to have spoken with the person again; None when nothing is owed."""
        return next((clock.due_at for clock in self.check_ins if clock.is_open), None)

    @property
    def called(self) -> str | None:
        """The name to call the person by, as far as the reader may see it."""
        return self.person.called if self.person is not None else None


class WaitingNote(Base):
    """What happened while somebody waited: contacts, interim support, changes of priority, answers. Never changed."""

    __tablename__ = "waiting_notes"
    __append_only__ = True
    __protected__ = Protection(through=("entry_id", WaitListEntry))
    __table_args__ = (
        CheckConstraint(
            "kind IN ('contact', 'support', 'priority', 'out_of_turn', 'declined', 'left', 'place_ended')",
            name="kind",
        ),
        CheckConstraint("(kind = 'contact') = (outcome IS NOT NULL)", name="a_contact_has_an_outcome"),
        CheckConstraint("(kind = 'priority') = (became IS NOT NULL)", name="a_change_says_what"),
        Index("ix_waiting_notes_entry_id", "entry_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("wait_list_entries.id"))
    kind: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]
    way: Mapped[str | None]
    outcome: Mapped[str | None]
    was: Mapped[str | None]
    became: Mapped[str | None]
    said: Mapped[str | None]

    entry: Mapped[WaitListEntry] = relationship(back_populates="diary")

"""Tables of consents, and what stays true of them (CO-1, CO-2).

What was decided never changes: a trigger of the database refuses it. What became of it is a list of states
that only grows. `state` and `live_categories` repeat the outcome of that list, so that it can be searched.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.ids import new_id
from consent.directives.given_by import GivenBy, given_by_columns, given_by_columns_if_told
from consent.directives.scopes import Overtaking, Part

GIVEN = "given"
REFUSED = "refused"
WITHDRAWN = "withdrawn"
EXPIRED = "expired"
REVIEWED = "reviewed"


@dataclass(frozen=True)
class Explanation:
    """How the decision was explained before it was made (CO-2)."""

    explained_by: str | None
    explained_at: datetime | None
    meaning: list[str] | None
    text: str | None
    refusal_explained: bool | None


@dataclass(frozen=True)
class Word:
    """Whose word it was, in which form, and who heard it; nobody is named where nobody was told."""

    given_by: GivenBy | None = None
    form: str | None = None
    evidence: str | None = None
    heard_by: str | None = None


class Consent(Versioned, Timestamps, Base):
    """A decision of a person: this recipient may, or may not, see these categories for these purposes.

    `stands` and `overtaken_by` are no columns: `standing.tell` says them for the reader before a view is made.
    """

    __allow_unmapped__ = True
    __tablename__ = "consents"
    __protected__ = Protection(links=[("person", "person_id"), ("consent", "id")], categories=("consent",))
    __table_args__ = (
        CheckConstraint("decision IN ('given','refused')", name="decision"),
        CheckConstraint("state IN ('given','refused','withdrawn','expired')", name="state"),
        CheckConstraint("form IN ('implied','verbal','written')", name="form"),
        CheckConstraint("cardinality(categories) > 0 AND cardinality(purposes) > 0", name="scope"),
        CheckConstraint("live_categories <@ categories", name="nothing_opens_that_was_not_given"),
        CheckConstraint("(state = 'given') = (cardinality(live_categories) > 0)", name="open_while_given"),
        CheckConstraint("form <> 'written' OR evidence IS NOT NULL", name="written_has_evidence"),
        CheckConstraint(
            "decision = 'refused' OR explanation_text IS NOT NULL", name="explained_before_given"
        ),
        CheckConstraint(
            "given_capacity = 'person' OR (given_capacity IN ('parent','carer','substitute')"
            " AND given_name IS NOT NULL AND given_relationship IS NOT NULL AND given_authority IS NOT NULL)",
            name="others_decide_by_authority",
        ),
        CheckConstraint("valid_until IS NULL OR valid_until > valid_from", name="period"),
        Index("ix_consents_person_id", "person_id", "recipient"),
        Index(
            "ix_consents_valid_until",
            "valid_until",
            postgresql_where=text("state = 'given' AND valid_until IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID]
    decision: Mapped[str]
    state: Mapped[str]
    recipient: Mapped[str]
    categories: Mapped[list[str]]
    live_categories: Mapped[list[str]]
    purposes: Mapped[list[str]]
    form: Mapped[str]
    evidence: Mapped[str | None]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    review_on: Mapped[date | None]
    given_by: Mapped[GivenBy] = given_by_columns()
    explanation: Mapped[Explanation | None] = composite(
        mapped_column("explained_by"),
        mapped_column("explained_at"),
        mapped_column("explanation_meaning"),
        mapped_column("explanation_text"),
        mapped_column("refusal_explained"),
    )
    heard_by: Mapped[str | None]
    agreement_id: Mapped[UUID | None]
    recorded_by: Mapped[str]
    recorded_for: Mapped[str | None]
    recorded_at: Mapped[datetime]
    next_review_on: Mapped[date | None]
    history: Mapped[list[ConsentState]] = relationship(
        order_by="ConsentState.number", cascade="save-update, merge", lazy="selectin"
    )
    stands: list[Part]
    overtaken_by: list[Overtaking]

    @property
    def self_recorded(self) -> bool:
        """Whether this opens something to the very worker who recorded it, on nobody's word but theirs (CO-2).

        A signature kept as evidence, or an explanation by somebody else who can be asked, is another's word.
        """
        explained_by = self.explanation.explained_by if self.explanation else None
        return (
            self.decision == GIVEN
            and self.recipient == f"worker:{self.recorded_by}"
            and self.form != "written"
            and explained_by in (None, self.recorded_by)
        )

    @property
    def is_live(self) -> bool:
        """Whether the consent opens anything; the period aside."""
        return self.state == GIVEN

    @property
    def against_prior_decision(self) -> bool:
        """Whether something closed that the person had laid down beforehand to be open (CO-3)."""
        return any(step.against_prior_decision for step in self.history)

    def begin(self, *, at: datetime, by: str, against_prior: bool = False) -> None:
        """The first state of a new decision: what was given is open, what was refused is not."""
        self.state = self.decision
        self.live_categories = list(self.categories) if self.decision == GIVEN else []
        self._entered(
            self.state, categories=self.categories, at=at, by=by, reason=None, against_prior=against_prior
        )

    def withdraw(
        self,
        *,
        categories: Iterable[str],
        at: datetime,
        by: str,
        reason: str | None,
        against_prior: bool = False,
        word: Word | None = None,
        ended_by: UUID | None = None,
    ) -> bool:
        """Close those of the categories that are open; whether nothing stays open.

        `word` tells whose word it was when this consent was named, `ended_by` the refusal or withdrawal that ended it.
        """
        closing = [code for code in self.live_categories if code in set(categories)]
        self.live_categories = [code for code in self.live_categories if code not in closing]
        if not self.live_categories:
            self.state = WITHDRAWN
        step = self._entered(
            WITHDRAWN, categories=closing, at=at, by=by, reason=reason, against_prior=against_prior
        )
        step.ended_by = ended_by
        if word is not None:
            step.said(word)
        return not self.live_categories

    def expire(self, *, at: datetime) -> None:
        """Close what is open because its period has ended."""
        closing, self.live_categories, self.state = self.live_categories, [], EXPIRED
        self._entered(EXPIRED, categories=closing, at=at, by="system", reason=None)

    def confirm(self, *, at: datetime, by: str, said: str, next_review_on: date | None) -> None:
        """It was looked at again and stands; when to look again."""
        self.next_review_on = next_review_on
        self._entered(REVIEWED, categories=self.live_categories, at=at, by=by, reason=said)

    def _entered(
        self,
        state: str,
        *,
        categories: Iterable[str],
        at: datetime,
        by: str,
        reason: str | None,
        against_prior: bool = False,
    ) -> ConsentState:
        step = ConsentState(
            number=len(self.history) + 1,
            state=state,
            categories=sorted(categories),
            at=at,
            by=by,
            reason=reason,
            against_prior_decision=against_prior,
        )
        self.history.append(step)
        return step


class ConsentState(Base):
    """One step in the life of a consent and the categories that it concerns; written once.

    A withdrawal of this one consent says whose word it was as far as it was told. `ended_by` is the refusal, or the
    withdrawal of much at once, that ended it otherwise: whose word that was stands there.
    """

    __tablename__ = "consent_states"
    __append_only__ = True
    __protected__ = Protection(through=("consent_id", Consent))
    __table_args__ = (
        UniqueConstraint("consent_id", "number"),
        CheckConstraint("form IN ('implied','verbal','written')", name="form"),
        CheckConstraint("form <> 'written' OR evidence IS NOT NULL", name="written_has_evidence"),
        CheckConstraint(
            "given_capacity = 'person' OR (given_capacity IN ('parent','carer','substitute')"
            " AND given_name IS NOT NULL AND given_relationship IS NOT NULL AND given_authority IS NOT NULL)",
            name="others_decide_by_authority",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    consent_id: Mapped[UUID] = mapped_column(ForeignKey("consents.id"))
    number: Mapped[int]
    state: Mapped[str]
    categories: Mapped[list[str]]
    at: Mapped[datetime]
    by: Mapped[str]
    reason: Mapped[str | None]
    against_prior_decision: Mapped[bool] = mapped_column(default=False, server_default=false())
    form: Mapped[str | None]
    evidence: Mapped[str | None]
    heard_by: Mapped[str | None]
    given_by: Mapped[GivenBy | None] = given_by_columns_if_told()
    ended_by: Mapped[UUID | None]

    def said(self, word: Word) -> None:
        """Whose word the step was, before it is written."""
        self.given_by, self.form = word.given_by, word.form
        self.evidence, self.heard_by = word.evidence, word.heard_by

"""Tables of decisions made beforehand, of the codes in them that guide, and of the times when an agreement applied."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.errors import RuleBroken
from chassis.ids import new_id

ULYSSES = "ulysses_agreement"
PERMIT = "permit"
REFUSE = "refuse"
ANYBODY = "*"


class DirectiveRevoked(RuleBroken):
    """What was taken back stays on file and counts no more."""

    code = "directive_revoked"
    title = "This decision was revoked already"


class NotAUlyssesAgreement(RuleBroken):
    """An advance directive applies by itself while the person cannot decide; it is not called upon."""

    code = "not_a_ulysses_agreement"
    title = "Only a Ulysses agreement is called upon"


class AppliesAlready(RuleBroken):
    """The agreement applies at present; it is not begun twice."""

    code = "applies_already"
    title = "The agreement applies already"


class DoesNotApply(RuleBroken):
    """The agreement does not apply at present, so there is nothing to end."""

    code = "does_not_apply"
    title = "The agreement does not apply at present"


class PriorDecision(Versioned, Timestamps, Base):
    """What a person laid down for a time when they cannot decide; what it says is never changed, only revoked."""

    __tablename__ = "prior_decisions"
    __protected__ = Protection(
        links=[("person", "person_id"), ("prior_decision", "id")], categories=("consent",)
    )
    __table_args__ = (
        CheckConstraint(
            "kind IN ('advance_directive', 'representation_agreement', 'ulysses_agreement')", name="kind"
        ),
        CheckConstraint(
            "kind <> 'representation_agreement' OR representative_id IS NOT NULL", name="names_who_represents"
        ),
        CheckConstraint("kind <> 'ulysses_agreement' OR applies_when IS NOT NULL", name="says_when_it_binds"),
        CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by IS NULL) AND (revoked_at IS NULL) = (revoke_reason IS NULL)",
            name="revoked_by_somebody_for_a_reason",
        ),
        Index("ix_prior_decisions_person_id", "person_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID]
    kind: Mapped[str]
    made_on: Mapped[date]
    says: Mapped[str]
    applies_when: Mapped[str | None]
    evidence: Mapped[str]
    witnesses: Mapped[list[str]]
    representative_id: Mapped[UUID | None] = mapped_column(ForeignKey("representatives.id"))
    review_on: Mapped[date | None]
    recorded_by: Mapped[str]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]
    revoke_reason: Mapped[str | None]

    rules: Mapped[list[PriorRule]] = relationship(order_by="PriorRule.place", lazy="selectin")
    times: Mapped[list[PriorDecisionTime]] = relationship(order_by="PriorDecisionTime.id", lazy="selectin")

    @property
    def in_force(self) -> bool:
        """Whether it still counts."""
        return self.revoked_at is None

    @property
    def applies(self) -> bool:
        """Whether somebody has called upon this Ulysses agreement and nobody has ended that."""
        return self._present() is not None

    @property
    def revoked_while_applying(self) -> bool:
        """Whether the person took it back in the very time for which it was made; it is looked into, not ignored."""
        at = self.revoked_at
        return at is not None and any(
            each.began_at <= at and (each.ended_at is None or at <= each.ended_at) for each in self.times
        )

    def revoke(self, *, at: datetime, by: str, reason: str) -> None:
        """It counts no more. Raises DirectiveRevoked."""
        if self.revoked_at is not None:
            raise DirectiveRevoked
        self.revoked_at, self.revoked_by, self.revoke_reason = at, by, reason
        for rule in self.rules:
            rule.counts_until, rule.applies_since = at, None
        present = self._present()
        if present is not None:
            present.end(at=at, by=by, reason="revoked")

    def begin_to_apply(self, *, at: datetime, by: str, signs: str) -> None:
        """The circumstances are there. Raises DirectiveRevoked, NotAUlyssesAgreement, AppliesAlready."""
        if self.revoked_at is not None:
            raise DirectiveRevoked
        if self.kind != ULYSSES:
            raise NotAUlyssesAgreement
        if self.applies:
            raise AppliesAlready
        self.times.append(PriorDecisionTime(began_at=at, began_by=by, signs=signs))
        for rule in self.rules:
            rule.applies_since = at

    def cease_to_apply(self, *, at: datetime, by: str, reason: str) -> None:
        """The circumstances are over: the person's word is the last again. Raises DoesNotApply."""
        present = self._present()
        if present is None:
            raise DoesNotApply
        present.end(at=at, by=by, reason=reason)
        for rule in self.rules:
            rule.applies_since = None

    def _present(self) -> PriorDecisionTime | None:
        return next((each for each in self.times if each.ended_at is None), None)


class PriorRule(Base):
    """What a prior decision says in codes: it permits or refuses a recipient (or `*`) some categories (none: all).

    The rules on deciding read it, and so it stands outside need-to-know: codes, no words and no names.
    """

    __tablename__ = "prior_rules"
    __table_args__ = (
        CheckConstraint("effect IN ('permit', 'refuse')", name="effect"),
        CheckConstraint("applies_since IS NULL OR kind = 'ulysses_agreement'", name="only_ulysses_is_called"),
        Index("ix_prior_rules_person_id", "person_id"),
        Index("ix_prior_rules_prior_decision_id", "prior_decision_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    prior_decision_id: Mapped[UUID] = mapped_column(ForeignKey("prior_decisions.id"))
    person_id: Mapped[UUID]
    place: Mapped[int]
    kind: Mapped[str]
    effect: Mapped[str]
    recipient: Mapped[str]
    categories: Mapped[list[str]]
    representative_id: Mapped[UUID | None]
    applies_since: Mapped[datetime | None]
    counts_until: Mapped[datetime | None]


class PriorDecisionTime(Base):
    """A time in which a Ulysses agreement applied: who said so, by which signs, and how it ended."""

    __tablename__ = "prior_decision_times"
    __protected__ = Protection(through=("prior_decision_id", PriorDecision))
    __table_args__ = (
        CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (end_reason IS NULL)",
            name="ended_by_somebody_for_a_reason",
        ),
        Index(
            "uq_prior_decision_times_one_at_a_time",
            "prior_decision_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    prior_decision_id: Mapped[UUID] = mapped_column(ForeignKey("prior_decisions.id"))
    began_at: Mapped[datetime]
    began_by: Mapped[str]
    signs: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    end_reason: Mapped[str | None]

    def end(self, *, at: datetime, by: str, reason: str) -> None:
        """The circumstances are over."""
        self.ended_at, self.ended_by, self.end_reason = at, by, reason
